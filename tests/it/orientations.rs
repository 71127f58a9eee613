//! Where a mask lands: phantoms stored in every axis order and direction, oblique and tilted, go through each format, and the
//! mask is the organ, voxel by voxel.
//!
//! The network is not trained. Its weights are set so that it marks what is brighter than 100 HU, and only the organ is.
//! Every axis has another length and another spacing, and the organ is not symmetric, so that no mistake gives the same mask.

mod command;
mod volumes;

use islet::core::mask::Mask;
use islet::core::volume::{Geometry, Orientation, Volume};
use islet::formats::dicom::write_series;
use islet::formats::{Importer, Series, nifti};
use islet::nn::infer::segment_volume;
use islet::nn::model::Preset;
use islet::nn::model::weights::{ModelFile, Precision};

use crate::model::{file_of, passport, random_file, tensors_of};

/// The phantom's size and spacing in viewing order, `[z, y, x]`. The network's pixels are 1.5 mm, so a boundary between two
/// voxels stays one in the network's input and on the way back.
const DIMS: [usize; 3] = [12, 24, 32];
const SPACING_MM: [f64; 3] = [2.5, 1.5, 3.0];
const PERMUTATIONS: [[usize; 3]; 6] = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];

/// True inside the organ, an L on its side, at a voxel `[z, y, x]` in viewing order.
fn is_organ([z, y, x]: [usize; 3]) -> bool {
    let block = (3..7).contains(&z) && (6..12).contains(&y) && (8..14).contains(&x);
    let arm = (6..9).contains(&z) && (10..12).contains(&y) && (14..23).contains(&x);
    block || arm
}

fn hu([z, y, x]: [usize; 3]) -> i16 {
    // An even number of voxels, so that the middle of the body lies between two of them.
    let is_body = (2..22).contains(&y) && (4..28).contains(&x);
    let noise = ((z * 31 + y * 17 + x * 7) % 41) as i16 - 20;
    match (is_body, is_organ([z, y, x])) {
        (_, true) => 200 + noise,
        (true, false) => noise,
        (false, false) => -1000,
    }
}

/// How the phantom lies in a file, and how the patient lies.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Placed {
    /// The axis of the file on which each viewing axis `[z, y, x]` lies.
    source: [usize; 3],
    /// True where the file runs the other way.
    flip: [bool; 3],
    /// The directions of the viewing axes `[z, y, x]` in the patient, LPS.
    axes: [[f64; 3]; 3],
}

const UPRIGHT: [[f64; 3]; 3] = [[0.0, 0.0, 1.0], [0.0, 1.0, 0.0], [1.0, 0.0, 0.0]];

impl Placed {
    /// All 48 orders and directions of the axes: 24 of them rotations, the others their mirror images.
    fn all(axes: [[f64; 3]; 3]) -> impl Iterator<Item = Self> {
        let flips = (0..8).map(|bits| [0, 1, 2].map(|axis| bits >> axis & 1 == 1));
        PERMUTATIONS.into_iter().flat_map(move |source| flips.clone().map(move |flip| Self { source, flip, axes }))
    }

    /// The viewing voxel that is stored at a voxel of the file.
    fn viewed(&self, file: [usize; 3]) -> [usize; 3] {
        [0, 1, 2].map(|v| {
            let at = file[self.source[v]];
            if self.flip[v] { DIMS[v] - 1 - at } else { at }
        })
    }

    fn dims(&self) -> [usize; 3] {
        let mut dims = [0; 3];
        (0..3).for_each(|v| dims[self.source[v]] = DIMS[v]);
        dims
    }

    fn geometry(&self) -> Geometry {
        let mut affine = [[0.0; 4]; 3];
        let first = self.viewed([0; 3]);
        for (row, values) in affine.iter_mut().enumerate() {
            for v in 0..3 {
                let step = self.axes[v][row] * SPACING_MM[v];
                // Columns of the affine are x, y, z, and axes of the array z, y, x.
                values[2 - self.source[v]] = if self.flip[v] { -step } else { step };
                values[3] += step * first[v] as f64;
            }
            values[3] += [-40.0, -25.0, 310.0][row];
        }
        Geometry { affine }
    }

