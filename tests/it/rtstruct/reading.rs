//! Contours of other programs, of other series, beside slices, damaged and huge.

use super::*;

#[test]
fn contours_of_another_series_are_refused() {
    let own = series(DIMS, geometry(2.5, 0.0), "Patient-17");
    let other = series(DIMS, geometry(2.5, 0.0), "Patient-18");
    let grid = own.volume.geometry.unwrap();
    let bytes = write_structure_set(&drawn(DIMS), &grid, &organs(), own.identity.as_ref().unwrap(), &MAKING).unwrap();
    let map = labels(&bytes);
    assert!(map.on_series(&grid, DIMS, other.identity.as_ref()).is_none());
    let said = map.unmatched().to_string();
    assert!(said.contains("contours of Liver, Pancreas, Kidney left") && said.contains("another series"), "{said}");
    // A scan that is not in DICOM has no identity: where contours lie decides.
    assert!(map.on_series(&grid, DIMS, None).is_some());
    // Half a slice away.
    let mut shifted = grid;
    (0..3).for_each(|i| shifted.affine[i][3] += grid.affine[i][2] / 2.0);
    assert!(map.on_series(&shifted, DIMS, None).is_none());
    let mut elsewhere = grid;
    elsewhere.affine[0][3] += 500.0;
    assert!(map.on_series(&elsewhere, DIMS, None).is_none());
}

/// The same contours on every second slice, and on a part of the image.
#[test]
fn contours_beside_slices_and_beyond_the_image_are_named() {
    let own = series(DIMS, geometry(2.5, 0.0), "Patient-17");
    let grid = own.volume.geometry.unwrap();
    let bytes = write_structure_set(&drawn(DIMS), &grid, &organs(), own.identity.as_ref().unwrap(), &MAKING).unwrap();
    let map = labels(&bytes);
    // Voxels of 1.25 mm between: the slices are every second of its.
    let mut fine = grid;
    (0..3).for_each(|i| fine.affine[i][2] /= 2.0);
    let placed = map.on_series(&fine, [14, 26, 30], None).unwrap();
    assert_eq!(placed.mask.slice(4), numbered(&drawn(DIMS)).slice(2));
    assert_eq!(placed.mask.count(), drawn(DIMS).count());
    // The image without its last columns and its first two slices.
    let mut part = grid;
    (0..3).for_each(|i| part.affine[i][3] += 2.0 * grid.affine[i][2]);
    let placed = map.on_series(&part, [5, 26, 15], None).unwrap();
    let expected = numbered(&drawn(DIMS));
    let row = |mask: &Mask, z: usize, y: usize| mask.slice(z)[y * mask.dims[2]..][..15].to_vec();
    for (z, y) in (0..5).flat_map(|z| (0..26).map(move |y| (z, y))) {
        assert_eq!(row(&placed.mask, z, y), row(&expected, z + 2, y), "slice {z}, row {y}");
    }
    assert!(placed.notes.iter().any(|note| note.contains("outside the image")), "{:?}", placed.notes);
    // Slices of 3.75 mm: of contours on 1 to 5, those on 3 alone lie on one of them.
    let mut coarse = grid;
    (0..3).for_each(|i| coarse.affine[i][2] *= 1.5);
    assert!(map.on_series(&coarse, DIMS, None).is_none());
}

#[test]
fn contours_of_pydicom_are_read_as_an_even_odd_test_in_numpy_says() {
    for name in ["rtstruct", "rtstruct_rt_utils"] {
        let expected: serde_json::Value = serde_json::from_slice(&golden(&format!("{name}.json"))).unwrap();
        let map = labels(&golden(&format!("{name}.dcm")));
        let dims: [usize; 3] = serde_json::from_value(expected["dims"].clone()).unwrap();
        let affine: Vec<Vec<f64>> = serde_json::from_value(expected["affine_lps"].clone()).unwrap();
        let mut geometry = Geometry { affine: [0, 1, 2].map(|r| [0, 1, 2, 3].map(|c| affine[r][c])) };
        let labels: Vec<u8> = expected["labels"].as_str().unwrap().bytes().map(|digit| digit - b'0').collect();
        let mask = Mask { labels, dims };
        assert_eq!(map.on(&geometry, dims).unwrap(), mask, "{name}");
        // The slices from the other end.
        for row in &mut geometry.affine {
            row[3] += (dims[0] - 1) as f64 * row[2];
            row[2] = -row[2];
        }
        let turned = map.on(&geometry, dims).unwrap();
        let slices: Vec<u8> = (0..dims[0]).rev().flat_map(|z| turned.slice(z).to_vec()).collect();
        assert_eq!(slices, mask.labels, "{name}");
        let names: BTreeMap<String, String> = serde_json::from_value(expected["names"].clone()).unwrap();
        let found = &map.contours.as_ref().unwrap().names;
        assert_eq!(found.iter().map(|(n, name)| (n.to_string(), name.clone())).collect::<BTreeMap<_, _>>(), names);
    }
    let notes = labels(&golden("rtstruct.dcm")).meaning.unwrap().notes;
    assert!(notes.iter().any(|note| note.contains("2 of its contours are points or open lines")), "{notes:?}");
}

