//! Messages of `formats::labels` and `formats::label_map`.

use super::Message;

messages! {
    /// Messages about the labels of a mask: a reason or a note completes "FILE: ...".
    LabelsMessage {
        NoJson { error: String }: "it is no JSON ({error})" | "sie ist kein JSON ({error})",
        NoLabels { example: String }:
            "it has no `labels`, expected such as {example}" | "sie hat keine `labels`, erwartet etwa {example}",
        OnlyLabel { label: String }:
            "its only label, {label}, is taken as pancreas" | "ihr einziges Label, {label}, gilt als Pankreas",
        NoPancreas { labels: String }:
            "its labels are {labels}, expected one named pancreas, or a single one" |
            "ihre Labels sind {labels}, erwartet eines namens pancreas oder ein einziges",
        NoForeground:
            "its labels are none, expected one named pancreas, or a single one" |
            "sie hat keine Labels, erwartet eines namens pancreas oder ein einziges",
        Renumbered { pairs: Vec<Message> }:
            "its values are taken as numbered from 1: {pairs}" | "ihre Werte gelten als ab 1 nummeriert: {pairs}",
        ValueAs { value: u8, class: u8 }: "{value} as {class}" | "{value} als {class}",
        PartOf { part: String, whole: String }:
            "its label `{part}` is part of `{whole}` and is not told from it" |
            "ihr Label `{part}` ist Teil von `{whole}` und wird nicht davon unterschieden",
        AroundPancreas { region: String }:
            "its label `{region}` holds the pancreas and more and is left out" |
            "ihr Label `{region}` enthält das Pankreas und mehr und wird weggelassen",
        Overlap { name: String, other: String }:
            "its labels `{name}` and `{other}` share values, expected each value in one of them" |
            "ihre Labels `{name}` und `{other}` haben gemeinsame Werte, erwartet jeder Wert in nur einem",
        CountAsPancreas { labels: String }:
            "its labels {labels} count as pancreas" | "ihre Labels {labels} zählen als Pankreas",
        NoPair { key: String, value: String }:
            "its label \"{key}\": {value} is no pair of a name and a number from 0 to 255, such as \"pancreas\": 1" |
            "ihr Label \"{key}\": {value} ist kein Paar aus einem Namen und einer Zahl von 0 bis 255, wie \"pancreas\": 1",
        UnnamedValue { value: u8 }:
            "it holds the value {value}, which dataset.json does not name among its labels" |
            "sie enthält den Wert {value}, den dataset.json nicht unter ihren Labels nennt",
        TooManyKnownInPart { voxels: usize }:
            "{voxels} voxels of slices that are labelled in part are left out, which are too many to keep" |
            "{voxels} Voxel von Schichten, die zum Teil beschriftet sind, werden weggelassen; das sind zu viele",
        LabelsNothing: "it labels nothing" | "sie markiert nichts",
        DecathlonTumours:
            "its labels 1 and 2 both count as pancreas, as 2 is its tumours in the Decathlon" |
            "ihre Labels 1 und 2 zählen beide als Pankreas, da 2 im Decathlon dessen Tumoren sind",
        UnnamedLabels { values: String }:
            "it holds the labels {values} without names, expected one of which it is clear that it is the pancreas" |
            "sie enthält die Labels {values} ohne Namen, erwartet eines, das eindeutig das Pankreas ist",
        OtherGrid { size: String, spacing: String }:
            "it holds labels on a grid of {size} voxels of {spacing} mm, expected the grid of an image that is open or comes with it" |
            "sie enthält Labels auf einem Gitter von {size} Voxeln zu {spacing} mm, erwartet das Gitter eines offenen oder mitgegebenen Bildes",
        OtherGridUnknownSize { size: String }:
            "it holds labels on a grid of {size} voxels of unknown size, expected the grid of an image that is open or comes with it" |
            "sie enthält Labels auf einem Gitter von {size} Voxeln unbekannter Größe, erwartet das Gitter eines offenen oder mitgegebenen Bildes",

        WriteAsDatasets:
            "Write it as nnU-Net or the Medical Segmentation Decathlon do" |
            "Schreiben Sie sie wie nnU-Net oder das Medical Segmentation Decathlon",
        GivePancreasOrDescription:
            "Give a mask of the pancreas alone, or its data set's dataset.json with it" |
            "Geben Sie eine Maske nur des Pankreas an, oder die dataset.json ihres Datensatzes dazu",
        GiveSegOfPancreas:
            "Give a segmentation with a segment named Pancreas, or with one segment" |
            "Eine Segmentierung mit einem Segment namens Pancreas oder mit nur einem Segment öffnen",
        DropWithImage:
            "Drop it together with its image, or after the image is open" |
            "Ziehen Sie sie zusammen mit ihrem Bild hierher, oder nachdem das Bild offen ist",
    }
}