    fn voxels<T>(&self, value: impl Fn([usize; 3]) -> T) -> Vec<T> {
        let dims = self.dims();
        let [depth, height, width] = dims;
        let at = |i: usize| [i / (height * width), i / width % height, i % width];
        (0..depth * height * width).map(|i| value(self.viewed(at(i)))).collect()
    }

    fn volume(&self) -> Volume {
        Volume { hu: self.voxels(hu), dims: self.dims(), geometry: Some(self.geometry()), calibrated: true }
    }

    fn organ(&self) -> Mask {
        Mask { labels: self.voxels(|voxel| u8::from(is_organ(voxel))), dims: self.dims() }
    }
}

/// The axes turned by an angle about z and then about x, in degrees.
fn turned(about_z: f64, about_x: f64) -> [[f64; 3]; 3] {
    let ((sz, cz), (sx, cx)) = (about_z.to_radians().sin_cos(), about_x.to_radians().sin_cos());
    UPRIGHT.map(|[x, y, z]| {
        let [x, y] = [cz * x - sz * y, sz * x + cz * y];
        [x, cx * y - sx * z, sx * y + cx * z]
    })
}

/// A model file of slices that marks what is brighter than 100 HU: the slice passes through the first block of the encoder,
/// its skip connection and the last block of the decoder, and everything else is zero.
pub(crate) fn threshold_model() -> Vec<u8> {
    const STEEPNESS: f32 = 400.0;
    let config = Preset::Tiny.config();
    let window = islet::imaging::preprocess::PreprocessConfig::default().window;
    let mut tensors = tensors_of(&random_file(&config, Precision::F32));
    for (name, shape, values) in &mut tensors {
        let last = name.rsplit('.').next().unwrap_or_default();
        let is_norm = name.contains("norm");
        values.fill(match last {
            "running_var" => 1.0,
            "weight" if is_norm => 1.0,
            _ => 0.0,
        });
        let middle = shape.get(2..).unwrap_or_default().iter().product::<usize>() / 2;
        let taps = shape.get(2..).unwrap_or_default().iter().product::<usize>();
        match name.as_str() {
            // The second channel is the slice itself.
            "encoder.0.conv1.weight" => values[taps + middle] = 1.0,
            "encoder.0.conv2.weight" | "decoder.1.conv1.weight" | "decoder.1.conv2.weight" => values[middle] = 1.0,
            "gates.1.psi.bias" => values.fill(30.0),
            "head.weight" => values[0] = STEEPNESS,
            "head.bias" => values.fill(-STEEPNESS * window.unit(100.0)),
            _ => (),
        }
    }
    file_of(&tensors, passport(config).to_metadata())
}

/// The mask of a scan in file order, by the steps of `predict` and of the page.
fn segmented(model: &[u8], volume: Volume) -> Mask {
    let file = ModelFile::read(model).unwrap();
    let (dims, orientation) = (volume.dims, Orientation::axial(&volume.geometry.unwrap()));
    let network = file.load(&burn::tensor::Device::flex()).for_inference();
    let seen = orientation.view_volume(volume);
    let mask = pollster::block_on(segment_volume(&network, &seen, &file.passport.preprocess, |_| ())).unwrap();
    mask.restore(&orientation, dims)
}

/// The one series in these files.
fn read(files: &[(String, Vec<u8>)]) -> Series {
    let mut importer = Importer::new();
    files.iter().for_each(|(name, bytes)| importer.add(name, bytes));
    let mut contents = importer.finish();
    assert_eq!((contents.series.len(), contents.refused.len()), (1, 0), "{:?}", contents.refused);
    contents.series.remove(0)
}

