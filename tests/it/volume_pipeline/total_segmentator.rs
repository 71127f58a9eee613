//! TotalSegmentator's own steps: orientation, zoom, crop.

use islet::core::volume::{Geometry, Orientation, Volume};
use islet::imaging::volume_pipeline::canonical::canonical;
use islet::imaging::volume_pipeline::class_decision::ClassDecision;
use islet::imaging::volume_pipeline::labels::labels;
use islet::imaging::volume_pipeline::patch_sum::SumPrecision;
use islet::imaging::volume_pipeline::prepare::prepare;
use islet::imaging::volume_pipeline::region::{cropped_volume, pasted, region_around};
use islet::imaging::volume_pipeline::resize::InterpolationOrder;
use islet::imaging::volume_pipeline::settings::{VolumePipeline, VolumeSettings};
use islet::imaging::volume_pipeline::zoom::{zoom_bytes, zoom_hu, zoomed_dims};
use serde_json::Value;

use super::golden;

/// A matrix of nibabel, which is RAS.
fn geometry(matrix: &Value) -> Geometry {
    let row = |i: usize, sign: f64| {
        let row: [f64; 4] = golden::numbers(&matrix[i]).try_into().unwrap();
        row.map(|value| sign * value)
    };
    Geometry { affine: [row(0, -1.0), row(1, -1.0), row(2, 1.0)] }
}

fn scan() -> Volume {
    let geometry = Some(geometry(&golden::setting("ts")["affine"]));
    Volume { hu: golden::i16s("ts.hu"), dims: golden::dims("ts.hu"), geometry, calibrated: true }
}

#[test]
fn the_canonical_orientation_is_that_of_nibabel() {
    let orientations = golden::setting("orientations").as_array().unwrap();
    assert_eq!(orientations.len(), 40);
    for entry in orientations {
        let orientation = canonical(&geometry(&entry[0]));
        for file_axis in 0..3 {
            let [along, direction] = golden::numbers(&entry[1][file_axis]).try_into().unwrap();
            let view = 2 - along as usize;
            assert_eq!(orientation.source[view], 2 - file_axis, "{entry}");
            assert_eq!(orientation.flip[view], direction < 0.0, "{entry}");
        }
    }
}

#[test]
fn the_zoom_is_that_of_totalsegmentator() {
    let scan = scan();
    let orientation = canonical(&scan.geometry.unwrap());
    let dims = orientation.view_dims(scan.dims);
    let hu = orientation.view(&scan.hu, scan.dims);
    assert_eq!(hu, golden::i16s("ts.canonical"));
    let spacing = scan.geometry.unwrap().spacing_mm();
    let spacing = orientation.source.map(|axis| spacing[axis]);
    let to = zoomed_dims(dims, spacing, [3.0; 3]);
    assert_eq!(to, golden::dims("ts.order1"));
    let zoomed = |to, order| zoom_hu((&scan.hu, scan.dims), &orientation, to, order);
    assert_eq!(zoomed(to, InterpolationOrder::Linear), golden::i16s("ts.order1"));
    assert_eq!(zoomed(dims, InterpolationOrder::Linear), hu);
    let finer = zoomed_dims(dims, spacing, [0.9; 3]);
    assert_eq!(zoomed(finer, InterpolationOrder::Linear), golden::i16s("ts.finer"));
    // Where a cubic should be whole, rounding decides what is cut off, so one HU may differ.
    let cubic = zoomed(to, InterpolationOrder::Cubic);
    let expected = golden::i16s("ts.order3");
    let differing = cubic.iter().zip(&expected).filter(|(a, b)| a != b).count();
    assert!(cubic.iter().zip(&expected).all(|(a, b)| a.abs_diff(*b) <= 1));
    assert!(differing * 20 < cubic.len(), "{differing} of {}", cubic.len());
}

