//! A slice as a picture: window, maps, mask and truth painted to RGBA. Pixels only; scaling and
//! lettering are the page's.

use crate::core::organ_colours::Rgb;
use crate::core::volume::Slice;
use crate::core::window::Window;

/// Colour of the mask: Okabe and Ito's orange, told from grey by every kind of colour vision.
pub const MASK_RGB: Rgb = [230, 159, 0];
/// Colour where mask and truth agree: of the same palette, as the two others.
pub const TRUE_POSITIVE_RGB: [f32; 3] = [0.0, 158.0, 115.0];
/// Colour where only the mask is.
pub const FALSE_POSITIVE_RGB: [f32; 3] = [213.0, 94.0, 0.0];
/// Colour where only the truth is.
pub const FALSE_NEGATIVE_RGB: [f32; 3] = [86.0, 180.0, 233.0];
/// What a change adds to a mask and takes from it, outlined; of that palette too, and told from the
/// mask's own colour.
pub const GAINED_RGB: [u8; 3] = [86, 180, 233];
/// See [`GAINED_RGB`].
pub const LOST_RGB: [u8; 3] = [204, 121, 167];
/// Opacity of the mask inside its outline, unless the user chooses another.
pub const FILL: f32 = 0.35;
/// Opacity of a map.
const MAP: f32 = 0.6;

/// The layers over the grey levels of a slice, bottom first; all are `[y, x]`.
#[derive(Clone, Copy, Debug)]
pub struct Layers<'a> {
    /// A map in viridis: 0 outside the network's input, else 1 + 254 times a value in [0, 1].
    pub map: Option<&'a [u8]>,
    /// The organs of a label map, below the mask.
    pub organs: Option<OrganLayer<'a>>,
    /// The mask; not 0 is inside.
    pub mask: Option<&'a [u8]>,
    /// The colour of the mask.
    pub mask_rgb: Rgb,
    /// The true mask. Pixels in both masks and pixels in only one of them get different colours.
    pub truth: Option<&'a [u8]>,
    /// Opacity of mask and organs inside their outlines, in [0, 1].
    pub fill: f32,
    /// The mask's own opacity, if it has one.
    pub mask_fill: Option<f32>,
}

/// How an organ is painted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OrganLook {
    /// Its colour.
    pub rgb: Rgb,
    /// Its own opacity inside its outline, in [0, 1], if it has one.
    pub fill: Option<f32>,
}

/// The organs of a label map, each in its colour.
#[derive(Clone, Copy, Debug)]
pub struct OrganLayer<'a> {
    /// One label per pixel, `[y, x]`; 0 is background.
    pub labels: &'a [u8],
    /// The look of every label; `None` for those that are not painted.
    pub looks: &'a [Option<OrganLook>; 256],
}

impl Layers<'_> {
    /// Nothing over the grey.
    pub const NONE: Self =
        Self { map: None, organs: None, mask: None, mask_rgb: MASK_RGB, truth: None, fill: FILL, mask_fill: None };
}

/// A window as a table: the grey of every HU, looked up and not computed.
#[derive(Clone, Debug, PartialEq)]
pub struct WindowLut {
    low_hu: i32,
    rgba: Vec<[u8; 4]>,
}

impl WindowLut {
    /// The greys of a window, black at its lowest HU, or white there if `inverted`.
    pub fn new(window: Window, inverted: bool) -> Self {
        let [low_hu, high_hu] = [window.low_hu().floor() as i32, window.high_hu().ceil() as i32];
        let grey = |hu: i32| {
            let grey = (window.unit(hu as f32) * 255.0).round() as u8;
            let grey = if inverted { 255 - grey } else { grey };
            [grey, grey, grey, 255]
        };
        Self { low_hu, rgba: (low_hu..=high_hu).map(grey).collect() }
    }

    fn of(&self, hu: i16) -> [u8; 4] {
        let last = self.rgba.len() as i32 - 1;
        self.rgba[(i32::from(hu) - self.low_hu).clamp(0, last) as usize]
    }
}

/// RGBA, `[y, x]`, of a slice of `width` columns: `hu` through the window, and the layers over it.
pub fn paint(hu: &[i16], width: usize, window: Window, layers: &Layers<'_>) -> Vec<u8> {
    let mut rgba = Vec::new();
    paint_into(&mut rgba, hu, width, &WindowLut::new(window, false), layers);
    rgba
}

