//! Surfaces to look at: how many triangles, how large, and that no piece is lost.

use std::f64::consts::PI;

use islet::core::connected_components::components;
use islet::core::mask::Mask;
use islet::core::volume::Geometry;
use islet::imaging::mesh::{Mesh, surface};
use islet::imaging::organ_surface::{Extent, LabelExtents, OrganMask, Pieces, SurfaceDetail};

/// A ball of label 7 in a grid of 0.8 mm, and two single voxels of it far away; label 3 elsewhere.
fn balls(radius: f64) -> Mask {
    let side = 2 * radius as usize + 21;
    let mut mask = Mask::empty([side; 3]);
    let middle = radius + 4.0;
    for i in 0..mask.labels.len() {
        let at = [i / (side * side), i / side % side, i % side].map(|i| i as f64 - middle);
        if at.iter().map(|d| d * d).sum::<f64>() <= radius * radius {
            mask.labels[i] = 7;
        }
    }
    let last = mask.labels.len() - 1;
    mask.labels[last] = 7;
    mask.labels[last - 5] = 7;
    mask.labels[last - 10] = 3;
    mask
}

fn extents(mask: &Mask) -> LabelExtents {
    let mut found = LabelExtents::default();
    (0..mask.dims[0]).for_each(|z| found.add_slice(z, mask.slice(z), mask.dims[2]));
    found
}

fn pieces(mask: &Mask, label: u8) -> Pieces {
    let mut organ = OrganMask::new(extents(mask).of(label).unwrap());
    let [first, last] = organ.slices();
    (first..=last).for_each(|z| organ.set_slice(z, mask.slice(z), mask.dims[2], |found| found == label));
    Pieces::of(organ)
}

fn middle_mm(mesh: &Mesh) -> [f64; 3] {
    let count = mesh.points_mm.len() as f64;
    [0, 1, 2].map(|i| mesh.points_mm.iter().map(|point| point[i]).sum::<f64>() / count)
}

#[test]
fn the_box_around_each_label_is_found_slice_by_slice() {
    let mut mask = Mask::empty([4, 5, 6]);
    for (z, y, x, label) in [(1, 2, 3, 9), (2, 4, 1, 9), (2, 0, 2, 9), (3, 3, 5, 4)] {
        mask.labels[(z * 5 + y) * 6 + x] = label;
    }
    let found = extents(&mask);
    assert_eq!(found.of(9), Some(Extent { first: [1, 0, 1], last: [2, 4, 3] }));
    assert_eq!(found.of(9).unwrap().dims(), [2, 5, 3]);
    assert_eq!(found.of(4), Some(Extent { first: [3, 3, 5], last: [3, 3, 5] }));
    assert_eq!(found.of(1), None);
}

#[test]
fn a_large_ball_has_few_triangles_its_volume_and_its_place() {
    // 41 and 10 voxels of 0.8 mm: 33 and 8 mm.
    let cases = [
        (41.0, SurfaceDetail::Still, 4000..10_000),
        (10.0, SurfaceDetail::Still, 1000..10_000),
        (41.0, SurfaceDetail::Moving, 500..1500),
        (10.0, SurfaceDetail::Moving, 500..1500),
    ];
    for (radius, detail, triangles) in cases {
        let mask = balls(radius);
        let geometry = Geometry { affine: [[0.8, 0.0, 0.0, -10.0], [0.0, 0.8, 0.0, 20.0], [0.0, 0.0, 0.8, 5.0]] };
        let pieces = pieces(&mask, 7);
        assert_eq!(pieces.count(), 3);
        let mesh = pieces.largest(&geometry, detail);
        let expected_mm3 = 4.0 / 3.0 * PI * (0.8 * radius).powi(3);
        println!("{} triangles, {:.3} of the volume", mesh.triangles.len(), mesh.volume_mm3() / expected_mm3);
        assert!(triangles.contains(&mesh.triangles.len()), "{}", mesh.triangles.len());
        assert!((mesh.volume_mm3() / expected_mm3 - 1.0).abs() < 0.05);
        let place = geometry.position_mm([radius + 4.0; 3]);
        let middle = middle_mm(&mesh);
        assert!((0..3).all(|i| (middle[i] - place[i]).abs() < 0.8), "{middle:?} instead of {place:?}");
        for (point, normal) in mesh.points_mm.iter().zip(mesh.point_normals()) {
            let outwards = [0, 1, 2].map(|i| (point[i] - place[i]) / (0.8 * radius));
            let along: f64 = (0..3).map(|i| outwards[i] * normal[i]).sum();
            assert!(along > 0.8, "a normal faces {along}");
        }
    }
}

