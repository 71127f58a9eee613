//! How large what was found is, and when that is not the volume of an organ. Numbers; their words are the page's.

/// What the pixels found on a series come to.
#[derive(Clone, Debug, PartialEq)]
pub struct Measurement {
    /// How large it is.
    pub size: OrganSize,
    /// How many slices it is on, the first and the last of them, counted from 0; `None` if it is on none.
    pub slices: Option<[usize; 3]>,
    /// Why the size is not the organ's volume.
    pub caveats: Vec<SizeWarning>,
}

/// A size in the best unit there is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum OrganSize {
    /// Of a series.
    VolumeMl(f64),
    /// Of a lone slice.
    AreaCm2(f64),
    /// Where the spacing is unknown.
    Pixels(usize),
}

/// Why a size is not the organ's volume.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SizeWarning {
    /// One slice has an area.
    LoneSlice,
    /// Pixels have no known size.
    NoSpacing,
    /// Slices are missing from it yet.
    Unfinished {
        /// Slices done.
        done: usize,
        /// Slices of the series.
        all: usize,
    },
    /// It is on the first slice, so it may go on before it.
    TouchesFirst,
    /// It is on the last slice, so it may go on beyond it.
    TouchesLast,
    /// It is on both.
    TouchesBoth,
}

/// The volume of a number of voxels in mL. The number may be negative, as the error of a volume is.
pub fn millilitres(voxels: f64, voxel_mm3: f64) -> f64 {
    voxels * voxel_mm3 / 1000.0
}

/// Measures a series by the pixels found on each of its slices, `None` where that is not known yet; `spacing_mm` is `[z, y, x]`, and
/// `voxel_mm3` the volume of a voxel, both unknown for a picture.
pub fn measure_volume(pixels: &[Option<usize>], spacing_mm: Option<[f64; 3]>, voxel_mm3: Option<f64>) -> Measurement {
    let count: usize = pixels.iter().flatten().sum();
    let lone = pixels.len() == 1;
    let size = match (spacing_mm, voxel_mm3) {
        (Some([_, y, x]), _) if lone => OrganSize::AreaCm2(count as f64 * y * x / 100.0),
        (_, Some(voxel_mm3)) => OrganSize::VolumeMl(millilitres(count as f64, voxel_mm3)),
        _ => OrganSize::Pixels(count),
    };
    let filled: Vec<usize> = (0..pixels.len()).filter(|&z| pixels[z].is_some_and(|n| n > 0)).collect();
    let slices = filled.first().zip(filled.last()).map(|(&first, &last)| [filled.len(), first, last]);
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
