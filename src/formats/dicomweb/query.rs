//! The addresses that a server is asked at: searches (QIDO-RS, PS3.18 10.6), files (WADO-RS, 10.4) and storing
//! (STOW-RS, 10.5). `server` is the address of the service without a slash at its end.

use super::listing::STUDY_DESCRIPTION;

/// Where servers of DICOMweb usually are, relative to a page: beside it, Orthanc's, common ones, and dcm4chee's.
pub const USUAL_PATHS: [&str; 5] =
    ["dicom-web", "/dicom-web", "/dicomweb", "/orthanc/dicom-web", "/dcm4chee-arc/aets/DCM4CHEE/rs"];

/// The most studies that are listed.
pub const MOST_STUDIES: usize = 100;

/// The most instances that are asked for at a time.
pub const MOST_INSTANCES: usize = 500;

/// The addresses whose answers, together, are the studies of the patients whose name or ID contains these words: of all,
/// if there are none. Each is asked for one study more than is listed, so that it is known whether there are more.
pub fn studies(server: &str, words: &str) -> Vec<String> {
    let all = format!("{server}/studies?includefield={STUDY_DESCRIPTION}&limit={}", MOST_STUDIES + 1);
    // The parts of a name are in an order of their own (PS3.5 6.2.1), with other signs between them.
    let name: Vec<&str> = words.split([' ', ',', '^', '\t']).filter(|part| !part.is_empty()).collect();
    if name.is_empty() {
        return vec![all];
    }
    let name = encoded(&name.join("*"));
    let id = encoded(words.trim());
    vec![format!("{all}&PatientName=*{name}*"), format!("{all}&PatientID=*{id}*")]
}

/// The address of the list of a study's series.
pub fn series(server: &str, study: &str) -> String {
    format!("{server}/studies/{study}/series")
}

/// The address of a part of the list of a series' instances, after the first `offset` of them.
pub fn instances(server: &str, study: &str, series: &str, offset: usize) -> String {
    format!("{server}/studies/{study}/series/{series}/instances?limit={MOST_INSTANCES}&offset={offset}")
}

/// The address of a file.
pub fn instance(server: &str, study: &str, series: &str, instance: &str) -> String {
    format!("{server}/studies/{study}/series/{series}/instances/{instance}")
}

/// The address at which files are stored.
pub fn store(server: &str) -> String {
    format!("{server}/studies")
}

/// A value of a query (RFC 3986, 3.4). A person's wildcards `*` and `?` stay wildcards (PS3.4 C.2.2.2.4).
fn encoded(value: &str) -> String {
    let mut text = String::new();
    for byte in value.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'*' => text.push(char::from(byte)),
            _ => text += &format!("%{byte:02X}"),
        }
    }
    text
}
