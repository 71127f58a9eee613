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
