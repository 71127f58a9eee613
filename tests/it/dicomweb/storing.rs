//! What became of a file: answers with the module of PS3.18 annex I.

use islet::core::i18n::messages::DicomWebMessage;
use islet::formats::dicomweb::answer::AnswerHead;
use islet::formats::dicomweb::stored::{StoreOutcome, read_outcome};

const OURS: &str = "1.2.840.113619.2.30.1";

fn outcome(status: u16, body: &str) -> Result<StoreOutcome, DicomWebMessage> {
    let head = AnswerHead { status, content_type: "application/dicom+json".into() };
    read_outcome(&head, body, OURS)
}

/// An answer with an item in each sequence, if there is one.
fn answer(stored: &str, failed: &str) -> String {
    let sequence = |item: &str| if item.is_empty() { String::new() } else { format!(r#","Value":[{item}]"#) };
    let (stored, failed) = (sequence(stored), sequence(failed));
    format!(r#"{{"00081190":{{"vr":"UR"}},"00081198":{{"vr":"SQ"{failed}}},"00081199":{{"vr":"SQ"{stored}}}}}"#)
}

fn item(uid: &str, reason: &str) -> String {
    let class = r#""00081150":{"vr":"UI","Value":["1.2.840.10008.5.1.4.1.1.66.4"]}"#;
    format!(r#"{{{class},"00081155":{{"vr":"UI","Value":["{uid}"]}}{reason}}}"#)
}

#[test]
fn a_file_is_stored_if_the_answer_refers_to_it() {
    let body = answer(&item(OURS, r#","00081190":{"vr":"UR","Value":["http://server/studies/1"]}"#), "");
    assert_eq!(outcome(200, &body), Ok(StoreOutcome::AsSent));
    // Another file, no file, no answer, or one in another language.
    for body in [&answer(&item("1.2.3", ""), ""), &answer("", ""), "", "{}", "<NativeDicomModel/>"] {
        assert_eq!(outcome(200, body), Err(DicomWebMessage::NotConfirmed), "{body}");
    }
}

#[test]
fn a_warning_of_table_i_2_1_is_said_and_the_file_is_stored() {
    for (code, said) in [
        (0xB000, "it changed values of the file (B000)"),
        (0xB006, "it left out elements of the file (B006)"),
        (0xB007, "the content does not match the kind of object (B007)"),
        (0xB123, "its code is B123"),
    ] {
        let body = answer(&item(OURS, &format!(r#","00081196":{{"vr":"US","Value":[{code}]}}"#)), "");
        let Ok(StoreOutcome::WithWarning { warning }) = outcome(202, &body) else { panic!("{code:X}") };
        assert_eq!(warning.to_string(), said);
    }
}

#[test]
fn a_failure_of_table_i_2_2_is_said_in_words() {
    for (code, said) in [
        (42752, "it has no room left (A700)"),
        (43007, "it has no room left (A7FF)"),
        (43264, "the content does not match the kind of object (A900)"),
        (49152, "it does not understand the file (C000)"),
        (49442, "it does not take this transfer syntax (C122)"),
        (272, "it failed while processing the file (0110)"),
        (290, "it does not take this kind of object (0122)"),
        (292, "you may not store there (0124)"),
        (4660, "its code is 1234"),
    ] {
        let body = answer("", &item(OURS, &format!(r#","00081197":{{"vr":"US","Value":[{code}]}}"#)));
        let refused = outcome(409, &body).unwrap_err();
        assert_eq!(refused.to_string(), format!("it did not store the file: {said}"));
        // 202 comes with failures too (PS3.18 Table 10.5.3-1).
        assert_eq!(outcome(202, &body), Err(refused));
    }
    let body = answer("", &item(OURS, ""));
    assert_eq!(outcome(409, &body).unwrap_err().to_string(), "it did not store the file: it gives no reason");
}

#[test]
fn a_status_counts_where_there_is_no_reason() {
    assert_eq!(outcome(401, "<html>"), Err(DicomWebMessage::NotLetIn { status: 401 }));
    assert_eq!(outcome(404, ""), Err(DicomWebMessage::NotThere));
    assert_eq!(outcome(413, "<html>"), Err(DicomWebMessage::Answered { status: 413 }));
    // What Orthanc 1.10 answers to what is no DICOM file.
    assert_eq!(outcome(400, &answer("", "")), Err(DicomWebMessage::Answered { status: 400 }));
}
