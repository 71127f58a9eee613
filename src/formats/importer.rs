//! What was given, sorted: series to open, label maps that belong to them, what is listed only, and what is refused.

use std::cmp::Reverse;

use serde_json::Value;

use super::detached::{DetachedImage, GridFile, is_header_name};
use super::dicom::{self, DicomFile, DicomSlice, Unopened};
use super::file_kind::{Kind, is_clutter, is_placeholder, placeholder, unknown};
use super::label_map::{ImageOrLabels, LabelMap};
use super::labels::Labels;
use super::zip::Archive;
use super::{Contents, Listed, Series, base_name, metaimage, nifti, nrrd, raster};
use crate::core::error::UserError;
use crate::core::i18n::messages::{FormatsMessage, LabelsMessage};

/// The file of a data set that says what its labels mean.
const DESCRIPTION: &str = "dataset.json";

/// Collects files one at a time, decoding each as it comes, so that no file's bytes need to be kept. Headers whose voxels are
/// in other files come before those ([`is_header_name`](super::is_header_name)).
#[derive(Default)]
pub struct Importer {
    /// Headers that wait for their voxels.
    detached: Vec<DetachedImage>,
    stacks: Vec<Vec<DicomSlice>>,
    series: Vec<Series>,
    labels: Vec<LabelMap>,
    /// What labels below a folder mean, by the folder's path.
    meanings: Vec<(String, Labels)>,
    listed: Vec<FileGroup>,
    refused: Vec<UserError>,
    /// Refused texts, such as a LICENSE beside the slices: mentioned only if nothing else was readable.
    texts: Vec<UserError>,
}

/// Files of one series that are not opened, for one reason.
struct FileGroup {
    series_uid: String,
    entry: Listed,
}

impl FileGroup {
    fn new(file: &str, other: Unopened) -> Self {
        let Unopened { series_uid, description, about, refusal } = other;
        let name = match (&description[..], &about.modality[..], about.series_number) {
            ("", "", _) => base_name(file).into(),
            ("", modality, Some(number)) => format!("{modality} series {number}"),
            ("", modality, None) => modality.into(),
            (description, ..) => description.into(),
        };
        Self {
            series_uid,
            entry: Listed { name, files: vec![file.into()], reason: refusal.reason, hint: refusal.hint },
        }
    }
}

impl Importer {
    /// An empty one.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes one file, of any kind: its content decides, not its name. `name` may be a path. A zip stands for the files in it.
    pub fn add(&mut self, name: &str, bytes: &[u8]) {
        match Kind::of(bytes) {
            Kind::Zip if !is_clutter(name) && !self.awaits(name) => self.add_zip(name, bytes),
            _ => self.add_file(name, bytes),
        }
    }

    /// The paths of files that headers name and that have not come yet.
    pub fn awaited(&self) -> Vec<String> {
        self.detached.iter().flat_map(DetachedImage::awaited).map(str::to_owned).collect()
    }

    fn awaits(&self, path: &str) -> bool {
        self.detached.iter().any(|image| image.awaits(path))
    }

    fn add_zip(&mut self, name: &str, bytes: &[u8]) {
        // Taken in whole or not at all: half a series would be worse than none.
        let mut inside = Self::new();
        let unpacked = Archive::open(name, bytes).and_then(|mut archive| {
            let paths: Vec<String> = archive.paths().map(|path| format!("{name}/{path}")).collect();
            let files = || paths.iter().enumerate().filter(|(_, path)| !is_clutter(path));
            let headers = files().filter(|(_, path)| is_header_name(path));
            for (place, path) in headers.chain(files().filter(|(_, path)| !is_header_name(path))) {
                inside.add_file(path, &archive.read(place)?);
            }
            Ok(())
        });
        match unpacked {
            Ok(()) => self.absorb(inside),
            Err(refusal) => self.refused.push(refusal),
        }
    }

    fn absorb(&mut self, other: Self) {
        other.stacks.into_iter().flatten().for_each(|slice| self.add_slice(slice));
        other.listed.into_iter().for_each(|unlisted| self.list(unlisted));
        self.detached.extend(other.detached);
        self.series.extend(other.series);
        self.labels.extend(other.labels);
        self.meanings.extend(other.meanings);
        self.refused.extend(other.refused);
        self.texts.extend(other.texts);
    }

    fn add_file(&mut self, name: &str, bytes: &[u8]) {
        if is_clutter(name) || self.take_voxels(name, bytes) {
            return;
        }
        let whole_file = match Kind::of(bytes) {
            Kind::Dicom => match dicom::read(name, bytes) {
                Ok(DicomFile::Slices(slices)) => return slices.into_iter().for_each(|slice| self.add_slice(slice)),
                Ok(DicomFile::Other(other)) if other.is_segmentation() => dicom::read_seg(name, bytes)
                    .and_then(|segmentation| LabelMap::of_segmentation(name, segmentation))
                    .map(ImageOrLabels::Labels),
                Ok(DicomFile::Other(other)) if other.is_structure_set() => dicom::read_structure_set(name, bytes)
                    .and_then(|contours| LabelMap::of_structure_set(name, contours))
                    .map(ImageOrLabels::Labels),
                Ok(DicomFile::Other(other)) => return self.list(FileGroup::new(name, *other)),
                Err(refusal) => Err(refusal),
            },
            Kind::Nifti | Kind::Nrrd | Kind::MetaImage => return self.add_grid(name, bytes),
            Kind::Picture => raster::read(name, bytes).map(ImageOrLabels::Image),
            Kind::Text if base_name(name) == DESCRIPTION => return self.describe(name, bytes),
            // It stands for a slice or a scan, which would be missing without a word.
            Kind::Text if is_placeholder(name, bytes) => Err(placeholder(name)),
            Kind::Text => return self.texts.push(unknown(name, bytes)),
            Kind::Zip => Err(UserError::new(name, FormatsMessage::ZipInsideZip, FormatsMessage::UnpackOuter)),
            Kind::Unknown => Err(unknown(name, bytes)),
        };
        self.keep(whole_file);
    }

