//! Checkpoints that ask for code, lie about themselves, are cut or damaged: refused by name, and never a panic.

use std::time::{Duration, Instant};

use islet::formats::torch::{Pickle, PickleValue};

use super::*;

/// Instructions of a pickle that put a value on the stack.
type Code = Vec<u8>;

fn text(text: &str) -> Code {
    [b"X", &(text.len() as u32).to_le_bytes()[..], text.as_bytes()].concat()
}

fn int(number: i32) -> Code {
    [b"J", &number.to_le_bytes()[..]].concat()
}

fn global(module: &str, name: &str) -> Code {
    format!("c{module}\n{name}\n").into_bytes()
}

fn tuple(items: &[Code]) -> Code {
    [b"(", &items.concat()[..], b"t"].concat()
}

fn dict(pairs: &[(&str, Code)]) -> Code {
    let pairs: Vec<Code> = pairs.iter().map(|(key, value)| [text(key), value.clone()].concat()).collect();
    [b"}(", &pairs.concat()[..], b"u"].concat()
}

fn call(function: Code, arguments: Code) -> Code {
    [function, arguments, b"R".to_vec()].concat()
}

fn sizes(sizes: &[i32]) -> Code {
    tuple(&sizes.iter().map(|&size| int(size)).collect::<Vec<_>>())
}

fn storage(class: &str, key: &str, count: i32) -> Code {
    let items = [text("storage"), global("torch", class), text(key), text("cpu"), int(count)];
    [tuple(&items), b"Q".to_vec()].concat()
}

fn tensor(storage: Code, offset: i32, shape: &[i32], strides: &[i32]) -> Code {
    let hooks = call(global("collections", "OrderedDict"), b")".to_vec());
    let arguments = [storage, int(offset), sizes(shape), sizes(strides), b"\x89".to_vec(), hooks];
    call(global("torch._utils", "_rebuild_tensor_v2"), tuple(&arguments))
}

fn whole(value: Code) -> Code {
    [b"\x80\x02", &value[..], b"."].concat()
}

/// A pickle of a checkpoint with one weight.
fn with_weight(weight: Code) -> Code {
    whole(dict(&[("network_weights", dict(&[("a.weight", weight)]))]))
}

/// A file of PyTorch with this pickle and a storage `0` of eight numbers.
fn file(pickle: &[u8]) -> Vec<u8> {
    let storage: Vec<u8> = (0..8).flat_map(|i| (i as f32).to_le_bytes()).collect();
    let files: [(&str, &[u8]); 3] = [("a/data.pkl", pickle), ("a/byteorder", b"little"), ("a/data/0", &storage)];
    packed(&files, CompressionMethod::Stored)
}

fn read(pickle: &[u8]) -> Result<NnUnetCheckpoint, UserError> {
    NnUnetCheckpoint::read("checkpoint_final.pth", &file(pickle))
}

fn evil() -> Code {
    call(global("os", "system"), tuple(&[text("touch /tmp/was_run")]))
}

#[test]
fn a_pickle_that_asks_for_code_is_refused_by_name_and_runs_nothing() {
    let says = "asks to run `os.system`, which was not run";
    let parameter = call(global("torch._utils", "_rebuild_parameter"), tuple(&[evil(), b"\x89".to_vec()]));
    let state = [b"c__main__\nThing\n)\x81", &dict(&[("a", int(1))])[..], b"b"].concat();
    for (pickle, says) in [
        (with_weight(evil()), says),
        (with_weight(global("os", "system")), says),
        (with_weight(parameter), says),
        (with_weight(tensor(evil(), 0, &[2], &[1])), says),
        (whole(evil()), says),
        (whole(dict(&[("network_weights", evil())])), says),
        (with_weight(state), "asks to run `__main__.Thing`"),
        (whole(dict(&[("network_weights", dict(&[("a.all_modules.0.weight", evil())]))])), says),
    ] {
        let error = refused(read(&pickle), says);
        assert!(!std::path::Path::new("/tmp/was_run").exists(), "{error}");
    }
    // Beside the weights it is passed over, as the logs of nnU-Net are, and is not run either.
    let fine = tensor(storage("FloatStorage", "0", 8), 0, &[2, 4], &[4, 1]);
    let pickle = whole(dict(&[("logging", evil()), ("network_weights", dict(&[("a", fine)]))]));
    assert_eq!(read(&pickle).unwrap().weights["a"].values, [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]);
    assert!(!std::path::Path::new("/tmp/was_run").exists());
}

