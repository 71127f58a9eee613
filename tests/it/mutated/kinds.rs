//! What a file is, what reads it, and how it is mutated. The targets of `fuzz` mutate with this too.

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use super::{bytes, containers, dicom};

/// The series of the saved corrections that are mutated.
pub(super) const CORRECTED_DIMS: [usize; 3] = [30, 20, 25];

/// What a file is, which says how it is mutated.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Kind {
    Dicom,
    Nifti,
    TextHeader,
    Picture,
    Zip,
    Json,
    Model,
    Plain,
}

/// What reads a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Target {
    /// A file that is dropped into the page or given to `predict`.
    Import,
    /// A slice of a series, dropped with the others.
    ImportAmongSlices,
    /// Contours, dropped with the series that they lie on.
    ImportWithSeries,
    /// A model file.
    Model,
    /// A checkpoint of nnU-Net.
    Checkpoint,
    /// A zip of a model of nnU-Net.
    Release,
    /// Saved corrections.
    Corrections,
    /// A session file.
    Session,
    /// What a DICOMweb server answers: the media type, a line break, and the body.
    Answer,
}

/// A file of this kind with one mutation; `other` is a file of the same kind to splice with.
pub(super) fn mutated(kind: Kind, mut bytes: Vec<u8>, other: &[u8], random: &mut ChaCha8Rng) -> Vec<u8> {
    if random.random_ratio(1, 4) {
        bytes::mutate(&mut bytes, other, random);
        return bytes;
    }
    let is_gzip = bytes.starts_with(&[0x1F, 0x8B]);
    match kind {
        Kind::Dicom => dicom::mutate(&mut bytes, random),
        Kind::Nifti if is_gzip => {
            let Some(mut plain) = containers::gunzipped(&bytes) else { return bytes };
            containers::nifti(&mut plain, random);
            return containers::gzipped(&plain);
        }
        Kind::Nifti => containers::nifti(&mut bytes, random),
        Kind::TextHeader => containers::text_header(&mut bytes, random),
        Kind::Picture => containers::picture(&mut bytes, random),
        Kind::Json => bytes = containers::json(&bytes, random),
        Kind::Model => containers::safetensors(&mut bytes, random),
        Kind::Zip => return in_zip(bytes, other, random),
        Kind::Plain => bytes::mutate(&mut bytes, other, random),
    }
    bytes
}

/// One file of a zip mutated by its kind, with the right checksum; or a record of the zip.
fn in_zip(mut bytes: Vec<u8>, other: &[u8], random: &mut ChaCha8Rng) -> Vec<u8> {
    let files = containers::unzipped(&bytes).filter(|files| !files.is_empty());
    let Some(mut files) = files.filter(|_| random.random_ratio(3, 4)) else {
        containers::zip_records(&mut bytes, other, random);
        return bytes;
    };
    let at = random.random_range(0..files.len());
    let content = std::mem::take(&mut files[at].1);
    let kind = match files[at].0.rsplit('.').next() {
        Some("json") => Kind::Json,
        Some("gz") => Kind::Nifti,
        Some("dcm") => Kind::Dicom,
        // A checkpoint inside of a release is a zip again.
        Some("pth") => Kind::Zip,
        _ => Kind::Plain,
    };
    files[at].1 = mutated(kind, content, &[], random);
    containers::zipped(&files)
}
