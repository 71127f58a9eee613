//! A look at surfaces in the patient: turned about a middle, in parallel projection, as radiologists know it from CT
//! workstations. Nothing is drawn here.
//!
//! Superior stays up while the view is turned (a turntable), so that nobody loses the patient.

use crate::core::volume::{cross, dot};

/// Half of the depth that is drawn around the middle, in mm; more than any patient.
const DEPTH_MM: f64 = 2000.0;
/// The range of magnifications.
const ZOOM: std::ops::RangeInclusive<f64> = 0.2..=40.0;
/// A direction in the patient is told by a second letter from about twenty degrees on.
const SECOND_LETTER: f64 = 0.35;

/// Where one looks from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StandardView {
    /// From anterior.
    Anterior,
    /// From posterior.
    Posterior,
    /// From the patient's left.
    Left,
    /// From the patient's right.
    Right,
    /// From superior, with anterior up.
    Superior,
    /// From inferior, with anterior up, as axial slices are seen.
    Inferior,
}

impl StandardView {
    /// All views in the order of their keys.
    pub const ALL: [Self; 6] =
        [Self::Anterior, Self::Posterior, Self::Left, Self::Right, Self::Superior, Self::Inferior];

    /// Azimuth and elevation in degrees.
    fn angles_deg(self) -> [f64; 2] {
        match self {
            Self::Anterior => [0.0, 0.0],
            Self::Posterior => [180.0, 0.0],
            Self::Left => [90.0, 0.0],
            Self::Right => [270.0, 0.0],
            Self::Superior => [180.0, 90.0],
            Self::Inferior => [0.0, -90.0],
        }
    }
}

/// A box in the patient, in mm (LPS): its lowest and its highest corner.
pub type BoxMm = [[f64; 3]; 2];

/// A line of sight.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ray {
    /// A point before everything that is drawn, in mm (LPS).
    pub origin_mm: [f64; 3],
    /// Away from the viewer; of length 1.
    pub direction: [f64; 3],
}

/// A look at the patient.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OrbitCamera {
    /// The viewer's angle about the patient's long axis, in degrees: 0 from anterior, 90 from the patient's left.
    pub azimuth_deg: f64,
    /// The viewer's angle above the axial plane, in degrees from -90 (inferior) to 90 (superior).
    pub elevation_deg: f64,
    /// The point in the middle of the view, in mm (LPS).
    pub middle_mm: [f64; 3],
    /// What is seen from the middle to the nearer edges at a magnification of 1, in mm.
    pub radius_mm: f64,
    /// Magnification.
    pub zoom: f64,
}

impl Default for OrbitCamera {
    fn default() -> Self {
        Self { azimuth_deg: 0.0, elevation_deg: 0.0, middle_mm: [0.0; 3], radius_mm: 200.0, zoom: 1.0 }
    }
}

impl OrbitCamera {
    /// From anterior, with all of a box in view however it is turned.
    pub fn fitted([low, high]: BoxMm) -> Self {
        let middle_mm = [0, 1, 2].map(|i| (low[i] + high[i]) / 2.0);
        let half: f64 = [0, 1, 2].map(|i| (high[i] - low[i]).powi(2)).iter().sum::<f64>().sqrt() / 2.0;
        Self { middle_mm, radius_mm: half.max(1.0), ..Self::default() }
    }

    /// Looked at from a standard direction; middle and magnification stay.
    pub fn seen_from(self, view: StandardView) -> Self {
        let [azimuth_deg, elevation_deg] = view.angles_deg();
        Self { azimuth_deg, elevation_deg, ..self }
    }

    /// Turned by degrees to the right (the patient's right side comes forward) and up.
    pub fn turned(self, right_deg: f64, up_deg: f64) -> Self {
        Self {
            azimuth_deg: (self.azimuth_deg - right_deg).rem_euclid(360.0),
            elevation_deg: (self.elevation_deg + up_deg).clamp(-90.0, 90.0),
            ..self
        }
    }

    /// Magnified by a factor. The point `anchor` stays where it is on the screen; it is given as in
    /// [`panned`](Self::panned).
    pub fn zoomed(self, factor: f64, anchor: [f64; 2]) -> Self {
        let zoom = (self.zoom * factor).clamp(*ZOOM.start(), *ZOOM.end());
        let share = 1.0 - zoom / self.zoom;
        Self { zoom, ..self }.panned(anchor.map(|along| along * share))
    }

    /// Moved with the pointer: `[right, up]`, where 1 leads from the middle of the view to its nearer edge.
    pub fn panned(self, [right, up]: [f64; 2]) -> Self {
        let mm = self.radius_mm / self.zoom;
        let [to_right, to_top, _] = self.axes();
        let middle_mm = [0, 1, 2].map(|i| self.middle_mm[i] - mm * (right * to_right[i] + up * to_top[i]));
        Self { middle_mm, ..self }
    }

