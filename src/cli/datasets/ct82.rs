//! NIH Pancreas-CT (CT-82) as the archive lays it out: `PANCREAS_0001/.../*.dcm` and `label0001.nii.gz`, anywhere below one folder.
//!
//! A label is paired with its scan by where its voxels lie in the patient, never by array order (the archive's labels and slices
//! run in different directions), and a pair that does not fit is refused by case.

use std::collections::BTreeMap;

use anyhow::Result;

use super::naming::{FIRST_PHANTOM_ID, LARGEST_ID};
use super::source::CaseSource;
use super::{LoadedCase, pair};
use crate::core::error::UserError;
use crate::core::mask::{Mask, PANCREAS};
use crate::formats::{Importer, nifti};

/// The highest number of a patient of the archive.
const LAST_PATIENT: u32 = 82;

/// Withdrawn by the archive: the same scan as #2.
pub const WITHDRAWN: [u32; 2] = [25, 70];

/// Where one case's files are.
#[derive(Clone, Debug, Default)]
pub struct Ct82Files {
    /// The patient's number in the names of its files. Its number as a case is another where two downloads lie in one
    /// folder.
    patient: u32,
    slices: Vec<String>,
    label: String,
}

/// The files of the archive, by the number of their patient.
#[derive(Default)]
struct ArchiveFiles {
    /// The slices by patient and the patient's folder.
    scans: BTreeMap<(u32, String), Vec<String>>,
    labels: BTreeMap<u32, Vec<String>>,
}

impl ArchiveFiles {
    fn of(source: &CaseSource) -> Result<Self> {
        let mut found = Self::default();
        // The folder itself may be a case's.
        let own = source.path().file_name().unwrap_or_default().to_string_lossy().into_owned();
        for path in source.names()? {
            let name = path.rsplit('/').next().unwrap_or_default();
            let is_nifti = name.ends_with(".nii") || name.ends_with(".nii.gz");
            if let Some(id) = number_after(name, "label").filter(|_| is_nifti) {
                found.labels.entry(id).or_default().push(path);
            } else if name.to_lowercase().ends_with(".dcm") {
                let parts: Vec<&str> = std::iter::once(own.as_str()).chain(path.split('/')).collect();
                let places = parts.iter().enumerate();
                let mut numbered = places.filter_map(|(place, part)| Some((place, number_after(part, "PANCREAS_")?)));
                if let Some((place, id)) = numbered.next() {
                    found.scans.entry((id, parts[1..=place].join("/"))).or_default().push(path);
                }
            }
        }
        Ok(found)
    }
}

/// The cases of `source` that have both slices and a label, by number.
///
/// Where two folders hold a patient of one number and a label each, as two downloads do, each is a case: the later one
/// gets the next number after all others, and each takes the label that lies nearer to it. With one label they are parts of
/// one case.
///
/// # Errors
/// A source that cannot be read, or holds no case.
pub fn find(source: &CaseSource) -> Result<BTreeMap<u32, Ct82Files>> {
    let ArchiveFiles { mut scans, labels } = ArchiveFiles::of(source)?;
    for id in WITHDRAWN {
        if scans.keys().any(|(number, _)| *number == id) && labels.contains_key(&id) {
            eprintln!("note: case {id} is left out: the archive withdrew it as the same scan as case 2");
        }
        scans.retain(|(number, _), _| *number != id);
    }
    let mut cases: BTreeMap<u32, Ct82Files> = BTreeMap::new();
    let mut again = Vec::new();
    for ((patient, folder), slices) in scans {
        let Some(label) = labels.get(&patient).and_then(|labels| nearest(labels, &folder)) else { continue };
        match cases.get_mut(&patient) {
            None => {
                cases.insert(patient, Ct82Files { patient, slices, label: label.clone() });
            }
            Some(first) if first.label == *label => {
                eprintln!("note: {} holds patient {patient} too, with the same label", source.path_of(&folder));
                first.slices.extend(slices);
            }
            Some(_) => again.push((folder, Ct82Files { patient, slices, label: label.clone() })),
        }
    }
    for (folder, files) in again {
        let id = cases.last_key_value().map_or(LAST_PATIENT, |(last, _)| *last).max(LAST_PATIENT) + 1;
        eprintln!("note: {} is another patient {}; it is case {id}", source.path_of(&folder), files.patient);
        cases.insert(id, files);
    }
    if cases.is_empty() {
        let why = "no case was found, expected a dataset.json, or folders PANCREAS_0001 with .dcm slices and \
            label0001.nii.gz somewhere below";
        let hint = "Download Pancreas-CT as docs/training.md says, or write phantoms with `phantom --out DIR`";
        return Err(UserError::new(source.path().display().to_string(), why, hint).into());
    }
    Ok(cases)
}

/// The label whose path shares the most folders with `folder`.
fn nearest<'a>(labels: &'a [String], folder: &str) -> Option<&'a String> {
    let shared = |label: &&String| label.split('/').zip(folder.split('/')).take_while(|(a, b)| a == b).count();
    labels.iter().rev().max_by_key(shared)
}

impl Ct82Files {
    /// The names of all its files.
    pub fn names(&self) -> Vec<&str> {
        self.slices.iter().chain([&self.label]).map(String::as_str).collect()
    }

    /// The kind of case, in the plural, for the model's metadata.
    pub fn kind(&self) -> &'static str {
        match self.patient >= FIRST_PHANTOM_ID {
            true => "synthetic phantoms",
            false => "scans laid out as NIH Pancreas-CT (CT-82)",
        }
    }
}

/// Reads a case and puts its label on the scan's grid. What a person should know is added to `notes`.
///
/// # Errors
/// Unreadable files, a scan without a pixel size, and a label that lies on another grid.
pub fn load(id: u32, case: &Ct82Files, source: &CaseSource, notes: &mut Vec<String>) -> Result<LoadedCase> {
    let what = format!("case {id}");
    let mut intake = Importer::new();
    for file in &case.slices {
        intake.add(&source.path_of(file), &source.read(file)?);
    }
    let contents = intake.finish();
    let refusal = contents.refusal();
    let mut all_series = contents.series.into_iter();
    let Some(series) = all_series.next() else {
        return Err(refusal.map_or_else(
            || UserError::new(&what, "no readable slice was found", "Download the case again"),
            |refusal| UserError { subject: format!("{what}, {}", refusal.subject).into(), ..refusal },
        ))?;
    };
    for other in all_series {
        notes.push(format!("{what}: left out another series, {} ({} slices)", other.name, other.volume.depth()));
    }
    notes.extend(series.notes.iter().map(|note| format!("{what}: {note}")));
    let label = nifti::read_mask(&source.path_of(&case.label), &source.read(&case.label)?)?;
    let (volume, map) = pair(&what, series.volume, label)?;
    let inside = |&label: &u8| if label == 0 { 0 } else { PANCREAS };
    let truth = Mask { labels: map.labels.iter().map(inside).collect(), ..map };
    let labelled = vec![true; volume.depth()];
    Ok(LoadedCase { kind: case.kind(), ..LoadedCase::new(id, volume, truth, labelled) })
}

fn number_after(name: &str, prefix: &str) -> Option<u32> {
    let digits = name.strip_prefix(prefix)?;
    let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
    digits[..end].parse().ok().filter(|number| *number <= LARGEST_ID)
}
