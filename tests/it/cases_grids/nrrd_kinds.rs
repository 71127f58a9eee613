//! Kinds of NRRD and MetaImage files.

use std::io::Write;

use flate2::write::ZlibEncoder;
use islet::core::mask::{Mask, PANCREAS};
use islet::core::volume::Geometry;
use islet::formats::OrganLabel;
use islet::formats::nrrd::write_mask;

use super::*;

/// The fields of the drawn volume's header but encoding and data.
const FIELDS: &str = "NRRD0004\ntype: short\ndimension: 3\nsizes: 4 3 5\nendian: little\n\
    space: left-posterior-superior\nspace directions: (0.5,0,0) (0,0.75,0) (0,0,2.5)\nspace origin: (0,0,0)\n";

fn voxels() -> Vec<u8> {
    volume().hu.iter().flat_map(|hu| hu.to_le_bytes()).collect()
}

fn nrrd(lines: &str, data: &[u8]) -> Vec<u8> {
    [format!("{FIELDS}{lines}\n\n").as_bytes(), data].concat()
}

#[test]
fn every_encoding_and_skip_is_read() {
    let text = volume().hu.iter().map(i16::to_string).collect::<Vec<_>>().join(" ");
    let raw = voxels();
    for bytes in [
        nrrd("encoding: raw", &raw),
        nrrd("encoding: gzip", &gzipped(&raw)),
        nrrd("encoding: gz", &[gzipped(&raw), vec![0; 99]].concat()),
        nrrd("encoding: ascii", text.as_bytes()),
        nrrd("encoding: raw\nbyte skip: 7", &[&[1; 7], &raw[..]].concat()),
        nrrd("encoding: raw\nbyteskip: -1", &[&[1; 70], &raw[..]].concat()),
        nrrd("encoding: gzip\nbyte skip: 3", &gzipped(&[&[1; 3], &raw[..]].concat())),
        nrrd("encoding: raw\nline skip: 2\nbyte skip: 1", &[b"a\nbb\nc", &raw[..]].concat()),
    ] {
        assert_drawn(&series([("scan.nrrd", &bytes[..])]));
    }
    let big: Vec<u8> = volume().hu.iter().flat_map(|hu| hu.to_be_bytes()).collect();
    let header = String::from_utf8(nrrd("encoding: raw", &[])).unwrap().replace("endian: little", "endian: big");
    assert_drawn(&series([("big.nrrd", &[header.as_bytes(), &big].concat()[..])]));
    for (lines, says) in [
        ("encoding: bzip2", "encoding is bzip2"),
        ("encoding: hex", "encoding is hex"),
        ("encoding: raw\nkinds: RGB-color domain domain", "grey values"),
        ("encoding: raw\nbyte skip: many", "a whole number"),
        ("encoding: raw\nline skip: 90", "left out before its voxels"),
    ] {
        let said = refusal([("scan.nrrd", &nrrd(lines, &raw)[..])]);
        assert!(said.contains(says), "{lines}: {said}");
    }
    let words = refusal([("scan.nrrd", &nrrd("encoding: ascii", b"1 2 three")[..])]);
    assert!(words.contains("`three`"), "{words}");
}

