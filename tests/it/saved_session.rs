//! Session files: what is written comes back, and nothing that is not one does.

use islet::app::protocol::{OrganCorrections, SeriesCorrections};
use islet::app::saved_session::{BEGINNING, MOST_BYTES, SavedSession};

fn session(dims: [usize; 3]) -> SavedSession {
    let organ = OrganCorrections { organ: "pancreas".into(), slices: 2, bytes: vec![0, 7, 255] };
    let series =
        SeriesCorrections { key: "abcdef".into(), name: "Abdomen".into(), dims, geometry: None, organs: vec![organ] };
    SavedSession::new(vec![series], Some(serde_json::json!({ "slice": 12 })))
}

#[test]
fn what_is_written_comes_back() {
    let saved = session([3, 4, 5]);
    let bytes = saved.to_bytes();
    assert!(bytes.starts_with(BEGINNING.as_bytes()), "by which the page tells it from other files");
    assert_eq!(SavedSession::from_bytes("a.session.json", &bytes).unwrap(), saved);
}

#[test]
fn what_is_damaged_too_large_or_of_another_version_is_refused_by_name() {
    let refused = |bytes: &[u8], says: &str| {
        let refusal = SavedSession::from_bytes("a.session.json", bytes).unwrap_err().to_string();
        assert!(refusal.contains(says) && refusal.contains("a.session.json"), "{refusal}");
    };
    let text = String::from_utf8(session([3, 4, 5]).to_bytes()).unwrap();
    for length in 0..text.len() {
        refused(&text.as_bytes()[..length], "cannot be read");
    }
    refused(text.replacen(":1,", ":2,", 1).as_bytes(), "version 2");
    refused(text.replacen("[3,4,5]", "[3,4]", 1).as_bytes(), "cannot be read");
    refused(&session([0, 4, 5]).to_bytes(), "[0, 4, 5]");
    refused(&session([usize::MAX, 4, 5]).to_bytes(), "claims a series");
    refused(&session([3000, 512, 512]).to_bytes(), "claims a series");
    refused(&vec![b' '; MOST_BYTES + 1], "at most 64");
}
