//! Pictures of slabs.

strings! {
    /// Strings of slabs.
    SlabStrings {
        kind: "Slab" | "Schichtdicke",
        title: "Show a thick slab instead of one plane; masks stay those of the plane"
            | "Eine dicke Schicht statt einer Ebene zeigen; Masken bleiben die der Ebene",
        off: "One plane" | "Eine Ebene",
        mean: "Mean" | "Mittel",
        maximum: "MIP" | "MIP",
        minimum: "MinIP" | "MinIP",
        thickness: "Thickness of the slab in mm" | "Dicke der Schicht in mm",
        place: "{kind} {mm} mm" | "{kind} {mm} mm",
    }
}
