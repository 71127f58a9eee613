//! Notes and errors about label maps and what their values mean.

messages! {
    /// Messages about label maps and what their values mean.
    LabelsMessage {
        OnlyLabel { label: String }: "its only label, {label}, is taken as pancreas" |
            "ihr einziges Label, {label}, gilt als Pankreas",
        NumberedFromOne { pairs: String }: "its values are taken as numbered from 1: {pairs}" |
            "ihre Werte gelten als ab 1 nummeriert: {pairs}",
        PartOfAnother { part: String, whole: String }:
            "its label `{part}` is part of `{whole}` and is not told from it" |
            "ihr Label `{part}` ist Teil von `{whole}` und wird nicht davon unterschieden",
        CountAsPancreas { labels: String }: "its labels {labels} count as pancreas" |
            "ihre Labels {labels} zählen als Pankreas",
        LabelsNothing: "it labels nothing" | "sie markiert nichts",
        PancreasAndTumours: "its labels 1 and 2 both count as pancreas, as 2 is its tumours in the Decathlon" |
            "ihre Labels 1 und 2 zählen beide als Pankreas, da 2 im Decathlon dessen Tumoren sind",
        WithoutNames { labels: String }:
            "it holds the labels {labels} without names, expected one of which it is clear that it is the pancreas" |
            "sie enthält die Labels {labels} ohne Namen; erwartet wird eines, das klar das Pankreas ist",
        NotNamed { value: u8 }: "it holds the value {value}, which dataset.json does not name among its labels" |
            "sie enthält den Wert {value}, den dataset.json nicht unter seinen Labels nennt",
        PancreasAlone: "Give a mask of the pancreas alone, or its data set's dataset.json with it" |
            "Eine Maske allein des Pankreas verwenden oder die dataset.json ihres Datensatzes dazu",
        NoSuchGrid { grid: String, spacing: String }:
            "it holds labels on a grid of {grid} voxels {spacing}, expected the grid of an image that is open or comes with it" |
            "sie enthält Labels auf einem Gitter von {grid} Voxeln {spacing}; erwartet wird das Gitter eines Bildes, das offen ist oder mitkommt",
        DropWithItsImage: "Drop it together with its image, or after the image is open" |
            "Sie zusammen mit ihrem Bild öffnen oder danach",
        OneLabelPerSeries:
            "the series on its grid has got another label already, expected one label for each" |
            "die Serie auf ihrem Gitter hat schon ein anderes Label; erwartet wird je eines",
        DropAlone: "Drop the label that you want to compare with, alone" |
            "Das Label, mit dem verglichen werden soll, allein öffnen",
        AcceptedAlready { count: usize, name: String }: "{count} slices are accepted already, as {name} says" |
            "{count} Schichten sind schon angenommen, wie {name} angibt",
        OneAcceptedAlready { name: String }: "1 slice is accepted already, as {name} says" |
            "1 Schicht ist schon angenommen, wie {name} angibt",
    }
}
