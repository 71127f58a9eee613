//! The painter: a list of [`PaintedShape`]s, drawn in order onto the voxels of one slice. Where
//! they come from is in `scene`.

use super::Organ;
use super::form::{Form, Part, Pose, Ripple};
use super::point::Point;
use super::texture::lattice;

/// The material of a shape.
#[derive(Clone, Copy)]
pub(super) struct Tissue {
    /// Mean, in HU.
    pub(super) hu: f32,
    /// Largest deviation of the texture, in HU.
    pub(super) grain_hu: f32,
    /// Size of the texture, in mm.
    pub(super) grain_mm: f32,
    /// Amount of fat between lobules, from 0 (none) to 1.
    pub(super) marbling: f32,
}

impl Tissue {
    /// Without texture.
    pub(super) fn plain(hu: f32) -> Self {
        Self::grainy(hu, 0.0, 1.0)
    }

    /// With a texture of `grain_hu`, sized `grain_mm`.
    pub(super) fn grainy(hu: f32, grain_hu: f32, grain_mm: f32) -> Self {
        Self { hu, grain_hu, grain_mm, marbling: 0.0 }
    }

    fn hu_at(&self, p: Point, fat_hu: f32) -> f32 {
        let mut hu = self.hu;
        if self.grain_hu > 0.0 {
            hu += self.grain_hu * lattice(p, self.grain_mm, 1);
        }
        if self.marbling > 0.0 {
            let cleft = lattice(p, 5.0, 2) + 0.5 * lattice(p, 2.5, 3);
            hu += ((cleft - 1.0 + self.marbling) * 1.2).clamp(0.0, 0.9) * (fat_hu - hu);
        }
        hu
    }
}

/// Something to draw.
#[derive(Clone)]
pub(super) struct PaintedShape {
    organ: Organ,
    tissue: Tissue,
    form: Form,
    rind_mm: f32,
    shell_mm: f32,
}

impl PaintedShape {
    /// `form` filled with `tissue`, labelled `organ`.
    pub(super) fn new(organ: Organ, tissue: Tissue, form: Form) -> Self {
        Self { organ, tissue, form, rind_mm: 0.0, shell_mm: f32::INFINITY }
    }

    /// The same shape in fat `mm` thick, which hides what was drawn before.
    pub(super) fn in_fat(mut self, mm: f32) -> Self {
        self.rind_mm = mm;
        self
    }

    /// The same shape, filled only down to `mm` below its surface.
    pub(super) fn shell(mut self, mm: f32) -> Self {
        self.shell_mm = mm;
        self
    }

    /// The same shape, kept inside `part`.
    pub(super) fn within(mut self, part: Part) -> Self {
        self.form.within.push(part);
        self
    }

    /// The same shape, its surface cut by `part`.
    pub(super) fn cut(mut self, part: Part) -> Self {
        self.form.cuts.push(part);
        self
    }

    /// The same shape with bumps up to `amplitude_mm`, `scale_mm` apart.
    pub(super) fn bumpy(mut self, amplitude_mm: f32, scale_mm: f32, seed: u32) -> Self {
        self.form.ripple = Ripple { amplitude_mm, scale_mm, seed };
        self
    }

    /// A second tissue in the same form, bumps and limits included, `mm` below the surface.
    pub(super) fn lining(&self, mm: f32, tissue: Tissue) -> Self {
        Self { tissue, form: self.form.shrunk(mm), rind_mm: 0.0, ..*self }
    }

    /// The same shape in a patient lying as `pose` says.
    pub(super) fn posed(&self, pose: &Pose) -> Self {
        Self { form: self.form.posed(pose), ..*self }
    }
}

/// The voxels of one slice being painted.
pub(super) struct Canvas<'a> {
    /// HU, `[y, x]`.
    pub(super) hu: &'a mut [f32],
    /// [`Organ`] values, `[y, x]`.
    pub(super) labels: &'a mut [u8],
    /// `[height, width]`.
    pub(super) dims: [usize; 2],
    /// `[y, x]` of the first voxel's centre, in mm.
    pub(super) first_mm: [f32; 2],
    /// `[y, x]` spacing in mm.
    pub(super) step_mm: [f32; 2],
    /// Position of the slice along z, in mm.
    pub(super) z_mm: f32,
    /// Over how many mm a boundary is spread: about a voxel.
    pub(super) edge_mm: f32,
    /// The fat in rinds and between lobules, in HU.
    pub(super) fat_hu: f32,
}

/// Blocks of at most this many rows and columns are painted voxel by voxel.
const BLOCK: usize = 8;

