//! What is given, sorted: zips, other modalities, labels, and series with gaps or several images in one place.

use std::io::{Cursor, Write};

use islet::core::mask::Mask;
use islet::core::volume::{Geometry, Volume};
use islet::formats::dicom::{DicomSlice, assemble};
use islet::formats::{Contents, Importer, Series, dataset, dicom, nifti};
use zip::write::{SimpleFileOptions, ZipWriter};

use crate::datasets::with_ignore;

/// Values that differ everywhere; slice `z` is at `z` mm.
fn volume(depth: usize) -> Volume {
    let hu = (0..depth * 12).map(|i| 10 * i as i16 - 1000).collect();
    Volume { hu, dims: [depth, 3, 4], geometry: Some(Geometry::with_spacing_mm([1.0, 0.5, 0.5])), calibrated: true }
}

fn slices(depth: usize) -> Vec<DicomSlice> {
    let files = dicom::write_series(&volume(depth), "P", "D").into_iter();
    let slice = |(name, bytes): (String, Vec<u8>)| match dicom::read(&name, &bytes).unwrap() {
        dicom::DicomFile::Slices(mut slices) => slices.remove(0),
        other => panic!("{other:?}"),
    };
    files.map(slice).collect()
}

/// Slices at other places.
fn at(places_mm: &[f64]) -> Vec<DicomSlice> {
    let place = |(mut slice, &mm): (DicomSlice, &f64)| {
        slice.position_mm = Some([0.0, 0.0, mm]);
        slice
    };
    slices(places_mm.len()).into_iter().zip(places_mm).map(place).collect()
}

fn step_mm(series: &Series) -> f64 {
    series.volume.geometry.unwrap().spacing_mm()[0]
}

#[test]
fn missing_slices_are_named_and_filled_in() {
    let mut some = slices(8);
    some.remove(5);
    some.remove(2);
    let [series] = &assemble(some).unwrap()[..] else { panic!() };
    assert_eq!((series.volume.dims, step_mm(series)), ([8, 3, 4], 1.0));
    // The values grow linearly, so that what is linear between slices is what was there.
    assert_eq!(series.volume.hu, volume(8).hu);
    assert_eq!((series.files[2].as_str(), series.files[3].as_str()), ("", "1-004.dcm"));
    let note = "2 slices are missing, between 1.0 and 3.0 mm, between 4.0 and 6.0 mm; filled in from the slices beside, and counted in the volume";
    assert_eq!(series.notes, [note]);
}

#[test]
fn a_wide_gap_makes_two_series() {
    let series = assemble(at(&[0.0, 1.0, 2.0, 3.0, 20.0, 21.0])).unwrap();
    let found: Vec<_> = series.iter().map(|s| (s.name.as_str(), s.volume.dims[0])).collect();
    assert_eq!(found, [("D, part 1 of 2", 4), ("D, part 2 of 2", 2)]);
    let says = |s: &Series| s.notes[0].to_string().starts_with("16 slices are missing between 3.0 and 20.0 mm");
    assert!(series.iter().all(says), "{:?}", series[0].notes);
    let origin = series[1].volume.geometry.unwrap().position_mm([0.0; 3]);
    assert_eq!(origin, [0.0, 0.0, 20.0]);
}

#[test]
fn uneven_slices_are_laid_on_an_even_grid() {
    // Downwards, as most scans are, and numbered so.
    let [series] = &assemble(at(&[10.0, 8.0, 6.0, 3.0, 1.0])).unwrap()[..] else { panic!() };
    assert_eq!((series.volume.dims[0], step_mm(series)), (6, 2.0), "10, 8, 6, 4, 2 and 0 mm");
    let first = |z: usize| series.volume.slice(z).hu[0];
    // Slices begin with -1000, -880, -760, -640 (at 3 mm), -520 (at 1 mm).
    assert_eq!([0, 1, 2, 3, 4, 5].map(first), [-1000, -880, -760, -680, -580, -520]);
    let note = "Slices are 2.0 to 3.0 mm apart, usually 2.0 mm (1 differ, at 6.0 mm); laid on an even grid of 2.0 mm, linear between slices";
    assert_eq!(series.notes, [note]);

    let refusal = assemble(at(&[0.0, 1.0, 2.0, 3.0, 10.0, 20.0, 30.0])).unwrap_err();
    assert!(refusal.reason.contains("7 slices are 1.0 to 10.0 mm apart"), "{refusal}");
}

