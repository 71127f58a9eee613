//! Where a shape is: signed distances in mm to blends of ellipsoids and capsules. No tissue and no
//! voxels here.
//!
//! Points are `[x, y, z]` in mm, LPS. Distances are negative inside. They never exceed the true
//! ones, so there is no surface within them, and they are true across the short side of a part;
//! along its long side they are shorter. Only `+ - * /` and `sqrt` are used, which round alike on
//! every platform.

use super::point::{Knot, Point};
use super::texture::lattice;

/// The position of the patient: points are rotated about the origin, then shifted.
#[derive(Clone, Copy)]
pub(super) struct Pose {
    /// Rotation matrix, rows.
    pub(super) turn: [Point; 3],
    /// Shift in mm.
    pub(super) shift: Point,
}

impl Pose {
    fn direction(&self, v: Point) -> Point {
        self.turn.map(|row| dot(row, v))
    }

    /// The transformed position of a point of the patient in the neutral pose.
    pub(super) fn point(&self, p: Point) -> Point {
        let turned = self.direction(p);
        [0, 1, 2].map(|i| turned[i] + self.shift[i])
    }
}

/// Rotation by the angle whose half has tangent `t`, in the plane of `axes` (from the first towards
/// the second).
pub(super) fn rotation(axes: [usize; 2], t: f32) -> [Point; 3] {
    let (cos, sin) = ((1.0 - t * t) / (1.0 + t * t), 2.0 * t / (1.0 + t * t));
    let mut turn = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
    turn[axes[0]][axes[0]] = cos;
    turn[axes[1]][axes[1]] = cos;
    turn[axes[0]][axes[1]] = -sin;
    turn[axes[1]][axes[0]] = sin;
    turn
}

/// A convex piece of a [`Form`].
#[derive(Clone, Copy)]
pub(super) enum Part {
    /// `axes` are unit vectors, `inverse_radii` one over the radii along them; `squareness` goes
    /// from 0 (an ellipsoid) to 1 (towards its box).
    Ellipsoid { center: Point, inverse_radii: Point, axes: [Point; 3], squareness: f32 },
    /// A round-ended cone. Distances count `weights` (at most 1) mm per mm along x, y, z: below 1
    /// the section is longer that way.
    Capsule { from: Point, to: Point, radii: [f32; 2], weights: Point },
    /// Everything where `normal · p` is below `offset`.
    HalfSpace { normal: Point, offset: f32 },
    /// Everything in front of `y`, where gas collects in a patient lying on the back. It stays
    /// level in every pose.
    InFrontOf { y: f32 },
}

impl Part {
    /// An upright ellipsoid.
    pub(super) fn ellipsoid(center: Point, radii: Point) -> Self {
        Self::Ellipsoid { center, inverse_radii: radii.map(|r| 1.0 / r), axes: rotation([0, 1], 0.0), squareness: 0.0 }
    }

    /// The same part, an ellipsoid made boxier.
    pub(super) fn squared(mut self, amount: f32) -> Self {
        if let Self::Ellipsoid { squareness, .. } = &mut self {
            *squareness = amount;
        }
        self
    }

    /// The same part, an ellipsoid turned about its centre as in [`rotation`].
    pub(super) fn turned(mut self, plane: [usize; 2], t: f32) -> Self {
        if let Self::Ellipsoid { axes, .. } = &mut self {
            let pose = Pose { turn: rotation(plane, t), shift: [0.0; 3] };
            *axes = axes.map(|axis| pose.direction(axis));
        }
        self
    }

    /// The same part with its surface moved inwards by `mm`.
    pub(super) fn shrunk(mut self, mm: f32) -> Self {
        match &mut self {
            Self::Ellipsoid { inverse_radii, .. } => {
                *inverse_radii = inverse_radii.map(|c| 1.0 / (1.0 / c - mm).max(0.1))
            }
            Self::Capsule { radii, .. } => *radii = radii.map(|r| (r - mm).max(0.1)),
            Self::HalfSpace { offset, .. } => *offset -= mm,
            Self::InFrontOf { y } => *y -= mm,
        }
        self
    }

