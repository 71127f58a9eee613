//! Files to values and back: bytes in, [`Series`] and masks out, without I/O.
//!
//! [`Intake`] takes whatever was given, tells its kind by content and sorts it into series. One module per format:
//! [`dicom`], [`nifti`], [`picture`], and [`dataset`] for a labelled scan that is to be trained on. Files come from
//! strangers: every reader checks declared sizes before it believes them, and refuses in words. Only [`nifti`] knows RAS;
//! everything else is LPS.

pub mod dataset;
pub mod dicom;
pub mod nifti;
pub mod picture;

use std::cmp::Reverse;

use self::dicom::{DicomFile, DicomSlice, Identity};
use crate::refusal::Refusal;
use crate::volume::Volume;

/// One image found among what was given, in its file's own voxel order.
#[derive(Clone, Debug)]
pub struct Series {
    /// What to call it: the SeriesDescription, or the file name.
    pub name: String,
    /// The image.
    pub volume: Volume,
    /// The files it came from: for DICOM one per slice, in slice order; else one.
    pub files: Vec<String>,
    /// What a person should know about it, in sentences without a final stop.
    pub notes: Vec<String>,
    /// Whose it is, where it came in DICOM.
    pub identity: Option<Identity>,
}

/// What came out of an [`Intake`].
#[derive(Clone, Debug)]
pub struct Contents {
    /// The series, most slices first.
    pub series: Vec<Series>,
    /// What could not be used. Files refused for the same reason share one refusal.
    pub refused: Vec<Refusal>,
}

/// Collects files one at a time, decoding each as it comes, so that no file's bytes need to be kept.
#[derive(Default)]
pub struct Intake {
    stacks: Vec<Vec<DicomSlice>>,
    series: Vec<Series>,
    refused: Vec<Refusal>,
    /// Refused texts, such as a LICENSE beside the slices: mentioned only if nothing else was readable.
    texts: Vec<Refusal>,
}

impl Intake {
    /// An empty one.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes one file, of any kind: its content decides, not its name. `name` may be a path.
    pub fn add(&mut self, name: &str, bytes: &[u8]) {
        if is_clutter(base_name(name)) {
            return;
        }
        let whole_file = match kind(bytes) {
            Kind::Dicom => match dicom::read(name, bytes) {
                Ok(DicomFile::Slices(slices)) => return slices.into_iter().for_each(|slice| self.add_slice(slice)),
                Ok(DicomFile::Other(other)) => Err(other.refusal),
                Err(refusal) => Err(refusal),
            },
            Kind::Nifti => nifti::read_volume(name, bytes),
            Kind::Picture => picture::read(name, bytes),
            Kind::Text => return self.texts.push(unknown(name, bytes)),
            Kind::Unknown => Err(unknown(name, bytes)),
        };
        match whole_file {
            Ok(series) => self.series.push(series),
            Err(refusal) => self.refused.push(refusal),
        }
    }

    fn add_slice(&mut self, slice: DicomSlice) {
        match self.stacks.iter_mut().find(|stack| stack.first().is_some_and(|first| dicom::same_stack(first, &slice))) {
            Some(stack) => stack.push(slice),
            None => self.stacks.push(vec![slice]),
        }
    }

    /// The series of everything added.
    pub fn finish(mut self) -> Contents {
        for stack in self.stacks {
            match dicom::assemble(stack) {
                Ok(series) => self.series.push(series),
                Err(refusal) => self.refused.push(refusal),
            }
        }
        if self.series.is_empty() {
            self.refused.append(&mut self.texts);
        }
        self.series.sort_by_key(|series| Reverse(series.volume.depth()));
        Contents { series: self.series, refused: shared(self.refused) }
    }
}

enum Kind {
    Dicom,
    Nifti,
    Picture,
    Text,
    Unknown,
}

fn kind(bytes: &[u8]) -> Kind {
    match bytes {
        [0x1F, 0x8B, ..] => Kind::Nifti,
        [0x89, b'P', b'N', b'G', ..] | [0xFF, 0xD8, 0xFF, ..] => Kind::Picture,
        _ if dicom::looks_like(bytes) => Kind::Dicom,
        _ if nifti::looks_like(bytes) => Kind::Nifti,
        _ if is_text(bytes) => Kind::Text,
        _ => Kind::Unknown,
    }
}

fn is_text(bytes: &[u8]) -> bool {
    let start = &bytes[..bytes.len().min(1024)];
    let complete = match std::str::from_utf8(start) {
        Ok(_) => true,
        // A character cut at the end of the sample is no fault of the text.
        Err(error) => error.error_len().is_none(),
    };
    complete && !start.is_empty() && !start.contains(&0) && !start.starts_with(b"PK") && !start.starts_with(b"%PDF")
}

fn unknown(name: &str, bytes: &[u8]) -> Refusal {
    let found = match bytes {
        [] => "it is empty".into(),
        [b'P', b'K', ..] => "it is a zip archive".into(),
        [b'%', b'P', b'D', b'F', ..] => "it is a PDF".into(),
        [b'N', b'R', b'R', b'D', ..] => "it is an NRRD file".into(),
        _ if is_text(bytes) => "it is a text".into(),
        _ => {
            let start: Vec<String> = bytes.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
            format!("its content, which begins with bytes {}, is of no known kind", start.join(" "))
        }
    };
    let hint = match bytes {
        [b'P', b'K', ..] => "Unpack it and give the folder inside",
        _ => "Give the DICOM files of a CT series, a NIfTI file (.nii, .nii.gz), a PNG or a JPEG",
    };
    Refusal::new(name, format!("{found}, expected a CT image"), hint)
}

/// Files that systems leave in folders, and DICOM's own table of contents.
fn is_clutter(base_name: &str) -> bool {
    base_name.starts_with("._") || matches!(base_name, "" | ".DS_Store" | "DICOMDIR" | "Thumbs.db" | "desktop.ini")
}

/// A path's last part.
fn base_name(name: &str) -> &str {
    name.rsplit(['/', '\\']).next().unwrap_or_default()
}

/// One refusal for all files refused for the same reason: a compressed series would fill the page with them.
fn shared(refused: Vec<Refusal>) -> Vec<Refusal> {
    let mut groups: Vec<(Refusal, usize)> = Vec::new();
    for refusal in refused {
        match groups.iter_mut().find(|(first, _)| first.why == refusal.why && first.hint == refusal.hint) {
            Some((_, more)) => *more += 1,
            None => groups.push((refusal, 0)),
        }
    }
    let name = |(mut refusal, more): (Refusal, usize)| {
        if more > 0 {
            refusal.what += &format!(" and {more} more");
        }
        refusal
    };
    groups.into_iter().map(name).collect()
}
