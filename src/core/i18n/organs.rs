//! The list of organs, and the one that the tools act on.

strings! {
    /// Strings of the list of organs.
    OrgansStrings {
        title: "Organs" | "Organe",
        count: "{shown} of {all}" | "{shown} von {all}",
        search: "Search organs" | "Organe suchen",
        no_match: "No organ has this in its name." | "Kein Organ hat das im Namen.",
        all: "Show all" | "Alle",
        all_title: "Show every organ in the pictures" | "Jedes Organ in den Bildern zeigen",
        none: "Hide all" | "Keine",
        none_title: "Hide every organ in the pictures" | "Jedes Organ in den Bildern ausblenden",
        show: "Show {organ}" | "{organ} zeigen",
        jump: "Go to the middle of {organ}" | "Zur Mitte gehen: {organ}",
        absent: "Not found on this series" | "Auf dieser Serie nicht gefunden",
        only: "Only" | "Nur",
        only_title: "Show only {organ}" | "Nur {organ} zeigen",
        correct: "Correct" | "Korrigieren",
        correct_organ: "Correct {organ}" | "Korrigieren: {organ}",
        correct_title: "Let tools, volume and exports act on {organ}. What was corrected on other organs is kept."
            | "Werkzeuge, Volumen und Exporte auf {organ} anwenden. Was an anderen Organen korrigiert ist, bleibt.",
        active_title: "Tools, volume and exports act on {organ}"
            | "Werkzeuge, Volumen und Exporte wirken auf {organ}",
        voxels: "{count} voxels" | "{count} Voxel",
        hu: "{mean} ± {sd} HU" | "{mean} ± {sd} HU",
        hu_title: "Mean and standard deviation of the organ's Hounsfield units"
            | "Mittelwert und Standardabweichung der Hounsfield-Einheiten des Organs",
        one_corrected: "1 slice corrected" | "1 Schicht korrigiert",
        corrected: "{count} slices corrected" | "{count} Schichten korrigiert",
        back: "Back to the pancreas" | "Zurück zum Pankreas",
        back_title: "Let the tools act on the pancreas again. What was corrected on this organ is kept."
            | "Die Werkzeuge wieder auf das Pankreas anwenden. Was an diesem Organ korrigiert ist, bleibt.",
        not_found: "not found" | "nicht gefunden",
        from_label_map: "As {name} has them. The tools act on the model's pancreas."
            | "So, wie sie in {name} stehen. Die Werkzeuge bearbeiten das Pankreas des Modells.",
        opacity_of: "Opacity of {organ}" | "Deckkraft: {organ}",
        opacity_title: "Opacity of this organ inside its outline, and of its surface. A click on a name in the list chooses the organ."
            | "Deckkraft dieses Organs innerhalb seines Umrisses und seiner Oberfläche. Ein Klick auf einen Namen in der Liste wählt das Organ.",
        opacity_reset: "Same as all organs" | "Wie alle Organe",
        opacity_reset_title: "Use the common opacity for this organ again" | "Für dieses Organ wieder die gemeinsame Deckkraft nehmen",
        outline_only: "Outline only" | "Nur Umriss",
        outline_only_title: "Draw organs as outlines, without a fill" | "Organe als Umriss zeichnen, ohne Füllung",
    }
}
