//! What a result is in numbers, and the page's engine giving every kind of file.

use islet::app::protocol::{Export, JobDone, PatientData, Request, Response, ServerObject, from_bytes, to_bytes};
use islet::app::session::Session;
use islet::core::hu_histogram::HuHistogram;
use islet::core::hu_statistics::{HuStatistics, inside};
use islet::core::mask::Mask;
use islet::core::volume::{Geometry, Volume};
use islet::formats::dicom::{read_seg, write_series};
use islet::formats::report::{Findings, MaskReport, ReportedModel, STATEMENT};
use islet::formats::{Contents, Importer};
use islet::imaging::edit::Acceptance;
use islet::nn::model::weights::ModelFile;
use sha2::{Digest, Sha256};

fn assert_density(found: HuStatistics, expected: [f64; 5]) {
    let found = [found.mean_hu, found.sd_hu, found.median_hu, found.p5_hu, found.p95_hu];
    for (found, expected) in found.iter().zip(expected) {
        assert!((found - expected).abs() < 1e-9, "{found:?} is not {expected:?}");
    }
}

/// NumPy 2.4: mean, std, median, percentile 5 and 95 of the same numbers.
#[test]
fn hounsfield_units_are_summed_up_as_numpy_does() {
    let hu: Vec<i16> = (0..1000).map(|i| (i * 37 % 251 - 60) as i16).collect();
    let labels: Vec<u8> = (0..1000).map(|i| u8::from(i * i % 7 == 1)).collect();
    let mut histogram = HuHistogram::default();
    assert_eq!(HuStatistics::of(&histogram), None);
    histogram.add(inside(&hu, &labels));
    assert_density(HuStatistics::of(&histogram).unwrap(), NUMPY);
    let mut few = HuHistogram::default();
    few.add(inside(&hu[..2], &[1, 1]));
    few.add(inside(&hu[2..3], &[7]));
    assert_density(HuStatistics::of(&few).unwrap(), NUMPY_OF_THREE);
}
const NUMPY: [f64; 5] = [61.84561403508772, 72.12365616778537, 59.0, -47.8, 177.0];
const NUMPY_OF_THREE: [f64; 5] = [-23.0, 30.21037349432586, -23.0, -56.3, 10.299999999999997];

fn report(name: &str) -> MaskReport {
    let dims = [2, 2, 3];
    let hu = vec![10, 20, 30, 40, 50, 60, -5, -5, 0, 0, 0, 0];
    let affine = [[0.5, 0.0, 0.0, 0.0], [0.0, 2.0, 0.0, 0.0], [0.0, 0.0, -4.0, 100.0]];
    let volume = Volume { hu, dims, geometry: Some(Geometry { affine }), calibrated: true };
    let mask = Mask { labels: vec![0, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0], dims };
    MaskReport {
        series: name.into(),
        slices: 2,
        spacing_mm: Some([4.0, 2.0, 0.5]),
        notes: vec!["two sizes".into()],
        pancreas: Findings::of(&volume, &mask),
        threshold: Some(0.43),
        largest_piece_only: false,
        from_accepted_slices: false,
        mean_of_mirrored: false,
        corrected_slices: vec![1, 2],
        accepted_slices: vec![2],
        model: ReportedModel {
            sha256: "ab".into(),
            preset: "islet".into(),
            trained_on: "phantoms".into(),
            cases: 3,
            fine_tunings: 0,
            license: "CC0".into(),
        },
        islet_version: "9.9.9".into(),
        made_at: "2026-11-24T06:30:00".into(),
        statement: STATEMENT.into(),
    }
}

#[test]
fn a_report_holds_what_follows_from_the_mask() {
    let json: serde_json::Value = serde_json::from_slice(&report("a \"b\"").to_json()).unwrap();
    assert_eq!(json["series"], "a \"b\"");
    assert_eq!(json["notes"], serde_json::json!(["two sizes"]));
    assert_eq!(json["pancreas"]["voxels"], 3);
    // Three voxels of 4 mm³, at 20, 30 and 40 HU.
    assert_eq!(json["pancreas"]["volume_ml"], 0.012);
    assert_eq!(json["pancreas"]["hu"]["mean_hu"], 30.0);
    assert!((json["pancreas"]["hu"]["sd_hu"].as_f64().unwrap() - (200.0f64 / 3.0).sqrt()).abs() < 1e-12);
    let [first, second] = &json["pancreas"]["by_slice"].as_array().unwrap()[..] else { panic!("two slices") };
    assert_eq!((&first["area_mm2"], &first["z_mm"]), (&serde_json::json!(3.0), &serde_json::json!(100.0)));
    assert_eq!((&second["pixels"], &second["hu"]), (&serde_json::json!(0), &serde_json::Value::Null));
    assert_eq!(json["accepted_slices"], serde_json::json!([2]));
    assert!(json["statement"].as_str().unwrap().contains("not a medical device"));
}

