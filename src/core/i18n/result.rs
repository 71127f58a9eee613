//! The result: its size, and the panel with how its mask is made.

strings! {
    /// Strings of the result.
    ResultStrings {
        title: "Pancreas" | "Pankreas",
        area: "Area on this slice" | "Fläche in dieser Schicht",
        volume: "Volume" | "Volumen",
        volume_so_far: "Volume so far" | "Volumen bisher",
        volume_cut_off: "Volume inside the series" | "Volumen innerhalb der Serie",
        area_px: "Pixels; their size is unknown" | "Pixel; ihre Größe ist unbekannt",
        range: "on {count} slices, {first} to {last}" | "in {count} Schichten, {first} bis {last}",
        none: "no pancreas found" | "kein Pankreas gefunden",
        so_far: "so far: {done} of {all} slices" | "bisher: {done} von {all} Schichten",
        all_done: "all slices segmented" | "alle Schichten segmentiert",
        lone_slice: "One slice has an area, not a volume." | "Eine einzelne Schicht hat eine Fläche, kein Volumen.",
        no_spacing: "The size of a pixel is unknown, so there is no volume and no area."
            | "Die Größe eines Pixels ist unbekannt, darum gibt es weder Volumen noch Fläche.",
        unfinished: "Not the whole volume yet: {done} of {all} slices are done."
            | "Noch nicht das ganze Volumen: {done} von {all} Schichten sind fertig.",
        touches_first: "The mask reaches the first slice: the organ may go on beyond the series."
            | "Die Maske reicht bis in die erste Schicht: Das Organ kann über die Serie hinausreichen.",
        touches_last: "The mask reaches the last slice: the organ may go on beyond the series."
            | "Die Maske reicht bis in die letzte Schicht: Das Organ kann über die Serie hinausreichen.",
        touches_both: "The mask reaches the first slice and the last slice: the organ may go on beyond the series."
            | "Die Maske reicht bis in die erste und die letzte Schicht: Das Organ kann über die Serie hinausreichen.",
        show_mask: "Show the mask" | "Maske zeigen",
        show_mask_key: "Hold Space to hide it for a moment" | "Leertaste halten blendet sie aus",
        opacity: "Opacity" | "Deckkraft",
        opacity_title: "How opaque the mask is inside its outline"
            | "Wie deckend die Maske innerhalb ihres Umrisses ist",
        threshold: "Threshold" | "Schwelle",
        threshold_title: "From this probability on a voxel is pancreas; 0.50 unless you move it. Corrected slices stay"
            | "Ab dieser Wahrscheinlichkeit ist ein Voxel Pankreas; 0,50, solange man sie nicht verschiebt. Korrigierte Schichten bleiben",
        clean_up: "Largest piece only" | "Nur das größte Stück",
        clean_up_title: "Keep only the largest connected piece of the mask, once all slices are done. Corrected slices stay as they are"
            | "Nur das größte zusammenhängende Stück der Maske behalten, sobald alle Schichten fertig sind. Korrigierte Schichten bleiben, wie sie sind",
        removes: "removes {amount}" | "entfernt {amount}",
        ml: "{value} mL" | "{value} mL",
        cm2: "{value} cm²" | "{value} cm²",
        px: "{value} px" | "{value} px",
    }
}