impl Canvas<'_> {
    /// Draws `shape` over what is there.
    pub(super) fn paint(&mut self, shape: &PaintedShape) {
        let reach = shape.rind_mm + self.edge_mm + shape.form.blend_mm + shape.form.ripple.amplitude_mm;
        let mut parts = Vec::new();
        let (mut low, mut high) = ([f32::MAX; 2], [f32::MIN; 2]);
        for part in &shape.form.parts {
            let [from, to] = part.bounds();
            if from[2] - reach <= self.z_mm && self.z_mm <= to[2] + reach {
                parts.push(*part);
                low = [low[0].min(from[1] - reach), low[1].min(from[0] - reach)];
                high = [high[0].max(to[1] + reach), high[1].max(to[0] + reach)];
            }
        }
        let span = |axis: usize| {
            let index = |mm: f32| ((mm - self.first_mm[axis]) / self.step_mm[axis]).clamp(0.0, self.dims[axis] as f32);
            let start = index(low[axis]) as usize;
            [start, (index(high[axis]) as usize + 1).clamp(start, self.dims[axis])]
        };
        if !parts.is_empty() {
            self.paint_block(shape, &parts, span(0), span(1));
        }
    }

    /// Paints rows `y` and columns `x` (first and end), where only `parts` of the shape matter:
    /// nothing, everything, or in quarters.
    fn paint_block(&mut self, shape: &PaintedShape, parts: &[Part], y: [usize; 2], x: [usize; 2]) {
        let PaintedShape { form, rind_mm, shell_mm, .. } = shape;
        let half_edge = 0.5 * self.edge_mm;
        let middle = self.point(0.5 * (y[0] + y[1] - 1) as f32, 0.5 * (x[0] + x[1] - 1) as f32);
        let extent = [(y[1] - y[0]) as f32 * self.step_mm[0], (x[1] - x[0]) as f32 * self.step_mm[1]];
        let radius = 0.5 * (extent[0] * extent[0] + extent[1] * extent[1]).sqrt();
        // Farther than this from the block's middle, a surface does not touch the block.
        let bumps = form.ripple.amplitude_mm;
        let far = radius + half_edge + bumps;

        let surface = form.smooth_distance(parts, middle);
        if surface - rind_mm > far || -surface - shell_mm > far {
            return;
        }
        let limit = form.limit(middle);
        if limit > far {
            return;
        }
        if surface.max(limit).max(-surface - shell_mm) < -far {
            self.fill_block(shape, y, x);
            return;
        }
        if y[1] - y[0] > BLOCK || x[1] - x[0] > BLOCK {
            // A part this much farther than the nearest one has no say in the block.
            let reach = surface + 2.0 * radius + form.blend_mm;
            let near: Vec<Part> = parts.iter().filter(|part| part.distance(middle) <= reach).copied().collect();
            let halves = |[start, end]: [usize; 2]| [[start, start.midpoint(end)], [start.midpoint(end), end]];
            for y in halves(y).into_iter().filter(|y| y[0] < y[1]) {
                for x in halves(x).into_iter().filter(|x| x[0] < x[1]) {
                    self.paint_block(shape, &near, y, x);
                }
            }
            return;
        }
        self.paint_voxels(shape, parts, y, x);
    }

    /// Covers every voxel of a block that lies inside the shape.
    fn fill_block(&mut self, shape: &PaintedShape, y: [usize; 2], x: [usize; 2]) {
        for (row, column) in (y[0]..y[1]).flat_map(|row| (x[0]..x[1]).map(move |column| (row, column))) {
            let hu = shape.tissue.hu_at(self.point(row as f32, column as f32), self.fat_hu);
            self.blend(row, column, 1.0, hu, shape.organ);
        }
    }

    /// Paints a block that the surface of the shape passes through, voxel by voxel.
    fn paint_voxels(&mut self, shape: &PaintedShape, parts: &[Part], y: [usize; 2], x: [usize; 2]) {
        let PaintedShape { organ, tissue, form, rind_mm, shell_mm } = shape;
        let half_edge = 0.5 * self.edge_mm;
        let bumps = form.ripple.amplitude_mm;
        let edge_mm = self.edge_mm;
        let share = |distance: f32| (0.5 - distance / edge_mm).clamp(0.0, 1.0);
        for (row, column) in (y[0]..y[1]).flat_map(|row| (x[0]..x[1]).map(move |column| (row, column))) {
            let p = self.point(row as f32, column as f32);
            let smooth = form.smooth_distance(parts, p);
            let near = bumps + half_edge;
            if smooth - rind_mm > near {
                continue;
            }
            // Between its outer and inner face a shape is the same with bumps and without.
            let at_a_face = smooth > -near || (smooth + shell_mm).abs() < near;
            let surface = if at_a_face { smooth + form.bump(p) } else { smooth };
            let limit = form.limit(p);
            let solid = surface.max(limit).max(-surface - shell_mm);
            let with_rind = (surface - rind_mm).max(limit);
            if *rind_mm > 0.0 && with_rind < half_edge && solid > -half_edge {
                self.blend(row, column, share(with_rind), self.fat_hu, Organ::Background);
            }
            if solid < half_edge {
                self.blend(row, column, share(solid), tissue.hu_at(p, self.fat_hu), *organ);
            }
        }
    }

    /// The place of a row and a column.
    fn point(&self, row: f32, column: f32) -> Point {
        [self.first_mm[1] + column * self.step_mm[1], self.first_mm[0] + row * self.step_mm[0], self.z_mm]
    }

    /// Covers `share` (0 to 1) of a voxel.
    fn blend(&mut self, row: usize, column: usize, share: f32, hu: f32, organ: Organ) {
        let voxel = row * self.dims[1] + column;
        self.hu[voxel] += share * (hu - self.hu[voxel]);
        if share >= 0.5 {
            self.labels[voxel] = organ as u8;
        }
    }
}
