//! The size of a segmented organ, and the reasons why that may not be its volume.
//!
//! Only numbers are computed here; the page turns them into sentences.

/// The size of an organ on a series, measured from the segmented pixels.
#[derive(Clone, Debug, PartialEq)]
pub struct Measurement {
    /// The size.
    pub size: OrganSize,
    /// The slices that show the organ; `None` if no slice does.
    pub slices: Option<OrganSlices>,
    /// The reasons why the size is not the volume of the organ.
    pub caveats: Vec<SizeWarning>,
}

/// The slices that show an organ. Between the first and the last there may be slices that do not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OrganSlices {
    /// Number of slices with at least one pixel of the organ.
    pub count: usize,
    /// Index of the first of them, counted from 0.
    pub first: usize,
    /// Index of the last of them, counted from 0.
    pub last: usize,
}

/// A size in the best unit that the series allows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum OrganSize {
    /// The volume on a series, in mL.
    VolumeMl(f64),
    /// The area on a lone slice, in cm².
    AreaCm2(f64),
    /// The number of pixels, if the spacing is unknown.
    Pixels(usize),
}

/// A reason why a size is not the volume of the organ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SizeWarning {
    /// The series is one slice, which has an area and no volume.
    LoneSlice,
    /// The size of a pixel is unknown.
    NoSpacing,
    /// Some slices are not segmented yet.
    Unfinished {
        /// Number of segmented slices.
        done: usize,
        /// Number of slices of the series.
        all: usize,
    },
    /// The organ is on the first slice, so it may extend beyond it.
    TouchesFirst,
    /// The organ is on the last slice, so it may extend beyond it.
    TouchesLast,
    /// The organ is on the first and on the last slice.
    TouchesBoth,
    /// The file gives two sizes of a voxel, so the volume depends on which of them is taken.
    DisputedSpacing,
}

impl Measurement {
    /// The same with the warning that the file gives two sizes of a voxel, if it does. Pixels of unknown size are not
    /// affected.
    pub fn with_dispute(mut self, is_disputed: bool) -> Self {
        if is_disputed && !matches!(self.size, OrganSize::Pixels(_)) {
            self.caveats.push(SizeWarning::DisputedSpacing);
        }
        self
    }
}

/// The volume of the pancreas of adults in mL, mean and standard deviation (Saisho et al. 2007, Clinical Anatomy 20:933).
pub const ADULT_PANCREAS_ML: [f64; 2] = [72.4, 25.8];
/// So many standard deviations below and above the mean a volume is unusual.
const USUAL_DEVIATIONS: [f64; 2] = [-2.0, 3.0];
/// Fewer accepted slices say too little about the volume.
const FEWEST_ACCEPTED: usize = 3;
/// A mask is far from the accepted slices if it has this many times as much as they suggest, or they this many times as
/// much as the mask.
const FAR_TIMES: f64 = 2.0;

/// What speaks against a volume, although it was measured completely.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum VolumeDoubt {
    /// Few pancreases of adults are as small or as large.
    UnusualForPancreas,
    /// Between the first and the last accepted slice the mask has another volume than the accepted slices suggest.
    FarFromAccepted {
        /// The volume of the mask there, in mL.
        found_ml: f64,
        /// The volume that interpolating the areas of the accepted slices gives, in mL.
        expected_ml: f64,
    },
}

/// What speaks against the volume of a pancreas. A part of one is not judged.
pub fn pancreas_doubt(measurement: &Measurement) -> Option<VolumeDoubt> {
    let OrganSize::VolumeMl(ml) = measurement.size else { return None };
    let is_whole = measurement.slices.is_some() && measurement.caveats.is_empty();
    let [low_ml, high_ml] = USUAL_DEVIATIONS.map(|times| ADULT_PANCREAS_ML[0] + times * ADULT_PANCREAS_ML[1]);
    (is_whole && !(low_ml..=high_ml).contains(&ml)).then_some(VolumeDoubt::UnusualForPancreas)
}

/// Compares a mask with its accepted slices, whose areas are interpolated linearly. `pixels` has the organ's pixels of each
/// slice, `None` where there is no mask yet; `accepted` lists accepted slices in ascending order.
pub fn doubt_by_accepted(pixels: &[Option<usize>], accepted: &[usize], voxel_mm3: f64) -> Option<VolumeDoubt> {
    let (&first, &last) = accepted.first().zip(accepted.last())?;
    if accepted.len() < FEWEST_ACCEPTED {
        return None;
    }
    let span: Vec<f64> = pixels.get(first..=last)?.iter().map(|n| n.map(|n| n as f64)).collect::<Option<_>>()?;
    let between = |pair: &[usize]| {
        let (low, high) = (span[pair[0] - first], span[pair[1] - first]);
        let steps = (pair[1] - pair[0]) as f64;
        (1..pair[1] - pair[0]).map(|step| low + (high - low) * step as f64 / steps).sum::<f64>()
    };
    let drawn: f64 = accepted.iter().map(|slice| span[slice - first]).sum();
    let expected_ml = millilitres(drawn + accepted.windows(2).map(between).sum::<f64>(), voxel_mm3);
    let found_ml = millilitres(span.iter().sum(), voxel_mm3);
    let is_far = found_ml > FAR_TIMES * expected_ml || expected_ml > FAR_TIMES * found_ml;
    is_far.then_some(VolumeDoubt::FarFromAccepted { found_ml, expected_ml })
}

/// The volume in mL of a number of voxels of `voxel_mm3` each. The number may be negative, as the
/// error of a volume can be.
pub fn millilitres(voxels: f64, voxel_mm3: f64) -> f64 {
    voxels * voxel_mm3 / 1000.0
}

/// Measures an organ by its number of pixels on each slice of a series, `None` for a slice that is
/// not segmented yet. `spacing_mm` is `[z, y, x]`, and `voxel_mm3` is the volume of a voxel; both
/// are unknown for a picture.
pub fn measure_volume(pixels: &[Option<usize>], spacing_mm: Option<[f64; 3]>, voxel_mm3: Option<f64>) -> Measurement {
    let count: usize = pixels.iter().flatten().sum();
    let lone = pixels.len() == 1;
    let size = match (spacing_mm, voxel_mm3) {
        (Some([_, y, x]), _) if lone => OrganSize::AreaCm2(count as f64 * y * x / 100.0),
        (_, Some(voxel_mm3)) => OrganSize::VolumeMl(millilitres(count as f64, voxel_mm3)),
        _ => OrganSize::Pixels(count),
    };
    let filled: Vec<usize> = (0..pixels.len()).filter(|&z| pixels[z].is_some_and(|n| n > 0)).collect();
    let slices =
        filled.first().zip(filled.last()).map(|(&first, &last)| OrganSlices { count: filled.len(), first, last });
    let done = pixels.iter().flatten().count();
    let touches = [Some(0), pixels.len().checked_sub(1)].map(|z| !lone && z.is_some_and(|z| filled.contains(&z)));
    let caveats = [
        (lone, SizeWarning::LoneSlice),
        (matches!(size, OrganSize::Pixels(_)), SizeWarning::NoSpacing),
        (done < pixels.len(), SizeWarning::Unfinished { done, all: pixels.len() }),
        (touches == [true, false], SizeWarning::TouchesFirst),
        (touches == [false, true], SizeWarning::TouchesLast),
        (touches == [true, true], SizeWarning::TouchesBoth),
    ];
    Measurement {
        size,
        slices,
        caveats: caveats.into_iter().filter(|(holds, _)| *holds).map(|(_, caveat)| caveat).collect(),
    }
}