#[test]
fn tensors_stay_inside_their_storages() {
    let float = || storage("FloatStorage", "0", 8);
    let view = |offset, shape: &[i32], strides: &[i32]| with_weight(tensor(float(), offset, shape, strides));
    assert_eq!(read(&view(1, &[2, 3], &[1, 2])).unwrap().weights["a.weight"].values, [1.0, 3.0, 5.0, 2.0, 4.0, 6.0]);
    let huge = i32::MAX;
    for (pickle, says) in [
        (view(0, &[9], &[1]), "reaches to number 9 of a storage of 8"),
        (view(7, &[2], &[1]), "reaches to number 9 of a storage of 8"),
        (view(0, &[2, 2], &[7, 2]), "reaches to number 10 of a storage of 8"),
        (view(huge, &[1], &[1]), "of a storage of 8"),
        (view(-1, &[2], &[1]), "expected as many of each"),
        (view(0, &[2], &[-1]), "the shape (2) and the strides (-1)"),
        (view(0, &[-2], &[1]), "the shape (-2)"),
        (view(0, &[2, 2], &[1]), "expected as many of each"),
        (view(0, &[1 << 20, 1 << 20], &[0, 0]), "each number in its own place"),
        (view(0, &[3, 3], &[2, 1]), "each number in its own place"),
        (view(0, &[huge; 8], &[1; 8]), "each number in its own place"),
        (view(0, &[huge, huge, huge], &[huge, huge, 1]), "each number in its own place"),
        (view(0, &[1; 9], &[1; 9]), "expected as many of each"),
        (with_weight(tensor(storage("FloatStorage", "1", 8), 0, &[2], &[1])), "should lie in `a/data/1`"),
        (with_weight(tensor(storage("FloatStorage", "../a/data/0", 8), 0, &[2], &[1])), "should lie in"),
        (with_weight(tensor(storage("FloatStorage", "0", 9), 0, &[9], &[1])), "declares 9 numbers and has 32 bytes"),
        (with_weight(tensor(storage("FloatStorage", "0", 4), 0, &[4], &[1])), "declares 4 numbers and has 32 bytes"),
        (with_weight(tensor(storage("FloatStorage", "0", -8), 0, &[4], &[1])), "is a storage"),
        (with_weight(tensor(storage("LongStorage", "0", 4), 0, &[4], &[1])), "lies in a `torch.LongStorage`"),
        (with_weight(text("weights")), "is a str, expected a tensor"),
        (
            whole(dict(&[("network_weights", dict(&[]))])),
            "it holds network_weights, expected `network_weights` with tensors",
        ),
        (whole(dict(&[("state_dict", dict(&[]))])), "it holds state_dict, expected `network_weights`"),
        (whole(int(1)), "it holds an int"),
    ] {
        refused(read(&pickle), says);
    }
    let doubles = with_weight(tensor(storage("DoubleStorage", "0", 4), 0, &[4], &[1]));
    assert!(read(&doubles).is_ok());
}

#[test]
fn storages_that_are_read_too_often_or_are_no_numbers_are_refused() {
    let numbers = vec![0x3F; 1 << 20];
    let names: Vec<String> = (0..4).map(|i| format!("w{i}")).collect();
    let view = || tensor(storage("FloatStorage", "0", 1 << 18), 0, &[1], &[1]);
    let weights: Vec<(&str, Code)> = names.iter().map(|name| (&name[..], view())).collect();
    let pickle = whole(dict(&[("network_weights", dict(&weights))]));
    let zip = packed(&[("a/data.pkl", &pickle), ("a/data/0", &numbers)], CompressionMethod::Stored);
    refused(NnUnetCheckpoint::read("a.pth", &zip), "take more bytes than it has");
    let nan = packed(
        &[
            ("a/data.pkl", &with_weight(tensor(storage("FloatStorage", "0", 1), 0, &[1], &[1]))),
            ("a/data/0", &[0xFF; 4]),
        ],
        CompressionMethod::Stored,
    );
    refused(NnUnetCheckpoint::read("a.pth", &nan), "not finite");
}

#[test]
fn pickles_that_contradict_themselves_are_refused() {
    let nested = |opening: &[u8], count: usize| [b"\x80\x02", &opening.repeat(count)[..], b"."].concat();
    let itself = whole(b"]q\x00h\x00a".to_vec());
    for (pickle, says) in [
        (b"".to_vec(), "ends early"),
        (b"\x80\x02}".to_vec(), "ends early, at byte 3"),
        (b"\x80\x02X\xFF\xFF\xFF\xFFabc".to_vec(), "ends early"),
        (b"\x80\x05\x8D\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF".to_vec(), "ends early"),
        (b"\x80\x02cos".to_vec(), "ends early"),
        (b"\x80\x02.".to_vec(), "contradicts itself at byte 2"),
        (b"\x80\x02t.".to_vec(), "contradicts itself"),
        (b"\x80\x02N(\x85.".to_vec(), "contradicts itself"),
        (b"\x80\x02}(Nu.".to_vec(), "contradicts itself"),
        (b"\x80\x02Nr\xFF\xFF\xFF\x7F.".to_vec(), "contradicts itself"),
        (b"\x80\x02h\x00.".to_vec(), "contradicts itself"),
        (b"\x80\x02Na.".to_vec(), "contradicts itself"),
        (b"\x80\x02i".to_vec(), "the instruction 105 at byte 2"),
        (b"\x80\x05\x97.".to_vec(), "the instruction 151 at byte 2"),
        (nested(b"]", 9 << 20), "more than 8388608 values"),
        (nested(b"(", 1 << 20), "contradicts itself"),
        (itself, "it holds a list"),
        (nested(b"]\x85", 1 << 20), "it holds a tuple"),
    ] {
        let start = Instant::now();
        refused(read(&pickle), says);
        assert!(start.elapsed() < Duration::from_secs(5), "{says}: {:?}", start.elapsed());
    }
    let deep = [b"\x80\x02]".as_slice(), &b"]2a".repeat(1_000_000), b"."].concat();
    assert!(matches!(Pickle::read(&deep).unwrap().root(), PickleValue::List(_)));
}

