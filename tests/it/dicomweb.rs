//! What servers of DICOMweb answer, and what they are asked. The answers are those of the standard's examples, Orthanc's
//! and dcm4chee's, and such as no server should give.

mod answers;
mod multipart;
mod storing;

use islet::core::i18n::messages::DicomWebMessage;
use islet::formats::dicomweb::listing::{ServerStudy, merged, read_instances, read_series, read_studies};
use islet::formats::dicomweb::query;

/// The study of the example of PS3.18 F.4, shortened.
const EXAMPLE: &str = r#"[ {
  "00080005": { "vr": "CS", "Value": [ "ISO_IR 192" ] },
  "00080020": { "vr": "DA", "Value": [ "20130409" ] },
  "00080050": { "vr": "SH", "Value": [ "11235813" ] },
  "00080056": { "vr": "CS", "Value": [ "ONLINE" ] },
  "00080061": { "vr": "CS", "Value": [ "CT", "PET" ] },
  "00080090": { "vr": "PN", "Value": [ { "Alphabetic": "^Bob^^Dr." } ] },
  "00081190": { "vr": "UR", "Value": [ "http://wado.nema.org/studies/1.2.392.200036.9116.2.2.2.1762893313" ] },
  "00090010": { "vr": "LO", "Value": [ "Vendor A" ] },
  "00091002": { "vr": "UN", "InlineBinary": "z0x9c8v7" },
  "00100010": { "vr": "PN", "Value": [ { "Alphabetic": "Wang^XiaoDong", "Ideographic": "王^小東" } ] },
  "00100020": { "vr": "LO", "Value": [ "12345" ] },
  "00100030": { "vr": "DA", "Value": [ "19670701" ] },
  "00101002": { "vr": "SQ", "Value": [ { "00100020": { "vr": "LO", "Value": [ "54321" ] } }, { } ] },
  "0020000D": { "vr": "UI", "Value": [ "1.2.392.200036.9116.2.2.2.1762893313.1029997326.945873" ] },
  "00201206": { "vr": "IS", "Value": [ 4 ] },
  "00201208": { "vr": "IS", "Value": [ 942 ] }
} ]"#;

#[test]
fn the_study_of_the_standards_example_is_read() {
    let study = ServerStudy {
        uid: "1.2.392.200036.9116.2.2.2.1762893313.1029997326.945873".into(),
        patient_name: "Wang^XiaoDong".into(),
        patient_id: "12345".into(),
        date: "20130409".into(),
        description: String::new(),
        modalities: vec!["CT".into(), "PET".into()],
    };
    assert_eq!(read_studies(EXAMPLE), Ok(vec![study]));
}

#[test]
fn values_that_are_missing_null_or_of_another_type_are_read_as_the_model_allows() {
    // F.2.5: an empty value is null, an empty attribute has no Value; F.2.3: IS is a number or a text.
    let body = r#"[
        {"0020000E":{"vr":"UI","Value":["1.2.3"]},"00200011":{"vr":"IS","Value":["7"]},"00080060":{"vr":"CS","Value":["MR"]}},
        {"0020000E":{"vr":"UI","Value":["1.2.4"]},"00200011":{"vr":"IS"},"0008103E":{"vr":"LO","Value":[null]}},
        {"0020000E":{"vr":"UI","Value":["1.2.5"]},"00200011":{"vr":"IS","Value":[2]},"00080060":{"vr":"CS","Value":["CT"]},
         "00201209":{"vr":"IS","Value":["120"]},"0008103E":{"vr":"LO","Value":[" Abdomen "]}},
        {"0020000E":{"vr":"UI","Value":["1.2.6"]},"00200011":{"vr":"IS","Value":[3]},"00080060":{"vr":"CS","Value":["SEG"]}}
    ]"#;
    let series = read_series(body).unwrap();
    let found: Vec<_> = series.iter().map(|series| (series.uid.as_str(), series.number)).collect();
    assert_eq!(found, [("1.2.5", Some(2)), ("1.2.6", Some(3)), ("1.2.3", Some(7)), ("1.2.4", None)]);
    assert_eq!((series[0].description.as_str(), series[0].images), ("Abdomen", Some(120)));
    assert_eq!((series[3].description.as_str(), series[3].images), ("", None));
    let openable: Vec<bool> = series.iter().map(|series| series.can_be_opened()).collect();
    assert_eq!(openable, [true, true, false, false]);
    assert!(series[0].is_ct() && !series[1].is_ct());
    // A name may have no alphabetic form (PS3.5 6.2.1.2).
    let body = r#"[{"0020000D":{"Value":["1.2"]},"00100010":{"vr":"PN","Value":[{"Ideographic":"山田^太郎"}]}}]"#;
    assert_eq!(read_studies(body).unwrap()[0].patient_name, "山田^太郎");
}

