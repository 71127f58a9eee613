//! Two scans never become one, and one never two: what parts the slices of a DICOM series, and what joins them.

use islet::core::volume::{Geometry, Volume};
use islet::formats::Series;
use islet::formats::dicom::{self, DicomSlice, assemble, join};

const DEPTH: usize = 12;

/// Values that differ everywhere; slice `z` is at `4 z` mm and has the number `z + 1`.
fn volume() -> Volume {
    let hu = (0..DEPTH * 12).map(|i| 10 * i as i16 - 1000).collect();
    Volume { hu, dims: [DEPTH, 3, 4], geometry: Some(Geometry::with_spacing_mm([4.0, 0.5, 0.5])), calibrated: true }
}

fn scan() -> Vec<DicomSlice> {
    let files = dicom::write_series(&volume(), "P", "D").into_iter();
    let slice = |(name, bytes): (String, Vec<u8>)| match dicom::read(&name, &bytes).unwrap() {
        dicom::DicomFile::Slices(mut slices) => slices.remove(0),
        other => panic!("{other:?}"),
    };
    files.map(slice).collect()
}

/// Another scan: five HU brighter, `mm` further up, with other instances.
fn other(mm: f64) -> Vec<DicomSlice> {
    let mut slices = scan();
    for slice in &mut slices {
        slice.hu.iter_mut().for_each(|hu| *hu += 5);
        slice.position_mm = slice.position_mm.map(|[x, y, z]| [x, y, z + mm]);
        slice.about.sop_instance_uid += ".1";
        slice.file = format!("other {}", slice.file);
    }
    slices
}

fn changed(mut slices: Vec<DicomSlice>, change: impl Fn(usize, &mut DicomSlice)) -> Vec<DicomSlice> {
    slices.iter_mut().enumerate().for_each(|(z, slice)| change(z, slice));
    slices
}

fn brighter() -> Vec<i16> {
    volume().hu.iter().map(|hu| hu + 5).collect()
}

