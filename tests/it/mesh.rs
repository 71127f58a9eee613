//! Surfaces of masks against geometry: closed, outwards, of the right volume and area.

use std::collections::HashMap;
use std::f64::consts::PI;

use islet::core::mask::Mask;
use islet::core::volume::Geometry;
use islet::formats::stl;
use islet::imaging::mesh::{Mesh, surface};

/// Voxels of `[z, y, x]` spacing whose centres are within `radius_mm` of the middle.
fn ball(radius_mm: f64, spacing_mm: [f64; 3]) -> Mask {
    let dims = spacing_mm.map(|mm| (2.0 * radius_mm / mm) as usize + 5);
    let middle = [0, 1, 2].map(|i| (dims[i] - 1) as f64 / 2.0);
    let [_, height, width] = dims;
    let labels = (0..dims.iter().product()).map(|i: usize| {
        let at = [i / (height * width), i / width % height, i % width];
        let square: f64 = (0..3).map(|i| ((at[i] as f64 - middle[i]) * spacing_mm[i]).powi(2)).sum();
        u8::from(square <= radius_mm * radius_mm)
    });
    Mask { labels: labels.collect(), dims }
}

/// Every edge is passed once in each direction.
fn assert_closed(mesh: &Mesh) {
    let mut passed: HashMap<[u32; 2], usize> = HashMap::new();
    for &[a, b, c] in &mesh.triangles {
        for edge in [[a, b], [b, c], [c, a]] {
            *passed.entry(edge).or_default() += 1;
        }
    }
    for ([a, b], count) in &passed {
        assert_eq!((*count, passed.get(&[*b, *a])), (1, Some(&1)), "the edge from {a} to {b}");
    }
}

#[test]
fn a_ball_keeps_its_volume_and_has_a_balls_area() {
    let radius_mm = 15.0_f64;
    let (volume_mm3, area_mm2) = (4.0 / 3.0 * PI * radius_mm.powi(3), 4.0 * PI * radius_mm.powi(2));
    for (spacing_mm, tolerance) in [([3.0, 0.8, 0.9], 0.1), ([1.0, 1.0, 1.0], 0.03), ([5.0, 0.7, 0.7], 0.1)] {
        let mask = ball(radius_mm, spacing_mm);
        let mesh = surface(&mask, &Geometry::with_spacing_mm(spacing_mm));
        assert_closed(&mesh);
        let of_mask = mask.volume_ml(&Geometry::with_spacing_mm(spacing_mm)) * 1000.0;
        println!(
            "{spacing_mm:?}: {} triangles, {:.4} of the mask's volume, {:.4} of the ball's, {:.4} of its area",
            mesh.triangles.len(),
            mesh.volume_mm3() / of_mask,
            mesh.volume_mm3() / volume_mm3,
            mesh.area_mm2() / area_mm2
        );
        assert!((mesh.volume_mm3() / of_mask - 1.0).abs() < 0.002);
        assert!((mesh.volume_mm3() / volume_mm3 - 1.0).abs() < 0.03);
        assert!((mesh.area_mm2() / area_mm2 - 1.0).abs() < tolerance);
        // It lies where the ball does: within half the longest step of its surface.
        let middle = [0, 1, 2].map(|i| (mask.dims[2 - i] - 1) as f64 / 2.0 * spacing_mm[2 - i]);
        for point in &mesh.points_mm {
            let off = (0..3).map(|i| (point[i] - middle[i]).powi(2)).sum::<f64>().sqrt() - radius_mm;
            assert!(off.abs() < spacing_mm[0] / 2.0 + 0.5, "{off} mm");
        }
    }
}

/// Noise holds every neighbourhood of eight voxels there is, those that tables get wrong included.
#[test]
fn a_surface_is_closed_whatever_the_mask() {
    let dims = [13, 14, 15];
    let mut state = 1u64;
    let mut random = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state >> 60
    };
    for share in [3, 8, 13] {
        let mask = Mask { labels: (0..13 * 14 * 15).map(|_| u8::from(random() < share)).collect(), dims };
        let mesh = surface(&mask, &Geometry::with_spacing_mm([1.0; 3]));
        assert!(mesh.triangles.len() > 3000, "{}", mesh.triangles.len());
        assert_closed(&mesh);
    }
    let checkers = Mask { labels: (0..125).map(|i| u8::from(i % 2 == 0)).collect(), dims: [5; 3] };
    assert_closed(&surface(&checkers, &Geometry::with_spacing_mm([1.0; 3])));
    assert_eq!(surface(&Mask::empty([3; 3]), &Geometry::with_spacing_mm([1.0; 3])), Mesh::default());
}

/// A lone voxel is eight triangles around it; also on a grid that is a mirror image, as CT-82's, the surface faces outwards.
#[test]
fn a_surface_lies_in_the_patient_and_faces_outwards() {
    let mut mask = Mask::empty([3; 3]);
    mask.labels[13] = 1;
    let mirrored = Geometry { affine: [[2.0, 0.0, 0.0, -10.0], [0.0, -2.0, 0.0, 5.0], [0.0, 0.0, 3.0, 7.0]] };
    for geometry in
        [mirrored, Geometry { affine: [[2.0, 0.0, 0.0, -10.0], [0.0, 2.0, 0.0, 1.0], [0.0, 0.0, 3.0, 7.0]] }]
    {
        let mesh = surface(&mask, &geometry);
        assert_eq!(mesh.triangles.len(), 8);
        assert!((mesh.volume_mm3() - 12.0).abs() < 0.02, "{} mm³", mesh.volume_mm3());
        let count = mesh.points_mm.len() as f64;
        for (axis, expected) in [-8.0, 3.0, 10.0].into_iter().enumerate() {
            let mean = mesh.points_mm.iter().map(|point| point[axis]).sum::<f64>() / count;
            assert!((mean - expected).abs() < 1e-9, "{mean} along {axis}");
        }
    }
}

#[test]
fn an_stl_file_holds_the_triangles_and_their_normals() {
    let triangle = [[1.0, 2.0, 3.0], [3.0, 2.0, 3.0], [1.0, 5.0, 3.0]];
    let bytes = stl::write([triangle].into_iter());
    assert_eq!(bytes.len(), 80 + 4 + 50);
    assert!(!bytes.starts_with(b"solid") && bytes[..80].windows(3).any(|w| w == b"LPS"));
    assert_eq!(bytes[80..84], 1u32.to_le_bytes());
    let floats: Vec<f32> = bytes[84..132].chunks(4).map(|b| f32::from_le_bytes(b.try_into().unwrap())).collect();
    assert_eq!(floats, [0.0, 0.0, 1.0, 1.0, 2.0, 3.0, 3.0, 2.0, 3.0, 1.0, 5.0, 3.0]);
    assert_eq!(bytes[132..], [0, 0]);
}
