//! Messages of `formats::dicom::rtstruct`.

use super::Message;

messages! {
    /// Messages about structure sets (RTSTRUCT): a reason or a note completes "FILE: ...".
    RtStructMessage {
        NoOrgans:
            "there is no organ to write" |
            "es gibt kein Organ zu schreiben",
        NoContours:
            "it holds no closed contour, expected an ROI with contours of type CLOSED_PLANAR" |
            "sie enthält keine geschlossene Kontur, erwartet eine ROI mit Konturen vom Typ CLOSED_PLANAR",
        NoCoordinate { found: String }:
            "a coordinate of a contour is `{found}`, expected a number in mm" |
            "eine Koordinate einer Kontur ist `{found}`, erwartet eine Zahl in mm",
        NoTriples:
            "a contour has coordinates that are no triples, expected x, y and z of each point" |
            "eine Kontur hat Koordinaten, die keine Tripel sind, erwartet x, y und z jedes Punktes",
        TooManyOrgans { most: usize }:
            "it has contours of more organs than {most}, expected at most as many" |
            "sie hat Konturen von mehr als {most} Organen, erwartet höchstens so viele",
        TooManyPoints { most: usize }:
            "its contours have more than {most} points, expected at most as many" |
            "ihre Konturen haben mehr als {most} Punkte, erwartet höchstens so viele",
        NotClosed { count: usize }:
            "{count} of its contours are points or open lines and are left out" |
            "{count} ihrer Konturen sind Punkte oder offene Linien und werden weggelassen",
        BetweenSlices { count: usize, all: usize }:
            "{count} of its {all} contours lie between slices or across them and are left out" |
            "{count} ihrer {all} Konturen liegen zwischen Schichten oder quer dazu und werden weggelassen",
        Outside { count: usize, all: usize }:
            "{count} of its {all} contours lie outside the image in whole or in part, where nothing is marked" |
            "{count} ihrer {all} Konturen liegen ganz oder teilweise außerhalb des Bildes, wo nichts markiert wird",
        OtherSeries { organs: Vec<Message> }:
            "it holds contours of {organs} that belong to another series or do not lie on its slices, expected the series that they were drawn on" |
            "sie enthält Konturen von {organs}, die zu einer anderen Serie gehören oder nicht auf deren Schichten liegen, erwartet die Serie, auf der sie gezeichnet wurden",

        ExportAgain:
            "Export the structure set again, or give the mask as NIfTI or DICOM SEG" |
            "Die Struktursammlung neu exportieren oder die Maske als NIfTI oder DICOM SEG angeben",
    }
}