#[test]
fn a_table_has_a_line_for_each_slice_and_no_formula() {
    let csv = String::from_utf8(report("=A1 \"x\"").to_csv()).unwrap();
    let lines: Vec<&str> = csv.split("\r\n").collect();
    assert_eq!(lines.len(), 4, "{csv}");
    assert!(lines[0].starts_with("slice,z_mm,pixels,area_mm2,volume_ml,mean_hu,"));
    assert!(
        lines[1].starts_with("1,100,3,3,0.012,30,8.16496580927726,30,21,39,corrected,\"'=A1 \"\"x\"\"\",0.43,ab,"),
        "{}",
        lines[1]
    );
    assert!(lines[2].starts_with("2,96,0,0,0,,,,,,accepted,"), "{}", lines[2]);
}

fn session() -> (Session, Vec<u8>) {
    let bytes = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/www/models/pancreas.safetensors")).unwrap();
    (Session::new(ModelFile::read(&bytes).unwrap(), bytes.clone()), bytes)
}

/// A scan with a bright block, which the network below calls pancreas; rows run to anterior, slices down, as in CT-82.
fn scan() -> Volume {
    let dims = [12, 48, 48];
    let hu = (0..12 * 48 * 48).map(|i| match (i / 2304, i / 48 % 48, i % 48) {
        (3..9, 16..32, 10..30) => 150,
        (_, 4..44, 4..44) => 0,
        _ => -1000,
    });
    let affine = [[2.0, 0.0, 0.0, -48.0], [0.0, -2.0, 0.0, 48.0], [0.0, 0.0, -5.0, 30.0]];
    Volume { hu: hu.collect(), dims, geometry: Some(Geometry { affine }), calibrated: true }
}

fn segmented(contents: Contents) -> (Session, Vec<u8>) {
    let (mut session, model) = session();
    session.open(contents);
    while let Some(job) = session.next_job() {
        let area = job.size_px * job.size_px;
        let probability: Vec<f32> =
            from_bytes::<f32>(&job.input)[area..2 * area].iter().map(|v| f32::from(u8::from(*v > 0.5))).collect();
        session.finish(JobDone::Inferred {
            opening: job.opening,
            slice: job.slice,
            ask: job.ask,
            opened: Vec::new(),
            probability: to_bytes(&probability),
            attention: Vec::new(),
        });
    }
    (session, model)
}

fn take(session: &mut Session, what: Export) -> (String, Vec<u8>) {
    let responses = session.handle(Request::Export { what, at: "2026-11-24T06:30:00".into() });
    match &responses[..] {
        [Response::File { name, bytes }] => (name.clone(), bytes.clone()),
        other => panic!("expected a file, got {other:?}"),
    }
}

#[test]
fn what_a_server_gets_is_the_file_that_is_saved_with_the_uid_that_is_in_it() {
    let mut intake = Importer::new();
    for (name, bytes) in write_series(&scan(), "Mustermann", "Abdomen") {
        intake.add(&name, &bytes);
    }
    let (mut session, _) = segmented(intake.finish());
    let patient = PatientData::Include;
    for (what, saved) in
        [(ServerObject::Seg, Export::Seg { patient }), (ServerObject::RtStruct, Export::RtStruct { patient })]
    {
        let (_, file) = take(&mut session, saved);
        let responses = session.handle(Request::ExportToServer { what, at: "2026-11-24T06:30:00".into() });
        let [Response::ToServer { what: sent, instance_uid, bytes }] = &responses[..] else { panic!("{responses:?}") };
        assert_eq!((*sent, bytes), (what, &file));
        // SOPInstanceUID with its VR and length, as a file in Explicit or Implicit VR has it.
        let even = format!("{instance_uid}{}", if instance_uid.len() % 2 == 1 { "\0" } else { "" });
        let explicit = [b"\x08\0\x18\0UI", &(even.len() as u16).to_le_bytes()[..], even.as_bytes()].concat();
        let implicit = [b"\x08\0\x18\0", &(even.len() as u32).to_le_bytes()[..], even.as_bytes()].concat();
        let holds = |element: &[u8]| bytes.windows(element.len()).any(|window| window == element);
        assert!(instance_uid.len() > 10 && (holds(&explicit) || holds(&implicit)), "{instance_uid}");
    }
}

fn mask(session: &mut Session) -> Vec<u8> {
    match &session.handle(Request::Mask)[..] {
        [Response::Mask { labels, .. }] => labels.clone(),
        other => panic!("expected a mask, got {other:?}"),
    }
}