#[test]
fn bytes_are_zoomed_as_hounsfield_units_are() {
    // Those are held to SciPy above. A hundred times as large, they are cut off a hundred times finer.
    let (hu, dims) = (golden::i16s("ts.hu"), golden::dims("ts.hu"));
    let bytes: Vec<u8> = hu.iter().map(|&hu| if hu > 0 { (hu % 256) as u8 } else { 0 }).collect();
    assert!(bytes.iter().any(|&byte| byte > 0) && bytes.chunks(dims[2]).any(|row| row.iter().all(|&byte| byte == 0)));
    let hundredfold: Vec<i16> = bytes.iter().map(|&byte| i16::from(byte) * 100).collect();
    for to in [dims, dims.map(|length| length * 2 - 1), dims.map(|length| length / 2 + 1)] {
        let found = zoom_bytes(&bytes, dims, to);
        let expected = zoom_hu((&hundredfold, dims), &Orientation::IDENTITY, to, InterpolationOrder::Linear);
        for (found, expected) in found.iter().zip(&expected) {
            assert!((f64::from(*found) - f64::from(*expected) / 100.0).abs() <= 0.511, "{found} of {expected}");
        }
    }
}

#[test]
fn labels_come_back_as_totalsegmentator_brings_them() {
    let settings = VolumeSettings {
        pipeline: VolumePipeline::TotalSegmentator { zoom_order: InterpolationOrder::Linear },
        spacing_mm: vec![3.0; 3],
        ..golden::plain_settings()
    };
    let prepared = prepare(&[&scan()], &settings).unwrap();
    let expected: Vec<f32> = golden::i16s("ts.order1").into_iter().map(f32::from).collect();
    assert_eq!(prepared.input.values, expected);
    let coarse = golden::u8s("ts.coarse_labels");
    let [_, height, width] = prepared.path.network_dims;
    let logits = |z: usize| {
        let slice = &coarse[z * height * width..(z + 1) * height * width];
        slice.iter().flat_map(|&label| (0..118).map(move |class| f32::from(u8::from(class == label)))).collect()
    };
    let found = labels(&prepared.path, 118, &ClassDecision::Largest, SumPrecision::Single, logits);
    assert_eq!(found, golden::u8s("ts.labels"));
}

#[test]
fn the_region_is_that_of_totalsegmentator() {
    let scan = scan();
    let mut labels = vec![0_u8; scan.hu.len()];
    for z in 6..9 {
        for y in 3..5 {
            labels[(z * 9 + y) * 11 + 4..(z * 9 + y) * 11 + 6].fill(7);
        }
    }
    let spacing = scan.geometry.unwrap().spacing_mm();
    assert_eq!(region_around(&labels, scan.dims, &[3], spacing, 4.0), None);
    let region = region_around(&labels, scan.dims, &[3, 7], spacing, 4.0).unwrap();
    let found: Vec<_> = region.iter().map(|range| vec![range.start, range.end]).collect();
    let expected: Vec<_> = golden::setting("ts")["box"].as_array().unwrap().iter().map(golden::counts).collect();
    assert_eq!(found, expected);
    let cropped = cropped_volume(&scan, &region);
    let expected = geometry(&golden::setting("ts")["cropped_affine"]);
    let difference = |(a, b): (&f64, &f64)| (a - b).abs();
    let affines = cropped.geometry.unwrap().affine;
    let largest = affines.as_flattened().iter().zip(expected.affine.as_flattened()).map(difference).fold(0.0, f64::max);
    assert!(largest < 1e-9, "{largest}");
    let back = pasted(&cropped.hu, &region, scan.dims);
    let inside = |voxel: usize| {
        let place = [voxel / 99, voxel / 11 % 9, voxel % 11];
        (0..3).all(|axis| region[axis].contains(&place[axis]))
    };
    assert!((0..back.len()).all(|voxel| back[voxel] == if inside(voxel) { scan.hu[voxel] } else { 0 }));
}