/// Every cut and many flipped bytes: refused or read, at once, never a panic.
#[test]
fn a_damaged_structure_set_is_refused_or_read() {
    let whole = golden("rtstruct.dcm");
    let started = Instant::now();
    for length in (0..whole.len()).step_by(7) {
        read_structure_set("cut", &whole[..length]).ok();
    }
    let geometry = geometry(2.5, 0.0);
    for at in (132..whole.len()).step_by(5) {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x81;
        if let Ok(set) = read_structure_set("flipped", &bytes) {
            assert!(!set.names.is_empty());
            labels_if_named(&bytes).map(|map| map.on(&geometry, [6, 20, 24]));
        }
    }
    assert!(started.elapsed() < Duration::from_secs(60), "{:?}", started.elapsed());
    let refusal = read_structure_set("none.dcm", &golden("seg.dcm")).unwrap_err();
    assert!(refusal.reason.contains("no closed contour"), "{refusal}");
}

fn labels_if_named(bytes: &[u8]) -> Option<LabelMap> {
    imported([("set.dcm", bytes.to_vec())]).labels.pop()
}

/// A contour that crosses all rows of a slice forty thousand times is drawn in seconds, in the memory of the slice.
#[test]
fn a_huge_contour_is_bounded() {
    let geometry = Geometry::with_spacing_mm([1.0; 3]);
    let zigzag: Vec<String> =
        (0..40_000).map(|i| format!("{}\\{}\\1", i % 400, if i % 2 == 0 { -5 } else { 900 })).collect();
    let bytes = structure_set(&zigzag.join("\\"));
    let started = Instant::now();
    let map = labels(&bytes);
    assert!(map.on(&geometry, [3, 512, 512]).is_some());
    assert!(started.elapsed() < Duration::from_secs(60), "{:?}", started.elapsed());
    for (data, says) in [
        ("1\\2\\1\\1", "no triples"),
        ("1\\2\\nan", "`nan`"),
        ("1\\2\\1e300", "`1e300`"),
        ("1\\2\\1", "no closed contour"),
    ] {
        let refusal = read_structure_set("set.dcm", &structure_set(data)).unwrap_err();
        assert!(refusal.reason.contains(says), "{refusal}");
    }
}

/// A structure set of one contour with these coordinates.
fn structure_set(data: &str) -> Vec<u8> {
    let mut mask = Mask::empty([3, 4, 4]);
    mask.labels[21] = 1;
    let geometry = Geometry::with_spacing_mm([1.0; 3]);
    let series = series([3, 4, 4], geometry, "P");
    let organ = [OrganLabel::pancreas()];
    let bytes = write_structure_set(&mask, &geometry, &organ, series.identity.as_ref().unwrap(), &MAKING).unwrap();
    // Group 3006, element 0050 in implicit VR little endian, all around it of undefined length.
    let at = bytes.windows(4).position(|window| window == [0x06, 0x30, 0x50, 0x00]).unwrap();
    let length = u32::from_le_bytes(bytes[at + 4..at + 8].try_into().unwrap()) as usize;
    let mut data = data.as_bytes().to_vec();
    data.resize(data.len().next_multiple_of(2), b' ');
    [&bytes[..at + 4], &(data.len() as u32).to_le_bytes(), &data, &bytes[at + 8 + length..]].concat()
}
