//! The report for printing: its buttons in the export menu, and its own texts.

strings! {
    /// Strings of the report for printing.
    ReportStrings {
        button: "Report (HTML)" | "Bericht (HTML)",
        button_title: "Save a page to print, with pictures, volumes, corrections, model and limits. It names no patient."
            | "Eine Seite zum Drucken speichern, mit Bildern, Volumen, Korrekturen, Modell und Grenzen. Sie nennt keinen Patienten.",
        patient_button: "Report with patient" | "Bericht mit Patient",
        patient_title: "The same with patient, ID, study date and series name"
            | "Dasselbe mit Patient, ID, Studiendatum und Name der Serie",
        making: "Making the report ..." | "Bericht wird erstellt ...",
        title: "Report on a CT segmentation" | "Bericht zu einer CT-Segmentierung",
        statement: "Not a medical device. For research and teaching, not for diagnosis."
            | "Kein Medizinprodukt. Für Forschung und Lehre, nicht zur Diagnose.",
        made: "{at}, Islet {version}" | "{at}, Islet {version}",
        patient: "Patient" | "Patient",
        patient_id: "Patient ID" | "Patienten-ID",
        study_date: "Study date" | "Studiendatum",
        series: "Series" | "Serie",
        anonymous: "Without patient data" | "Ohne Patientendaten",
        date: "Made on" | "Erstellt am",
        hash: "Hash of the series" | "Hash der Serie",
        size: "Size" | "Größe",
        size_value: "{columns} × {rows} pixels, {slices}" | "{columns} × {rows} Pixel, {slices}",
        spacing: "Voxel size" | "Voxelgröße",
        spacing_value: "{column} × {row} × {slice} mm" | "{column} × {row} × {slice} mm",
        spacing_unknown: "unknown" | "unbekannt",
        pictures: "Planes through the middle: {organ}. Window {width} HU wide, level {level} HU."
            | "Ebenen durch die Mitte: {organ}. Fenster {width} HU breit, Lage {level} HU.",
        pictures_in_greys: "Planes through the middle: {organ}. Window {width} wide, level {level}."
            | "Ebenen durch die Mitte: {organ}. Fenster {width} breit, Lage {level}.",
        surface: "Surface" | "Oberfläche",
        no_graphics: "There is no picture of the surface, because the browser has no WebGL 2."
            | "Es gibt kein Bild der Oberfläche, weil der Browser kein WebGL 2 hat.",
        organs: "Organs" | "Organe",
        organ: "Organ" | "Organ",
        volume: "Volume" | "Volumen",
        area: "Area" | "Fläche",
        hu: "HU, mean ± SD" | "HU, Mittel ± SD",
        pieces: "Pieces" | "Stücke",
        slices: "Slices" | "Schichten",
        slices_value: "{first} to {last}" | "{first} bis {last}",
        corrected: "Corrected" | "Korrigiert",
        label: "Label {value}" | "Label {value}",
        cut_off: "* Reaches the first or the last slice; the organ may continue beyond the series."
            | "* Reicht bis in die erste oder letzte Schicht; das Organ kann über die Serie hinausreichen.",
        more_organs: "{count} more organs are shown on the page and left out here. Hide organs there to choose."
            | "{count} weitere Organe sind auf der Seite gezeigt und fehlen hier. Zum Auswählen dort Organe ausblenden.",
        by_hand: "Corrected by hand: {organ}" | "Von Hand korrigiert: {organ}",
        nothing_by_hand: "Nothing." | "Nichts.",
        accepted: "Accepted slices: {slices}" | "Bestätigte Schichten: {slices}",
        drafts: "Corrected slices, not accepted: {slices}" | "Korrigierte Schichten, nicht bestätigt: {slices}",
        drawn: "Pixels drawn or accepted on other planes: {pixels}, on slices {slices}"
            | "Auf anderen Ebenen gezeichnete oder bestätigte Pixel: {pixels}, in Schichten {slices}",
        changed: "Against the model's mask: {added} pixels added, {removed} removed"
            | "Gegenüber der Maske des Modells: {added} Pixel hinzugefügt, {removed} entfernt",
        threshold: "Threshold {value}" | "Schwelle {value}",
        largest_only: "Largest component only" | "Nur größte Komponente",
        mean_of_mirrored: "Mean with the mirrored input" | "Mittel mit gespiegelter Eingabe",
        measurements: "Measurements" | "Messungen",
        more_measurements: "{count} more are left out here; the page saves all of them as CSV."
            | "{count} weitere fehlen hier; die Seite speichert alle als CSV.",
        model: "Model" | "Modell",
        trained_on: "Trained on: {dataset}" | "Trainiert mit: {dataset}",
        cases: "{count} cases. The page cannot tell whether this patient is among them."
            | "{count} Fälle. Die Seite kann nicht erkennen, ob dieser Patient dabei ist.",
        cases_unknown: "The file does not list the cases. The page cannot tell whether this patient is among them."
            | "Die Datei nennt die Fälle nicht. Die Seite kann nicht erkennen, ob dieser Patient dabei ist.",
        tuned: "Fine-tuned {count} times on corrected slices, perhaps on those of this patient."
            | "{count}-mal an korrigierten Schichten nachtrainiert, vielleicht an denen dieses Patienten.",
        licence: "Licence: {licence}" | "Lizenz: {licence}",
        warnings: "Warnings and limits" | "Warnungen und Grenzen",
        no_warnings: "The page has no warnings about this result." | "Die Seite hat keine Warnungen zu diesem Ergebnis.",
        notes: "Notes on the series" | "Hinweise zur Serie",
        more_notes: "{count} more notes are on the page." | "{count} weitere Hinweise stehen auf der Seite.",
    }
}
