//! Messages of `imaging::input_check` and `imaging::value_check`.

use super::Message;

messages! {
    /// What an image differs in from those that a network learned from. Each is a sentence without a final stop; a
    /// reason completes "NAME: ...".
    InputCheckMessage {
        NotCalibrated: "Not in Hounsfield units: the grey values are used instead" |
            "Nicht in Hounsfield-Einheiten: Stattdessen werden die Grauwerte verwendet",
        NoAir: "No air in or around the body: the image is cropped or not in Hounsfield units" |
            "Keine Luft im Körper oder um ihn: Das Bild ist beschnitten oder nicht in Hounsfield-Einheiten",
        Values { hu: String }: "The median of soft tissue is {hu} HU; a value between fat and muscle was expected" |
            "Der Median des Weichgewebes ist {hu} HU; erwartet war ein Wert zwischen Fett und Muskel",
        NoBody: "No body was found" | "Es wurde kein Körper gefunden",
        SmallBody { width: String }: "The body is only {width} mm wide; an adult's abdomen was expected" |
            "Der Körper ist nur {width} mm breit; erwartet war das Abdomen eines Erwachsenen",
        LargeBody { width: String, seen: String }:
            "The body is {width} mm wide, but the model sees only {seen} mm of it" |
            "Der Körper ist {width} mm breit, aber das Modell sieht davon nur {seen} mm",
        Coarse { spacing: String, model: String }:
            "Pixels of {spacing} mm; the model was trained with pixels of {model} mm" |
            "Pixel von {spacing} mm; das Modell wurde mit Pixeln von {model} mm trainiert",
        FarApart { spacing: String, model: String }:
            "Slices {spacing} mm apart; the model was trained with slices {model} mm apart" |
            "Schichten im Abstand von {spacing} mm; das Modell wurde mit einem Abstand von {model} mm trainiert",
        NoContrast { percent: String }:
            "Hardly any enhancement ({percent} % of the soft tissue): no contrast agent, or another phase" |
            "Kaum Anreicherung ({percent} % des Weichgewebes): ohne Kontrastmittel oder in anderer Phase",

        Expected { found: Message }:
            "{found}; expected Hounsfield units, about -1000 in air and -100 to 200 in soft tissue" |
            "{found}; erwartet waren Hounsfield-Einheiten, etwa -1000 in Luft und -100 bis 200 in Weichgewebe",
        Constant { value: i16 }: "every voxel of it is {value}" | "jedes Voxel ist {value}",
        Scaled { lowest: i16, highest: i16 }:
            "its values go from {lowest} to {highest}, as if it had been scaled to a picture or to shares of 1" |
            "die Werte reichen von {lowest} bis {highest}, als wäre es auf ein Bild oder auf Anteile von 1 skaliert",
        LabelMap { lowest: i16, highest: i16, count: usize }:
            "its values are {count} whole numbers from {lowest} to {highest}, uniform inside regions, as in a label map" |
            "die Werte sind {count} ganze Zahlen von {lowest} bis {highest}, in Gebieten gleich wie in einer Label-Karte",
        OnlyLabels:
            "it is a label map: its values are few whole numbers, or uniform inside regions; expected a scan in Hounsfield units" |
            "es ist eine Label-Karte: Die Werte sind wenige ganze Zahlen oder in Gebieten gleich; erwartet war eine Aufnahme in Hounsfield-Einheiten",
        NoAirButOffset { lowest: i16, highest: i16 }:
            "its values go from {lowest} to {highest} with no air in it, as if stored with an offset such as 1024 and not rescaled" |
            "die Werte reichen von {lowest} bis {highest} ohne Luft, als wären sie um einen Wert wie 1024 verschoben gespeichert und nicht umgerechnet",
        NoAirAtAll { lowest: i16, highest: i16 }:
            "its values go from {lowest} to {highest} with no air in it, as if it had been clipped, or stored with an offset and not rescaled" |
            "die Werte reichen von {lowest} bis {highest} ohne Luft, als wären sie abgeschnitten oder verschoben gespeichert und nicht umgerechnet",
        Dense { percent: String, above: i16 }:
            "{percent} % of its body are above {above}, as if stored with an offset and not rescaled" |
            "{percent} % des Körpers liegen über {above}, als wären sie verschoben gespeichert und nicht umgerechnet",
        NoSoftTissue { lowest: i16, highest: i16, percent: String }:
            "its values go from {lowest} to {highest}, and only {percent} % of it are soft tissue, as if it had been rescaled twice" |
            "die Werte reichen von {lowest} bis {highest}, und nur {percent} % sind Weichgewebe, als wären sie zweimal umgerechnet",
        ConvertAgain: "Convert the original files again, without clipping or scaling" |
            "Die Originaldateien neu umwandeln, ohne Abschneiden und Skalieren",
        GiveTheScan: "Give the scan that the labels were drawn on" |
            "Die Aufnahme angeben, auf der die Labels gezeichnet sind",
    }
}
