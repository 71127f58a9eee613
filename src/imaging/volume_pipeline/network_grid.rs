//! Where the voxels of a network's grid lie in the patient.

use crate::core::volume::Geometry;

use super::prepare::ReturnPath;

impl ReturnPath {
    /// The placement of the network's grid, for a file whose voxels are placed by `file`.
    pub fn network_geometry(&self, file: &Geometry) -> Geometry {
        let at = |voxel: [f64; 3]| file.position_mm(self.file_voxel(voxel));
        let origin = at([0.0; 3]);
        // Columns of the affine are steps along x, y and z.
        let steps = [[0.0, 0.0, 1.0], [0.0, 1.0, 0.0], [1.0, 0.0, 0.0]].map(at);
        Geometry {
            affine: [0, 1, 2].map(|row| {
                let [x, y, z] = steps.map(|step| step[row] - origin[row]);
                [x, y, z, origin[row]]
            }),
        }
    }

    /// The place in the file's array, `[z, y, x]`, of a place on the network's grid.
    fn file_voxel(&self, network: [f64; 3]) -> [f64; 3] {
        let mut read = [0.0; 3];
        for axis in 0..3 {
            // Resampling lets the outer faces of both grids coincide.
            let share = self.crop[axis].len() as f64 / self.network_dims[axis] as f64;
            let cropped = (network[axis] + 0.5) * share - 0.5;
            read[self.transpose_forward[axis]] = cropped + self.crop[axis].start as f64;
        }
        let view_dims = self.orientation.view_dims(self.file_dims);
        let mut file = [0.0; 3];
        for axis in 0..3 {
            // TotalSegmentator's zoom lets the outer centres coincide.
            let zoom = self.zoomed_dims.map_or(1.0, |zoomed| match zoomed[axis] {
                1 => 1.0,
                length => (view_dims[axis] - 1) as f64 / (length - 1) as f64,
            });
            let view = read[axis] * zoom;
            let last = (view_dims[axis] - 1) as f64;
            file[self.orientation.source[axis]] = if self.orientation.flip[axis] { last - view } else { view };
        }
        file
    }
}
