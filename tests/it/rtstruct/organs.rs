//! Several organs as segments, and files for other readers.

use super::*;

#[test]
fn a_segmentation_of_several_organs_has_codes_colours_and_only_frames_that_show_something() {
    let series = series(DIMS, geometry(2.5, 0.0), "Patient-17");
    let geometry = series.volume.geometry.unwrap();
    let mut all = organs();
    all.push(OrganLabel { label: 9, name: "spleen".into() });
    let bytes = write_seg(&drawn(DIMS), &geometry, &all, series.identity.as_ref().unwrap(), &MAKING).unwrap();
    let seg = parsed(&bytes);
    assert_eq!(seg.element(tags::SEGMENT_SEQUENCE).unwrap().items().unwrap().len(), 3, "no spleen is there");
    // CIELab of highdicom 0.28.2's CIELabColor.from_rgb of 3D Slicer's colours.
    let expected = [("Liver", CIELAB[0], ""), ("Pancreas", CIELAB[1], ""), ("Kidney left", CIELAB[2], "7771000")];
    for (n, (label, cielab, side)) in expected.into_iter().enumerate() {
        let segment = item(&seg, tags::SEGMENT_SEQUENCE, n);
        assert_eq!(
            (value(&segment, tags::SEGMENT_NUMBER), value(&segment, tags::SEGMENT_LABEL)),
            ((n + 1).to_string(), label.into())
        );
        let found = segment.element(tags::RECOMMENDED_DISPLAY_CIE_LAB_VALUE).unwrap().to_multi_int::<i64>().unwrap();
        assert!(found.iter().zip(cielab).all(|(found, expected)| (found - expected).abs() <= 4), "{label}: {found:?}");
        let code = item(&segment, tags::SEGMENTED_PROPERTY_TYPE_CODE_SEQUENCE, 0);
        match code.element(tags::SEGMENTED_PROPERTY_TYPE_MODIFIER_CODE_SEQUENCE) {
            Ok(modifier) => assert_eq!(value(&modifier.items().unwrap()[0], tags::CODE_VALUE), side),
            Err(_) => assert_eq!(side, ""),
        }
    }
    // Liver on 1 to 4, pancreas on 2 to 4, kidney on 4 and 5.
    assert_eq!(value(&seg, tags::NUMBER_OF_FRAMES), "9");
    let read = read_seg("seg.dcm", &bytes).unwrap();
    assert_eq!(read.on_grid(&geometry, DIMS).unwrap(), numbered(&drawn(DIMS)));
    assert_eq!(read.segments, [(1, "Liver".into()), (2, "Pancreas".into()), (3, "Kidney left".into())].into());
    let nothing = write_seg(&Mask::empty(DIMS), &geometry, &all, series.identity.as_ref().unwrap(), &MAKING).unwrap();
    assert_eq!(value(&parsed(&nothing), tags::NUMBER_OF_FRAMES), "7", "the whole grid says that nothing was found");
}
const CIELAB: [[i64; 3]; 3] = [[41661, 41167, 40792], [51393, 37455, 44401], [34296, 40957, 39424]];

/// A series with its mask and the files of it, for `tests/golden/rtstruct_check.py check FOLDER`, in `CARGO_TARGET_TMPDIR/rtstruct`:
/// tipped and turned slices that run down and up.
#[test]
fn files_for_other_readers_are_written() {
    // Pixels and slices that are square, as rt-utils takes them all to be.
    let mut square = geometry(-2.5, 0.0);
    square.affine.iter_mut().for_each(|row| row[1] *= 0.7 / 0.9);
    for (name, dims, grid) in
        [("down", DIMS, geometry(-2.5, 0.0)), ("up", DIMS, geometry(2.5, 0.0)), ("square", [7, 30, 30], square)]
    {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("rtstruct").join(name);
        let slices = folder.join("series");
        fs::create_dir_all(&slices).unwrap();
        let own = series(dims, grid, "Patient-17");
        for (file, bytes) in write_series(&own.volume, "Patient-17", "Abdomen") {
            fs::write(slices.join(file), bytes).unwrap();
        }
        let (grid, identity) = (own.volume.geometry.unwrap(), own.identity.unwrap());
        let write = |file: &str, bytes: Vec<u8>| fs::write(folder.join(file), bytes).unwrap();
        write("mask.nii.gz", nifti::write_mask(&numbered(&drawn(dims)), Some(&grid)));
        write("mask.rtstruct.dcm", write_structure_set(&drawn(dims), &grid, &organs(), &identity, &MAKING).unwrap());
        write("mask.seg.dcm", write_seg(&drawn(dims), &grid, &organs(), &identity, &MAKING).unwrap());
        write("mask.seg.nrrd", islet::formats::nrrd::write_mask(&drawn(dims), Some(&grid), &organs()));
    }
}