/// Like [`paint`], into a buffer that is there already: for a page that paints sixty times a
/// second.
pub fn paint_into(rgba: &mut Vec<u8>, hu: &[i16], width: usize, greys: &WindowLut, layers: &Layers<'_>) {
    rgba.resize(hu.len() * 4, 255);
    for (pixel, &hu) in rgba.chunks_exact_mut(4).zip(hu) {
        pixel.copy_from_slice(&greys.of(hu));
    }
    if let Some(map) = layers.map {
        let colours: Vec<[f32; 3]> = (0..255).map(|value| viridis(value as f32 / 254.0)).collect();
        for (pixel, &value) in rgba.chunks_exact_mut(4).zip(map).filter(|(_, value)| **value > 0) {
            lay(pixel, colours[usize::from(value) - 1], MAP);
        }
    }
    if let Some(organs) = &layers.organs {
        paint_organs(rgba, width, organs, layers.fill);
    }
    let mask_fill = layers.mask_fill.unwrap_or(layers.fill);
    match (layers.mask, layers.truth) {
        (Some(mask), None) => {
            let look = Tint::new(layers.mask_rgb, mask_fill);
            paint_labels(rgba, width, mask, |label| Some(&look).filter(|_| label != 0));
        }
        (mask, Some(truth)) => paint_comparison(rgba, width, mask, truth, mask_fill),
        (None, None) => {}
    }
}

/// Paints where a mask, if there is one, agrees with the true mask and where it does not.
fn paint_comparison(rgba: &mut [u8], width: usize, mask: Option<&[u8]>, truth: &[u8], fill: f32) {
    for (i, pixel) in rgba.chunks_exact_mut(4).enumerate() {
        let colour = match (mask.is_some_and(|mask| mask[i] != 0), truth[i] != 0) {
            (false, false) => continue,
            (true, true) => TRUE_POSITIVE_RGB,
            (true, false) => FALSE_POSITIVE_RGB,
            (false, true) => FALSE_NEGATIVE_RGB,
        };
        let masks = [mask, Some(truth)].into_iter().flatten();
        let outline = masks.filter(|mask| mask[i] != 0).any(|mask| on_outline(mask, i, width));
        lay(pixel, colour, if outline { 1.0 } else { fill });
    }
}

/// Paints the organs of a label map: in full on their outlines, and inside with the opacity `fill` unless they have
/// their own.
fn paint_organs(rgba: &mut [u8], width: usize, organs: &OrganLayer<'_>, fill: f32) {
    let mut is_here = [false; 256];
    organs.labels.iter().for_each(|label| is_here[usize::from(*label)] = true);
    is_here[0] = false;
    let tint = |(look, is_here): (&Option<OrganLook>, bool)| {
        look.filter(|_| is_here).map(|look| Tint::new(look.rgb, look.fill.unwrap_or(fill)))
    };
    let tints: Vec<Option<Tint>> = organs.looks.iter().zip(is_here).map(tint).collect();
    paint_labels(rgba, width, organs.labels, |label| tints[usize::from(label)].as_ref());
}

/// A colour for the outline of a label, and what it makes of the pixels inside.
struct Tint {
    rgb: Rgb,
    /// For each of red, green and blue what a value becomes.
    inside: [[u8; 256]; 3],
}

impl Tint {
    fn new(rgb: Rgb, opacity: f32) -> Self {
        let inside = rgb.map(|over| std::array::from_fn(|under| laid(under as u8, f32::from(over), opacity)));
        Self { rgb, inside }
    }
}

/// Paints the labels that have a tint, run by run along the rows: most of a slice has none.
fn paint_labels<'a>(rgba: &mut [u8], width: usize, labels: &[u8], tint: impl Fn(u8) -> Option<&'a Tint>) {
    for (y, row) in labels.chunks_exact(width).enumerate() {
        let above = y.checked_sub(1).map(|y| &labels[y * width..][..width]);
        let below = labels.get((y + 1) * width..(y + 2) * width);
        let mut first = 0;
        for run in row.chunk_by(|a, b| a == b) {
            let (start, end) = (first, first + run.len());
            first = end;
            let Some(tint) = tint(run[0]) else { continue };
            let differs = |next: Option<&[u8]>, x: usize| next.is_none_or(|next| next[x] != run[0]);
            for (x, pixel) in (start..end).zip(rgba[4 * (y * width + start)..].chunks_exact_mut(4)) {
                if x == start || x + 1 == end || differs(above, x) || differs(below, x) {
                    pixel[..3].copy_from_slice(&tint.rgb);
                } else {
                    (0..3).for_each(|part| pixel[part] = tint.inside[part][usize::from(pixel[part])]);
                }
            }
        }
    }
}

