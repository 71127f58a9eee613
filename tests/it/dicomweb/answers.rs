//! The heads of answers: what is taken for a list, a file, or something else.

use islet::core::i18n::messages::DicomWebMessage;
use islet::formats::dicomweb::answer::{AnswerHead, Packing, is_elsewhere, refusal};

fn head(status: u16, content_type: &str) -> AnswerHead {
    AnswerHead { status, content_type: content_type.into() }
}

#[test]
fn a_list_is_json_or_nothing() {
    for (status, content_type) in [
        (200, "application/dicom+json"),
        (200, "Application/DICOM+JSON; charset=utf-8"),
        (200, "application/json"),
        (204, ""),
    ] {
        assert_eq!(head(status, content_type).expect_list(), Ok(()), "{status} {content_type}");
    }
    assert_eq!(head(200, "text/html; charset=utf-8").expect_list(), Err(DicomWebMessage::WebPage));
    let other = DicomWebMessage::OtherType { found: "text/plain".into(), expected: "application/dicom+json".into() };
    assert_eq!(head(200, "text/plain").expect_list(), Err(other));
}

#[test]
fn what_a_status_means_is_said_before_what_came_with_it() {
    let not_let_in = |status| Err(DicomWebMessage::NotLetIn { status });
    assert_eq!(head(401, "text/html").expect_list(), not_let_in(401));
    assert_eq!(head(403, "application/json").expect_list(), not_let_in(403));
    assert_eq!(head(404, "text/html").expect_list(), Err(DicomWebMessage::NotThere));
    assert_eq!(head(503, "text/html").expect_list(), Err(DicomWebMessage::Answered { status: 503 }));
    assert_eq!(head(406, "").expect_file(), Err(DicomWebMessage::Answered { status: 406 }));
}

#[test]
fn no_server_is_where_a_page_comes_and_one_is_where_nobody_is_let_in() {
    let is_elsewhere = |status, content_type| is_elsewhere(&head(status, content_type).expect_list().unwrap_err());
    assert!(is_elsewhere(404, "application/json"));
    assert!(is_elsewhere(200, "text/html"), "a server that answers every path with its page");
    assert!(is_elsewhere(200, "text/plain"));
    for status in [401, 403, 502, 503] {
        assert!(!is_elsewhere(status, "text/html"), "{status}");
    }
}

#[test]
fn the_boundary_of_a_file_is_read_with_and_without_quotes() {
    let multipart = |content_type: &str| match head(200, content_type).expect_file() {
        Ok(Packing::Multipart { boundary }) => boundary,
        other => panic!("{content_type}: {other:?}"),
    };
    // RFC 2387 5.1, Orthanc 1.10, and RFC 2046 5.1.1, where quotes are needed.
    assert_eq!(
        multipart("Multipart/Related; boundary=example-1; start=\"<950120.aaCC>\"; type=\"text/x-okie\""),
        "example-1"
    );
    assert_eq!(multipart("multipart/related; type=\"application/dicom\"; boundary=6cb1804f-91df"), "6cb1804f-91df");
    assert_eq!(
        multipart("multipart/related;type=\"application/dicom\";BOUNDARY=\"gc0pJq0M:08jU534c0p\""),
        "gc0pJq0M:08jU534c0p"
    );
    assert_eq!(multipart("multipart/related; boundary=\"a;b\\\"c\""), "a;b\"c");
    assert_eq!(head(200, "application/dicom").expect_file(), Ok(Packing::Bare));
    for not_a_file in ["multipart/related", "multipart/related; boundary=", "text/html", "application/dicom+json", ""] {
        assert!(head(200, not_a_file).expect_file().is_err(), "{not_a_file}");
    }
}

#[test]
fn an_error_names_the_path_and_what_to_do() {
    let error = refusal("/dicom-web", DicomWebMessage::NotLetIn { status: 401 });
    let english = "The server at /dicom-web: it does not let you in (status 401). \
                   Sign in to it in another tab, then try again; what is open stays as it is.";
    assert_eq!(error.to_string(), english);
    let nowhere = refusal("", DicomWebMessage::NoneFound { paths: "/dicom-web, /dicomweb".into() });
    assert!(
        nowhere.to_string().starts_with("The server: no DICOMweb was found at /dicom-web, /dicomweb. "),
        "{nowhere}"
    );
}