#[test]
fn an_empty_answer_is_an_empty_list_and_what_is_no_list_is_refused() {
    for empty in ["", " \r\n", "[]"] {
        assert_eq!(read_studies(empty), Ok(Vec::new()), "{empty:?}");
    }
    for broken in ["<html></html>", "{}", "[1]", "[{\"0020000D\":{\"Value\":[\"1.2\"]}}", "[[[[[["] {
        assert!(matches!(read_studies(broken), Err(DicomWebMessage::NotReadable { .. })), "{broken}");
    }
    let deep = "[".repeat(100_000);
    assert!(matches!(read_studies(&deep), Err(DicomWebMessage::NotReadable { .. })));
}

#[test]
fn a_uid_that_would_lead_to_another_address_is_refused() {
    let list = |uid: &str| format!(r#"[{{"00080018":{{"vr":"UI","Value":["{uid}"]}}}}]"#);
    assert_eq!(read_instances(&list("1.2.840.113619.2.30")), Ok(vec!["1.2.840.113619.2.30".to_owned()]));
    let long = "1.".repeat(32) + "1";
    for uid in ["", "../../admin", "..", ".", "1..2", "1.2/../3", "1.2?x=1", "1.2#", "%2e%2e", "1.2 3", &long] {
        assert_eq!(read_instances(&list(uid)), Err(DicomWebMessage::NoUid { name: "SOPInstanceUID".into() }), "{uid}");
    }
    assert!(read_instances("[{}]").is_err());
}

#[test]
fn studies_of_several_lists_come_once_and_the_newest_first() {
    let study = |uid: &str, date: &str, name: &str| ServerStudy {
        uid: uid.into(),
        date: date.into(),
        patient_name: name.into(),
        ..Default::default()
    };
    let by_name = vec![study("1.1", "20240101", "Doe^A"), study("1.2", "20250101", "Doe^B")];
    let by_id = vec![study("1.2", "20250101", "Doe^B"), study("1.3", "20250101", "Abel"), study("1.4", "", "Doe^C")];
    let uids: Vec<String> = merged(vec![by_name, by_id]).into_iter().map(|study| study.uid).collect();
    assert_eq!(uids, ["1.3", "1.2", "1.1", "1.4"]);
}

#[test]
fn searches_are_those_of_the_standard_and_ask_by_name_and_by_id() {
    let all = "/dicom-web/studies?includefield=00081030&limit=101";
    assert_eq!(query::studies("/dicom-web", "  "), [all]);
    let [name, id] = &query::studies("/dicom-web", " Müller, Anna ")[..] else { panic!("two searches") };
    assert_eq!(name, &format!("{all}&PatientName=*M%C3%BCller*Anna*"));
    assert_eq!(id, &format!("{all}&PatientID=*M%C3%BCller%2C%20Anna*"));
    // Nothing that a person types ends the value or begins another parameter; wildcards stay.
    let [name, _] = &query::studies("/s", "a&b=c#d/e+f%g\\h*i?")[..] else { panic!("two searches") };
    assert!(name.ends_with("&PatientName=*a%26b%3Dc%23d%2Fe%2Bf%25g%5Ch*i%3F*"), "{name}");
}

#[test]
fn addresses_follow_the_resources_of_the_standard() {
    // PS3.18 Tables 10.4.1-1, 10.5.1-1 and 10.6.1-2.
    assert_eq!(query::series("/d", "1.2"), "/d/studies/1.2/series");
    assert_eq!(query::instance("/d", "1.2", "1.3", "1.4"), "/d/studies/1.2/series/1.3/instances/1.4");
    assert_eq!(query::instances("/d", "1.2", "1.3", 500), "/d/studies/1.2/series/1.3/instances?limit=500&offset=500");
    assert_eq!(query::store("/d"), "/d/studies");
}
