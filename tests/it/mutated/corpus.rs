//! The files that are mutated. The targets of `fuzz` begin with them.

use std::collections::BTreeMap;
use std::fs;
use std::io::Cursor;
use std::path::Path;

use islet::app::protocol::{OrganCorrections, SeriesCorrections};
use islet::app::saved_session::SavedSession;
use islet::core::mask::Mask;
use islet::core::volume::{Geometry, Volume};
use islet::formats::dicom::{
    Identity, SegProvenance, read, read_structure_set, write_seg, write_series, write_structure_set,
};
use islet::formats::nnunet::release::{ReleaseChoice, read_zip};
use islet::formats::{Importer, OrganLabel, dataset, nifti, nrrd};
use islet::imaging::edit::{Acceptance, Corrections, UndoStep};
use islet::nn::model::Preset;
use islet::nn::model::weights::Precision;
use islet::nn::volume::VolumeModelFile;

use super::containers;
use super::kinds::{CORRECTED_DIMS, Kind, Target};
use crate::datasets::with_ignore;
use crate::model::random_file;

/// A file before it is mutated.
#[derive(Clone)]
pub(super) struct Seed {
    pub(super) name: String,
    pub(super) target: Target,
    pub(super) kind: Kind,
    pub(super) bytes: Vec<u8>,
}

/// The files to mutate, in groups that take turns.
pub(super) struct Corpus {
    pub(super) groups: Vec<Vec<Seed>>,
    /// The slices of the series that [`Target::ImportAmongSlices`] is one of and [`Target::ImportWithSeries`] lies on.
    pub(super) companions: Vec<Vec<u8>>,
}

impl Corpus {
    pub(super) fn new() -> Self {
        let scan = scan();
        let geometry = scan.geometry.expect("it has one");
        let slices: Vec<Vec<u8>> = write_series(&scan, "P", "D").into_iter().map(|(_, bytes)| bytes).collect();
        let of_dicom =
            |(name, bytes): (String, Vec<u8>)| Seed { name, target: Target::Import, kind: Kind::Dicom, bytes };
        let coded: Vec<Seed> =
            golden("formats/dicom", &["dcm", "bare_explicit", "bare_implicit"]).map(of_dicom).collect();
        let groups = vec![
            coded,
            vec![Seed {
                name: "slice".into(),
                target: Target::ImportAmongSlices,
                kind: Kind::Dicom,
                bytes: slices[2].clone(),
            }],
            segmentations(&scan, &slices).into_iter().map(|bytes| of_dicom(("seg".into(), bytes))).collect(),
            structure_sets(&scan, &slices),
            grids(&scan, &geometry),
            text_headers(&scan, &geometry),
            pictures(),
            zips(&scan, &slices),
            models(),
            checkpoints(),
            [vec![corrections(), session_file()], answers(&slices[0])].concat(),
        ];
        Self { groups, companions: slices }
    }

    pub(super) fn seeds(&self) -> impl Iterator<Item = &Seed> {
        self.groups.iter().flatten()
    }
}

/// A small scan.
fn scan() -> Volume {
    let dims = [6, 12, 10];
    let hu = (0..720).map(|i| 3 * i - 1024).collect();
    Volume { hu, dims, geometry: Some(Geometry::with_spacing_mm([2.5, 0.8, 0.8])), calibrated: true }
}

fn mask() -> Mask {
    Mask { labels: (0..720).map(|i| u8::from(i % 7 == 0)).collect(), dims: [6, 12, 10] }
}

/// The files of a folder of tests/golden that end in one of these.
fn golden(folder: &str, endings: &[&str]) -> impl Iterator<Item = (String, Vec<u8>)> {
    // `fuzz` is a package inside of this one.
    let mut packages = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors();
    let root = packages.find_map(|package| Some(package.join("tests/golden")).filter(|root| root.is_dir()));
    let root = root.expect("it is in the repository").join(folder);
    let files = fs::read_dir(root).expect("the folder is in the repository");
    let mut paths: Vec<_> = files.map(|file| file.expect("it can be listed").path()).collect();
    paths.retain(|path| endings.iter().any(|ending| path.to_string_lossy().ends_with(ending)));
    paths.sort();
    let read = |path: std::path::PathBuf| fs::read(path).expect("it can be read");
    paths.into_iter().map(move |path| (path.file_name().unwrap_or_default().to_string_lossy().into_owned(), read(path)))
}

const MAKING: SegProvenance<'static> =
    SegProvenance { corrected: false, model_sha256: "abc", open_gate: None, at: ["20261124", "063000"] };

/// What identifies the series of these slices.
fn identity(slices: &[Vec<u8>]) -> Identity {
    let mut importer = Importer::new();
    slices.iter().enumerate().for_each(|(i, slice)| importer.add(&i.to_string(), slice));
    importer.finish().series.remove(0).identity.expect("it is DICOM")
}

