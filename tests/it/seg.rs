//! DICOM segmentations. Golden files are highdicom's; `tests/golden/seg_check.py` made them and asks highdicom and dciodvfy about ours.

use std::time::{Duration, Instant};

use islet::formats::dicom::{is_seg, read_seg};

const GOLDEN: &[u8] = include_bytes!("../golden/formats/seg.dcm");
const EXPECTED: &str = include_str!("../golden/formats/seg.json");

#[test]
fn a_seg_of_highdicom_is_read_with_the_slices_it_left_out() {
    let expected: serde_json::Value = serde_json::from_str(EXPECTED).unwrap();
    assert!(is_seg(GOLDEN));
    let seg = read_seg("seg.dcm", GOLDEN).unwrap();
    let dims: Vec<u64> = seg.mask.dims.iter().map(|&n| n as u64).collect();
    assert_eq!(serde_json::json!(dims), expected["dims"]);
    let labels: String = seg.mask.labels.iter().map(|label| label.to_string()).collect();
    assert_eq!(labels, expected["labels"].as_str().unwrap());
    let segments: serde_json::Map<_, _> =
        seg.segments.iter().map(|(n, label)| (n.to_string(), label.as_str().into())).collect();
    assert_eq!(serde_json::Value::from(segments), expected["segments"]);
    for (row, expected) in seg.geometry.affine.iter().zip(expected["affine_lps"].as_array().unwrap()) {
        for (found, expected) in row.iter().zip(expected.as_array().unwrap()) {
            // DICOM writes sixteen characters.
            assert!((found - expected.as_f64().unwrap()).abs() < 1e-6, "{found} is not {expected}");
        }
    }
}

/// The series that it was made of: eight slices, from the other end.
#[test]
fn a_seg_is_put_on_the_grid_of_its_series() {
    let seg = read_seg("seg.dcm", GOLDEN).unwrap();
    let mut series = seg.geometry;
    for row in &mut series.affine {
        // From slice 5 back to slice 0, and then up.
        row[3] += 5.0 * row[2];
        row[2] = -row[2];
    }
    let mask = seg.on_grid(&series, [8, 7, 6]).unwrap();
    let slices: Vec<Vec<u8>> = (0..8).map(|z| mask.slice(z).to_vec()).collect();
    assert_eq!(slices[2..6].iter().rev().flatten().copied().collect::<Vec<u8>>(), seg.mask.labels);
    assert_eq!(mask.count(), seg.mask.count());
    // Not where a label would fall outside, between voxels, or on voxels of another size.
    assert!(seg.on_grid(&series, [5, 7, 6]).is_none());
    let mut shifted = series;
    shifted.affine[0][3] += 0.2;
    assert!(seg.on_grid(&shifted, [8, 7, 6]).is_none());
    let mut thin = series;
    thin.affine.iter_mut().for_each(|row| row[2] /= 2.0);
    assert!(seg.on_grid(&thin, [16, 7, 6]).is_none());
}

#[test]
fn other_files_are_no_segs() {
    assert!(!is_seg(include_bytes!("../golden/formats/twelve_bits.dcm")));
    assert!(!is_seg(b"") && !is_seg(&[0; 200]));
    let refusal = read_seg("slice.dcm", include_bytes!("../golden/formats/twelve_bits.dcm")).unwrap_err();
    assert!(refusal.why.contains("BINARY"), "{refusal}");
}

/// Every cut and many flipped bytes: refused or read, at once, never a panic.
#[test]
fn a_damaged_seg_is_refused() {
    let started = Instant::now();
    let mut refused = 0;
    for length in 0..GOLDEN.len() {
        refused += usize::from(read_seg("cut", &GOLDEN[..length]).is_err());
    }
    assert_eq!(refused, GOLDEN.len(), "no part of it is whole");
    for at in (132..GOLDEN.len()).step_by(3) {
        for bits in [0xFF, 0x80, 1] {
            let mut bytes = GOLDEN.to_vec();
            bytes[at] ^= bits;
            read_seg("flipped", &bytes).ok();
            is_seg(&bytes);
        }
    }
    assert!(started.elapsed() < Duration::from_secs(60), "{:?}", started.elapsed());
}

/// An item opened a hundred times, in 2 kB.
#[test]
fn nesting_is_bounded() {
    let start = GOLDEN.windows(4).position(|w| w == [0x08, 0, 0x08, 0]).unwrap();
    let mut bytes = GOLDEN[..start].to_vec();
    for _ in 0..100 {
        bytes.extend([0x62, 0, 0x02, 0, b'S', b'Q', 0, 0, 0xFF, 0xFF, 0xFF, 0xFF]);
        bytes.extend([0xFE, 0xFF, 0x00, 0xE0, 0xFF, 0xFF, 0xFF, 0xFF]);
    }
    let refusal = read_seg("deep.dcm", &bytes).unwrap_err();
    assert!(refusal.why.contains("deeper than 64"), "{refusal}");
}
