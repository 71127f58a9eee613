//! Model files: what is written is read again, bad files are refused, and equal files have equal bytes.

use super::*;

#[test]
fn a_model_file_gives_the_same_network_back() {
    let config = small();
    let bytes = random_file(&config, Precision::F32);
    let file = ModelFile::read(&bytes).unwrap();
    assert_eq!(file.passport, passport(config.clone()));
    let again = pollster::block_on(write(&file.load(&Device::flex()), &file.passport, Precision::F32)).unwrap();
    assert!(tensors_of(&bytes) == tensors_of(&again), "a tensor changed on its way through a file");
    let half = random_file(&config, Precision::F16);
    assert!(half.len() < bytes.len() * 6 / 10, "half precision halves the file");
    ModelFile::read(&half).unwrap();
}

#[test]
fn a_bad_model_file_is_refused_by_the_name_of_the_tensor() {
    let bytes = random_file(&small(), Precision::F32);
    let metadata = passport(small()).to_metadata();
    let refused = |change: fn(&mut Tensors)| {
        let mut tensors = tensors_of(&bytes);
        change(&mut tensors);
        let refusal = ModelFile::read(&file_of(&tensors, metadata.clone())).unwrap_err();
        (refusal.subject.to_string(), refusal.reason.to_string())
    };
    let (what, why) = refused(|t| t.retain(|(name, ..)| name != "decoder.0.conv1.weight"));
    assert_eq!(what, "decoder.0.conv1.weight");
    assert!(why.contains("lacks"), "{why}");
    let (what, why) = refused(|t| t.iter_mut().find(|(n, ..)| n == "head.bias").unwrap().2[0] = f32::NAN);
    assert_eq!(what, "head.bias");
    assert!(why.contains("NaN"), "{why}");
    let (what, why) = refused(|t| {
        let head = t.iter_mut().find(|(n, ..)| n == "head.bias").unwrap();
        (head.1, head.2) = (vec![2], vec![0.0; 2]);
    });
    assert_eq!(what, "head.bias");
    assert!(why.contains("[2]") && why.contains("[1]"), "{why}");
    let (what, _) = refused(|t| t.push(("stranger".into(), vec![1], vec![0.0])));
    assert_eq!(what, "stranger");

    assert_eq!(ModelFile::read(&file_of(&tensors_of(&bytes), BTreeMap::new())).unwrap_err().subject, "islet.config");
    for cut in [0, 7, 8, 100, bytes.len() - 1] {
        ModelFile::read(&bytes[..cut]).unwrap_err();
    }
}

#[test]
fn equal_model_files_have_equal_bytes() {
    let file = ModelFile::read(&random_file(&small(), Precision::F32)).unwrap();
    for precision in [Precision::F16, Precision::F32] {
        let bytes = file.write(precision).unwrap();
        assert!(file.write(precision).unwrap() == bytes, "written twice");
        // Read into a map of another order, and the tensors through another precision's file.
        let again = ModelFile::read(&bytes).unwrap();
        assert!(again.write(precision).unwrap() == bytes, "read and written");
    }
}

#[test]
fn the_sorted_header_is_what_safetensors_writes_but_for_the_order_of_the_metadata() {
    let numbers = [1_u8, 0, 2, 0, 3, 0, 4, 0];
    let tensors = || {
        [("b.half", Dtype::F16, vec![2, 2]), ("z.single", Dtype::F32, vec![2]), ("a.half", Dtype::F16, vec![4])]
            .map(|(name, dtype, shape)| (name.to_owned(), TensorView::new(dtype, shape, &numbers).unwrap()))
    };
    let write = |metadata: &BTreeMap<String, String>| safetensors_file::to_bytes(tensors(), metadata).unwrap();
    let theirs = |metadata: &BTreeMap<String, String>| {
        safetensors::serialize(tensors(), Some(metadata.clone().into_iter().collect())).unwrap()
    };
    // One entry has one order. The lengths of the text go through every padding.
    for length in 0..9 {
        let metadata = BTreeMap::from([("key".to_owned(), "\"ä".repeat(length))]);
        assert_eq!(write(&metadata), theirs(&metadata));
    }
    assert_eq!(write(&BTreeMap::new()), theirs(&BTreeMap::new()));

    let entries = ["islet.b", "islet.a", "islet.d", "islet.c"].map(|key| (key.to_owned(), format!("of {key}")));
    let mut reversed = entries.clone();
    reversed.reverse();
    let (forwards, backwards) = (BTreeMap::from(entries), BTreeMap::from(reversed));
    let bytes = write(&forwards);
    assert_eq!(bytes, write(&backwards), "built in another order");
    let (_, header) = SafeTensors::read_metadata(&bytes).unwrap();
    assert_eq!(header.metadata().clone().unwrap(), forwards.clone().into_iter().collect());
    let parsed = SafeTensors::deserialize(&bytes).unwrap();
    let names = |bytes: &[u8]| {
        let mut names: Vec<String> =
            SafeTensors::deserialize(bytes).unwrap().names().into_iter().map(str::to_owned).collect();
        names.sort();
        names
    };
    assert_eq!(names(&bytes), names(&theirs(&forwards)));
    for (name, view) in tensors() {
        let found = parsed.tensor(&name).unwrap();
        assert_eq!((found.dtype(), found.shape(), found.data()), (view.dtype(), view.shape(), view.data()));
    }
    let empty = safetensors_file::to_bytes([], &forwards).unwrap();
    assert!(SafeTensors::deserialize(&empty).unwrap().is_empty());
}
