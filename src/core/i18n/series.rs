//! The panel with the open series and the windows.

strings! {
    /// Strings of the panel with the series and the windows.
    SeriesStrings {
        title: "Series" | "Serien",
        show: "Show this series" | "Diese Serie zeigen",
        close: "Close" | "Schließen",
        close_title: "Close the series; nothing of it stays in memory" | "Die Serie schließen; nichts davon bleibt im Speicher",
        close_sure: "Close, corrections and all" | "Samt Korrekturen schließen",
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
        what_the_model_sees: "What the model sees" | "Was das Modell sieht",
    }
}
