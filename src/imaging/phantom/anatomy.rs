//! What varies from case to case, and the order in which the organs are drawn. The organs are in `trunk`, `viscera`,
//! `gut` and `vessels`, in the coordinates of a reference patient (mm, LPS, the pancreas around the origin).

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::form::{Knot, Part, Point, Pose, rotation};
use super::paint::PaintedShape;
use super::{gut, trunk, vessels, viscera};

/// Longer than any volume is high: the extent in z of what has no ends, in mm.
pub(super) const TALL_MM: f32 = 600.0;

/// A case ready to be painted.
pub(super) struct Scene {
    /// In drawing order, lying as they are scanned.
    pub(super) shapes: Vec<PaintedShape>,
    /// Fat, in HU.
    pub(super) fat_hu: f32,
    /// Standard deviation of the image noise, in HU.
    pub(super) noise_hu: f32,
    /// Which noise.
    pub(super) noise_seed: u64,
}

impl Scene {
    /// The case of `seed`.
    pub(super) fn new(seed: u64) -> Self {
        let mut dice = Rng(ChaCha8Rng::seed_from_u64(seed));
        let patient = Patient::new(&mut dice);
        let gland = viscera::gland(&patient, &mut dice);

        let mut shapes = trunk::wall(&patient, &mut dice);
        shapes.extend(trunk::lungs(&patient));
        shapes.extend(viscera::liver(&patient, &mut dice));
        shapes.extend(viscera::spleen(&patient, &mut dice));
        shapes.extend(viscera::kidneys(&patient, &mut dice));
        shapes.extend(trunk::skeleton(&patient, &mut dice));
        shapes.extend(vessels::great(&patient, &mut dice));
        shapes.extend(gut::small_bowel(&patient, &mut dice));
        shapes.extend(gut::colon(&patient, &mut dice));
        shapes.extend(gut::stomach(&patient, &mut dice));
        shapes.extend(viscera::gallbladder(&patient, &mut dice));
        shapes.extend(gut::duodenum(&patient, &mut dice));
        shapes.extend(vessels::around(&gland, &patient, &mut dice));
        shapes.extend(viscera::pancreas(&gland, &patient, &mut dice));

        let pose = pose(&mut dice);
        let mut posed = trunk::table(pose.shift[1] + patient.body[1]);
        posed.extend(shapes.iter().map(|shape| shape.posed(&pose)));
        let (fat_hu, noise_hu, noise_seed) = (patient.hu.fat, dice.between(8.0, 22.0), dice.0.random());
        Self { shapes: posed, fat_hu, noise_hu, noise_seed }
    }
}

/// The case's source of chance. Everything is drawn in `f32` and `u32`, which do not depend on the platform.
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

    /// A seed for noise.
    pub(super) fn seed(&mut self) -> u32 {
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
    fn new(dice: &mut Rng) -> Self {
        // From late arterial (0) to portal venous (1).
        let late = dice.between(0.0, 1.0);
        let dose = dice.between(0.85, 1.08);
        let mut enhanced =
            |early: f32, change: f32, spread: f32| dose * (early + late * change) + dice.between(-spread, spread);
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
            muscle: dice.between(50.0, 62.0),
            fat: dice.between(-110.0, -92.0),
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
    fn new(dice: &mut Rng) -> Self {
        let cavity = [dice.between(118.0, 139.0), dice.between(80.0, 94.0)];
        let lean_to_fat = dice.between(0.0, 1.0);
        let fat_mm = 9.0 + 14.0 * lean_to_fat + dice.between(0.0, 5.0);
        Self {
            body: [cavity[0] + 12.0 + fat_mm, cavity[1] + 13.0 + fat_mm],
            cavity,
            fat_mm,
            lean_to_fat,
            scale: [cavity[0] / 130.0, cavity[1] / 88.0, dice.between(0.92, 1.06)],
            hu: ContrastPhase::new(dice),
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

/// How the patient lies: turned by up to some 4 degrees about each axis and off centre.
fn pose(dice: &mut Rng) -> Pose {
    let turns = [[0, 1], [1, 2], [0, 2]].map(|plane| rotation(plane, dice.between(-0.035, 0.035)));
    let product = |a: [Point; 3], b: [Point; 3]| {
        a.map(|row| [0, 1, 2].map(|j| row[0] * b[0][j] + row[1] * b[1][j] + row[2] * b[2][j]))
    };
    let shift = [dice.between(-6.0, 6.0), dice.between(-22.0, -8.0), dice.between(-4.0, 4.0)];
    Pose { turn: product(product(turns[0], turns[1]), turns[2]), shift }
}
