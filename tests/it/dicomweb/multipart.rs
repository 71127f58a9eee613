//! Bodies of several parts, whole and in pieces.

use islet::core::i18n::messages::DicomWebMessage;
use islet::formats::dicomweb::answer::{AnswerHead, Packing};
use islet::formats::dicomweb::multipart::{BodyPart, FileEnvelope, PartScanner};

/// Scans a body that comes in pieces of this size.
fn scan(body: &[u8], boundary: &str, piece: usize) -> Result<Vec<BodyPart>, DicomWebMessage> {
    let mut scanner = PartScanner::new(boundary);
    for piece in body.chunks(piece) {
        scanner.take(piece)?;
    }
    scanner.finish()
}

/// The contents of the parts, the same whatever the size of the pieces.
fn contents(body: &[u8], boundary: &str) -> Vec<(String, Vec<u8>)> {
    let whole = scan(body, boundary, body.len()).unwrap();
    for piece in 1..=40 {
        assert_eq!(scan(body, boundary, piece), Ok(whole.clone()), "pieces of {piece} bytes");
    }
    let slice = |part: &BodyPart| body[part.content.start as usize..part.content.end as usize].to_vec();
    whole.iter().map(|part| (part.media_type.clone(), slice(part))).collect()
}

#[test]
fn the_example_of_rfc_2046_has_two_parts() {
    // RFC 2046 5.1.1, where the first part has no header, and the second ends with a line break.
    let body = "This is the preamble.  It is to be ignored, though it\r\n\
                is a handy place for composition agents to include an\r\n\
                explanatory note to non-MIME conformant readers.\r\n\
                \r\n\
                --simple boundary\r\n\
                \r\n\
                This is implicitly typed plain US-ASCII text.\r\n\
                It does NOT end with a linebreak.\r\n\
                --simple boundary\r\n\
                Content-type: text/plain; charset=us-ascii\r\n\
                \r\n\
                This is explicitly typed plain US-ASCII text.\r\n\
                It DOES end with a linebreak.\r\n\
                \r\n\
                --simple boundary--\r\n\
                \r\n\
                This is the epilogue.  It is also to be ignored.\r\n";
    let found = contents(body.as_bytes(), "simple boundary");
    let expected = [
        ("", "This is implicitly typed plain US-ASCII text.\r\nIt does NOT end with a linebreak."),
        ("text/plain", "This is explicitly typed plain US-ASCII text.\r\nIt DOES end with a linebreak.\r\n"),
    ];
    assert_eq!(found, expected.map(|(media_type, text)| (media_type.to_owned(), text.as_bytes().to_vec())));
}

#[test]
fn a_file_is_found_as_servers_send_it_whatever_bytes_it_has() {
    // Beginnings of the delimiter, line breaks and dashes, and every byte.
    let file: Vec<u8> =
        (0..=255).chain(*b"\r\n--6cb1\r\n--6cb1804f\r\r\n\n--").chain(*b"\r\n\r\n").chain([0; 40]).collect();
    // Orthanc's headers, and dcm4chee's order with blanks after the boundary (RFC 2046: transport padding).
    for (head, padding) in [
        ("Content-Type: application/dicom\r\nContent-Length: 322\r\nMIME-Version: 1.0\r\n\r\n", ""),
        ("Content-Location: /x\r\ncontent-TYPE: application/dicom;transfer-syntax=1.2.840.10008.1.2.1\r\n\r\n", " \t"),
    ] {
        let body =
            [b"--6cb1804f-91df", padding.as_bytes(), b"\r\n", head.as_bytes(), &file, b"\r\n--6cb1804f-91df--\r\n"];
        assert_eq!(contents(&body.concat(), "6cb1804f-91df"), [("application/dicom".to_owned(), file.clone())]);
        // The last line break may be missing, and the first one present.
        let body =
            [b"\r\n--6cb1804f-91df", padding.as_bytes(), b"\r\n", head.as_bytes(), &file, b"\r\n--6cb1804f-91df--"];
        assert_eq!(contents(&body.concat(), "6cb1804f-91df"), [("application/dicom".to_owned(), file.clone())]);
    }
}

#[test]
fn an_empty_part_is_a_part_and_an_answer_may_have_none() {
    assert_eq!(contents(b"--b\r\n\r\n\r\n--b--", "b"), [(String::new(), Vec::new())]);
    assert_eq!(contents(b"--b--\r\n", "b"), []);
}

#[test]
fn a_part_that_is_something_else_than_a_file_is_refused() {
    let part = |media_type: &str| BodyPart { media_type: media_type.into(), content: 0..1 };
    assert_eq!(part("application/dicom").expect_dicom(), Ok(()));
    assert_eq!(part("").expect_dicom(), Ok(()));
    let refused = part("application/octet-stream").expect_dicom().unwrap_err();
    assert_eq!(refused.to_string(), "it answered with application/octet-stream, expected application/dicom");
}

#[test]
fn a_body_that_ends_early_is_refused_wherever_it_ends() {
    let body = b"--bound\r\nContent-Type: application/dicom\r\n\r\nabcdef\r\n--bound--";
    for end in 0..body.len() {
        assert_eq!(scan(&body[..end], "bound", 7), Err(DicomWebMessage::EndsEarly), "{end} bytes");
    }
    assert!(scan(body, "bound", 7).is_ok());
}

#[test]
fn what_is_not_divided_as_its_head_says_is_refused() {
    assert_eq!(scan(b"--bound-and-more\r\n\r\nx", "bound", 4), Err(DicomWebMessage::NoParts));
    let endless = [b"--b\r\n".to_vec(), b"X-Header: y\r\n".repeat(10_000)].concat();
    assert_eq!(scan(&endless, "b", 1000), Err(DicomWebMessage::NoParts));
    assert_eq!(scan(b"DICM without any boundary", "b", 4), Err(DicomWebMessage::EndsEarly));
}

#[test]
fn an_envelope_gives_its_file_back_and_its_boundary_is_not_in_the_file() {
    // A file that has the first boundaries in it.
    let first = FileEnvelope::around(b"").head;
    let boundary = first.trim_start_matches("--").split("\r\n").next().unwrap().to_owned();
    let file = [b"DICM\r\n--", boundary.as_bytes(), b"--\r\n"].concat();
    let envelope = FileEnvelope::around(&file);
    assert!(!envelope.head.contains(&boundary));
    let body = [envelope.head.as_bytes(), &file, envelope.tail.as_bytes()].concat();
    let head = AnswerHead { status: 200, content_type: envelope.content_type };
    let Ok(Packing::Multipart { boundary }) = head.expect_file() else { panic!("{head:?}") };
    assert_eq!(contents(&body, &boundary), [("application/dicom".to_owned(), file)]);
    // PS3.18 8.6.1.2.1: at most 70 characters, and no quotes are needed.
    assert!(boundary.len() <= 70 && boundary.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'));
}
