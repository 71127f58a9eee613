//! Pictures of slabs.

use super::interpolate;
use crate::core::slab::{Projection, Slab};

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

impl SlabStrings {
    /// The name of a projection.
    pub fn projection(&self, projection: Projection) -> &'static str {
        match projection {
            Projection::Mean => self.mean,
            Projection::Maximum => self.maximum,
            Projection::Minimum => self.minimum,
        }
    }

    /// The name of a slab, with the thickness of the planes that it consists of.
    pub fn slab(&self, slab: &Slab, covered_mm: f64) -> String {
        let mm = format!("{covered_mm:.1}");
        interpolate(self.place, &[("kind", &self.projection(slab.projection)), ("mm", &mm)])
    }
}
