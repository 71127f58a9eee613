//! Notes and errors about a series and how its slices make a volume.

use super::Message;

messages! {
    /// Messages about a series and how its slices make a volume.
    SeriesMessage {
        NoSlices: "it has no slices, expected at least one" |
            "sie hat keine Schichten, mindestens eine wird erwartet",
        GiveASeries: "Give the files of a CT series" | "Die Dateien einer CT-Serie öffnen",
        SlicesDiffer: "its slices differ in series, size, orientation or spacing" |
            "ihre Schichten unterscheiden sich in Serie, Größe, Orientierung oder Abstand",
        OneSeriesAtATime: "Give the slices of one series at a time" | "Die Schichten jeder Serie für sich öffnen",
        NotRescaled: "RescaleSlope or RescaleIntercept is missing, so stored values are taken as Hounsfield units" |
            "RescaleSlope oder RescaleIntercept fehlt; die gespeicherten Werte gelten als Hounsfield-Einheiten",
        PositionAssumed: "Its frames carry no position of their own; they are taken to follow one another evenly" |
            "Ihre Bilder haben keine eigene Position; sie gelten als gleichmäßig aufeinander folgend",
        NoPixelSpacing: "PixelSpacing is missing, so sizes and volumes are unknown" |
            "PixelSpacing fehlt; Maße und Volumen sind daher unbekannt",
        NoOrientation: "Its place or orientation in the patient is missing; rows are taken to run to the left" |
            "Ihre Lage oder Orientierung im Patienten fehlt; Zeilen gelten als nach links verlaufend",
        GantryTilt { degrees: String, sideways_mm: String }:
            "The gantry was tilted by {degrees} degrees: every slice is shifted by {sideways_mm} mm against the one before; the volume in mL and the saved mask take that into account" |
            "Die Gantry war um {degrees} Grad gekippt: Jede Schicht ist gegen die vorige um {sideways_mm} mm verschoben; das Volumen in mL und die gespeicherte Maske berücksichtigen das",
        OffTheLine { at_mm: String, off_mm: String }:
            "Slices do not follow a straight line: the one at {at_mm} mm is {off_mm} mm off; the volume in mL does not depend on it" |
            "Die Schichten folgen keiner Geraden: Die bei {at_mm} mm liegt {off_mm} mm daneben; das Volumen in mL hängt davon nicht ab",
        MostWouldBeMadeUp { count: usize, least_mm: String, most_mm: String }:
            "its {count} slices are {least_mm} to {most_mm} mm apart, so that most of a volume would have to be made up" |
            "ihre {count} Schichten liegen {least_mm} bis {most_mm} mm auseinander; der größte Teil eines Volumens wäre erfunden",
        WholeSeriesOrOneSlice: "Give the whole series, or one slice" | "Die ganze Serie öffnen oder eine einzelne Schicht",
        Between { from_mm: String, to_mm: String }: "between {from_mm} and {to_mm} mm" | "zwischen {from_mm} und {to_mm} mm",
        AndInMoreGaps { places: Vec<Message>, count: usize }: "{places}, and in {count} more gaps" |
            "{places} und in {count} weiteren Lücken",
        OneSliceMissing { places: Vec<Message> }:
            "1 slice is missing, {places}; filled in from the slices beside, and counted in the volume" |
            "1 Schicht fehlt, {places}; sie ist aus den Nachbarn ergänzt und zählt im Volumen mit",
        SlicesMissing { count: usize, places: Vec<Message> }:
            "{count} slices are missing, {places}; filled in from the slices beside, and counted in the volume" |
            "{count} Schichten fehlen, {places}; sie sind aus den Nachbarn ergänzt und zählen im Volumen mit",
        TooManyMissing { count: usize, places: Vec<Message> }:
            "{count} slices are missing {places}: too many to fill in, so the parts are series of their own" |
            "{count} Schichten fehlen {places}: zu viele zum Ergänzen, die Teile sind daher eigene Serien",
        Uneven { least_mm: String, most_mm: String, usual_mm: String, count: usize, places: Message }:
            "Slices are {least_mm} to {most_mm} mm apart, usually {usual_mm} mm ({count} differ, {places}); laid on an even grid of {usual_mm} mm, linear between slices" |
            "Die Schichten liegen {least_mm} bis {most_mm} mm auseinander, meist {usual_mm} mm ({count} weichen ab, {places}); sie sind linear auf ein gleichmäßiges Gitter von {usual_mm} mm gebracht",
        AtPlaces { places: String }: "at {places} mm" | "bei {places} mm",
        Twice { count: usize, total: usize, places: Message }:
            "{count} of {total} slices are there twice, pixel for pixel; one of each is used ({places})" |
            "{count} von {total} Schichten sind doppelt vorhanden, Pixel für Pixel gleich; je eine wird verwendet ({places})",
        PartedByAcquisition { positions: usize, most: usize, places: Message, series: usize }:
            "{positions} of its positions hold up to {most} different images ({places}), as phases or reconstructions do; they are parted by acquisition number into {series} series" |
            "An {positions} ihrer Positionen liegen bis zu {most} verschiedene Bilder ({places}), wie bei Phasen oder Rekonstruktionen; sie sind nach AcquisitionNumber in {series} Serien geteilt",
        PartedByInstance { positions: usize, most: usize, places: Message, series: usize }:
            "{positions} of its positions hold up to {most} different images ({places}), as phases or reconstructions do; they are parted by instance number into {series} series" |
            "An {positions} ihrer Positionen liegen bis zu {most} verschiedene Bilder ({places}), wie bei Phasen oder Rekonstruktionen; sie sind nach InstanceNumber in {series} Serien geteilt",
        NoOrder { file: String }: "{file} lacks a usable ImagePositionPatient or ImageOrientationPatient" |
            "{file} hat keine brauchbare ImagePositionPatient oder ImageOrientationPatient",
        OneSliceOrNifti: "Without them the slices have no order; give one slice, or a NIfTI file" |
            "Ohne sie haben die Schichten keine Reihenfolge; eine einzelne Schicht oder eine NIfTI-Datei öffnen",
    }
}
