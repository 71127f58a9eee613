//! Where the voxels of a network's grid lie in the patient.

use islet::core::volume::{Geometry, Volume};
use islet::imaging::volume_pipeline::prepare::prepare;
use islet::imaging::volume_pipeline::resize::InterpolationOrder;
use islet::imaging::volume_pipeline::settings::{ReaderOrder, ResamplingRule, VolumePipeline, VolumeSettings};

use super::golden::plain_settings;

/// The value at a place, in mm (LPS): a slope, which linear interpolation keeps.
fn slope([l, p, s]: [f64; 3]) -> f64 {
    4000.0 + 7.0 * l - 11.0 * p + 5.0 * s
}

/// A scan whose axes run to posterior, to superior and to the right, with a border of zeros that is cropped off.
fn scan() -> Volume {
    let affine = [[0.0, 0.0, -2.0, 40.0], [0.0, 1.5, 0.0, -30.0], [4.0, 0.0, 0.0, 10.0]];
    let (geometry, dims) = (Geometry { affine }, [24, 30, 18]);
    let mut hu = Vec::new();
    for z in 0..dims[0] {
        for y in 0..dims[1] {
            for x in 0..dims[2] {
                let is_border = z < 3 || y >= 27 || x == 0;
                let value = slope(geometry.position_mm([z as f64, y as f64, x as f64]));
                hu.push(if is_border { 0 } else { value.round() as i16 });
            }
        }
    }
    Volume { hu, dims, geometry: Some(geometry), calibrated: true }
}

#[test]
fn the_network_sees_at_each_voxel_what_is_at_its_place() {
    let linear = ResamplingRule { order: InterpolationOrder::Linear, ..plain_settings().data_resampling };
    let settings = VolumeSettings { spacing_mm: vec![1.0, 3.0, 2.5], data_resampling: linear, ..plain_settings() };
    let total = VolumePipeline::TotalSegmentator { zoom_order: InterpolationOrder::Linear };
    let cases = [
        ("as stored", settings.clone()),
        ("transposed", VolumeSettings { transpose_forward: [1, 2, 0], ..settings.clone() }),
        ("turned by the reader", VolumeSettings { reader: ReaderOrder::Ras, ..settings.clone() }),
        ("zoomed", VolumeSettings { pipeline: total, spacing_mm: vec![3.0; 3], ..settings }),
    ];
    for (name, settings) in cases {
        let scan = scan();
        let prepared = prepare(&[&scan], &settings).unwrap();
        let geometry = prepared.path.network_geometry(&scan.geometry.unwrap());
        let [depth, height, width] = prepared.input.dims;
        let mut compared = 0;
        // Away from the edges, where there is nothing to interpolate with.
        for z in 3..depth - 3 {
            for y in 3..height - 3 {
                for x in 3..width - 3 {
                    let value = prepared.input.values[(z * height + y) * width + x];
                    let expected = slope(geometry.position_mm([z as f64, y as f64, x as f64]));
                    assert!((f64::from(value) - expected).abs() <= 1.01, "{name} at {z} {y} {x}: {value}, {expected}");
                    compared += 1;
                }
            }
        }
        assert!(compared > 100, "{name}");
    }
}
