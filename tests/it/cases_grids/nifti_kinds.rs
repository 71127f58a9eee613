//! Kinds of NIfTI files.

use islet::core::i18n::messages::Message;
use islet::core::mask::Mask;
use islet::core::volume::Geometry;
use islet::formats::nifti;

use super::*;

/// A NIfTI-1 file as NIfTI-2, in either byte order.
fn nifti_2(one: &[u8], big_endian: bool) -> Vec<u8> {
    let mut two = vec![0; 544];
    let mut put = |at: usize, mut field: Vec<u8>| {
        if big_endian {
            field.reverse();
        }
        two[at..at + field.len()].copy_from_slice(&field);
    };
    let i16_of = |at: usize| i16::from_le_bytes([one[at], one[at + 1]]);
    let f32_of = |at: usize| f64::from(f32::from_le_bytes(one[at..at + 4].try_into().unwrap()));
    put(0, 540_i32.to_le_bytes().to_vec());
    put(12, i16_of(70).to_le_bytes().to_vec());
    put(14, i16_of(72).to_le_bytes().to_vec());
    for i in 0..8 {
        put(16 + 8 * i, i64::from(i16_of(40 + 2 * i)).to_le_bytes().to_vec());
        put(104 + 8 * i, f32_of(76 + 4 * i).to_le_bytes().to_vec());
    }
    put(168, 544_i64.to_le_bytes().to_vec());
    put(176, f32_of(112).to_le_bytes().to_vec());
    put(184, f32_of(116).to_le_bytes().to_vec());
    put(344, i32::from(i16_of(252)).to_le_bytes().to_vec());
    put(348, i32::from(i16_of(254)).to_le_bytes().to_vec());
    // Quaternion and its offset, then the three rows of the sform.
    for i in 0..6 {
        put(352 + 8 * i, f32_of(256 + 4 * i).to_le_bytes().to_vec());
    }
    for i in 0..12 {
        put(400 + 8 * i, f32_of(280 + 4 * i).to_le_bytes().to_vec());
    }
    put(500, i32::from(one[123]).to_le_bytes().to_vec());
    two[4..12].copy_from_slice(b"n+2\0\r\n\x1a\n");
    let (pairs, _) = one[352..].as_chunks::<2>();
    two.extend(pairs.iter().flat_map(|&[low, high]| if big_endian { [high, low] } else { [low, high] }));
    two
}

#[test]
fn version_2_is_read_in_either_byte_order() {
    for big_endian in [false, true] {
        let bytes = nifti_2(&nifti_1(), big_endian);
        assert_drawn(&series([("scan.nii", &bytes[..])]));
        assert_drawn(&series([("scan.nii.gz", &gzipped(&bytes)[..])]));
        assert!(refusal([("cut.nii", &bytes[..bytes.len() - 1])]).contains("cannot be read"));
        let many = with(&bytes, if big_endian { 24 } else { 31 }, &[0x7F]);
        assert!(refusal([("huge.nii", &many[..])]).contains("at most 512 million"));
    }
}

#[test]
fn long_extensions_padding_and_several_gzip_members_are_read() {
    let plain = nifti_1();
    let offset = 352 + 300_000;
    let extended =
        [&with(&plain, 108, &(offset as f32).to_le_bytes())[..352], &vec![7; 300_000], &plain[352..]].concat();
    for bytes in [
        extended.clone(),
        gzipped(&extended),
        [gzipped(&plain), vec![0; 700]].concat(),
        [gzipped(&plain), b"trailing".to_vec()].concat(),
        [gzipped(&plain[..100]), gzipped(&plain[100..380]), gzipped(&plain[380..])].concat(),
        [gzipped(&plain[..400]), vec![0; 512], gzipped(&plain[400..]), gzipped(b"")].concat(),
    ] {
        assert_drawn(&series([("scan.nii.gz", &bytes[..])]));
    }
    let cut = gzipped(&plain[400..]);
    let cut = [gzipped(&plain[..400]), cut[..cut.len() - 9].to_vec()].concat();
    assert!(take_in([("scan.nii.gz", &cut[..])]).series.is_empty(), "a member that is cut");
    let gzip_of_text = gzipped(&b"a line of text\n".repeat(100));
    assert!(refusal([("notes.gz", &gzip_of_text[..])]).contains("no NIfTI"));
}

