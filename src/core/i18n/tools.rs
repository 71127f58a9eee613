//! The correction tools.

strings! {
    /// Names of the correction tools, and what they do.
    ToolsStrings {
        group: "Tools" | "Werkzeuge",
        brush: "Brush" | "Pinsel",
        brush_use: "Paint the mask" | "Die Maske malen",
        eraser: "Eraser" | "Radierer",
        eraser_use: "Erase the mask" | "Die Maske ausradieren",
        fill: "Fill" | "Füllen",
        fill_use: "Click inside an outline to fill it" | "In einen Umriss klicken, um ihn zu füllen",
        grow: "Grow" | "Wachsen",
        grow_use: "Click to add the connected region of similar HU"
            | "Klicken, um das zusammenhängende Gebiet mit ähnlichen HU hinzuzufügen",
        remove: "Remove" | "Entfernen",
        remove_use: "Click a component to remove it" | "Eine Komponente anklicken, um sie zu entfernen",
    }
}
