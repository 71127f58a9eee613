//! The panel with the series and the window presets.

use crate::core::window::Window;

strings! {
    /// Strings of the series panel.
    SeriesStrings {
        title: "Series" | "Serien",
        show: "Open this series" | "Diese Serie öffnen",
        close: "Close" | "Schließen",
        close_title: "Close the series and remove it from memory"
            | "Die Serie schließen und aus dem Speicher entfernen",
        close_sure: "Close and discard corrections" | "Korrekturen verwerfen",
        close_sure_measured: "Close and discard measurements" | "Messungen verwerfen",
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
        model_input: "Pancreas" | "Pankreas",
        percentiles: "From the picture" | "Aus dem Bild",
        percentiles_title: "The window from the 1st to the 99th percentile of the values of the axial picture"
            | "Das Fenster vom 1. bis zum 99. Perzentil der Werte des axialen Bildes",
        window_width: "Window width in HU" | "Fensterbreite in HU",
        window_level: "Window level in HU" | "Fensterlage in HU",
        width_letter: "W" | "W",
        level_letter: "L" | "L",
    }
}

impl SeriesStrings {
    /// Width and level of a window in short, as DICOM names them.
    pub fn window_text(&self, window: Window) -> String {
        format!("{} {:.0}  {} {:.0}", self.width_letter, window.width_hu, self.level_letter, window.level_hu)
    }
}
