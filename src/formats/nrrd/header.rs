//! NRRD's header: lines of `field: value` and `key:=value` up to an empty one (teem.sourceforge.net/nrrd/format.html).

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::core::volume::Geometry;
use crate::formats::labels::Labels;
use crate::formats::voxels::{Compression, Stored, VoxelType, check_size};

/// The longest header read. Those of 3D Slicer's segmentations are the longest, with some KiB.
const LONGEST_HEADER: usize = 1 << 20;

/// What the reader needs of a header.
pub(super) struct NrrdHeader {
    /// The voxels, checked to be few enough.
    pub(super) stored: Stored,
    /// Their compression.
    pub(super) compression: Compression,
    /// Where they start.
    pub(super) data_at: usize,
    /// LPS, mm.
    pub(super) geometry: Option<Geometry>,
    /// Whether the geometry says how the patient lies.
    pub(super) oriented: bool,
    /// What the values mean, where segments are named and one is the pancreas or the only one.
    pub(super) meaning: Option<Labels>,
    /// Whether it is a segmentation of 3D Slicer.
    pub(super) segments: bool,
}

/// A refusal's `why` and `hint`.
type Refused = (String, String);

const SAVE_AGAIN: &str = "Save it as one .nrrd file, raw or gzip, or as NIfTI, for example with 3D Slicer or SimpleITK";

fn refused(why: String) -> Refused {
    (why, SAVE_AGAIN.into())
}

impl NrrdHeader {
    pub(super) fn decode(bytes: &[u8]) -> Result<Self, Refused> {
        let (text, data_at) = split(bytes)?;
        let fields = NrrdFields::read(&text);
        if let Some(file) = fields.get("data file").or(fields.get("datafile")) {
            let why =
                format!("it is a detached header whose voxels are in `{file}`, expected header and voxels in one file");
            return Err(refused(why));
        }
        if fields.bytes_skipped() {
            return Err(refused(
                "it leaves out lines or bytes before its voxels, expected them right after the header".into(),
            ));
        }
        let compression = match fields.text("encoding")?.to_lowercase().as_str() {
            "raw" => Compression::Raw,
            "gzip" | "gz" => Compression::Gzip,
            other => return Err(refused(format!("its encoding is {other}, expected raw or gzip"))),
        };
        let voxel_type = voxel_type(fields.text("type")?)?;
        let big_endian = match fields.get("endian").map(str::to_lowercase).as_deref() {
            Some("big") => true,
            Some("little") => false,
            None if voxel_type.bytes() == 1 => false,
            other => return Err(refused(format!("its endian is {other:?}, expected little or big"))),
        };
        let (axes, lengths) = fields.axes()?;
        let text = lengths.map(|n| n.to_string()).join(" x ");
        let voxels = lengths.iter().try_fold(1u64, |product, &n| product.checked_mul(n));
        if voxels == Some(0) {
            return Err(refused(format!("its sizes are {text}, expected three above zero")));
        }
        check_size(&text, voxels, voxel_type)?;
        let (geometry, oriented) = fields.geometry(axes)?;
        let dims = [lengths[2], lengths[1], lengths[0]].map(|n| n as usize);
        let stored = Stored { dims, voxel_type, big_endian, slope: 1.0, inter: 0.0 };
        Ok(Self {
            stored,
            compression,
            data_at,
            geometry,
            oriented,
            meaning: fields.meaning(),
            segments: fields.get("=Segment0_Name").is_some(),
        })
    }
}

/// The header's text, and where the data begin.
fn split(bytes: &[u8]) -> Result<(String, usize), Refused> {
    let start = &bytes[..bytes.len().min(LONGEST_HEADER)];
    let ends = |end: &[u8]| start.windows(end.len()).position(|window| window == end).map(|at| (at, at + end.len()));
    // A header without data may end without the empty line: it is detached.
    let found = [ends(b"\n\n"), ends(b"\r\n\r\n")].into_iter().flatten().min();
    let (end, data_at) = found.unwrap_or((start.len(), bytes.len()));
    Ok((String::from_utf8_lossy(&start[..end]).into_owned(), data_at))
}

fn voxel_type(name: &str) -> Result<VoxelType, Refused> {
    Ok(match name.to_lowercase().as_str() {
        "signed char" | "int8" | "int8_t" => VoxelType::I8,
        "uchar" | "unsigned char" | "uint8" | "uint8_t" => VoxelType::U8,
        "short" | "short int" | "signed short" | "signed short int" | "int16" | "int16_t" => VoxelType::I16,
        "ushort" | "unsigned short" | "unsigned short int" | "uint16" | "uint16_t" => VoxelType::U16,
        "int" | "signed int" | "int32" | "int32_t" => VoxelType::I32,
        "uint" | "unsigned int" | "uint32" | "uint32_t" => VoxelType::U32,
        "longlong"
        | "long long"
        | "long long int"
        | "signed long long"
        | "signed long long int"
        | "int64"
        | "int64_t" => VoxelType::I64,
        "float" => VoxelType::F32,
        "double" => VoxelType::F64,
        other => {
            return Err(refused(format!(
                "its type is {other}, expected signed integers, unsigned ones up to 32 bits, float or double"
            )));
        }
    })
}

struct NrrdFields {
    /// Fields by name, and key/value pairs by `=` and their key.
    lines: BTreeMap<String, String>,
}

