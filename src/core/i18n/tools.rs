//! The correction tools.

strings! {
    /// Names of the correction tools, and what each is for.
    ToolsStrings {
        group: "Tools" | "Werkzeuge",
        brush: "Brush" | "Pinsel",
        brush_use: "Paint" | "Malen",
        eraser: "Eraser" | "Radierer",
        eraser_use: "Erase" | "Radieren",
        fill: "Fill" | "Füllen",
        fill_use: "Click inside an outline to fill it" | "In einen Umriss klicken, um ihn zu füllen",
        grow: "Grow" | "Wachsen",
        grow_use: "Click to take everything alike around that point" | "Klicken nimmt alles Ähnliche um den Punkt herum dazu",
        remove: "Remove" | "Entfernen",
        remove_use: "Click a piece to remove it" | "Ein Stück anklicken, um es zu entfernen",
    }
}