#[test]
fn identical_slices_are_dropped_and_different_ones_parted() {
    let twice = [slices(5), slices(5), slices(3)].concat();
    let [series] = &assemble(twice).unwrap()[..] else { panic!() };
    assert_eq!(series.volume.hu, volume(5).hu);
    assert!(
        series.notes[0].to_string().starts_with("8 of 13 slices are there twice, pixel for pixel"),
        "{:?}",
        series.notes
    );

    let brighter = |number: i64, acquisition: Option<i64>| {
        let change = move |mut slice: DicomSlice| {
            slice.hu.iter_mut().for_each(|hu| *hu += 5);
            slice.instance_number = slice.instance_number.map(|n| number * n);
            slice.about.acquisition_number = acquisition;
            slice
        };
        slices(5).into_iter().map(change).collect::<Vec<_>>()
    };
    // The second phase is numbered after the first.
    let phases = assemble([brighter(100, None), slices(5)].concat()).unwrap();
    let found: Vec<_> = phases.iter().map(|s| (s.name.as_str(), s.volume.hu[0])).collect();
    assert_eq!(found, [("D (1)", -1000), ("D (2)", -995)]);
    let note = &phases[0].notes[0];
    assert!(
        note.contains("5 of its positions hold up to 2 different images (at 0.0, 1.0, 2.0, 3.0, ... mm)"),
        "{note}"
    );
    assert!(note.to_string().ends_with("parted by instance number into 2 series"), "{note}");

    // Acquisition numbers tell them apart even where one phase lacks a slice.
    let mut first = brighter(1, Some(7));
    first.remove(2);
    let mut second = slices(5);
    second.iter_mut().for_each(|slice| slice.about.acquisition_number = Some(8));
    let phases = assemble([second, first].concat()).unwrap();
    assert_eq!(phases[1].volume.hu, volume(5).hu);
    assert_eq!(phases[0].volume.hu, volume(5).hu.iter().map(|hu| hu + 5).collect::<Vec<_>>(), "filled in");
    assert!(phases[0].notes[1].to_string().starts_with("1 slice is missing"), "{:?}", phases[0].notes);
}

#[test]
fn slices_off_the_line_are_named() {
    let mut shifted = slices(5);
    shifted[2].position_mm = Some([0.0, 4.0, 2.0]);
    let [series] = &assemble(shifted).unwrap()[..] else { panic!() };
    assert!(series.notes[0].contains("the one at 2.0 mm is 4.0 mm off"), "{:?}", series.notes);
}

