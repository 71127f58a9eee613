//! What each file is given to: the readers, and behind them the session of the page, which opens what was read.

use islet::app::model_import::{DroppedZip, import_releases};
use islet::app::protocol::{Request, Response};
use islet::app::session::Session;
use islet::formats::nnunet::NnUnetCheckpoint;
use islet::formats::{Contents, Importer, dicom, nifti};
use islet::imaging::edit::Corrections;
use islet::nn::model::Preset;
use islet::nn::model::weights::{ModelFile, Precision};

use super::corpus::{CORRECTED_DIMS, Target};
use crate::model::random_file;

/// A page's session, without a page.
pub(super) struct Reader {
    session: Session,
    model: Vec<u8>,
}

impl Reader {
    pub(super) fn new() -> Self {
        let model = random_file(&Preset::Tiny.config(), Precision::F16);
        Self { session: session(&model), model }
    }

    /// As after a panic: nothing of what was there is used again.
    pub(super) fn restart(&mut self) {
        self.session = session(&self.model);
    }

    /// Reads a file, and opens what was read; true if it was taken.
    pub(super) fn read(&mut self, target: Target, companions: &[Vec<u8>], bytes: &[u8]) -> bool {
        match target {
            Target::Import => {
                let mask = nifti::read_mask("file", bytes).is_ok();
                let segmentation = dicom::read_seg("file", bytes).is_ok();
                self.open(&[bytes]) | mask | segmentation
            }
            Target::ImportAmongSlices => {
                let mut files: Vec<&[u8]> = companions.iter().map(Vec::as_slice).collect();
                files[2] = bytes;
                self.open(&files)
            }
            Target::ImportWithSeries => {
                let files: Vec<&[u8]> = companions.iter().map(Vec::as_slice).chain([bytes]).collect();
                self.open_labels(&files)
            }
            Target::Model => self.load(|session| session.load_model("a.safetensors", bytes.to_vec()).len()),
            Target::Release => {
                let zip = DroppedZip { name: "a.zip".into(), bytes: bytes.to_vec() };
                let meant = zip.is_release();
                self.load(|session| session.load_import(import_releases(vec![zip])).len()) && meant
            }
            Target::Checkpoint => NnUnetCheckpoint::read("checkpoint_final.pth", bytes).is_ok(),
            Target::Corrections => Corrections::from_bytes(bytes, CORRECTED_DIMS).is_ok(),
        }
    }

    /// Opens files; true if a series or labels were among them.
    fn open(&mut self, files: &[&[u8]]) -> bool {
        let contents = imported(files);
        let taken = !contents.series.is_empty() || !contents.labels.is_empty();
        self.session.open(contents);
        self.session.handle(Request::Close);
        taken
    }

    /// Opens a series and labels; true if the labels lie on the series.
    fn open_labels(&mut self, files: &[&[u8]]) -> bool {
        let responses = self.session.open(imported(files));
        let taken = responses.iter().any(|response| matches!(response, Response::Truth(_)));
        self.session.handle(Request::Close);
        taken
    }

    /// True if the model in use has changed.
    fn load(&mut self, load: impl FnOnce(&mut Session) -> usize) -> bool {
        let before = self.session.model().1;
        load(&mut self.session);
        self.session.model().1 != before
    }
}

fn imported(files: &[&[u8]]) -> Contents {
    let mut importer = Importer::new();
    files.iter().enumerate().for_each(|(i, bytes)| importer.add(&format!("folder/file {i}"), bytes));
    importer.finish()
}

fn session(model: &[u8]) -> Session {
    Session::new(ModelFile::read(model).expect("it was written here"), model.to_vec())
}