#[test]
fn every_kind_of_file_comes_from_the_same_mask() {
    let mut intake = Importer::new();
    for (name, bytes) in write_series(&scan(), "Mustermann", "Abdomen") {
        intake.add(&name, &bytes);
    }
    let (mut session, model) = segmented(intake.finish());
    let labels = mask(&mut session);
    let count = labels.iter().filter(|&&label| label != 0).count();
    assert!(count > 1000, "{count} voxels");

    let (name, bytes) = take(&mut session, Export::Seg { patient: PatientData::Include });
    assert_eq!(name, "Abdomen_pancreas.dcm");
    let seg = read_seg("seg.dcm", &bytes).unwrap();
    assert_eq!(seg.mask.labels, labels);
    assert_eq!(seg.geometry.affine, scan().geometry.unwrap().affine);
    let holds = |bytes: &[u8], text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
    assert!(holds(&bytes, "Mustermann") && holds(&bytes, "AUTOMATIC") && !holds(&bytes, "SEMIAUTOMATIC"));

    let (name, bytes) = take(&mut session, Export::Seg { patient: PatientData::Omit });
    assert!(name.starts_with("islet_") && !holds(&bytes, "Mustermann") && !holds(&bytes, "20261124"));
    assert_eq!(read_seg("seg.dcm", &bytes).unwrap().mask.labels, labels);

    let geometry = scan().geometry.unwrap();
    for patient in [PatientData::Include, PatientData::Omit] {
        let (name, bytes) = take(&mut session, Export::RtStruct { patient });
        assert_eq!(name == "Abdomen_pancreas.rtstruct.dcm", patient == PatientData::Include, "{name}");
        assert_eq!(holds(&bytes, "Mustermann"), patient == PatientData::Include);
        let mut importer = Importer::new();
        importer.add(&name, &bytes);
        let found = importer.finish().labels[0].on(&geometry, scan().dims).unwrap();
        assert_eq!(found.labels, labels, "{name}");
    }
    let (name, bytes) = take(&mut session, Export::SegNrrd);
    assert_eq!(name, "Abdomen_pancreas.seg.nrrd");
    assert!(
        holds(&bytes, "Segment0_Name:=pancreas\n") && holds(&bytes, "Segment0_Color:=0.976471 0.705882 0.435294\n")
    );
    assert!(holds(&bytes, "~SCT^15776009^Pancreas~^^~Anatomic codes - DICOM master list~^^~^^|\n"));

    let (_, bytes) = take(&mut session, Export::Json);
    let json: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
    assert_eq!(json["pancreas"]["voxels"], count);
    let sha256: String = Sha256::digest(&model).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(json["model"]["sha256"], sha256);
    assert_eq!(json["made_at"], "2026-11-24T06:30:00");
    assert_eq!(json["corrected_slices"], serde_json::json!([]));

    let (_, bytes) = take(&mut session, Export::Csv);
    let csv = String::from_utf8(bytes).unwrap();
    let pixels: usize = csv.lines().skip(1).map(|line| line.split(',').nth(2).unwrap().parse::<usize>().unwrap()).sum();
    assert_eq!(pixels, count);

    let (_, bytes) = take(&mut session, Export::Stl);
    let triangles = u32::from_le_bytes(bytes[80..84].try_into().unwrap());
    assert!(bytes.len() == 84 + 50 * triangles as usize && triangles > 500, "{triangles}");

    // A person's hand shows.
    session.handle(Request::Accept { slice: 4, acceptance: Acceptance::Accepted });
    let (_, bytes) = take(&mut session, Export::Seg { patient: PatientData::Include });
    assert!(holds(&bytes, "SEMIAUTOMATIC"));
    let (_, bytes) = take(&mut session, Export::Json);
    let json: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
    assert_eq!(json["accepted_slices"], serde_json::json!([5]));
}

#[test]
fn what_a_picture_does_not_know_is_refused_or_left_out() {
    let volume = Volume { geometry: None, calibrated: false, ..scan() };
    let series = islet::formats::Series {
        name: "photo.png".into(),
        volume,
        files: vec!["photo.png".into()],
        notes: Vec::new(),
        identity: None,
        headers: Vec::new(),
    };
    let (mut session, _) = segmented(Contents { series: vec![series], ..Contents::default() });
    for what in [Export::Seg { patient: PatientData::Include }, Export::Stl] {
        let responses = session.handle(Request::Export { what, at: String::new() });
        assert!(
            matches!(&responses[..], [Response::Failed(refusal)] if refusal.reason.contains("unknown")),
            "{responses:?}"
        );
    }
    let (_, bytes) = take(&mut session, Export::Json);
    let json: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
    assert!(json["pancreas"]["volume_ml"].is_null() && json["pancreas"]["hu"].is_null());
}
