//! Masks as NRRD files, plain (.nrrd) and with the names of segments as 3D Slicer reads them
//! (.seg.nrrd).

use std::fmt::Write as _;
use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::core::mask::Mask;
use crate::core::volume::Geometry;

/// A segment of a written mask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NrrdSegment {
    /// The label of its voxels.
    pub label: u8,
    /// What it is called.
    pub name: String,
}

/// A mask as an NRRD file: uint8, gzip, LPS, in mm. With `segments` it is a segmentation of 3D
/// Slicer; its segments are in one layer and cover the whole grid. Without a geometry the file says
/// nothing about space.
pub fn write_mask(mask: &Mask, geometry: Option<&Geometry>, segments: &[NrrdSegment]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(header(mask, geometry, segments).into_bytes(), Compression::default());
    encoder.write_all(&mask.labels).and_then(|()| encoder.finish()).expect("memory takes every byte")
}

fn header(mask: &Mask, geometry: Option<&Geometry>, segments: &[NrrdSegment]) -> String {
    let [depth, height, width] = mask.dims;
    let mut text = format!("NRRD0004\n# Written by Islet {}\n", env!("CARGO_PKG_VERSION"));
    text += &format!("type: unsigned char\ndimension: 3\nsizes: {width} {height} {depth}\n");
    if let Some(geometry) = geometry {
        let vector = |[x, y, z]: [f64; 3]| format!("({},{},{})", x + 0.0, y + 0.0, z + 0.0);
        let [x, y, z] = [2, 1, 0].map(|axis| vector(geometry.step_mm(axis)));
        text += &format!("space: left-posterior-superior\nspace directions: {x} {y} {z}\n");
        text += &format!("space origin: {}\n", vector(geometry.position_mm([0.0; 3])));
    }
    text += "kinds: domain domain domain\nencoding: gzip\n";
    for (i, NrrdSegment { label, name }) in segments.iter().enumerate() {
        let _ = write!(text, "Segment{i}_ID:=Segment_{label}\nSegment{i}_Name:={name}\n");
        let _ = write!(text, "Segment{i}_LabelValue:={label}\nSegment{i}_Layer:=0\n");
        let _ = writeln!(text, "Segment{i}_Extent:=0 {} 0 {} 0 {}", width - 1, height - 1, depth - 1);
    }
    if !segments.is_empty() {
        let _ = writeln!(text, "Segmentation_MasterRepresentation:=Binary labelmap");
        let _ = writeln!(text, "Segmentation_ContainedRepresentationNames:=Binary labelmap|");
        let _ = writeln!(text, "Segmentation_ReferenceImageExtentOffset:=0 0 0");
    }
    text + "\n"
}