#[test]
fn repeated_plans_that_never_end_are_left_out() {
    let itself = [b"}q\x00", &text("a")[..], b"h\x00s"].concat();
    let doubled = dict(&[("a", [b"]".as_slice(), &b"2\x86".repeat(60)].concat())]);
    let deep = dict(&[("a", [b"]".as_slice(), &b"\x85".repeat(1_000_000)].concat())]);
    let fine = || tensor(storage("FloatStorage", "0", 8), 0, &[8], &[1]);
    for plans in [itself, doubled, deep, text("plans")] {
        let pairs = [("init_args", dict(&[("plans", plans)])), ("network_weights", dict(&[("a", fine())]))];
        assert_eq!(read(&whole(dict(&pairs))).unwrap().plans_json, None);
    }
    let plans = dict(&[("b", int(-1)), ("a", tuple(&[b"N".to_vec(), b"\x88".to_vec(), text("\"x\"")]))]);
    let pairs = [("init_args", dict(&[("plans", plans)])), ("network_weights", dict(&[("a", fine())]))];
    let json = read(&whole(dict(&pairs))).unwrap().plans_json.unwrap();
    assert_eq!(String::from_utf8(json).unwrap(), r#"{"b":-1,"a":[null,true,"\"x\""]}"#);
}

#[test]
fn files_that_are_no_checkpoints_are_told_apart() {
    let fine = with_weight(tensor(storage("FloatStorage", "0", 8), 0, &[8], &[1]));
    let numbers = [0; 32];
    let files: [(&str, &[u8]); 2] = [("a/data.pkl", &fine), ("a/data/0", &numbers)];
    let of = |more: &[(&str, &[u8])]| packed(&[&files[..], more].concat(), CompressionMethod::Stored);
    assert!(NnUnetCheckpoint::read("a.pth", &of(&[])).is_ok());
    for (bytes, says) in [
        (OLD.to_vec(), "before PyTorch 1.6"),
        (b"not a zip".to_vec(), "no zip"),
        (vec![], "no zip"),
        (of(&[("a/constants.pkl", b"")]), "TorchScript"),
        (of(&[("a/byteorder", b"big")]), "byte order is `big`"),
        (packed(&[("weights.bin", b"")], CompressionMethod::Stored), "no `data.pkl`"),
        (packed(&files, CompressionMethod::Deflated), "is compressed"),
        (packed(&[("a/data.pkl", &vec![b'N'; 257 << 20])], CompressionMethod::Deflated), "expected at most 268435456"),
        (of(&[])[..100].to_vec(), "table of contents"),
    ] {
        refused(NnUnetCheckpoint::read("a.pth", &bytes), says);
    }
}

/// A generator of numbers that are always the same (Knuth's MMIX).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % end
    }
}

#[test]
fn no_cut_or_broken_byte_panics() {
    let start = Instant::now();
    let mut numbers = Numbers(1);
    for golden in [PLAIN, KINDS] {
        // Bytes of the zip, then bytes of the pickle in a zip that is whole.
        let files = unpacked(golden);
        let place = files.iter().position(|(path, _)| path.ends_with("/data.pkl")).unwrap();
        for round in 0..1000 {
            let mut broken = golden.to_vec();
            let mut pickle = files[place].1.clone();
            let bytes = if round % 2 == 0 { &mut broken } else { &mut pickle };
            for _ in 0..1 + numbers.below(4) {
                let at = numbers.below(bytes.len());
                bytes[at] = numbers.below(256) as u8;
            }
            if round % 2 == 1 {
                let files: Vec<(&str, &[u8])> = files.iter().map(|(path, bytes)| (&path[..], &bytes[..])).collect();
                let mut files = files;
                files[place].1 = &pickle;
                broken = packed(&files, CompressionMethod::Stored);
            }
            if let Ok(read) = NnUnetCheckpoint::read("broken.pth", &broken) {
                let values: usize = read.weights.values().map(|tensor| tensor.values.len()).sum();
                assert!(2 * values <= broken.len(), "{values} values out of {} bytes", broken.len());
            }
        }
        for end in (0..golden.len()).step_by(211) {
            assert!(NnUnetCheckpoint::read("cut.pth", &golden[..end]).is_err(), "cut at {end}");
        }
    }
    assert!(start.elapsed() < Duration::from_secs(60), "{:?}", start.elapsed());
}
