//! The panel with the result.

words! {
    /// Strings of the panel with the result.
    Result {
        title: "Pancreas" | "Pankreas",
        area: "Area on this slice" | "Fläche in dieser Schicht",
        volume: "Volume" | "Volumen",
        area_px: "Area in pixels; their size is unknown" | "Fläche in Pixeln; ihre Größe ist unbekannt",
        range: "on {count} slices, {first} to {last}" | "in {count} Schichten, {first} bis {last}",
        none: "no pancreas found" | "kein Pankreas gefunden",
        so_far: "so far: {done} of {all} slices" | "bisher: {done} von {all} Schichten",
        all_done: "all slices segmented" | "alle Schichten segmentiert",
        show_mask: "Show the mask" | "Maske zeigen",
        show_mask_key: "Hold Space to hide it for a moment" | "Leertaste halten blendet sie aus",
    }
}
