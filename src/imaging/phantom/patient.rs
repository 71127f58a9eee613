//! The patient of a case: size, tissues and the random numbers they come from. The organs drawn
//! from them are in `trunk`, `viscera`, `gut` and `vessels`.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::form::Part;
use super::point::{Knot, Point};

/// Longer than any volume is high: the extent in z of shapes without ends, in mm.
pub(super) const TALL_MM: f32 = 600.0;

/// The random numbers of a case. Everything is drawn in `f32` and `u32`, which do not depend on the
/// platform.
pub(super) struct Rng(ChaCha8Rng);

impl Rng {
    /// Uniform from `low` to `high`.
    pub(super) fn between(&mut self, low: f32, high: f32) -> f32 {
        low + (high - low) * self.0.random::<f32>()
    }

    /// True with probability `p`.
    pub(super) fn chance(&mut self, p: f32) -> bool {
        self.0.random::<f32>() < p
    }

    /// A new generator; the same seed gives the same numbers on every platform.
    pub(super) fn new(seed: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed))
    }

    /// The seed of a shape's noise.
    pub(super) fn seed(&mut self) -> u32 {
        self.0.random()
    }

    /// The seed of an image's noise.
    pub(super) fn noise_seed(&mut self) -> u64 {
        self.0.random()
    }

    /// A shift of up to `mm` along each axis.
    pub(super) fn shift(&mut self, mm: f32) -> Point {
        [0; 3].map(|_| self.between(-mm, mm))
    }
}

/// Mean HU of the case's tissues, in its phase of contrast.
#[derive(Clone, Copy)]
pub(super) struct ContrastPhase {
    pub(super) fat: f32,
    pub(super) muscle: f32,
    pub(super) liver: f32,
    pub(super) spleen: f32,
    pub(super) cortex: f32,
    pub(super) medulla: f32,
    pub(super) pancreas: f32,
    pub(super) artery: f32,
    pub(super) portal: f32,
    pub(super) cava: f32,
    pub(super) wall: f32,
}

impl ContrastPhase {
    fn new(rng: &mut Rng) -> Self {
        // From late arterial (0) to portal venous (1).
        let late = rng.between(0.0, 1.0);
        let dose = rng.between(0.85, 1.08);
        let mut enhanced =
            |early: f32, change: f32, spread: f32| dose * (early + late * change) + rng.between(-spread, spread);
        Self {
            liver: enhanced(72.0, 38.0, 8.0),
            spleen: enhanced(98.0, 22.0, 8.0),
            cortex: enhanced(190.0, -20.0, 10.0),
            medulla: enhanced(105.0, 65.0, 8.0),
            pancreas: enhanced(108.0, -16.0, 13.0),
            artery: enhanced(260.0, -100.0, 12.0),
            portal: enhanced(135.0, 40.0, 10.0),
            cava: enhanced(90.0, 65.0, 10.0),
            wall: enhanced(72.0, 10.0, 10.0),
            muscle: rng.between(50.0, 62.0),
            fat: rng.between(-110.0, -92.0),
        }
    }
}

/// Size and tissues of one case; turns coordinates of the reference patient into the case's own.
pub(super) struct Patient {
    /// Half the width, depth of the body, in mm.
    pub(super) body: [f32; 2],
    /// Half the width, depth of the abdominal cavity, in mm.
    pub(super) cavity: [f32; 2],
    /// Subcutaneous fat, in mm.
    pub(super) fat_mm: f32,
    /// Fat around the organs, 0 (lean) to 1.
    pub(super) lean_to_fat: f32,
    /// Case mm per reference mm along x, y, z.
    pub(super) scale: Point,
    /// Tissues.
    pub(super) hu: ContrastPhase,
}

impl Patient {
    /// A patient drawn at random.
    pub(super) fn new(rng: &mut Rng) -> Self {
        let cavity = [rng.between(118.0, 139.0), rng.between(80.0, 94.0)];
        let lean_to_fat = rng.between(0.0, 1.0);
        let fat_mm = 9.0 + 14.0 * lean_to_fat + rng.between(0.0, 5.0);
        Self {
            body: [cavity[0] + 12.0 + fat_mm, cavity[1] + 13.0 + fat_mm],
            cavity,
            fat_mm,
            lean_to_fat,
            scale: [cavity[0] / 130.0, cavity[1] / 88.0, rng.between(0.92, 1.06)],
            hu: ContrastPhase::new(rng),
        }
    }

    /// A point of the reference patient in the case.
    pub(super) fn at(&self, x: f32, y: f32, z: f32) -> Point {
        [x * self.scale[0], y * self.scale[1], z * self.scale[2]]
    }

    /// Radii of an organ of the reference patient in the case, `size` times as large.
    pub(super) fn radii(&self, radii: Point, size: f32) -> Point {
        [0, 1, 2].map(|i| radii[i] * self.scale[i] * size)
    }

    /// Knots of a tube of the reference patient in the case, moved by `shift`.
    pub(super) fn knots(&self, knots: &[Knot], shift: Point) -> Vec<Knot> {
        let placed = |&[x, y, z, r]: &Knot| {
            let [x, y, z] = self.at(x + shift[0], y + shift[1], z + shift[2]);
            [x, y, z, r]
        };
        knots.iter().map(placed).collect()
    }

    /// The abdominal cavity less `inset` mm.
    pub(super) fn inside(&self, inset: f32) -> Part {
        let [a, b] = self.cavity;
        Part::ellipsoid([0.0, -6.0, 0.0], [a - inset, b - inset, TALL_MM]).squared(0.25)
    }
}