#[test]
fn a_saved_surface_is_that_of_the_whole_mask_on_its_own_grid() {
    let mask = balls(10.0);
    let affine = [[0.7, 0.1, 0.0, -10.0], [-0.1, 0.7, 0.3, 20.0], [0.0, 0.0, -2.5, 5.0]];
    let whole = surface(&mask.only(7), &Geometry { affine });
    let saved = pieces(&mask, 7).saved(&Geometry { affine });
    assert_eq!((saved.points_mm.len(), saved.triangles.len()), (whole.points_mm.len(), whole.triangles.len()));
    assert!((saved.volume_mm3() / whole.volume_mm3() - 1.0).abs() < 1e-3);
    let [low, high] = [&saved, &whole].map(middle_mm);
    assert!((0..3).all(|axis| (low[axis] - high[axis]).abs() < 0.05), "{low:?} {high:?}");
    // A large one gets a coarser grid.
    let (large, geometry) = (balls(60.0), Geometry::with_spacing_mm([0.3; 3]));
    let saved = pieces(&large, 7).saved(&geometry);
    assert!((20_000..50_000).contains(&saved.triangles.len()), "{}", saved.triangles.len());
    let mask_mm3 = large.only(7).count() as f64 * 0.027;
    assert!((saved.volume_mm3() / mask_mm3 - 1.0).abs() < 1e-3, "{} mm³, {mask_mm3} mm³", saved.volume_mm3());
}

#[test]
fn single_voxels_far_away_are_pieces_and_are_seen() {
    let mask = balls(41.0);
    let geometry = Geometry::with_spacing_mm([0.8; 3]);
    let strays = pieces(&mask, 7).strays(&geometry);
    // Two closed surfaces, where the voxels are.
    let ends = strays
        .points_mm
        .iter()
        .map(|point| point[0])
        .fold([f64::MAX, f64::MIN], |[low, high], x| [low.min(x), high.max(x)]);
    let last = (mask.dims[2] - 1) as f64 * 0.8;
    assert!(
        (last - 4.0 - ends[0]).abs() < 3.0 && (ends[1] - last).abs() < 3.0,
        "{ends:?}, the last voxel is at {last}"
    );
    assert!(strays.volume_mm3() >= 2.0 * 0.8f64.powi(3) * 0.99);
    let whole = Mask { labels: vec![1; 27], dims: [3; 3] };
    let alone = pieces(&whole, 1);
    assert_eq!((alone.count(), alone.strays(&geometry)), (1, Mesh::default()));
}

#[test]
fn components_are_counted() {
    let mut mask = Mask::empty([3, 3, 7]);
    let of = |mask: &Mask| components(mask.dims, |z| Some(mask.slice(z).to_vec()));
    assert_eq!(of(&mask).count, 0);
    // Two voxels that share a corner are one piece; two columns between them part the others.
    for i in [0, 21 + 7 + 1, 42 + 4, 42 + 6] {
        mask.labels[i] = 1;
    }
    let found = of(&mask);
    assert_eq!(found.count, 3);
    assert_eq!(found.outside_largest.iter().map(|run| run.pixels.len()).sum::<usize>(), 2);
}