    /// The same part in a patient lying as `pose` says.
    pub(super) fn posed(self, pose: &Pose) -> Self {
        match self {
            Self::Ellipsoid { center, inverse_radii, axes, squareness } => Self::Ellipsoid {
                center: pose.point(center),
                inverse_radii,
                axes: axes.map(|axis| pose.direction(axis)),
                squareness,
            },
            Self::Capsule { from, to, radii, weights } => {
                Self::Capsule { from: pose.point(from), to: pose.point(to), radii, weights }
            }
            Self::HalfSpace { normal, offset } => {
                let normal = pose.direction(normal);
                Self::HalfSpace { normal, offset: offset + dot(normal, pose.shift) }
            }
            Self::InFrontOf { y } => Self::InFrontOf { y: y + pose.shift[1] },
        }
    }

    /// Signed distance in mm.
    #[inline]
    pub(super) fn distance(&self, p: Point) -> f32 {
        match self {
            Self::Ellipsoid { center, inverse_radii, axes, squareness } => {
                let off = sub(p, *center);
                let q = mul([dot(axes[0], off), dot(axes[1], off), dot(axes[2], off)], *inverse_radii);
                let square = mul(q, q);
                let round = square[0] + square[1] + square[2];
                let mut size = round;
                if *squareness > 0.0 {
                    size += squareness * (dot(square, square).sqrt() - round);
                }
                (size.sqrt() - 1.0) / inverse_radii[0].max(inverse_radii[1]).max(inverse_radii[2])
            }
            Self::Capsule { from, to, radii, weights } => {
                let along = mul(sub(*to, *from), *weights);
                let off = mul(sub(p, *from), *weights);
                let t = (dot(off, along) / dot(along, along).max(1e-6)).clamp(0.0, 1.0);
                let gap = sub(off, mul(along, [t; 3]));
                dot(gap, gap).sqrt() - (radii[0] + t * (radii[1] - radii[0]))
            }
            Self::HalfSpace { normal, offset } => dot(*normal, p) - offset,
            Self::InFrontOf { y } => p[1] - y,
        }
    }

    /// Lowest and highest point of a box around the part.
    pub(super) fn bounds(&self) -> [Point; 2] {
        match self {
            Self::Ellipsoid { center, inverse_radii, axes, .. } => {
                let half = [0, 1, 2].map(|j| (0..3).map(|i| (axes[i][j] / inverse_radii[i]).abs()).sum::<f32>());
                [sub(*center, half), [0, 1, 2].map(|i| center[i] + half[i])]
            }
            Self::Capsule { from, to, radii, weights } => {
                let half = weights.map(|w| radii[0].max(radii[1]) / w);
                [[0, 1, 2].map(|i| from[i].min(to[i]) - half[i]), [0, 1, 2].map(|i| from[i].max(to[i]) + half[i])]
            }
            Self::HalfSpace { .. } | Self::InFrontOf { .. } => [[f32::NEG_INFINITY; 3], [f32::INFINITY; 3]],
        }
    }
}

/// Bumps of a surface: smooth noise added to the distance.
#[derive(Clone, Copy)]
pub(super) struct Ripple {
    /// Highest bump, in mm.
    pub(super) amplitude_mm: f32,
    /// Distance between bumps, in mm.
    pub(super) scale_mm: f32,
    /// Seed of the bumps.
    pub(super) seed: u32,
}

/// A solid: parts that flow into one another, with bumps, cut off at limits.
#[derive(Clone)]
pub(super) struct Form {
    /// The parts of which the form is the union.
    pub(super) parts: Vec<Part>,
    /// Over how many mm parts flow together, and round off at cuts.
    pub(super) blend_mm: f32,
    /// The parts that are cut out of the bumpy surface.
    pub(super) cuts: Vec<Part>,
    /// Bumps; amplitude 0 for none.
    pub(super) ripple: Ripple,
    /// The parts that limit the form; their surface is sharp and not bumpy.
    pub(super) within: Vec<Part>,
}

impl Form {
    /// Parts flowing together over `blend_mm`.
    pub(super) fn new(parts: impl Into<Vec<Part>>, blend_mm: f32) -> Self {
        let ripple = Ripple { amplitude_mm: 0.0, scale_mm: 1.0, seed: 0 };
        Self { parts: parts.into(), blend_mm: blend_mm.max(1e-3), cuts: Vec::new(), ripple, within: Vec::new() }
    }