impl NrrdFields {
    fn read(text: &str) -> Self {
        let line = |line: &str| {
            if line.starts_with('#') {
                return None;
            }
            // Whichever comes first: a value may hold the other.
            let (at, width) = match (line.find(":="), line.find(": ")) {
                (Some(pair), Some(field)) if field < pair => (field, 2),
                (Some(pair), _) => (pair, 2),
                (None, Some(field)) => (field, 2),
                (None, None) => (line.strip_suffix(':')?.len(), 1),
            };
            let is_pair = line[at..].starts_with(":=");
            let name = if is_pair { format!("={}", &line[..at]) } else { line[..at].trim().to_lowercase() };
            Some((name, line[at + width..].trim().to_owned()))
        };
        Self { lines: text.lines().filter_map(line).collect() }
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.lines.get(name).map(String::as_str)
    }

    fn text(&self, name: &str) -> Result<&str, Refused> {
        self.get(name).ok_or_else(|| refused(format!("its header has no `{name}`")))
    }

    fn bytes_skipped(&self) -> bool {
        let skips = ["line skip", "lineskip", "byte skip", "byteskip"];
        skips.iter().any(|name| self.get(name).is_some_and(|value| value != "0"))
    }

    /// Which of the file's axes are x, y and z, and their lengths: three, or more of which the others have one voxel.
    fn axes(&self) -> Result<([usize; 3], [u64; 3]), Refused> {
        let sizes = self.text("sizes")?;
        let lengths: Option<Vec<u64>> = sizes.split_whitespace().map(|n| n.parse().ok()).collect();
        let lengths = lengths.filter(|lengths| self.get("dimension") == Some(&lengths.len().to_string()));
        let lengths = lengths
            .ok_or_else(|| refused(format!("its sizes `{sizes}` are not as many numbers as its dimension says")))?;
        let places: Vec<usize> = match lengths.len() {
            3 => vec![0, 1, 2],
            _ => (0..lengths.len()).filter(|&axis| lengths[axis] != 1).collect(),
        };
        let axes: [usize; 3] =
            places.try_into().map_err(|_| refused(format!("its sizes are {sizes}, expected one 3-D image")))?;
        Ok((axes, axes.map(|axis| lengths[axis])))
    }

    /// From space directions, else spacings; and whether they say how the patient lies.
    fn geometry(&self, axes: [usize; 3]) -> Result<(Option<Geometry>, bool), Refused> {
        let sign = match self.get("space").map(str::to_lowercase).as_deref() {
            Some("left-posterior-superior" | "lps") => Some([1.0, 1.0, 1.0]),
            Some("right-anterior-superior" | "ras") => Some([-1.0, -1.0, 1.0]),
            Some("left-anterior-superior" | "las") => Some([1.0, -1.0, 1.0]),
            Some(other) if other.contains("time") || other.len() == 4 => {
                return Err(refused(format!("its space is {other}, which has time, expected one 3-D image")));
            }
            _ => None,
        };
        let to_mm = self.to_mm()?;
        let placed = |sign: [f64; 3]| {
            let directions = vectors(self.get("space directions")?);
            let steps = axes.map(|axis| directions.get(axis).copied().flatten());
            let [Some(x), Some(y), Some(z)] = steps else { return None };
            let origin =
                self.get("space origin").map_or(Some([0.0; 3]), |text| vectors(text).first().copied().flatten())?;
            Geometry { affine: [0, 1, 2].map(|r| [x[r], y[r], z[r], origin[r]].map(|c| sign[r] * to_mm * c)) }
                .plausible()
        };
        let spaced = || {
            let spacings: Vec<f64> =
                self.get("spacings")?.split_whitespace().map(|n| n.parse().unwrap_or(f64::NAN)).collect();
            let [x, y, z] = axes.map(|axis| spacings.get(axis).copied().unwrap_or(f64::NAN) * to_mm);
            Geometry::with_spacing_mm([z, y, x]).plausible()
        };
        let oriented = sign.and_then(placed);
        Ok((oriented.or_else(|| placed([1.0; 3])).or_else(spaced), oriented.is_some()))
    }

    fn to_mm(&self) -> Result<f64, Refused> {
        let units = self.get("space units").unwrap_or("\"mm\"");
        match units.split_whitespace().next().unwrap_or_default().trim_matches('"') {
            "mm" | "" | "???" => Ok(1.0),
            "cm" => Ok(10.0),
            "m" => Ok(1000.0),
            "um" | "µm" => Ok(0.001),
            other => Err(refused(format!("its space units are {other}, expected mm"))),
        }
    }

    /// Names of segments by their values, as 3D Slicer writes them.
    fn meaning(&self) -> Option<Labels> {
        let segment = |i: usize| {
            let name = self.get(&format!("=Segment{i}_Name"))?;
            Some((self.get(&format!("=Segment{i}_LabelValue"))?.to_owned(), Value::from(name)))
        };
        let named: Map<String, Value> = (0..256).map_while(segment).collect();
        Labels::read(&Value::from(named)).ok()
    }
}

/// Vectors in parentheses; `None` for `none`, and for those that are not three numbers.
fn vectors(text: &str) -> Vec<Option<[f64; 3]>> {
    let vector = |text: &str| {
        let numbers: Option<Vec<f64>> = text.split(',').map(|n| n.trim().parse().ok()).collect();
        numbers?.try_into().ok()
    };
    let mut found = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let (one, after) = match rest.strip_prefix('(') {
            Some(inside) => inside.split_once(')').unwrap_or((inside, "")),
            None => rest.split_once(char::is_whitespace).unwrap_or((rest, "")),
        };
        found.push(vector(one));
        rest = after.trim_start();
    }
    found
}
