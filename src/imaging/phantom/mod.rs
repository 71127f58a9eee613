//! A synthetic abdomen with labelled organs: [`phantom`]. A demonstration and a test bed.
//!
//! Everything is drawn from ellipsoids and tubes with noise on top, from a seed, and the same seed
//! gives the same voxels natively and in the browser. It is synthetic: sizes, places and Hounsfield
//! units are plausible, no more, and a model or a score from phantoms says nothing about patients.
//! Writing phantoms to files is not done here.

mod form;
mod gut;
mod paint;
mod patient;
mod point;
mod scene;
mod texture;
mod trunk;
mod vessels;
mod viscera;

use crate::core::mask::{Mask, PANCREAS, PANCREAS_NAME};
use crate::core::volume::{Geometry, Volume};
use paint::Canvas;
use scene::Scene;

/// The grid on which a phantom is drawn. The abdomen itself is about 360 x 250 mm, and the part of
/// it around the pancreas 130 mm high; a grid that covers less cuts it off.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PhantomConfig {
    /// `[depth, height, width]`, each at least 1.
    pub dims: [usize; 3],
    /// `[z, y, x]` in mm.
    pub spacing_mm: [f64; 3],
}

impl PhantomConfig {
    /// As large as a case of CT-82: 120 slices of 512 x 512, 180 x 410 x 410 mm.
    pub const FULL: Self = Self { dims: [120, 512, 512], spacing_mm: [1.5, 0.8, 0.8] };
    /// For tests, samples and quick training: 48 slices of 192 x 192, 144 x 384 x 384 mm.
    pub const SMALL: Self = Self { dims: [48, 192, 192], spacing_mm: [3.0, 2.0, 2.0] };
}

/// The organ to which a voxel of a phantom belongs. The values are those of [`Phantom::organs`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Organ {
    /// Air, fat, body wall and everything else without a label.
    Background = 0,
    /// The pancreas, with its duct and the fat between its lobules.
    Pancreas = PANCREAS,
    /// The liver, with its vessels.
    Liver = 2,
    /// The spleen.
    Spleen = 3,
    /// The right kidney, without the fat of its sinus.
    RightKidney = 4,
    /// The left kidney, without the fat of its sinus.
    LeftKidney = 5,
    /// The stomach, wall and content.
    Stomach = 6,
    /// The aorta and the arteries that leave it.
    Aorta = 7,
    /// The inferior vena cava and the renal veins.
    VenaCava = 8,
    /// The portal vein with the splenic and superior mesenteric veins.
    PortalVein = 9,
    /// The gall bladder, absent from some cases.
    Gallbladder = 10,
    /// The duodenum, wall and content.
    Duodenum = 11,
    /// Jejunum and colon, wall and content.
    Bowel = 12,
    /// Vertebrae and ribs.
    Bone = 13,
    /// The lungs' lowest parts.
    Lung = 14,
}

impl Organ {
    /// All but the background, with their names, in the order of their values.
    pub const NAMED: [(Self, &str); 14] = [
        (Self::Pancreas, PANCREAS_NAME),
        (Self::Liver, "liver"),
        (Self::Spleen, "spleen"),
        (Self::RightKidney, "right kidney"),
        (Self::LeftKidney, "left kidney"),
        (Self::Stomach, "stomach"),
        (Self::Aorta, "aorta"),
        (Self::VenaCava, "inferior vena cava"),
        (Self::PortalVein, "portal vein"),
        (Self::Gallbladder, "gall bladder"),
        (Self::Duodenum, "duodenum"),
        (Self::Bowel, "bowel"),
        (Self::Bone, "bone"),
        (Self::Lung, "lung"),
    ];
}

/// One synthetic case: the image and its truth, on one grid, in viewing order.
#[derive(Clone, Debug)]
pub struct Phantom {
    /// The image. Columns run to the patient's left, rows to posterior, slices from superior
    /// downwards, as in a series of CT-82 shown upright; the grid is centred on the origin.
    pub volume: Volume,
    /// The pancreas alone, [`PANCREAS`].
    pub pancreas: Mask,
    /// An [`Organ`] per voxel.
    pub organs: Mask,
}

/// Draws the case that belongs to `seed` on the grid `config`.
pub fn phantom(config: &PhantomConfig, seed: u64) -> Phantom {
    let PhantomConfig { dims, spacing_mm } = *config;
    let [depth, height, width] = dims;
    let step = spacing_mm.map(|mm| mm as f32);
    let first = [0, 1, 2].map(|axis| -step[axis] * (dims[axis] - 1) as f32 / 2.0);
    let scene = Scene::new(seed);
    // Neighbours share noise over some 2 mm, whatever the grid.
    let side = (0.3 - 0.08 * step[2]).clamp(0.0, 0.25);

    let mut organs = Mask::empty(dims);
    let mut hu = Vec::with_capacity(depth * height * width);
    let mut slice_hu = vec![0.0; height * width];
    for z in 0..depth {
        slice_hu.fill(-1000.0);
        let mut canvas = Canvas {
            hu: &mut slice_hu,
            labels: organs.slice_mut(z),
            dims: [height, width],
            first_mm: [first[1], first[2]],
            step_mm: [step[1], step[2]],
            z_mm: -(first[0] + z as f32 * step[0]),
            edge_mm: (step[0] + step[1] + step[2]) / 3.0,
            fat_hu: scene.fat_hu,
        };
        for shape in &scene.shapes {
            canvas.paint(shape);
        }
        let noise = texture::ct_noise([height, width], side, scene.noise_seed.wrapping_add(z as u64) << 20);
        // Rounded by way of a positive number, whose fraction is dropped.
        let noisy =
            |(value, noise): (&f32, f32)| ((value + scene.noise_hu * noise + 1024.5).clamp(0.0, 4095.0) as i16) - 1024;
        hu.extend(slice_hu.iter().zip(noise).map(noisy));
    }

    let origin = [0, 1, 2].map(|axis| spacing_mm[axis] * (dims[axis] - 1) as f64 / 2.0);
    let geometry = Geometry {
        affine: [
            [spacing_mm[2], 0.0, 0.0, -origin[2]],
            [0.0, spacing_mm[1], 0.0, -origin[1]],
            [0.0, 0.0, -spacing_mm[0], origin[0]],
        ],
    };
    let is_pancreas = |&label: &u8| if label == Organ::Pancreas as u8 { PANCREAS } else { 0 };
    let pancreas = Mask { labels: organs.labels.iter().map(is_pancreas).collect(), dims };
    Phantom { volume: Volume { hu, dims, geometry: Some(geometry), calibrated: true }, pancreas, organs }
}