    /// A smooth tube through `knots`.
    pub(super) fn tube(knots: &[Knot]) -> Self {
        Self::flat_tube(knots, [1.0; 3])
    }

    /// A smooth tube through `knots` whose section is longer where `weights` is below 1.
    pub(super) fn flat_tube(knots: &[Knot], weights: Point) -> Self {
        Self::chain(&spline(knots), weights)
    }

    /// Capsules along `line`, as it is, with sections as in [`Form::flat_tube`].
    pub(super) fn chain(line: &[Knot], weights: Point) -> Self {
        let capsule = |ends: &[Knot]| Part::Capsule {
            from: position(ends[0]),
            to: position(ends[1]),
            radii: [ends[0][3], ends[1][3]],
            weights,
        };
        Self::new(line.windows(2).map(capsule).collect::<Vec<_>>(), 1.0)
    }

    /// The same form with its surface moved inwards by `mm`; limits stay.
    pub(super) fn shrunk(&self, mm: f32) -> Self {
        Self { parts: self.parts.iter().map(|part| part.shrunk(mm)).collect(), ..self.clone() }
    }

    /// The same form in a patient lying as `pose` says.
    pub(super) fn posed(&self, pose: &Pose) -> Self {
        let posed = |parts: &[Part]| parts.iter().map(|part| part.posed(pose)).collect();
        Self { parts: posed(&self.parts), cuts: posed(&self.cuts), within: posed(&self.within), ..self.clone() }
    }

    /// Signed distance in mm to the surface that `parts` (a selection of the form's own) make,
    /// without bumps.
    pub(super) fn smooth_distance(&self, parts: &[Part], p: Point) -> f32 {
        let join = |a: f32, b: f32| smooth_min(a, b, self.blend_mm);
        let surface = parts.iter().map(|part| part.distance(p)).reduce(join).unwrap_or(f32::MAX);
        self.cuts.iter().fold(surface, |d, cut| -smooth_min(-d, -cut.distance(p), self.blend_mm))
    }

    /// The bumps at `p`, in mm, to add to a distance.
    pub(super) fn bump(&self, p: Point) -> f32 {
        let Ripple { amplitude_mm, scale_mm, seed } = self.ripple;
        if amplitude_mm > 0.0 { amplitude_mm * lattice(p, scale_mm, seed) } else { 0.0 }
    }

    /// Signed distance in mm to the limits, far inside where there are none.
    pub(super) fn limit(&self, p: Point) -> f32 {
        self.within.iter().map(|part| part.distance(p)).fold(-1e6, f32::max)
    }
}

/// A finer line through `knots` (Catmull-Rom), four steps between two of them.
pub(super) fn spline(knots: &[Knot]) -> Vec<Knot> {
    let last = knots.len() - 1;
    let mut line = Vec::with_capacity(4 * last + 1);
    for i in 0..last {
        let [a, b, c, d] = [knots[i.saturating_sub(1)], knots[i], knots[i + 1], knots[(i + 2).min(last)]];
        for step in 0..4 {
            let t = step as f32 / 4.0;
            line.push([0, 1, 2, 3].map(|k| {
                let cubic = t * (3.0 * (b[k] - c[k]) + d[k] - a[k]) + 2.0 * a[k] - 5.0 * b[k] + 4.0 * c[k] - d[k];
                b[k] + 0.5 * t * (c[k] - a[k] + t * cubic)
            }));
        }
    }
    line.push(knots[last]);
    line
}

/// The place of a knot.
pub(super) fn position([x, y, z, _]: Knot) -> Point {
    [x, y, z]
}

/// The lesser of two distances, rounded off where they differ by less than `blend`.
fn smooth_min(a: f32, b: f32, blend: f32) -> f32 {
    let over = blend - (a - b).abs();
    if over > 0.0 { a.min(b) - 0.25 * over * over / blend } else { a.min(b) }
}

fn dot(a: Point, b: Point) -> f32 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

fn sub(a: Point, b: Point) -> Point {
    [a[0] - b[0], a[1] - b[1], a[2] - b[2]]
}

fn mul(a: Point, b: Point) -> Point {
    [a[0] * b[0], a[1] * b[1], a[2] * b[2]]
}