fn notes(series: &[Series]) -> String {
    series.iter().flat_map(|series| &series.notes).map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

/// Whether they are the two scans, in whatever order.
fn are_both(series: &[Series]) -> bool {
    let mut found: Vec<&Vec<i16>> = series.iter().map(|series| &series.volume.hu).collect();
    found.sort();
    found == [&volume().hu, &brighter()]
}

type Change = fn(usize, &mut DicomSlice);

/// Ways in which the second scan differs, with the words for it.
const DIFFERENCES: [(&str, Change); 14] = [
    ("series number", |_, slice| slice.about.series_number = Some(9)),
    ("series description", |_, slice| slice.description = "70 keV".into()),
    ("study", |_, slice| slice.about.study_uid = "1.2.3".into()),
    ("frame of reference", |_, slice| slice.about.frame_of_reference_uid = "1.2.3".into()),
    ("acquisition number", |_, slice| slice.about.acquisition_number = Some(2)),
    ("acquisition time", |_, slice| slice.about.acquisition_time = "100040".into()),
    ("image type", |_, slice| slice.about.image_type.push("VMI".into())),
    ("convolution kernel", |_, slice| slice.about.convolution_kernel = "B70f".into()),
    ("tube voltage", |_, slice| slice.about.tube_kv = Some(140.0)),
    ("monoenergetic energy", |_, slice| slice.about.monoenergetic_kev = Some(70.0)),
    ("echo time", |_, slice| slice.about.echo_time_ms = Some(4.6)),
    ("temporal position", |_, slice| slice.about.temporal_position = Some(2)),
    ("contrast agent", |_, slice| slice.about.contrast_agent = "Agent".into()),
    ("instance number", |z, slice| slice.instance_number = Some((DEPTH + z + 1) as i64)),
];

#[test]
fn whatever_differs_parts_scans_that_share_places_or_lie_between_one_another() {
    for (word, change) in DIFFERENCES {
        for mm in [0.0, 2.0, 1.0] {
            let mut mixed = [scan(), changed(other(mm), change)].concat();
            // Neither the sequence of the files nor their names tell anything.
            mixed.sort_by_key(|slice| (slice.hu[3] % 7, slice.file.len()));
            mixed.iter_mut().for_each(|slice| slice.file = "same".into());
            let series = assemble(mixed).unwrap_or_else(|refusal| panic!("{word}, {mm} mm: {refusal}"));
            assert!(are_both(&series), "{word}, {mm} mm: {}", notes(&series));
            let note = series[0].notes[0].to_string();
            assert!(note.contains(&format!("parted by {word}")), "{word}, {mm} mm: {note}");
            assert!(note.ends_with("into 2 series"), "{note}");
        }
    }
}

#[test]
fn a_slice_that_looks_the_same_in_both_scans_stays_in_both() {
    let mut second = changed(other(0.0), |_, slice| slice.about.acquisition_number = Some(2));
    second[0].hu = scan()[0].hu.clone();
    let series = assemble([scan(), second].concat()).unwrap();
    assert_eq!(series.iter().map(|series| series.volume.depth()).collect::<Vec<_>>(), [DEPTH, DEPTH]);
}

#[test]
fn a_pass_down_after_a_pass_up_is_another_scan() {
    let down = changed(other(2.0), |z, slice| slice.instance_number = Some((2 * DEPTH - z) as i64));
    let series = assemble([scan(), down].concat()).unwrap();
    assert_eq!(series.len(), 2, "{}", notes(&series));
    assert_eq!(series[0].volume.hu, volume().hu);
}

#[test]
fn times_that_differ_on_every_slice_part_scans_by_their_order() {
    let time = |slices, at: usize| {
        changed(slices, |z, slice| {
            slice.about.acquisition_time = format!("10{at:02}{z:02}.5");
            slice.instance_number = None;
        })
    };
    let series = assemble([time(other(0.0), 7), time(scan(), 3)].concat()).unwrap();
    assert!(are_both(&series), "{}", notes(&series));
    // Two slices of one time, as a scanner of two rows makes them.
    let rows = |slices, at: usize| {
        changed(time(slices, at), |z, slice| {
            slice.about.acquisition_time = format!("10{at:02}{:02}", z / 2);
        })
    };
    let series = assemble([rows(scan(), 3), rows(other(0.0), 7)].concat()).unwrap();
    assert!(are_both(&series), "{}", notes(&series));
}

#[test]
fn several_differences_part_as_often_as_they_can() {
    let of = |kernel: &'static str, acquisition, hu: i16| {
        changed(scan(), move |_, slice| {
            slice.about.convolution_kernel = kernel.into();
            slice.about.acquisition_number = Some(acquisition);
            slice.hu.iter_mut().for_each(|value| *value += hu);
        })
    };
    let series = assemble([of("A", 1, 0), of("B", 1, 1), of("A", 2, 2), of("B", 2, 3)].concat()).unwrap();
    let mut found: Vec<i16> = series.iter().map(|series| series.volume.hu[0]).collect();
    found.sort_unstable();
    assert_eq!(found, [-1000, -999, -998, -997]);
    assert!(series[0].notes[0].contains("by acquisition number, convolution kernel into 4 series"));
}

#[test]
fn what_nothing_tells_apart_is_refused_and_not_parted_by_file_name() {
    for change in [(|_, _| {}) as Change, |_, slice| slice.instance_number = None] {
        let refusal = assemble(changed([scan(), other(0.0)].concat(), change)).unwrap_err();
        assert!(refusal.reason.contains("no attribute tells which belong together"), "{refusal}");
    }
}

