//! Which axes of an NRRD file are x, y and z, and where its voxels lie.

use super::fields::NrrdFields;
use crate::core::i18n::messages::NrrdMessage;
use crate::core::volume::Geometry;

/// The axes of a file.
pub(super) struct NrrdAxes {
    /// Which of the file's axes are x, y and z.
    pub(super) places: [usize; 3],
    /// Their lengths.
    pub(super) lengths: [u64; 3],
    /// How many values a voxel has: layers of segments, which are the first axis. Otherwise 1.
    pub(super) layers: u64,
}

impl NrrdAxes {
    /// The axes that space directions tell, else those longer than one voxel.
    ///
    /// # Errors
    /// Sizes that are no numbers or do not fit the dimension, and other than three axes in space.
    pub(super) fn read(fields: &NrrdFields) -> Result<Self, NrrdMessage> {
        let sizes = fields.text("sizes")?;
        let lengths: Option<Vec<u64>> = sizes.split_whitespace().map(|n| n.parse().ok()).collect();
        let lengths = lengths.filter(|lengths| fields.get("dimension") == Some(&lengths.len().to_string()));
        let lengths = lengths.ok_or_else(|| NrrdMessage::BadSizes { sizes: sizes.into() })?;
        let in_space = in_space(fields, lengths.len());
        let places: Vec<usize> = match lengths.len() {
            3 => vec![0, 1, 2],
            _ if in_space.len() == 3 => in_space,
            // A file of one layer or frame has one axis of one voxel more.
            _ => (0..lengths.len()).filter(|&axis| lengths[axis] != 1).collect(),
        };
        let not_one = || NrrdMessage::NotOneImage { sizes: sizes.into() };
        let places: [usize; 3] = places.try_into().map_err(|_| not_one())?;
        let others = |axis: &usize| !places.contains(axis) && lengths[*axis] != 1;
        let others: Vec<usize> = (0..lengths.len()).filter(others).collect();
        let is_segmentation = fields.get("=Segment0_LabelValue").is_some();
        let layers = match others[..] {
            [] => 1,
            [0] if is_segmentation => lengths[0],
            _ => return Err(not_one()),
        };
        // Three axes in a row may still be colours.
        let colours = |kind: &str| kind.to_lowercase().contains("color");
        if fields.get("kinds").is_some_and(|kinds| kinds.split_whitespace().any(colours)) {
            let (found, expected) = (fields.get("kinds").unwrap_or_default().into(), "grey values".into());
            return Err(NrrdMessage::BadField { name: "kinds".into(), found, expected });
        }
        Ok(Self { places, lengths: places.map(|axis| lengths[axis]), layers })
    }
}

/// The axes with a direction in space.
fn in_space(fields: &NrrdFields, axes: usize) -> Vec<usize> {
    let directions = fields.get("space directions").map(vectors).unwrap_or_default();
    (0..axes).filter(|&axis| directions.get(axis).is_some_and(Option::is_some)).collect()
}

/// Where voxels lie, from space directions, else spacings; and true if they say how the patient
/// lies.
///
/// # Errors
/// A space with time, and units other than of length.
pub(super) fn geometry(fields: &NrrdFields, axes: [usize; 3]) -> Result<(Option<Geometry>, bool), NrrdMessage> {
    let sign = match fields.get("space").map(str::to_lowercase).as_deref() {
        Some("left-posterior-superior" | "lps") => Some([1.0, 1.0, 1.0]),
        Some("right-anterior-superior" | "ras") => Some([-1.0, -1.0, 1.0]),
        Some("left-anterior-superior" | "las") => Some([1.0, -1.0, 1.0]),
        Some(other) if other.contains("time") || other.len() == 4 => {
            return Err(NrrdMessage::SpaceWithTime { space: other.into() });
        }
        _ => None,
    };
    let to_mm = to_mm(fields)?;
    let placed = |sign: [f64; 3]| {
        let directions = vectors(fields.get("space directions")?);
        let steps = axes.map(|axis| directions.get(axis).copied().flatten());
        let [Some(x), Some(y), Some(z)] = steps else { return None };
        let origin =
            fields.get("space origin").map_or(Some([0.0; 3]), |text| vectors(text).first().copied().flatten())?;
        Geometry { affine: [0, 1, 2].map(|r| [x[r], y[r], z[r], origin[r]].map(|c| sign[r] * to_mm * c)) }.plausible()
    };
    let spaced = || {
        let spacings: Vec<f64> =
            fields.get("spacings")?.split_whitespace().map(|n| n.parse().unwrap_or(f64::NAN)).collect();
        let [x, y, z] = axes.map(|axis| spacings.get(axis).copied().unwrap_or(f64::NAN) * to_mm);
        Geometry::with_spacing_mm([z, y, x]).plausible()
    };
    let oriented = sign.and_then(placed);
    Ok((oriented.or_else(|| placed([1.0; 3])).or_else(spaced), oriented.is_some()))
}

fn to_mm(fields: &NrrdFields) -> Result<f64, NrrdMessage> {
    let units = fields.get("space units").unwrap_or("\"mm\"");
    match units.split_whitespace().next().unwrap_or_default().trim_matches('"') {
        "mm" | "" | "???" => Ok(1.0),
        "cm" => Ok(10.0),
        "m" => Ok(1000.0),
        "um" | "µm" => Ok(0.001),
        other => {
            let (found, expected) = (other.into(), "mm".into());
            Err(NrrdMessage::BadField { name: "space units".into(), found, expected })
        }
    }
}

/// Vectors in parentheses; `None` for `none`, and for those that are not three numbers.
fn vectors(text: &str) -> Vec<Option<[f64; 3]>> {
    let vector = |text: &str| {
        let numbers: Option<Vec<f64>> = text.split(',').map(|n| n.trim().parse().ok()).collect();
        let vector: [f64; 3] = numbers?.try_into().ok()?;
        // Some writers give axes outside space directions of no number.
        vector.iter().all(|c| c.is_finite()).then_some(vector)
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
