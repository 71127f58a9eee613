//! What `dataset.json` calls its labels, and which of them a training tells apart.

use islet::cli::datasets::labels::Labels;
use islet::core::mask::Mask;
use serde_json::{Value, json};

/// Classes by value and name, the truth of values 0 to 4, and the number of notes.
type Read = (Vec<(u8, String)>, [Option<u8>; 5], usize);

fn read(labels: Value) -> Result<Read, String> {
    let labels = Labels::read(&labels).map_err(|why| why.to_string())?;
    let truth_of = [0, 1, 2, 3, 4].map(|value| labels.truth_of.get(&value).copied());
    Ok((labels.classes.into_iter().collect(), truth_of, labels.notes.len()))
}

fn classes(names: &[&str]) -> Vec<(u8, String)> {
    (1..).zip(names).map(|(value, name)| (value, name.to_string())).collect()
}

#[test]
fn pancreas_is_told_by_name_and_tumours_are_part_of_it() {
    let pancreas = || classes(&["pancreas"]);
    let just = |truth_of: [Option<u8>; 5], notes| Ok((pancreas(), truth_of, notes));
    let (back, one) = (Some(0), Some(1));
    assert_eq!(read(json!({ "0": "background", "1": "pancreas" })), just([back, one, None, None, None], 0));
    assert_eq!(read(json!({ "0": "background", "3": "PANCREAS" })), just([back, None, None, one, None], 0));
    assert_eq!(read(json!({ "background": 0, "organ": 3, "ignore": 4 })), just([back, None, None, one, None], 1));
    let tumours = json!({ "background": 0, "pancreas": 1, "tumours": 2, "mass": 3 });
    assert_eq!(read(tumours), just([back, one, one, one, None], 1));
    let decathlon = json!({ "0": "background", "1": "pancreas", "2": "cancer" });
    assert_eq!(read(decathlon), just([back, one, one, None, None], 1));
    let regions = json!({ "background": 0, "pancreas": [1, 2], "cyst": 2 });
    assert_eq!(read(regions), just([back, one, one, None, None], 1));
}

#[test]
fn several_organs_keep_their_values_and_names() {
    let nnunet = json!({ "background": 0, "pancreas": 1, "Liver": 2, "spleen": 3, "kidney": 4 });
    let decathlon = json!({ "0": "background", "1": "pancreas", "2": "Liver", "3": "spleen", "4": "kidney" });
    let organs = classes(&["pancreas", "liver", "spleen", "kidney"]);
    for labels in [nnunet, decathlon] {
        assert_eq!(read(labels), Ok((organs.clone(), [Some(0), Some(1), Some(2), Some(3), Some(4)], 0)));
    }
    let tumour = json!({ "background": 0, "liver": 1, "pancreas": 2, "tumor": 3 });
    assert_eq!(read(tumour).unwrap().0, classes(&["liver", "pancreas", "tumor"]), "it may be the liver's");
    let gaps = json!({ "background": 0, "spleen": 1, "pancreas": 4, "liver": 9, "ignore": 10 });
    let (named, truth_of, notes) = read(gaps).unwrap();
    assert_eq!((named, truth_of), (classes(&["spleen", "pancreas", "liver"]), [Some(0), Some(1), None, None, Some(2)]));
    assert_eq!(notes, 1, "that values are numbered anew is said");
}

#[test]
fn labels_that_make_no_sense_are_refused_by_name() {
    for (labels, says) in [
        (json!({ "background": 0, "liver": 1, "spleen": 2 }), "`liver`, `spleen`"),
        (json!({ "background": 0, "ignore": 1 }), "none"),
        (json!({ "pancreas": 300 }), "\"pancreas\": 300"),
        (json!({ "pancreas": "1" }), "\"pancreas\": \"1\""),
        (json!({ "pancreas": [1, 2], "liver": [2, 3] }), "share values"),
        (Value::Null, "no `labels`"),
    ] {
        let why = read(labels).unwrap_err();
        assert!(why.contains(says), "{why}");
    }
}

#[test]
fn a_map_becomes_a_truth_of_the_classes() {
    let labels = Labels::read(&json!({ "spleen": 2, "pancreas": 5, "ignore": 7 })).unwrap();
    let map = Mask { labels: vec![0, 2, 5, 5, /* slice */ 2, 7, 0, 0], dims: [2, 2, 2] };
    let (truth, labelled) = labels.truth(&map).unwrap();
    assert_eq!((truth.labels, labelled), (vec![0, 1, 2, 2, 0, 0, 0, 0], vec![true, false]));
    assert_eq!(labels.truth(&Mask { labels: vec![3; 8], dims: [2, 2, 2] }), Err(3));
}
