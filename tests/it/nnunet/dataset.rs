//! `dataset.json`: channels, labels and regions.

use islet::formats::nnunet::NnUnetOutput;

use super::*;

fn read(dataset: &Value) -> Result<NnUnetDataset, UserError> {
    NnUnetDataset::read("dataset.json", dataset.to_string().as_bytes())
}

fn outputs(dataset: &NnUnetDataset) -> Vec<(String, usize)> {
    dataset.outputs().into_iter().map(|NnUnetOutput { name, value }| (name, value)).collect()
}

fn named<const N: usize>(outputs: [(&str, usize); N]) -> Vec<(String, usize)> {
    outputs.map(|(name, value)| (name.to_owned(), value)).to_vec()
}

#[test]
fn labels_are_outputs_in_the_order_of_their_values() {
    let dataset = read(&dataset_json()).unwrap();
    assert_eq!(dataset.channels, ["CT"]);
    assert_eq!(outputs(&dataset), named([("background", 0), ("spleen", 1), ("liver", 2), ("pancreas", 3)]));
    assert_eq!((dataset.ignore, &dataset.regions_class_order), (None, &None));
    assert_eq!(dataset.foreground_values(), [1, 2, 3]);
    assert_eq!((dataset.name.as_deref(), dataset.licence.as_deref()), (Some("Tiny"), Some("CC BY 4.0")));
    assert_eq!((dataset.file_ending.as_deref(), dataset.reference), (Some(".nii.gz"), None));
    let mut old = dataset_json();
    old.as_object_mut().unwrap().remove("channel_names");
    old["modality"] = json!({ "1": "PET", "0": "CT" });
    old["labels"]["ignore"] = json!(4);
    let old = read(&old).unwrap();
    assert_eq!(old.channels, ["CT", "PET"]);
    assert_eq!((old.ignore, old.outputs().len()), (Some(4), 4));
}

#[test]
fn regions_keep_the_order_of_the_file() {
    // As text, because `json!` sorts names: the whole is first here, as the order of its value demands.
    let text = r#"{ "channel_names": { "0": "CT" }, "file_ending": ".nii.gz", "regions_class_order": [1, 3, 2],
        "labels": { "background": 0, "whole": [1, 2, 3], "core": [2, 3], "centre": 3, "ignore": 4 } }"#;
    let dataset = NnUnetDataset::read("dataset.json", text.as_bytes()).unwrap();
    assert_eq!(outputs(&dataset), named([("whole", 1), ("core", 3), ("centre", 2)]));
    assert_eq!(dataset.foreground_values(), [1, 2, 3]);
    let without = text.replace("\"regions_class_order\": [1, 3, 2],", "");
    refused(NnUnetDataset::read("dataset.json", without.as_bytes()), "no `regions_class_order`");
    let short = text.replace("[1, 3, 2]", "[1, 3]");
    refused(NnUnetDataset::read("dataset.json", short.as_bytes()), "expected a list of 3");
}

#[test]
fn data_sets_that_say_too_little_are_refused() {
    for (key, value, says) in [
        ("labels", json!({ "0": "background", "1": "pancreas" }), "`labels.0` is \"background\""),
        ("labels", json!({ "background": 0, "pancreas": 2 }), "without a gap"),
        ("labels", json!({ "background": 0 }), "at least two labels"),
        ("labels", json!({ "background": 0, "pancreas": -1 }), "`labels.pancreas` is -1"),
        ("labels", json!({ "background": 0, "pancreas": [] }), "`labels.pancreas` is []"),
        ("labels", Value::Null, "no `labels`"),
        ("channel_names", json!({ "1": "CT" }), "from 0 up"),
        ("channel_names", json!(["CT"]), "an object"),
        ("channel_names", json!({}), "from 0 up"),
    ] {
        let mut dataset = dataset_json();
        dataset[key] = value;
        refused(read(&dataset), says);
    }
    refused(NnUnetDataset::read("dataset.json", b"\"labels\""), "expected an object");
}
