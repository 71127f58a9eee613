//! The list of series, and ways to open more.

words! {
    /// Strings of the list of series.
    Series {
        title: "Series" | "Serien",
        choose: "Show this series" | "Diese Serie zeigen",
        one_slice: "1 slice" | "1 Schicht",
        slices: "{count} slices" | "{count} Schichten",
        one_file: "1 file" | "1 Datei",
        files: "{count} files" | "{count} Dateien",
        not_opened: "Not opened: {why}" | "Nicht geöffnet: {why}",
        try_sample: "Try a sample" | "Beispiel öffnen",
        try_sample_title: "Open a synthetic abdomen" | "Ein synthetisches Abdomen öffnen",
        window: "Window" | "Fenster",
        window_key: "Key {key}" | "Taste {key}",
        keys: "Keys" | "Tasten",
    }
}
