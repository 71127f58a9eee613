//! The panel with the series and the window presets.

strings! {
    /// Strings of the series panel.
    SeriesStrings {
        title: "Series" | "Serien",
        show: "Open this series" | "Diese Serie öffnen",
        close: "Close" | "Schließen",
        close_title: "Close the series and remove it from memory"
            | "Die Serie schließen und aus dem Speicher entfernen",
        close_sure: "Close and discard corrections" | "Korrekturen verwerfen",
        one_slice: "1 slice" | "1 Schicht",
        slices: "{count} slices" | "{count} Schichten",
        one_file: "1 file" | "1 Datei",
        files: "{count} files" | "{count} Dateien",
        not_opened: "Not opened: {why}" | "Nicht geöffnet: {why}",
        window: "Window" | "Fenster",
        abdomen: "Abdomen" | "Abdomen",
        liver: "Liver" | "Leber",
        lung: "Lung" | "Lunge",
        bone: "Bone" | "Knochen",
        model_input: "Model input" | "Modelleingabe",
    }
}
