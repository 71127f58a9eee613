//! Points of a phantom, in the patient frame of DICOM (LPS).

/// `[x, y, z]` in mm, LPS (x to the patient's left, y to posterior, z to superior).
pub(super) type Point = [f32; 3];

/// A point of a tube's centre line: `[x, y, z, radius]` in mm.
pub(super) type Knot = [f32; 4];
