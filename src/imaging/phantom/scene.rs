//! The scene of a case: its organs in the order in which they are drawn, and how the patient lies.
//!
//! The organs are in `trunk`, `viscera`, `gut` and `vessels`, in the coordinates of a reference
//! patient (mm, LPS, the pancreas around the origin). Sizes and tissues are in `patient`.

use super::form::{Pose, rotation};
use super::paint::PaintedShape;
use super::patient::{Patient, Rng};
use super::point::Point;
use super::{gut, trunk, vessels, viscera};

/// A case ready to be painted.
pub(super) struct Scene {
    /// In drawing order, lying as they are scanned.
    pub(super) shapes: Vec<PaintedShape>,
    /// Fat, in HU.
    pub(super) fat_hu: f32,
    /// Standard deviation of the image noise, in HU.
    pub(super) noise_hu: f32,
    /// Seed of the noise.
    pub(super) noise_seed: u64,
}

impl Scene {
    /// The case of `seed`.
    pub(super) fn new(seed: u64) -> Self {
        let mut rng = Rng::new(seed);
        let patient = Patient::new(&mut rng);
        let gland = viscera::gland(&patient, &mut rng);

        let mut shapes = trunk::wall(&patient, &mut rng);
        shapes.extend(trunk::lungs(&patient));
        shapes.extend(viscera::liver(&patient, &mut rng));
        shapes.extend(viscera::spleen(&patient, &mut rng));
        shapes.extend(viscera::kidneys(&patient, &mut rng));
        shapes.extend(trunk::skeleton(&patient, &mut rng));
        shapes.extend(vessels::great(&patient, &mut rng));
        shapes.extend(gut::small_bowel(&patient, &mut rng));
        shapes.extend(gut::colon(&patient, &mut rng));
        shapes.extend(gut::stomach(&patient, &mut rng));
        shapes.extend(viscera::gallbladder(&patient, &mut rng));
        shapes.extend(gut::duodenum(&patient, &mut rng));
        shapes.extend(vessels::around(&gland, &patient, &mut rng));
        shapes.extend(viscera::pancreas(&gland, &patient, &mut rng));

        let pose = pose(&mut rng);
        let mut posed = trunk::table(pose.shift[1] + patient.body[1]);
        posed.extend(shapes.iter().map(|shape| shape.posed(&pose)));
        let (fat_hu, noise_hu, noise_seed) = (patient.hu.fat, rng.between(8.0, 22.0), rng.noise_seed());
        Self { shapes: posed, fat_hu, noise_hu, noise_seed }
    }
}

/// The pose of the patient: rotated by up to about 4 degrees about each axis, and off centre.
fn pose(rng: &mut Rng) -> Pose {
    let turns = [[0, 1], [1, 2], [0, 2]].map(|plane| rotation(plane, rng.between(-0.035, 0.035)));
    let product = |a: [Point; 3], b: [Point; 3]| {
        a.map(|row| [0, 1, 2].map(|j| row[0] * b[0][j] + row[1] * b[1][j] + row[2] * b[2][j]))
    };
    let shift = [rng.between(-6.0, 6.0), rng.between(-22.0, -8.0), rng.between(-4.0, 4.0)];
    Pose { turn: product(product(turns[0], turns[1]), turns[2]), shift }
}