/// Lays a colour over a pixel.
fn lay(pixel: &mut [u8], colour: [f32; 3], opacity: f32) {
    for (under, over) in pixel.iter_mut().zip(colour) {
        *under = laid(*under, over, opacity);
    }
}

fn laid(under: u8, over: f32, opacity: f32) -> u8 {
    (f32::from(under) + (over - f32::from(under)) * opacity).round() as u8
}

/// A slice as a small grey picture, `[height, width]` and `[y, x]`: in its true proportions, the
/// longer side `longest_px`, every pixel the mean of those it stands for.
pub fn thumbnail(slice: &Slice<'_>, window: Window, longest_px: usize) -> ([usize; 2], Vec<u8>) {
    let spacing = slice.spacing_mm.unwrap_or([1.0; 2]);
    let extent = [0, 1].map(|axis| slice.dims[axis] as f64 * spacing[axis]);
    let longest = extent[0].max(extent[1]);
    let dims = extent.map(|mm| ((mm / longest * longest_px as f64).round() as usize).max(1));
    let [height, width] = dims;
    let span = |axis: usize, i: usize| {
        let edge = |i: usize| i * slice.dims[axis] / dims[axis];
        edge(i)..edge(i + 1).max(edge(i) + 1)
    };
    let grey = |y: usize, x: usize| {
        let (rows, columns) = (span(0, y), span(1, x));
        let count = rows.len() * columns.len();
        let pixels = rows.flat_map(|y| columns.clone().map(move |x| y * slice.dims[1] + x));
        let sum: f32 = pixels.map(|i| window.unit(f32::from(slice.hu[i]))).sum();
        (255.0 * sum / count as f32).round() as u8
    };
    (dims, (0..height).flat_map(|y| (0..width).map(move |x| grey(y, x))).collect())
}

/// A mask as a line around it.
#[derive(Clone, Copy, Debug)]
pub struct ContourWidth<'a> {
    /// `[y, x]`; not 0 is inside.
    pub mask: &'a [u8],
    /// Colour of the line.
    pub rgb: [u8; 3],
}

/// The picture `rgba` of `width` columns with outlines over it, later ones on top; a pixel that is
/// on two of them alternates.
pub fn outlined(mut rgba: Vec<u8>, width: usize, outlines: &[ContourWidth<'_>]) -> Vec<u8> {
    for (i, pixel) in rgba.chunks_exact_mut(4).enumerate() {
        let here: Vec<_> = outlines.iter().filter(|o| o.mask[i] != 0 && on_outline(o.mask, i, width)).collect();
        if let Some(count) = std::num::NonZeroUsize::new(here.len()) {
            // Both colours are visible where two boundaries coincide.
            pixel[..3].copy_from_slice(&here[(i % width + i / width) % count].rgb);
        }
    }
    rgba
}

/// True if a pixel of the mask has a neighbour with another label or none.
fn on_outline(mask: &[u8], i: usize, width: usize) -> bool {
    let x = i % width;
    x == 0
        || x + 1 == width
        || i < width
        || i + width >= mask.len()
        || mask[i - 1] != mask[i]
        || mask[i + 1] != mask[i]
        || mask[i - width] != mask[i]
        || mask[i + width] != mask[i]
}

fn blend(under: [f32; 3], over: [f32; 3], opacity: f32) -> [f32; 3] {
    [0, 1, 2].map(|c| under[c] + (over[c] - under[c]) * opacity)
}

/// Matplotlib's viridis, RGB 0 to 255, for `t` in [0, 1]: nine colours of its table, joined by
/// lines.
pub fn viridis(t: f32) -> [f32; 3] {
    let at = t.clamp(0.0, 1.0) * (VIRIDIS.len() - 1) as f32;
    let low = (at as usize).min(VIRIDIS.len() - 2);
    let rgb = |i: usize| VIRIDIS[i].map(f32::from);
    blend(rgb(low), rgb(low + 1), at - low as f32)
}

const VIRIDIS: [[u8; 3]; 9] = [
    [68, 1, 84],
    [71, 44, 122],
    [59, 81, 139],
    [44, 113, 142],
    [33, 144, 141],
    [39, 173, 129],
    [92, 200, 99],
    [170, 220, 50],
    [253, 231, 37],
];