fn packed(files: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        zip.start_file(name.as_str(), SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// A file of the series with some bytes replaced by as many others.
fn replaced(bytes: &[u8], changes: &[(&[u8], &[u8])]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for (from, to) in changes {
        assert_eq!(from.len(), to.len());
        let found: Vec<usize> = (0..bytes.len()).filter(|&at| bytes[at..].starts_with(from)).collect();
        assert!(!found.is_empty());
        found.into_iter().for_each(|at| bytes[at..at + to.len()].copy_from_slice(to));
    }
    bytes
}

#[test]
fn a_zip_is_as_good_as_its_files_and_other_modalities_are_listed() {
    let one = dicom::write_series(&volume(5), "A", "Venous");
    let two = dicom::write_series(&volume(3), "B", "Arterial");
    let scout: Vec<_> = dicom::write_series(&volume(2), "C", "Topogram")
        .into_iter()
        .map(|(name, bytes)| (name, replaced(&bytes, &[(b"PRIMARY\\AXIAL", b"LOCALIZER\\AXI")])))
        .collect();
    let mr = replaced(&dicom::write_series(&volume(1), "D", "T2 axial")[0].1, &[(b"CS\x02\0CT", b"CS\x02\0MR")]);
    let inside = |folder: &str, files: &[(String, Vec<u8>)]| -> Vec<(String, Vec<u8>)> {
        files.iter().map(|(name, bytes)| (format!("{folder}/{name}"), bytes.clone())).collect()
    };
    let first = [inside("study/venous", &one[..3]), inside("study/scout", &scout), inside("__MACOSX", &one)].concat();
    let mut rest = inside("deep/er", &one[3..]);
    rest.push(("mr.dcm".into(), mr));
    rest.push(("README".into(), b"text".to_vec()));
    let mut intake = Importer::new();
    intake.add("first.zip", &packed(&first));
    intake.add("second.zip", &packed(&rest));
    two.iter().for_each(|(name, bytes)| intake.add(name, bytes));
    let contents = intake.finish();
    let found: Vec<_> = contents.series.iter().map(|s| (s.name.as_str(), s.volume.dims[0])).collect();
    assert_eq!(found, [("Venous", 5), ("Arterial", 3)]);
    assert_eq!(contents.series[0].volume.hu, volume(5).hu, "a series in two zips is one");
    let listed: Vec<_> =
        contents.listed.iter().map(|l| (l.name.as_str(), l.files.len(), l.reason.to_string())).collect();
    let reasons = ["it is a localizer (scout), expected a slice", "its modality is MR, expected CT"];
    assert_eq!(listed, [("Topogram", 2, reasons[0].to_owned()), ("T2 axial", 1, reasons[1].to_owned())]);
    assert!(contents.refused.is_empty(), "{:?}", contents.refused);

    // One that is damaged gives nothing, not a part of a series.
    let mut damaged = packed(&inside("x", &one));
    let at = damaged.len() / 2;
    damaged[at..at + 4].copy_from_slice(&[1, 2, 3, 4]);
    let mut intake = Importer::new();
    intake.add("damaged.zip", &damaged);
    intake.add("outer.zip", &packed(&[("inner.zip".into(), packed(&one))]));
    let contents = intake.finish();
    assert!(contents.series.is_empty());
    let why: Vec<_> =
        contents.refused.iter().map(|r| (r.subject.to_string(), r.reason.contains("cannot be unpacked"))).collect();
    assert_eq!(
        why,
        [("damaged.zip".to_owned(), true), ("outer.zip/inner.zip".to_owned(), false)],
        "{:?}",
        contents.refused
    );
}

#[test]
fn one_series_of_two_sizes_is_two_that_say_so() {
    let mut intake = Importer::new();
    let wide = Volume { dims: [5, 4, 3], ..volume(5) };
    for (name, bytes) in dicom::write_series(&volume(5), "A", "S").iter().chain(&dicom::write_series(&wide, "A", "S")) {
        intake.add(name, bytes);
    }
    let contents = intake.finish();
    assert_eq!(contents.series.len(), 2);
    assert!(contents.series.iter().all(|s| s.notes[0].contains("listed as 2 series")));
}

fn labels(of: impl Fn(usize) -> u8) -> Mask {
    Mask { labels: (0..60).map(of).collect(), dims: [5, 3, 4] }
}

fn take_in(files: &[(&str, Vec<u8>)]) -> Contents {
    let mut intake = Importer::new();
    files.iter().for_each(|(name, bytes)| intake.add(name, bytes));
    intake.finish()
}

#[test]
fn labels_are_told_from_images_and_read_as_pancreas() {
    let image = volume(5);
    let geometry = image.geometry.unwrap();
    let truth = |of: fn(usize) -> u8| {
        let contents = take_in(&[("label.nii.gz", nifti::write_mask(&labels(of), Some(&geometry)))]);
        assert!(contents.series.is_empty());
        let map = &contents.labels[0];
        map.truth(&map.on(&geometry, image.dims).unwrap())
    };
    let plain = truth(|i| u8::from(i > 40)).unwrap();
    assert_eq!((plain.mask.count(), plain.notes.len(), plain.partial), (19, 0, false));
    let other = truth(|i| 7 * u8::from(i > 40)).unwrap();
    assert_eq!(other.mask.count(), 19);
    assert_eq!(other.notes, ["its only label, 7, is taken as pancreas"]);
    let tumour = truth(|i| (i % 3) as u8).unwrap();
    assert_eq!((tumour.mask.count(), tumour.notes.len()), (40, 1));
    let organs = truth(|i| (i % 4) as u8).unwrap_err();
    assert!(organs.reason.contains("labels 1, 2, 3 without names"), "{organs}");

    // Names decide, where a data set gives them.
    let names = br#"{ "labels": { "background": 0, "liver": 1, "pancreas": 3, "spleen": 2 } }"#.to_vec();
    let organs = nifti::write_mask(&labels(|i| (i % 4) as u8), Some(&geometry));
    let contents =
        take_in(&[("set/labelsTr/a.nii.gz", organs), ("set/dataset.json", names), ("README", b"x".to_vec())]);
    let map = &contents.labels[0];
    assert_eq!(map.truth(&map.map).unwrap().mask, labels(|i| u8::from(i % 4 == 3)));

    // An image of few values that are no labels, and a label elsewhere.
    let halves = Volume { hu: (0..60).map(|i| [-1000, 40][i % 2]).collect(), ..image.clone() };
    assert_eq!(take_in(&[("two.nii.gz", nifti::write_volume(&halves))]).series.len(), 1);
    let mut elsewhere = geometry;
    elsewhere.affine[2][3] += 0.4;
    assert!(map.on(&elsewhere, image.dims).is_none());
}

#[test]
fn saved_corrections_come_back_as_what_they_were() {
    let image = volume(5);
    let truth = labels(|i| u8::from(i % 2 == 0));
    let zip = dataset::write("case", &image, &with_ignore(&truth, &[false, true, true, false, false]));
    let contents = take_in(&[("islet_corrections.zip", zip)]);
    assert_eq!((contents.series.len(), &contents.series[0].volume.hu), (1, &image.hu));
    let map = &contents.labels[0];
    let back = map.truth(&map.on(&image.geometry.unwrap(), image.dims).unwrap()).unwrap();
    assert!(back.partial);
    assert_eq!(back.labelled, [false, true, true, false, false]);
    assert_eq!((back.mask.slice(1), back.mask.slice(2)), (truth.slice(1), truth.slice(2)));
    assert_eq!(back.mask.slice(0), [0; 12]);
    assert!(back.known_in_part.is_empty());
}

#[test]
fn what_is_labelled_on_a_slice_beside_what_is_not_comes_back_pixel_by_pixel() {
    let image = volume(5);
    let mut map = with_ignore(&labels(|_| 1), &[true, false, true, true, true]);
    // Of the slice that nobody labelled as a whole, one pixel is the organ and one is background.
    map.slice_mut(1)[5] = 1;
    map.slice_mut(1)[7] = 0;
    let contents = take_in(&[("islet_corrections.zip", dataset::write("case", &image, &map))]);
    let map = &contents.labels[0];
    let back = map.truth(&map.on(&image.geometry.unwrap(), image.dims).unwrap()).unwrap();
    assert_eq!(back.labelled, [true, false, true, true, true]);
    let known: Vec<_> = back.known_in_part.iter().map(|(z, drawn)| (*z, drawn.iter().collect::<Vec<_>>())).collect();
    assert_eq!(known, [(1, vec![(5, 1), (7, 0)])]);
}

#[test]
fn more_pixels_than_planes_have_are_left_out_with_a_note() {
    // All but one pixel of each slice is labelled: somebody's region to be ignored, not planes.
    let dims = [3, 900, 1000];
    let mut map = Mask { labels: vec![1; dims.iter().product()], dims };
    (0..3).for_each(|z| map.slice_mut(z)[4] = dataset::IGNORE);
    let geometry = volume(3).geometry.unwrap();
    let zip = dataset::write_labels("case", "pancreas", &map, Some(&geometry));
    let contents = take_in(&[("islet_corrections.zip", zip)]);
    let label = &contents.labels[0];
    let back = label.truth(&label.on(&geometry, dims).unwrap()).unwrap();
    assert!(back.known_in_part.is_empty());
    assert!(back.notes.iter().any(|note| note.to_string().contains("2699997 voxels")), "{:?}", back.notes);
}
