//! A mask is written as its name says.

use std::fs;

use islet::formats::{Contents, Importer, nifti};

use crate::cli::{ok, run, text};

const SHIPPED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/www/models/pancreas.safetensors");

#[test]
fn a_mask_is_written_as_its_name_says() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    ok(&run("phantom", &["--output", text(&data), "--cases", "1", "--seed", "9001"]));
    let scan = data.join("Pancreas-CT/PANCREAS_1001");
    let predict = |name: &str| {
        let output = folder.path().join("out").join(name);
        let args = ["--model", SHIPPED, "--input", text(&scan), "--output", text(&output)];
        (run("predict", &args), output)
    };
    let written = |name: &str| {
        let (output, path) = predict(name);
        ok(&output);
        fs::read(path).unwrap()
    };
    let (mask, geometry) = nifti::read_mask("mask", &written("mask.nii.gz")).unwrap();
    assert!(mask.count() > 0, "a phantom's pancreas is found");
    let plain = written("mask.nii");
    assert_eq!((&plain[..4], &plain[344..348]), (&348_i32.to_le_bytes()[..], &b"n+1\0"[..]));
    assert_eq!(nifti::read_mask("mask", &plain).unwrap(), (mask.clone(), geometry));
    assert_eq!(written("UPPER.NII.GZ")[..2], [0x1F, 0x8B]);

    for (name, is_named) in
        [("mask.nrrd", false), ("mask.seg.nrrd", true), ("mask.dcm", true), ("mask.rtstruct.dcm", true)]
    {
        let contents = read_with_scan(name, &written(name), &scan);
        let image = &contents.series[0].volume;
        let [map] = &contents.labels[..] else { panic!("{name}: {:?}", contents.refused) };
        let found = map.on(&image.geometry.unwrap(), image.dims).unwrap();
        assert_eq!(map.truth(&found).unwrap().mask.labels, mask.labels, "{name}");
        assert_eq!(map.meaning.is_some(), is_named, "{name}");
    }
    for name in ["mask", "mask.hdr", "mask.nii.zip", "mask.png", ".nii", "nii.gz"] {
        let (output, path) = predict(name);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{name}: {said}");
        assert!(said.contains(".nii.gz, .nii, .nrrd, .seg.nrrd or .dcm") && !path.exists(), "{said}");
    }
}

/// The mask and the slices of the scan that it lies on.
fn read_with_scan(name: &str, mask: &[u8], scan: &std::path::Path) -> Contents {
    let mut importer = Importer::new();
    importer.add(name, mask);
    for slice in islet::cli::files::walk(scan).unwrap() {
        importer.add(text(&slice), &fs::read(&slice).unwrap());
    }
    importer.finish()
}

#[test]
fn a_dicom_segmentation_of_a_picture_is_refused_before_the_work() {
    let folder = tempfile::tempdir().unwrap();
    let (picture, output) = (folder.path().join("slice.png"), folder.path().join("mask.dcm"));
    image::GrayImage::new(64, 64).save(&picture).unwrap();
    let output_of = run("predict", &["--model", SHIPPED, "--input", text(&picture), "--output", text(&output)]);
    let said = String::from_utf8_lossy(&output_of.stderr).into_owned();
    assert_eq!(output_of.status.code(), Some(3), "{said}");
    assert!(said.contains("size of a pixel is unknown") && !output.exists(), "{said}");
}