#[test]
fn the_shots_of_one_scan_stay_one() {
    let shots: [Change; 4] = [
        |z, slice| slice.about.acquisition_number = Some(z as i64 / 4),
        |z, slice| slice.about.acquisition_number = Some(z as i64),
        |z, slice| slice.about.acquisition_time = format!("1000{:02}", z / 4),
        |z, slice| slice.about.acquisition_time = format!("1000{z:02}"),
    ];
    for change in shots {
        let series = assemble(changed(scan(), change)).unwrap();
        assert_eq!((series.len(), notes(&series)), (1, String::new()));
        assert_eq!(series[0].volume.hu, volume().hu);
        // A slice between two shots is missing, or the table moved a little less.
        let mut missing = changed(scan(), change);
        missing.remove(3);
        let series = assemble(missing).unwrap();
        assert_eq!((series.len(), series[0].volume.depth()), (1, DEPTH), "{}", notes(&series));
        let drifting = changed(changed(scan(), change), |z, slice| {
            slice.position_mm = slice.position_mm.map(|[x, y, at]| [x, y, at - 0.3 * (z / 4) as f64]);
        });
        assert_eq!(assemble(drifting).unwrap().len(), 1);
    }
}

#[test]
fn scans_that_follow_one_another_at_other_distances_are_two() {
    let mut slices = scan();
    for (z, slice) in slices.iter_mut().enumerate().skip(6) {
        slice.position_mm = Some([0.0, 0.0, 20.0 + 3.0 + 1.5 * (z - 6) as f64]);
        slice.about.acquisition_number = Some(2);
    }
    let series = assemble(slices).unwrap();
    let found: Vec<f64> = series.iter().map(|series| series.volume.geometry.unwrap().spacing_mm()[0]).collect();
    assert_eq!(found, [4.0, 1.5]);
    assert!(series[0].notes[0].contains("parted by acquisition number"), "{}", notes(&series));
}

#[test]
fn copies_are_dropped_whatever_their_numbers() {
    let copies = changed(scan(), |z, slice| slice.instance_number = Some((DEPTH + z + 1) as i64));
    let [series] = &assemble([scan(), copies].concat()).unwrap()[..] else { panic!("one series expected") };
    assert_eq!(series.volume.hu, volume().hu);
    assert!(series.notes[0].contains("12 of 24 slices are there twice"), "{:?}", series.notes);
}

#[test]
fn a_repeated_slice_is_no_part_of_the_scan() {
    let mut again = other(0.0).remove(4);
    again.instance_number = Some(99);
    let series = assemble([scan(), vec![again]].concat()).unwrap();
    assert_eq!(series.iter().map(|series| series.volume.depth()).collect::<Vec<_>>(), [DEPTH, 1]);
    assert_eq!(series[0].volume.hu, volume().hu);
}

/// A stack for each UID, as the importer makes them.
fn joined(slices: Vec<DicomSlice>) -> Vec<(usize, String)> {
    let mut stacks: Vec<Vec<DicomSlice>> = Vec::new();
    for slice in slices {
        match stacks.iter_mut().find(|stack| dicom::same_stack(&stack[0], &slice)) {
            Some(stack) => stack.push(slice),
            None => stacks.push(vec![slice]),
        }
    }
    let said = |stack: &dicom::Stack| stack.notes.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
    join(stacks).iter().map(|stack| (stack.slices.len(), said(stack))).collect()
}

fn uid_for_each(slices: Vec<DicomSlice>, root: &'static str) -> Vec<DicomSlice> {
    changed(slices, |z, slice| slice.series_uid = format!("{root}.{z}"))
}

#[test]
fn one_stack_under_several_uids_is_one_series() {
    let one = |slices, uids: usize| {
        let found = joined(slices);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].1.contains(&format!("{uids} different SeriesInstanceUIDs")), "{found:?}");
    };
    one(uid_for_each(scan(), "1.2"), DEPTH);
    // In chunks, without numbers, all with the same number, and with a slice missing.
    one(changed(scan(), |z, slice| slice.series_uid = format!("1.2.{}", z / 5)), 3);
    one(changed(uid_for_each(scan(), "1.2"), |_, slice| slice.instance_number = None), DEPTH);
    one(changed(uid_for_each(scan(), "1.2"), |_, slice| slice.instance_number = Some(1)), DEPTH);
    let mut missing = uid_for_each(scan(), "1.2");
    missing.remove(5);
    one(missing, DEPTH - 1);
    let two = changed(uid_for_each(other(2.0), "1.3"), |z, slice| {
        slice.about.acquisition_number = Some(2);
        slice.instance_number = Some((DEPTH + z + 1) as i64);
    });
    let found = joined([uid_for_each(scan(), "1.2"), two].concat());
    assert_eq!(found.iter().map(|(slices, _)| *slices).collect::<Vec<_>>(), [DEPTH, DEPTH], "two such scans are two");
}