    /// Takes a file of voxels, or a header that waits for them.
    fn add_grid(&mut self, name: &str, bytes: &[u8]) {
        let read = match Kind::of(bytes) {
            Kind::Nrrd => nrrd::read_either(name, bytes),
            Kind::MetaImage => metaimage::read_either(name, bytes),
            _ => nifti::read_either(name, bytes),
        };
        match read {
            Ok(GridFile::Whole(image)) => self.keep(Ok(*image)),
            Ok(GridFile::Detached(header)) => self.detached.push(header),
            Err(refusal) => self.refused.push(refusal),
        }
    }

    /// Takes the file if a header waits for it, whatever its content looks like; true if one did.
    fn take_voxels(&mut self, name: &str, bytes: &[u8]) -> bool {
        let Some(at) = self.detached.iter_mut().position(|image| image.take(name, bytes)) else { return false };
        if self.detached[at].is_complete() {
            let image = self.detached.remove(at).decode();
            self.keep(image);
        }
        true
    }

    fn keep(&mut self, read: Result<ImageOrLabels, UserError>) {
        match read {
            Ok(ImageOrLabels::Image(series)) => self.series.push(series),
            Ok(ImageOrLabels::Labels(map)) => self.labels.push(map),
            Err(refusal) => self.refused.push(refusal),
        }
    }

    fn add_slice(&mut self, slice: DicomSlice) {
        match self.stacks.iter_mut().find(|stack| stack.first().is_some_and(|first| dicom::same_stack(first, &slice))) {
            Some(stack) => stack.push(slice),
            None => self.stacks.push(vec![slice]),
        }
    }

    fn list(&mut self, new: FileGroup) {
        let same =
            |known: &&mut FileGroup| known.series_uid == new.series_uid && known.entry.reason == new.entry.reason;
        match self.listed.iter_mut().find(same).filter(|_| !new.series_uid.is_empty()) {
            Some(known) => known.entry.files.extend(new.entry.files),
            None => self.listed.push(new),
        }
    }

    fn describe(&mut self, file: &str, bytes: &[u8]) {
        let read =
            serde_json::from_slice::<Value>(bytes).map_err(|error| LabelsMessage::NoJson { error: error.to_string() });
        let folder = file[..file.len() - DESCRIPTION.len()].to_owned();
        match read.and_then(|description| Labels::read(&description["labels"])) {
            Ok(labels) => self.meanings.push((folder, labels)),
            Err(why) => self.texts.push(UserError::new(file, why, LabelsMessage::WriteAsDatasets)),
        }
    }

    /// What everything added comes to.
    pub fn finish(mut self) -> Contents {
        // First among the refusals: a file that is of no known kind may be what a header waits for.
        let incomplete = self.detached.iter().filter_map(|image| image.decode().err());
        self.refused.splice(0..0, incomplete);
        for stack in dicom::join(self.stacks) {
            match dicom::assemble(stack.slices) {
                Ok(mut series) => {
                    series.iter_mut().for_each(|series| series.notes.extend(stack.notes.iter().cloned()));
                    self.series.extend(series);
                }
                Err(refusal) => self.refused.push(refusal),
            }
        }
        for map in &mut self.labels {
            let meaning = self.meanings.iter().filter(|(folder, _)| map.file.starts_with(folder.as_str()));
            if let Some((_, labels)) = meaning.max_by_key(|(folder, _)| folder.len()) {
                map.meaning = Some(labels.clone());
            }
        }
        if self.series.is_empty() && self.labels.is_empty() {
            self.refused.append(&mut self.texts);
        }
        self.series.sort_by_key(|series| Reverse(series.volume.depth()));
        let listed = self.listed.into_iter().map(|unlisted| unlisted.entry).collect();
        Contents { series: self.series, labels: self.labels, listed, refused: shared(self.refused) }
    }
}

/// One refusal for all files refused for the same reason: a compressed series would fill the page with them.
fn shared(refused: Vec<UserError>) -> Vec<UserError> {
    let mut groups: Vec<(UserError, usize)> = Vec::new();
    for refusal in refused {
        match groups.iter_mut().find(|(first, _)| first.reason == refusal.reason && first.hint == refusal.hint) {
            Some((_, more)) => *more += 1,
            None => groups.push((refusal, 0)),
        }
    }
    let name = |(mut refusal, more): (UserError, usize)| {
        if more > 0 {
            refusal.subject = FormatsMessage::AndMore { name: refusal.subject, count: more }.into();
        }
        refusal
    };
    groups.into_iter().map(name).collect()
}