    /// Directions in the patient (LPS) to the right of the screen, to its top, and to the viewer; each of length 1.
    pub fn axes(&self) -> [[f64; 3]; 3] {
        let (azimuth, elevation) = (self.azimuth_deg.to_radians(), self.elevation_deg.to_radians());
        let right = [azimuth.cos(), azimuth.sin(), 0.0];
        let viewer = [azimuth.sin() * elevation.cos(), -azimuth.cos() * elevation.cos(), elevation.sin()];
        [right, cross(viewer, right), viewer]
    }

    /// Where a point in mm (LPS) is on a screen of `size` `[width, height]`, and how near: `[x, y, z]`, each from -1 to 1
    /// on the screen, with x to the right, y to the top, and z away from the viewer.
    pub fn project(&self, point_mm: [f64; 3], size: [f64; 2]) -> [f64; 3] {
        let from_middle = [0, 1, 2].map(|i| point_mm[i] - self.middle_mm[i]);
        let [x, y, z] = self.axes().map(|axis| dot(from_middle, axis));
        let [across, up] = self.scale(size);
        [x * across, y * up, -z / DEPTH_MM]
    }

    /// [`project`](Self::project) as a matrix of four columns, as WebGL wants it.
    pub fn matrix(&self, size: [f64; 2]) -> [f32; 16] {
        let mut columns = [0.0; 16];
        let origin = self.project([0.0; 3], size);
        for column in 0..4 {
            let mut point = [0.0; 3];
            if column < 3 {
                point[column] = 1.0;
            }
            let seen = self.project(point, size);
            for row in 0..3 {
                columns[4 * column + row] = if column < 3 { seen[row] - origin[row] } else { origin[row] } as f32;
            }
        }
        columns[15] = 1.0;
        columns
    }

    /// The line of sight through a point of the screen, `[x, y]` from -1 to 1 as in [`project`](Self::project).
    pub fn ray(&self, [x, y]: [f64; 2], size: [f64; 2]) -> Ray {
        let [right, top, viewer] = self.axes();
        let [across, up] = self.scale(size);
        let on_screen = |i: usize| x / across * right[i] + y / up * top[i] + DEPTH_MM * viewer[i];
        Ray { origin_mm: [0, 1, 2].map(|i| self.middle_mm[i] + on_screen(i)), direction: viewer.map(|along| -along) }
    }

    /// The directions in the patient (R, L, A, P, S, I) of the left, right, top and bottom edge of the screen: one letter,
    /// or two where the view is oblique, the nearer one first.
    pub fn letters(&self) -> [String; 4] {
        let [right, top, _] = self.axes();
        [right.map(|along| -along), right, top, top.map(|along| -along)].map(direction_letters)
    }

    /// Screen per mm, along `[x, y]`.
    fn scale(&self, [width, height]: [f64; 2]) -> [f64; 2] {
        let nearer = width.min(height);
        [width, height].map(|side| self.zoom * nearer / (side.max(1.0) * self.radius_mm))
    }
}

/// The letters of a direction in the patient, LPS.
fn direction_letters(direction: [f64; 3]) -> String {
    let mut parts: Vec<(f64, char)> = direction
        .into_iter()
        .zip([['R', 'L'], ['A', 'P'], ['I', 'S']])
        .map(|(along, [negative, positive])| (along.abs(), if along < 0.0 { negative } else { positive }))
        .collect();
    parts.sort_by(|a, b| b.0.total_cmp(&a.0));
    let told = parts.iter().enumerate().filter(|(place, (along, _))| *place == 0 || *along > SECOND_LETTER);
    told.take(2).map(|(_, (_, letter))| letter).collect()
}

impl Ray {
    /// The distance to the first of some triangles that the line passes through, in mm (Möller and Trumbore, 1997).
    /// Indices of points that are not there are passed over.
    pub fn first_hit_mm(&self, points_mm: &[[f32; 3]], triangles: &[[u32; 3]]) -> Option<f64> {
        let point = |i: u32| points_mm.get(i as usize).map(|point| point.map(f64::from));
        let distances = triangles.iter().filter_map(|&[a, b, c]| self.distance_mm([point(a)?, point(b)?, point(c)?]));
        distances.min_by(f64::total_cmp)
    }

    /// The point at a distance from the origin, in mm (LPS).
    pub fn at_mm(&self, distance_mm: f64) -> [f64; 3] {
        [0, 1, 2].map(|i| self.origin_mm[i] + distance_mm * self.direction[i])
    }

    fn distance_mm(&self, [a, b, c]: [[f64; 3]; 3]) -> Option<f64> {
        let minus = |u: [f64; 3], v: [f64; 3]| [0, 1, 2].map(|i| u[i] - v[i]);
        let (side, other, from_a) = (minus(b, a), minus(c, a), minus(self.origin_mm, a));
        let normal = cross(self.direction, other);
        let volume = dot(side, normal);
        if volume == 0.0 {
            return None;
        }
        let (u, v) = (dot(from_a, normal) / volume, dot(self.direction, cross(from_a, side)) / volume);
        let distance_mm = dot(other, cross(from_a, side)) / volume;
        (u >= 0.0 && v >= 0.0 && u + v <= 1.0 && distance_mm >= 0.0).then_some(distance_mm)
    }
}
