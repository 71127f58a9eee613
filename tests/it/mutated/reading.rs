//! What each file is given to: the readers, and behind them the session of the page, which opens what was read. The
//! targets of `fuzz` read with this too.

use islet::app::model_import::{DroppedZip, import_releases};
use islet::app::protocol::{Request, Response};
use islet::app::saved_session::SavedSession;
use islet::app::session::Session;
use islet::formats::dicomweb::answer::{AnswerHead, Packing};
use islet::formats::dicomweb::multipart::PartScanner;
use islet::formats::dicomweb::{listing, stored};
use islet::formats::nnunet::NnUnetCheckpoint;
use islet::formats::{Contents, Importer, dicom, nifti};
use islet::imaging::edit::Corrections;
use islet::nn::model::weights::ModelFile;

use super::kinds::{CORRECTED_DIMS, Target};

/// The memory that a file of this size may take, in bytes: 64 MiB, and four times its size.
pub(super) fn most_bytes(size: usize) -> usize {
    (64 << 20) + 4 * size
}

/// The most voxels of a series of a session file whose corrections are exported here.
const MOST_EXPORTED: usize = 1 << 20;

/// A page's session, without a page.
pub(super) struct Reader(Session);

impl Reader {
    /// A session whose model is this file.
    pub(super) fn new(model: Vec<u8>) -> Self {
        Self(Session::new(ModelFile::read(&model).expect("it was written here"), model))
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
            Target::Session => self.keep(bytes),
            Target::Answer => understand(bytes),
        }
    }

    /// Opens files; true if a series or labels were among them.
    fn open(&mut self, files: &[&[u8]]) -> bool {
        let contents = imported(files);
        let taken = !contents.series.is_empty() || !contents.labels.is_empty();
        self.0.open(contents);
        self.0.handle(Request::Close);
        taken
    }

    /// Opens a series and labels; true if the labels lie on the series.
    fn open_labels(&mut self, files: &[&[u8]]) -> bool {
        let responses = self.0.open(imported(files));
        let taken = responses.iter().any(|response| matches!(response, Response::Truth(_)));
        self.0.handle(Request::Close);
        taken
    }

    /// Keeps the corrections of a session file, and exports them; true if it is one.
    fn keep(&mut self, bytes: &[u8]) -> bool {
        let Ok(saved) = SavedSession::from_bytes("a.session.json", bytes) else { return false };
        let voxels = saved.corrections.iter().map(|series| series.dims.iter().product::<usize>() * series.organs.len());
        let is_small = voxels.sum::<usize>() < MOST_EXPORTED;
        self.0.handle(Request::KeepCorrections(saved.corrections));
        if is_small {
            self.0.handle(Request::ExportKept);
        }
        self.0.handle(Request::Close);
        true
    }

    /// True if the model in use has changed.
    fn load(&mut self, load: impl FnOnce(&mut Session) -> usize) -> bool {
        let before = self.0.model().1;
        load(&mut self.0);
        self.0.model().1 != before
    }
}

fn imported(files: &[&[u8]]) -> Contents {
    let mut importer = Importer::new();
    files.iter().enumerate().for_each(|(i, bytes)| importer.add(&format!("folder/file {i}"), bytes));
    importer.finish()
}

/// Reads a server's answer as all that it may be asked for; true if it is any of that.
fn understand(bytes: &[u8]) -> bool {
    let end = bytes.iter().position(|&byte| byte == b'\n').unwrap_or(bytes.len());
    let head = AnswerHead { status: 200, content_type: String::from_utf8_lossy(&bytes[..end]).into_owned() };
    let body = bytes.get(end + 1..).unwrap_or_default();
    let text = String::from_utf8_lossy(body);
    let is_list = listing::read_studies(&text).is_ok() | listing::read_series(&text).is_ok();
    let is_known = listing::read_instances(&text).is_ok() | stored::read_outcome(&head, &text, "1.2.3").is_ok();
    let Ok(Packing::Multipart { boundary }) = head.expect_file() else { return is_list | is_known };
    let mut scanner = PartScanner::new(&boundary);
    let parts = body.chunks(100).try_for_each(|piece| scanner.take(piece)).and_then(|()| scanner.finish());
    parts.is_ok_and(|parts| parts.iter().all(|part| part.expect_dicom().is_ok()))
}
