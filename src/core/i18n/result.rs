//! The result: the size of the pancreas, and the settings of its mask.

use super::interpolate;
use crate::core::volumetry::OrganSize;

strings! {
    /// Strings of the result panel.
    ResultStrings {
        title: "Pancreas" | "Pankreas",
        area: "Area on this slice" | "Fläche in dieser Schicht",
        volume: "Volume" | "Volumen",
        volume_so_far: "Volume so far" | "Volumen bisher",
        volume_cut_off: "Volume inside the series" | "Volumen innerhalb der Serie",
        area_px: "Pixels (size unknown)" | "Pixel (Größe unbekannt)",
        range: "on {count} slices, {first} to {last}" | "in {count} Schichten, {first} bis {last}",
        none: "no pancreas found" | "kein Pankreas gefunden",
        so_far: "so far: {done} of {all} slices" | "bisher: {done} von {all} Schichten",
        all_done: "all slices segmented" | "alle Schichten segmentiert",
        limits: "Limits of this model" | "Grenzen dieses Modells",
        completed: "completed from {count} slices" | "aus {count} Schichten ergänzt",
        lone_slice: "A single slice has an area, not a volume."
            | "Eine einzelne Schicht hat eine Fläche, kein Volumen.",
        no_spacing: "The pixel size is unknown, so neither volume nor area can be given."
            | "Die Pixelgröße ist unbekannt, darum lassen sich weder Volumen noch Fläche angeben.",
        unfinished: "This is not the whole volume yet: {done} of {all} slices are segmented."
            | "Noch nicht das ganze Volumen: {done} von {all} Schichten sind segmentiert.",
        touches_first: "The mask reaches the first slice; the organ may continue beyond the series."
            | "Die Maske reicht bis in die erste Schicht; das Organ kann über die Serie hinausreichen.",
        touches_last: "The mask reaches the last slice; the organ may continue beyond the series."
            | "Die Maske reicht bis in die letzte Schicht; das Organ kann über die Serie hinausreichen.",
        touches_both: "The mask reaches the first slice and the last slice; the organ may continue beyond the series."
            | "Die Maske reicht bis in die erste und die letzte Schicht; das Organ kann über die Serie hinausreichen.",
        disputed_spacing: "The size depends on which of two voxel sizes in the file is right; see the notes on the series."
            | "Die Größe hängt davon ab, welche von zwei Voxelgrößen in der Datei stimmt; siehe die Hinweise zur Serie.",
        unusual: "Check this volume: the pancreas of adults has {mean} mL on average, with a standard deviation of {deviation} mL."
            | "Dieses Volumen prüfen: das Pankreas von Erwachsenen hat im Mittel {mean} mL bei einer Standardabweichung von {deviation} mL.",
        far_from_accepted: "Check this mask: between the accepted slices it has {found}, where they suggest about {expected}."
            | "Diese Maske prüfen: zwischen den bestätigten Schichten hat sie {found}, wo diese etwa {expected} erwarten lassen.",
        show_mask: "Show mask" | "Maske zeigen",
        show_mask_key: "Hold Space to hide the mask for a moment"
            | "Leertaste halten, um die Maske kurz auszublenden",
        opacity: "Opacity" | "Deckkraft",
        opacity_title: "Opacity of the mask inside its outline"
            | "Deckkraft der Maske innerhalb ihres Umrisses",
        threshold: "Threshold" | "Schwelle",
        threshold_title: "Voxels with at least this probability belong to the mask; the default is 0.50. Corrected slices do not change."
            | "Voxel mit mindestens dieser Wahrscheinlichkeit gehören zur Maske; voreingestellt ist 0,50. Korrigierte Schichten ändern sich nicht.",
        clean_up: "Largest component only" | "Nur größte Komponente",
        clean_up_title: "Keep only the largest connected component of the mask, once all slices are segmented. Corrected slices do not change."
            | "Nur die größte zusammenhängende Komponente der Maske behalten, sobald alle Schichten segmentiert sind. Korrigierte Schichten ändern sich nicht.",
        removes: "removes {amount}" | "entfernt {amount}",
        ml: "{value} mL" | "{value} mL",
        cm2: "{value} cm²" | "{value} cm²",
        px: "{value} px" | "{value} px",
    }
}

impl ResultStrings {
    /// A size with its unit.
    pub fn size(&self, size: OrganSize) -> String {
        match size {
            OrganSize::VolumeMl(ml) => interpolate(self.ml, &[("value", &format!("{ml:.1}"))]),
            OrganSize::AreaCm2(cm2) => interpolate(self.cm2, &[("value", &format!("{cm2:.2}"))]),
            OrganSize::Pixels(count) => interpolate(self.px, &[("value", &count)]),
        }
    }
}