#[test]
fn a_detached_header_is_read_with_its_data_files() {
    let raw = voxels();
    let slices: Vec<(String, &[u8])> =
        raw.chunks(24).enumerate().map(|(z, slice)| (format!("s{:03}.raw", 7 + 2 * z), slice)).collect();
    let all = |header: &[u8]| {
        let parts = slices.iter().map(|(name, slice)| (name.as_str(), *slice));
        series([("scan.nhdr", header)].into_iter().chain(parts))
    };
    let listed: String = slices.iter().map(|(name, _)| format!("\n{name}")).collect();
    assert_drawn(&all(&nrrd("encoding: raw\ndata file: s%03d.raw 7 15 2", b"")));
    assert_drawn(&all(&nrrd(&format!("encoding: raw\ndata file: LIST{listed}"), b"")));
    let gzip = gzipped(&raw);
    for (data_file, name) in [
        ("data file: scan.raw.gz", "scan.raw.gz"),
        ("datafile: ./data/scan.raw.gz", "data/scan.raw.gz"),
        ("data file: data/scan.raw.gz", "scan.raw.gz"),
        ("data file: /home/somebody/scan.raw.gz", "scan.raw.gz"),
    ] {
        // Without the empty line at the end, as some writers leave it.
        let header = format!("{FIELDS}encoding: gzip\n{data_file}");
        for folder in ["", "a/b/"] {
            let (header_name, name) = (format!("{folder}scan.nhdr"), format!("{folder}{name}"));
            assert_drawn(&series([(&header_name[..], header.as_bytes()), (&name[..], &gzip)]));
        }
    }
    let header = nrrd("encoding: raw\ndata file: s%03d.raw 7 15 2", b"");
    let missing = refusal([("scan.nhdr", &header[..]), ("s007.raw", slices[0].1)]);
    assert!(missing.contains("`s009.raw, ... (4)`"), "{missing}");
    for (data_file, says) in [("LIST", "file names"), ("s%03d.raw 7 15 0", "lead from"), ("s%d.raw 1 99999 1", "99999")]
    {
        let said = refusal([("scan.nhdr", &nrrd(&format!("encoding: raw\ndata file: {data_file}"), b"")[..])]);
        assert!(said.contains(says), "{said}");
    }
}

/// A segmentation of two layers on the drawn volume's grid: liver (value 1) and pancreas (value 2)
/// in the first, a cyst (value 1) in the second.
fn layered(values: &[[u8; 2]]) -> Vec<u8> {
    let header = "NRRD0004\ntype: unsigned char\ndimension: 4\nsizes: 2 4 3 5\nspace: left-posterior-superior\n\
        space directions: none (0.5,0,0) (0,0.75,0) (0,0,2.5)\nspace origin: (0,0,0)\nkinds: list domain domain domain\n\
        encoding: raw\nSegment0_Name:=liver\nSegment0_LabelValue:=1\nSegment0_Layer:=0\n\
        Segment1_Name:=Pancreas\nSegment1_LabelValue:=2\nSegment1_Layer:=0\n\
        Segment2_Name:=cyst\nSegment2_LabelValue:=1\nSegment2_Layer:=1\n\n";
    [header.as_bytes(), values.as_flattened()].concat()
}

#[test]
fn a_segmentation_in_layers_is_one_label_map() {
    let mut values = [[0; 2]; 60];
    values[0] = [1, 0];
    values[1] = [2, 0];
    values[2] = [2, 1];
    values[3] = [0, 1];
    values[4] = [1, 1];
    let contents = take_in([("scan.seg.nrrd", &layered(&values)[..])]);
    let [map] = &contents.labels[..] else { panic!("{:?}", contents.refused) };
    // Liver, pancreas, pancreas before the cyst in it, cyst, the later of liver and cyst.
    assert_eq!((map.map.dims, &map.map.labels[..6]), ([5, 3, 4], &[1, 2, 2, 3, 3, 0][..]));
    let image = volume();
    let truth = map.truth(&map.on(&image.geometry.unwrap(), image.dims).unwrap()).unwrap();
    assert_eq!(truth.mask.labels[..6], [0, PANCREAS, PANCREAS, 0, 0, 0]);
    assert!(truth.notes.iter().any(|note| note.contains("2 voxels lie in several segments")), "{:?}", truth.notes);
    let frames = String::from_utf8_lossy(&layered(&values)).replace("Segment", "Other");
    assert!(refusal([("frames.nrrd", frames.as_bytes())]).contains("expected one 3-D image"));
}

