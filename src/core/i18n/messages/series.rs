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
        PartedAtPlaces { positions: usize, most: usize, places: Message, by: Vec<Message>, series: usize }:
            "{positions} of its positions hold up to {most} different images ({places}), as phases or reconstructions do; they are parted by {by} into {series} series" |
            "An {positions} ihrer Positionen liegen bis zu {most} verschiedene Bilder ({places}), wie bei Phasen oder Rekonstruktionen; sie sind nach {by} in {series} Serien geteilt",
        PartedStacks { total: usize, series: usize, sizes: String, by: Vec<Message> }:
            "Its {total} slices are {series} scans, of {sizes} slices, each an even stack alone and not together; they are parted by {by} into {series} series" |
            "Ihre {total} Schichten sind {series} Aufnahmen mit {sizes} Schichten, jede für sich ein gleichmäßiger Stapel, zusammen nicht; sie sind nach {by} in {series} Serien geteilt",
        MayBeMixed:
            "Not every position holds as many images, and no attribute tells for certain which scan the single ones are of; one of these series may mix scans" |
            "Nicht jede Position hat gleich viele Bilder, und kein Attribut sagt sicher, zu welcher Aufnahme die einzelnen gehören; eine dieser Serien kann Aufnahmen mischen",
        NothingTellsApart { positions: usize, places: Message }:
            "{positions} of its positions hold different images ({places}), and no attribute tells which belong together: series and acquisition number, times, image type, kernel, energy and instance number are the same or missing" |
            "an {positions} ihrer Positionen liegen verschiedene Bilder ({places}), und kein Attribut sagt, welche zusammengehören: Serien- und Aufnahmenummer, Zeiten, Bildtyp, Kernel, Energie und InstanceNumber sind gleich oder fehlen",
        OneScanAtATime: "Give the slices of one scan at a time" | "Die Schichten jeder Aufnahme für sich öffnen",
        BySeriesNumber: "series number" | "SeriesNumber",
        ByDescription: "series description" | "SeriesDescription",
        ByStudy: "study" | "StudyInstanceUID",
        ByFrameOfReference: "frame of reference" | "FrameOfReferenceUID",
        ByAcquisitionNumber: "acquisition number" | "AcquisitionNumber",
        ByAcquisitionTime: "acquisition time" | "AcquisitionTime",
        ByImageType: "image type" | "ImageType",
        ByKernel: "convolution kernel" | "ConvolutionKernel",
        ByTubeVoltage: "tube voltage" | "KVP",
        ByEnergy: "monoenergetic energy" | "MonoenergeticEnergyEquivalent",
        ByEchoTime: "echo time" | "EchoTime",
        ByTemporalPosition: "temporal position" | "TemporalPositionIdentifier",
        ByContrast: "contrast agent" | "ContrastBolusAgent",
        ByInstanceNumber: "instance number" | "InstanceNumber",
        ByContentTime: "content time" | "ContentTime",
        AllAtOnePlace { count: usize }:
            "its {count} different slices all have the same position (ImagePositionPatient), and neither times nor SliceLocation tell why" |
            "ihre {count} verschiedenen Schichten haben alle dieselbe Position (ImagePositionPatient), und weder Zeiten noch SliceLocation erklären es",
        ExportWithPositions:
            "Export the series again with the position of every slice" |
            "Die Serie mit der Position jeder Schicht neu exportieren",
        PlacedByLocation { count: usize }:
            "Its {count} slices all have the same ImagePositionPatient, which SliceLocation contradicts; their places are taken from SliceLocation, and the volume in mL depends on that" |
            "Ihre {count} Schichten haben alle dieselbe ImagePositionPatient, der SliceLocation widerspricht; ihre Lage stammt aus SliceLocation, und das Volumen in mL hängt davon ab",
        OtherSpacing { declared_mm: String, found_mm: String }:
            "SpacingBetweenSlices says {declared_mm} mm, but by ImagePositionPatient slices are {found_mm} mm apart; {found_mm} mm is taken, and the volume in mL depends on that" |
            "SpacingBetweenSlices nennt {declared_mm} mm, nach ImagePositionPatient liegen die Schichten aber {found_mm} mm auseinander; {found_mm} mm gilt, und das Volumen in mL hängt davon ab",
        OtherUnit { unit: String }:
            "RescaleType is {unit}, so its values are not Hounsfield units (HU), which the model expects" |
            "RescaleType ist {unit}; die Werte sind also keine Hounsfield-Einheiten (HU), die das Modell erwartet",
        UnitUnspecified { unit: String }:
            "RescaleType is {unit}, which is for no specified unit; its values are taken as Hounsfield units (HU)" |
            "RescaleType ist {unit}, was keine bestimmte Einheit bedeutet; die Werte gelten als Hounsfield-Einheiten (HU)",
        OtherQuantity { image_type: String }:
            "ImageType is {image_type}, so its values are not Hounsfield units (HU), which the model expects" |
            "ImageType ist {image_type}; die Werte sind also keine Hounsfield-Einheiten (HU), die das Modell erwartet",
        ExcessBytes { count: usize, bytes: usize }:
            "The pixel data of {count} of its slices is up to {bytes} bytes longer than the image; the rest is left out" |
            "Die Pixeldaten von {count} ihrer Schichten sind bis zu {bytes} Bytes länger als das Bild; der Rest bleibt weg",
        JoinedUids { uids: usize }:
            "Its slices carry {uids} different SeriesInstanceUIDs; as study, frame of reference and numbers agree and their places make one even stack, they are one series" |
            "Ihre Schichten tragen {uids} verschiedene SeriesInstanceUIDs; da Studie, Bezugssystem und Nummern übereinstimmen und ihre Orte einen gleichmäßigen Stapel ergeben, sind sie eine Serie",
        NoSeriesUid { series: usize }:
            "SeriesInstanceUID is missing, so slices are parted by study and series number into {series} series" |
            "SeriesInstanceUID fehlt; die Schichten sind daher nach Studie und SeriesNumber in {series} Serien geteilt",
        OrientationRounded { degrees: String }:
            "The orientation of its slices differs by up to {degrees} degrees, as by rounding; they are one series in the orientation of most of them" |
            "Die Orientierung ihrer Schichten unterscheidet sich um bis zu {degrees} Grad, wie durch Rundung; sie sind eine Serie in der Orientierung der meisten",
        NoOrder { file: String }: "{file} lacks a usable ImagePositionPatient or ImageOrientationPatient" |
            "{file} hat keine brauchbare ImagePositionPatient oder ImageOrientationPatient",
        OneSliceOrNifti: "Without them the slices have no order; give one slice, or a NIfTI file" |
            "Ohne sie haben die Schichten keine Reihenfolge; eine einzelne Schicht oder eine NIfTI-Datei öffnen",
    }
}