/// Contours of one organ and of two, with holes and islands, on the series; and those of other programs, without theirs.
fn structure_sets(scan: &Volume, slices: &[Vec<u8>]) -> Vec<Seed> {
    let geometry = scan.geometry.expect("it has one");
    let two = Mask { labels: (0..720).map(|i| [0, 1, 1, 2][i / 3 % 4]).collect(), dims: scan.dims };
    let names = BTreeMap::from([(1, "pancreas".to_owned()), (2, "liver".to_owned())]);
    let of = |(mask, organs): (Mask, Vec<OrganLabel>)| {
        let bytes = write_structure_set(&mask, &geometry, &organs, &identity(slices), &MAKING).expect("a plain grid");
        assert!(read_structure_set("contours", &bytes).is_ok());
        Seed { name: "contours".into(), target: Target::ImportWithSeries, kind: Kind::Dicom, bytes }
    };
    let ours = [(mask(), vec![OrganLabel::pancreas()]), (two, OrganLabel::named(&names))].map(of);
    let theirs = golden("formats", &["rtstruct.dcm", "rtstruct_rt_utils.dcm"]);
    let alone = theirs.map(|(name, bytes)| Seed { name, target: Target::Import, kind: Kind::Dicom, bytes });
    ours.into_iter().chain(alone).collect()
}

fn segmentations(scan: &Volume, slices: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let geometry = scan.geometry.expect("it has one");
    let ours =
        write_seg(&mask(), &geometry, &[OrganLabel::pancreas()], &identity(slices), &MAKING).expect("a plain grid");
    assert!(read("seg", &ours).is_ok());
    let (_, theirs) = golden("formats", &["seg.dcm"]).next().expect("it is in the repository");
    vec![theirs, ours]
}

fn grids(scan: &Volume, geometry: &Geometry) -> Vec<Seed> {
    let seed = |(name, bytes)| Seed { name, target: Target::Import, kind: Kind::Nifti, bytes };
    let ours = [
        ("scan.nii.gz".to_owned(), nifti::write_volume(scan)),
        ("mask.nii.gz".to_owned(), nifti::write_mask(&mask(), Some(geometry))),
        ("mask.nii".to_owned(), nifti::write_mask_plain(&mask(), Some(geometry))),
    ];
    let theirs = golden("grids", &[".nii", ".nii.gz"]).chain(golden("formats", &[".nii"]));
    theirs.chain(ours).map(seed).collect()
}

fn text_headers(scan: &Volume, geometry: &Geometry) -> Vec<Seed> {
    let voxels: Vec<u8> = scan.hu.iter().flat_map(|hu| hu.to_le_bytes()).collect();
    let meta = |more: &str, voxels: &[u8]| {
        let header = format!(
            "ObjectType = Image\nNDims = 3\nBinaryData = True\nBinaryDataByteOrderMSB = False\n{more}TransformMatrix = 1 0 0 0 1 \
             0 0 0 1\nOffset = 0 0 0\nCenterOfRotation = 0 0 0\nAnatomicalOrientation = RAI\nElementSpacing = 0.8 0.8 \
             2.5\nDimSize = 10 12 6\nElementType = MET_SHORT\nElementDataFile = LOCAL\n"
        );
        [header.as_bytes(), voxels].concat()
    };
    let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut zlib, &voxels).expect("memory");
    let packed = meta("CompressedData = True\n", &zlib.finish().expect("memory"));
    let ours = [
        ("mask.seg.nrrd".to_owned(), nrrd::write_mask(&mask(), Some(geometry), &[])),
        ("scan.mha".to_owned(), meta("", &voxels)),
        ("packed.mha".to_owned(), packed),
    ];
    let seed = |(name, bytes)| Seed { name, target: Target::Import, kind: Kind::TextHeader, bytes };
    golden("grids", &["nrrd", "nhdr"]).chain(ours).map(seed).collect()
}

fn pictures() -> Vec<Seed> {
    let encoded = |image: image::DynamicImage, format| {
        let mut bytes = Cursor::new(Vec::new());
        image.write_to(&mut bytes, format).expect("memory");
        bytes.into_inner()
    };
    let grey = image::GrayImage::from_fn(40, 30, |x, y| image::Luma([(x * y) as u8]));
    let deep = image::ImageBuffer::from_fn(20, 30, |x, y| image::Luma([32768 + (x * y) as u16]));
    let colour = image::RgbImage::from_fn(33, 21, |x, y| image::Rgb([x as u8, y as u8, 7]));
    let files = [
        ("grey.png", encoded(grey.clone().into(), image::ImageFormat::Png)),
        ("deep.png", encoded(deep.into(), image::ImageFormat::Png)),
        ("colour.png", encoded(colour.clone().into(), image::ImageFormat::Png)),
        ("grey.jpg", encoded(grey.into(), image::ImageFormat::Jpeg)),
        ("colour.jpg", encoded(colour.into(), image::ImageFormat::Jpeg)),
    ];
    let seed =
        |(name, bytes): (&str, _)| Seed { name: name.into(), target: Target::Import, kind: Kind::Picture, bytes };
    files.map(seed).into()
}