#[test]
fn header_and_voxels_may_be_two_files() {
    let plain = nifti_1();
    let header = with(&with(&plain, 344, b"ni1\0"), 108, &0_f32.to_le_bytes())[..348].to_vec();
    let voxels = plain[352..].to_vec();
    let (header_gz, voxels_gz) = (gzipped(&header), gzipped(&voxels));
    for files in [
        [("scan.hdr", &header), ("scan.img", &voxels)],
        [("a/scan.hdr", &header), ("a/scan.img.gz", &voxels_gz)],
        [("scan.hdr.gz", &header_gz), ("scan.img.gz", &voxels_gz)],
        [("scan.hdr.gz", &header_gz), ("scan.img", &voxels)],
        [("SCAN.HDR", &header), ("SCAN.IMG", &voxels)],
    ] {
        let files = files.map(|(name, bytes)| (name, &bytes[..]));
        let found = series(files);
        assert_drawn(&found);
        assert_eq!(found.files, [files[0].0]);
        // In a zip the voxels may come first.
        assert_drawn(&series([("pair.zip", &zipped(&[files[1], files[0]])[..])]));
    }
    let offset = with(&header, 108, &16_f32.to_le_bytes());
    assert_drawn(&series([("s.hdr", &offset[..]), ("s.img", &[&[9; 16], &voxels[..]].concat()[..])]));

    let alone = refusal([("scan.hdr", &header[..])]);
    assert!(alone.contains("`scan.img`") && alone.contains("together"), "{alone}");
    let other = refusal([("scan.hdr", &header[..]), ("b/scan.img", &voxels[..])]);
    assert!(other.contains("`scan.img`"), "{other}");
    let short = refusal([("scan.hdr", &header[..]), ("scan.img", &voxels[1..])]);
    assert!(short.contains("more than its 119"), "{short}");
    assert!(nifti::read_volume("scan.hdr", &header).unwrap_err().reason.contains("`scan.img`"));
    let analyze = refusal([("scan.hdr", &with(&header, 344, &[0; 4])[..]), ("scan.img", &voxels[..])]);
    assert!(analyze.contains("Analyze"), "{analyze}");
    let broken = refusal([("scan.nii", &with(&plain, 344, b"n+9\0")[..])]);
    assert!(broken.contains("`n+9`"), "{broken}");
}

/// Spacing of a NIfTI file, and what is noted about it.
fn placed(bytes: &[u8]) -> ([f64; 3], Vec<Message>) {
    let found = series([("scan.nii", bytes)]);
    let geometry = found.volume.geometry.unwrap();
    let hundredths = |mm: f64| (mm * 100.0).round() / 100.0;
    (geometry.spacing_mm().map(hundredths), found.notes)
}

#[test]
fn sizes_that_disagree_are_noted_and_pixdims_are_taken() {
    let plain = nifti_1();
    let f32s = |values: &[f32]| values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>();
    // The third row of the sform: 10 mm from slice to slice where pixdim has 2.5.
    let sform = with(&plain, 320, &f32s(&[10.0]));
    let without_qform = with(&sform, 252, &[0, 0]);
    for bytes in [&sform, &without_qform] {
        let (spacing, notes) = placed(bytes);
        let [note] = &notes[..] else { panic!("{notes:?}") };
        assert_eq!(spacing, [2.5, 0.75, 0.5]);
        assert!(note.contains("0.500 x 0.750 x 10.000") && note.contains("0.500 x 0.750 x 2.500"), "{note}");
        assert!(note.contains("disagree") && note.disputes_voxel_size(), "{note}");
    }
    // Sizes that nobody set are no statement.
    let (spacing, notes) = placed(&with(&plain, 80, &f32s(&[1.0, 1.0, 1.0])));
    assert_eq!(spacing, [2.5, 0.75, 0.5]);
    assert!(notes[0].contains("size of sform is taken"), "{notes:?}");
    // Rounding is no contradiction, and neither are signs or a pixdim of nothing beside an sform.
    for pixdim in [[0.501_f32, 0.75, 2.5], [-0.5, -0.75, -2.5], [0.0, 0.0, 0.0]] {
        let (spacing, notes) = placed(&with(&plain, 80, &f32s(&pixdim)));
        assert_eq!((spacing, notes), ([2.5, 0.75, 0.5], vec![]), "{pixdim:?}");
    }
    let (_, notes) = placed(&with(&with(&plain, 80, &f32s(&[0.5, 0.75, 2.5])), 280, &f32s(&[0.0; 12])));
    assert!(notes[0].contains("sform spans no space"), "{notes:?}");
}