#[test]
fn a_written_mask_reads_back_with_its_names() {
    let tilted = Geometry { affine: [[0.5, 0.0, 0.1, -7.0], [0.0, -0.75, 0.0, 2.0], [0.0, 0.0, 2.5, 0.125]] };
    let mask = Mask { labels: (0..60).map(|i| u8::from(i > 40) * 2).collect(), dims: [5, 3, 4] };
    let segments = [(1, "liver"), (2, "pancreas")].map(|(label, name)| OrganLabel { label, name: name.into() });
    for segments in [&segments[..], &[]] {
        let bytes = write_mask(&mask, Some(&tilted), segments);
        let contents = take_in([("mask.nrrd", &bytes[..])]);
        let [map] = &contents.labels[..] else { panic!("{:?}", contents.refused) };
        assert_eq!((&map.map, map.geometry), (&mask, Some(tilted)));
        assert_eq!(map.meaning.is_some(), !segments.is_empty());
        assert_eq!(map.truth(&mask).unwrap().mask.count(), mask.count());
    }
    assert!(take_in([("mask.nrrd", &write_mask(&mask, None, &[])[..])]).labels[0].geometry.is_none());
}

#[test]
fn metaimage_is_read_with_and_without_its_voxels() {
    let raw = voxels();
    let mut zlib = ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    zlib.write_all(&raw).unwrap();
    let zlib = zlib.finish().unwrap();
    let header = |lines: &str| {
        format!(
            "ObjectType = Image\nNDims = 3\nBinaryData = True\nBinaryDataByteOrderMSB = False\n\
             TransformMatrix = 1 0 0 0 1 0 0 0 1\nOffset = 0 0 0\nElementSpacing = 0.5 0.75 2.5\nDimSize = 4 3 5\n\
             ElementType = MET_SHORT\n{lines}\n"
        )
    };
    let whole = |lines: &str, data: &[u8]| [header(lines).as_bytes(), data].concat();
    assert_drawn(&series([("scan.mha", &whole("ElementDataFile = LOCAL", &raw)[..])]));
    assert_drawn(&series([("scan.mha", &whole("CompressedData = True\nElementDataFile = LOCAL", &zlib)[..])]));
    let (pair, skip) = (header("ElementDataFile = scan.raw"), header("HeaderSize = -1\nElementDataFile = scan.raw"));
    assert_drawn(&series([("scan.mhd", pair.as_bytes()), ("scan.raw", &raw[..])]));
    assert_drawn(&series([("scan.mhd", skip.as_bytes()), ("scan.raw", &[&[1; 9], &raw[..]].concat()[..])]));
    // The numbers of the matrix are the directions of x, then of y, then of z, in LPS.
    let turned = header("ElementDataFile = LOCAL").replace("1 0 0 0 1 0 0 0 1", "0 1 0 -1 0 0 0 0 1");
    let found = series([("scan.mha", &[turned.as_bytes(), &raw].concat()[..])]);
    let geometry = found.volume.geometry.unwrap();
    assert_eq!((geometry.step_mm(2), geometry.step_mm(1)), ([0.0, 0.5, 0.0], [-0.75, 0.0, 0.0]));

    assert!(refusal([("scan.mhd", pair.as_bytes())]).contains("`scan.raw`"));
    for (from, to, says) in [
        ("MET_SHORT", "MET_STRING", "ElementType is MET_STRING"),
        ("BinaryData = True", "BinaryData = False", "BinaryData is False"),
        ("DimSize = 4 3 5", "DimSize = 4 3", "expected one 3-D image"),
        ("ElementDataFile = LOCAL", "ElementDataFile = LIST", "the name of one file"),
    ] {
        let bytes = [header("ElementDataFile = LOCAL").replace(from, to).as_bytes(), &raw].concat();
        let said = refusal([("scan.mha", &bytes[..])]);
        assert!(said.contains(says), "{said}");
    }
    let bytes = whole("ElementDataFile = LOCAL", &raw);
    for end in (0..bytes.len()).step_by(7) {
        assert!(take_in([("cut", &bytes[..end])]).series.is_empty(), "cut at {end}");
    }
}