#[test]
fn scans_under_uids_of_their_own_are_never_joined() {
    let own_uid = |slices| changed(slices, |_, slice| slice.series_uid = "1.2.3".into());
    for mm in [0.0, 2.0, 48.0] {
        assert_eq!(joined([scan(), own_uid(other(mm))].concat()).len(), 2, "{mm} mm");
    }
    // The second half in another study, frame of reference or series.
    let apart: [Change; 4] = [
        |_, slice| slice.about.study_uid = "1.2.9".into(),
        |_, slice| slice.about.frame_of_reference_uid = "1.2.9".into(),
        |_, slice| slice.about.series_number = Some(7),
        |_, slice| slice.about.convolution_kernel = "B70f".into(),
    ];
    for change in apart {
        let mut halves = scan();
        let second = own_uid(halves.split_off(6));
        assert_eq!(joined([halves, changed(second, change)].concat()).len(), 2);
    }
}

#[test]
fn without_a_uid_the_series_number_says_which_series() {
    let nameless = |slices, number| {
        changed(slices, move |_, slice| {
            slice.series_uid = String::new();
            slice.about.series_number = Some(number);
        })
    };
    let found = joined([nameless(other(2.0), 3), nameless(scan(), 2)].concat());
    assert_eq!(found.len(), 2);
    assert!(found[0].1.contains("SeriesInstanceUID is missing") && found[0].1.contains("into 2 series"), "{found:?}");
}

#[test]
fn orientations_that_differ_by_a_rounding_are_one() {
    let rounded = changed(scan(), |z, slice| {
        if z % 2 == 1 {
            slice.axes = Some([[0.99995, 0.01, 0.0], [-0.01, 0.99995, 0.0]]);
        }
    });
    let found = joined(rounded);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].1.contains("differs by up to 0.57 degrees"), "{found:?}");
    let turned = changed(scan(), |z, slice| {
        if z % 2 == 1 {
            slice.axes = Some([[0.995, 0.0998, 0.0], [-0.0998, 0.995, 0.0]]);
        }
    });
    assert_eq!(joined(turned).len(), 2);
}

#[test]
fn slices_at_one_place_are_placed_by_slice_location_or_refused() {
    let at_one_place = changed(scan(), |_, slice| slice.position_mm = Some([0.0, 0.0, 0.0]));
    let located = changed(at_one_place.clone(), |z, slice| slice.slice_location_mm = Some(4.0 * z as f64 - 40.0));
    let [series] = &assemble(located).unwrap()[..] else { panic!("one series expected") };
    assert_eq!(series.volume.hu, volume().hu);
    let geometry = series.volume.geometry.unwrap();
    assert_eq!((geometry.position_mm([0.0; 3]), geometry.step_mm(0)), ([0.0, 0.0, -40.0], [0.0, 0.0, 4.0]));
    assert!(series.notes[0].contains("which SliceLocation contradicts"), "{:?}", series.notes);

    let refusal = assemble(at_one_place.clone()).unwrap_err();
    assert!(refusal.reason.contains("ImagePositionPatient"), "{refusal}");
    // A perfusion scan has times.
    let perfusion = changed(at_one_place, |z, slice| slice.about.acquisition_time = format!("1000{z:02}"));
    assert_eq!(assemble(perfusion).unwrap().len(), DEPTH);
}

#[test]
fn a_spacing_that_positions_contradict_is_said() {
    let declared = |mm| assemble(changed(scan(), move |_, slice| slice.spacing_between_mm = Some(mm))).unwrap();
    let series = declared(2.0);
    assert!(notes(&series).contains("says 2.00 mm, but by ImagePositionPatient slices are 4.00 mm apart"));
    assert_eq!(series[0].volume.geometry.unwrap().spacing_mm()[0], 4.0);
    assert_eq!(notes(&declared(4.0)), "");
}