#[test]
fn sform_and_qform_that_mirror_each_other_are_noted() {
    let plain = nifti_1();
    // pixdim[0] is the sign of the third axis.
    let qfac = f32::from_le_bytes(plain[76..80].try_into().unwrap());
    let (spacing, notes) = placed(&with(&plain, 76, &(-qfac).to_le_bytes()));
    assert_eq!(spacing, [2.5, 0.75, 0.5]);
    assert!(notes.len() == 1 && notes[0].contains("how the patient lies"), "{notes:?}");
    assert!(!notes[0].disputes_voxel_size());
}

#[test]
fn headers_of_other_programs_are_read_or_refused_by_name() {
    let plain = nifti_1();
    let i16s = |values: &[i16]| values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>();
    for scaling in [[0.0_f32, 5.0], [f32::NAN, 3.0], [1.0, f32::NAN]] {
        let bytes = with(&plain, 112, &scaling.map(f32::to_le_bytes).concat());
        assert_drawn(&series([("scan.nii", &bytes[..])]));
    }
    assert_drawn(&series([("scan.nii", &with(&plain, 40, &i16s(&[4, 4, 3, 5, 1]))[..])]));
    assert_drawn(&series([("scan.nii", &with(&plain, 40, &i16s(&[5, 4, 3, 5, 0, 1]))[..])]));
    let frames = with(&plain, 40, &i16s(&[4, 2, 3, 5, 2]));
    assert!(refusal([("frames.nii", &frames[..])]).contains("expected one 3-D image"));
    for (code, named) in [(128, "RGB"), (2304, "RGBA"), (32, "complex64"), (1536, "float128"), (1, "one bit")] {
        let said = refusal([("colour.nii", &with(&plain, 70, &i16s(&[code]))[..])]);
        assert!(said.contains(named), "{said}");
    }
}

#[test]
fn labels_are_whole_up_to_what_scaling_loses() {
    let mask = Mask { labels: (0..60).map(|i| i % 4).collect(), dims: [5, 3, 4] };
    let geometry = Geometry::with_spacing_mm(SPACING_MM);
    let plain = nifti::write_mask_plain(&mask, Some(&geometry));
    let typed = |code: i16, slope: f32, voxels: Vec<u8>| {
        let header = with(&with(&plain[..352], 70, &code.to_le_bytes()), 112, &slope.to_le_bytes());
        [header, voxels].concat()
    };
    let labels = || mask.labels.iter().map(|&label| u64::from(label));
    let slope = 3.0_f32 / 65535.0;
    let scaled = |label: u64| ((label as f64 / f64::from(slope)).round() as u16).to_le_bytes();
    for bytes in [
        plain.clone(),
        typed(1280, 1.0, labels().flat_map(u64::to_le_bytes).collect()),
        typed(512, slope, labels().flat_map(scaled).collect()),
        typed(64, 1.0, labels().flat_map(|label| (label as f64 - 1e-9).to_le_bytes()).collect()),
        typed(16, 1.0, labels().flat_map(|label| (label as f32 + 1e-3).to_le_bytes()).collect()),
    ] {
        assert_eq!(nifti::read_mask("mask.nii", &bytes).unwrap().0, mask);
        let contents = take_in([("mask.nii", &bytes[..])]);
        assert!(contents.series.is_empty() && contents.labels[0].map == mask, "labels, not an image");
    }
    let half = typed(64, 1.0, labels().flat_map(|label| (label as f64 + 0.3).to_le_bytes()).collect());
    assert!(nifti::read_mask("mask.nii", &half).unwrap_err().reason.contains("0.3"));
}