fn zips(scan: &Volume, slices: &[Vec<u8>]) -> Vec<Seed> {
    let method = zip::CompressionMethod::Deflated;
    let files: Vec<_> =
        slices.iter().enumerate().map(|(i, slice)| (format!("{i}.dcm"), slice.clone(), method)).collect();
    let labelled = dataset::write("case", scan, &with_ignore(&mask(), &[true, true, false, true, true, true]));
    let seed = |(name, bytes): (&str, _)| Seed { name: name.into(), target: Target::Import, kind: Kind::Zip, bytes };
    [("slices.zip", containers::zipped(&files)), ("labelled.zip", labelled)].map(seed).into()
}

fn models() -> Vec<Seed> {
    let (_, release) = release();
    let release = read_zip("release.zip", &release, &ReleaseChoice::default()).expect("it is a release");
    let volumes = VolumeModelFile::of_release(&release).and_then(|file| file.write(Precision::F16));
    let files = [
        ("slices.safetensors", random_file(&Preset::Tiny.config(), Precision::F16)),
        ("volumes.safetensors", volumes.expect("it can be written")),
    ];
    let seed = |(name, bytes): (&str, _)| Seed { name: name.into(), target: Target::Model, kind: Kind::Model, bytes };
    files.map(seed).into()
}

/// A release of TotalSegmentator's form, with the weights of a tiny network.
fn release() -> (String, Vec<u8>) {
    golden("nnunet/predictor/total", &[".zip"]).next().expect("it is in the repository")
}

fn checkpoints() -> Vec<Seed> {
    let of = |target| move |(name, bytes)| Seed { name, target, kind: Kind::Zip, bytes };
    let stored = zip::CompressionMethod::Stored;
    let (_, plain) = golden("nnunet", &["plain.pth"]).next().expect("it is in the repository");
    let folder = "Dataset901_Tiny/nnUNetTrainer__nnUNetPlans__3d_fullres";
    let tiny = containers::zipped(&[
        (format!("{folder}/plans.json"), crate::nnunet::new_plans().to_string().into_bytes(), stored),
        (format!("{folder}/dataset.json"), crate::nnunet::dataset_json().to_string().into_bytes(), stored),
        (format!("{folder}/fold_0/checkpoint_final.pth"), plain, stored),
    ]);
    let releases = [("tiny.zip".to_owned(), tiny), release()];
    golden("nnunet", &[".pth"]).map(of(Target::Checkpoint)).chain(releases.map(of(Target::Release))).collect()
}

fn corrections() -> Seed {
    let bytes = corrected().to_bytes(CORRECTED_DIMS);
    Seed { name: "corrections".into(), target: Target::Corrections, kind: Kind::Plain, bytes }
}

fn corrected() -> Corrections {
    let [_, height, width] = CORRECTED_DIMS;
    let mut corrections = Corrections::default();
    for slice in [0, 3, 4, 29] {
        let labels: Vec<u8> = (0..height * width).map(|i| u8::from(i % (slice + 9) < 4)).collect();
        corrections.set(slice, &labels, Acceptance::Accepted, UndoStep::New);
    }
    corrections
}

/// A session file with one organ of one series.
fn session_file() -> Seed {
    let organ = OrganCorrections { organ: "pancreas".into(), slices: 4, bytes: corrected().to_bytes(CORRECTED_DIMS) };
    let series = SeriesCorrections {
        key: "0123456789abcdef".into(),
        name: "Abdomen".into(),
        dims: CORRECTED_DIMS,
        geometry: Some(Geometry::with_spacing_mm([2.5, 0.8, 0.8])),
        organs: vec![organ],
    };
    let bytes = SavedSession::new(vec![series], Some(serde_json::json!({ "slice": 12 }))).to_bytes();
    Seed { name: "session".into(), target: Target::Session, kind: Kind::Json, bytes }
}

/// A server's list, what became of a file, and a file in a body of several parts.
fn answers(slice: &[u8]) -> Vec<Seed> {
    let json = |value: serde_json::Value| format!("application/dicom+json\n{value}").into_bytes();
    let uid = serde_json::json!({ "vr": "UI", "Value": ["1.2.3"] });
    let name = serde_json::json!({ "vr": "PN", "Value": [{ "Alphabetic": "P^Q" }] });
    let count = serde_json::json!({ "vr": "IS", "Value": [3] });
    let list = serde_json::json!([{ "0020000D": uid, "0020000E": uid, "00080018": uid, "00100010": name, "00201208": count,
        "00080060": { "vr": "CS", "Value": ["CT"] }, "00080020": { "vr": "DA", "Value": ["20261129"] } }]);
    let stored = serde_json::json!({ "00081199": { "vr": "SQ", "Value": [{ "00081155": uid }] },
        "00081198": { "vr": "SQ", "Value": [{ "00081155": uid, "00081197": { "vr": "US", "Value": [272] } }] } });
    let body = [&b"multipart/related; type=\"application/dicom\"; boundary=islet\n--islet\r\nContent-Type: application/dicom\r\n\r\n"[..],
        slice, b"\r\n--islet--\r\n"].concat();
    let files = [("list", json(list)), ("stored", json(stored)), ("files", body)];
    let seed = |(name, bytes): (&str, _)| Seed { name: name.into(), target: Target::Answer, kind: Kind::Plain, bytes };
    files.map(seed).into()
}