/// A NRRD file of the volume (teem.sourceforge.net/nrrd/format.html): axes from the fastest to the slowest.
fn nrrd(volume: &Volume) -> Vec<u8> {
    let geometry = volume.geometry.unwrap();
    let vector = |v: [f64; 3]| format!("({},{},{})", v[0], v[1], v[2]);
    let [depth, height, width] = volume.dims;
    let [z, y, x] = [0, 1, 2].map(|axis| vector(geometry.step_mm(axis)));
    let origin = vector(geometry.position_mm([0.0; 3]));
    let header = format!(
        "NRRD0004\ntype: int16\ndimension: 3\nspace: left-posterior-superior\nsizes: {width} {height} {depth}\nspace \
         directions: {x} {y} {z}\nkinds: domain domain domain\nendian: little\nencoding: raw\nspace origin: {origin}\n\n"
    );
    let voxels: Vec<u8> = volume.hu.iter().flat_map(|hu| hu.to_le_bytes()).collect();
    [header.as_bytes(), &voxels].concat()
}

/// Files, by name.
type Files = Vec<(String, Vec<u8>)>;

/// The volume in each format.
fn formats(volume: &Volume) -> [(&'static str, Files); 3] {
    [
        ("NIfTI", vec![("scan.nii.gz".into(), nifti::write_volume(volume))]),
        ("NRRD", vec![("scan.nrrd".into(), nrrd(volume))]),
        ("DICOM", write_series(volume, "P", "D")),
    ]
}

/// Reads the phantom in each format and finds its organ, to the voxel and in the right place.
fn lands(model: &[u8], placed: &Placed) {
    let (volume, organ) = (placed.volume(), placed.organ());
    for (format, files) in formats(&volume) {
        let series = read(&files);
        let found = series.volume.geometry.unwrap();
        for (found, expected) in found.affine.as_flattened().iter().zip(placed.geometry().affine.as_flattened()) {
            assert!((found - expected).abs() < 1e-3, "{format}, {placed:?}: {found} is not {expected}");
        }
        assert!(series.volume.hu == volume.hu, "{format}, {placed:?}: other voxels");
        let mask = segmented(model, series.volume);
        let wrong = mask.labels.iter().zip(&organ.labels).filter(|(found, expected)| found != expected).count();
        assert_eq!(wrong, 0, "{format}, {placed:?}: {wrong} of {} voxels", organ.count());
    }
}

#[test]
fn the_mask_is_the_organ_in_every_axis_order_and_direction() {
    let model = threshold_model();
    let all: Vec<Placed> = Placed::all(UPRIGHT).collect();
    assert_eq!(all.len(), 48);
    all.iter().for_each(|placed| lands(&model, placed));
}

#[test]
fn the_mask_is_the_organ_in_oblique_scans() {
    let model = threshold_model();
    for (about_z, about_x) in [(7.0, 0.0), (0.0, -12.0), (-20.0, 15.0), (33.0, 30.0)] {
        Placed::all(turned(about_z, about_x)).step_by(5).for_each(|placed| lands(&model, &placed));
    }
}

#[test]
fn the_mask_is_the_organ_in_tilted_scans() {
    let model = threshold_model();
    for degrees in [-22.0_f64, 10.0, 22.0] {
        // Slices go on straight up while their plane is tilted about x, as a gantry is.
        let [_, y, x] = turned(0.0, degrees);
        let tilted = [UPRIGHT[0], y, x];
        for flip in [[false; 3], [true, false, false]] {
            lands(&model, &Placed { source: [0, 1, 2], flip, axes: tilted });
        }
    }
}

#[test]
fn a_network_that_is_asked_for_another_place_gives_another_mask() {
    // The test above can fail: one flip more, and the mask is another.
    let model = threshold_model();
    let placed = Placed { source: [0, 1, 2], flip: [false; 3], axes: UPRIGHT };
    let mirrored = Placed { flip: [true, false, false], ..placed };
    let volume = Volume { geometry: Some(mirrored.geometry()), ..placed.volume() };
    assert_ne!(segmented(&model, volume).labels, mirrored.organ().labels);
}
