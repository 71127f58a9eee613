//! Reading and writing of files: series, models, and writes that leave either the old file or the
//! new one.
//!
//! Formats are decoded in `formats`; this file only finds and moves bytes.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::core::error::UserError;
use crate::core::i18n::messages::InputCheckMessage;
use crate::formats::{Importer, LabelMap, Series, is_clutter, is_header_name};
use crate::nn::model::weights::ModelFile;
use crate::nn::segmentation_model::SegmentationModel;

/// The bytes of a file.
///
/// # Errors
/// A file that cannot be read.
pub fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| unreadable(path))
}

/// Writes a file by way of a temporary one in the same folder, which is synced and then renamed. The
/// folder is created if it is missing, and synced too, so that the new name survives a power cut.
///
/// # Errors
/// A folder or file that cannot be written.
pub fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    let partial = PathBuf::from(format!("{}.partial", path.display()));
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let attempt = || -> std::io::Result<()> {
        fs::create_dir_all(folder)?;
        let mut file = File::create(&partial)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&partial, path)?;
        // Some systems do not open folders. There the rename is all that can be done.
        File::open(folder).map_or(Ok(()), |folder| folder.sync_all())
    };
    attempt()
        .inspect_err(|_| {
            // On a full disk the partial file only takes up space.
            let _ = fs::remove_file(&partial);
        })
        .with_context(|| format!("{} cannot be written", path.display()))
}

/// Reads and checks a model file.
///
/// # Errors
/// A file that cannot be read or is not a model.
pub fn read_model(path: &Path) -> Result<ModelFile> {
    let model = SegmentationModel::read(&read(path)?).and_then(SegmentationModel::of_slices);
    model.map_err(|refusal| refused(path, refusal).into())
}

/// A checked model file of slices or of whole volumes.
///
/// # Errors
/// A file that cannot be read or is no model.
pub fn read_any_model(path: &Path) -> Result<SegmentationModel> {
    SegmentationModel::read(&read(path)?).map_err(|refusal| refused(path, refusal).into())
}

/// The refusal of something inside a file, with the name of the file put before it.
pub fn refused(path: &Path, refusal: UserError) -> UserError {
    UserError { subject: format!("{} ({})", path.display(), refusal.subject).into(), ..refusal }
}

/// Every file in the folder `path` and its subfolders, or the file `path` itself, sorted by name.
/// What systems leave in folders (`._a.nii.gz`, `.DS_Store`, `__MACOSX`) is left out, and so are links
/// that lead nowhere, with a note, or back to a folder above.
///
/// # Errors
/// A folder that cannot be read.
pub fn walk(path: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    if fs::metadata(path).with_context(|| unreadable(path))?.is_dir() {
        walk_folder(path, &mut Vec::new(), &mut files)?;
    } else {
        files.push(path.to_path_buf());
    }
    Ok(files)
}

/// Adds the files of `folder`; `above` are the true paths of the folders that it lies in.
fn walk_folder(folder: &Path, above: &mut Vec<PathBuf>, files: &mut Vec<PathBuf>) -> Result<()> {
    let true_path = fs::canonicalize(folder).with_context(|| unreadable(folder))?;
    if above.contains(&true_path) {
        return Ok(());
    }
    let entries = fs::read_dir(folder).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let mut entries = entries.with_context(|| unreadable(folder))?;
    entries.sort_by_key(fs::DirEntry::path);
    above.push(true_path);
    for entry in entries.iter().filter(|entry| !is_clutter(&entry.file_name().to_string_lossy())) {
        let path = entry.path();
        match fs::metadata(&path) {
            Ok(target) if target.is_dir() => walk_folder(&path, above, files)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                eprintln!("note: left out {}: it is a link to a file that is not there", path.display());
            }
            // What cannot be looked at is an error once it is read.
            _ => files.push(path),
        }
    }
    above.pop();
    Ok(())
}

fn unreadable(path: &Path) -> String {
    format!("{} cannot be read", path.display())
}

/// The largest series at `path`: a file, a zip, or a folder of slices. Other series and the notes on
/// this one are printed on standard error.
///
/// # Errors
/// A file that cannot be read, or no series at all.
pub fn read_series(path: &Path) -> Result<Series> {
    let mut intake = Importer::new();
    add_files(&mut intake, path)?;
    let contents = intake.finish();
    let is_label_alone = contents.refused.is_empty() && contents.listed.is_empty();
    let label = contents.labels.first().filter(|_| is_label_alone);
    let label =
        label.map(|map| UserError::new(&map.name, InputCheckMessage::OnlyLabels, InputCheckMessage::GiveTheScan));
    let refusal = label.or_else(|| contents.refusal());
    let mut series = contents.series.into_iter();
    let Some(largest) = series.next() else {
        let refusal = refusal.unwrap_or_else(|| {
            UserError::new(
                path.display().to_string(),
                "no CT series was found, expected DICOM slices, a NIfTI or NRRD volume, a PNG or a JPEG",
                "Name a folder with the slices of one series, or a single file",
            )
        });
        return Err(refusal.into());
    };
    for other in series {
        eprintln!("note: left out another series, {} ({} slices)", other.name, other.volume.depth());
    }
    for listed in &contents.listed {
        eprintln!("note: left out {}: {}", listed.name, listed.reason);
    }
    for labels in &contents.labels {
        eprintln!("note: left out {}: it holds labels and is not a scan", labels.name);
    }
    for refusal in &contents.refused {
        eprintln!("note: left out {}: {}", refusal.subject, refusal.reason);
    }
    for note in &largest.notes {
        eprintln!("note: {}: {note}", largest.name);
    }
    Ok(largest)
}

/// The labels at `path`, in any format in which labels come, and those of one scan alone.
///
/// # Errors
/// A file that cannot be read or holds no labels; several label maps.
pub fn read_labels(path: &Path) -> Result<LabelMap> {
    let mut intake = Importer::new();
    add_files(&mut intake, path)?;
    let contents = intake.finish();
    let refused = |why: &str, hint: &str| UserError::new(path.display().to_string(), why.to_owned(), hint.to_owned());
    let several = || refused("it holds several label maps, expected one", "Name the file of the labels of this scan");
    let none = || {
        let why = "it holds no labels, expected NIfTI, NRRD, MetaImage, a DICOM SEG or RTSTRUCT";
        refused(why, "Name the file of the labels of this scan")
    };
    let mut labels = contents.labels.into_iter();
    match (labels.next(), labels.next()) {
        (Some(map), None) => Ok(map),
        (Some(_), Some(_)) => Err(several().into()),
        (None, _) => Err(contents.refused.into_iter().next().unwrap_or_else(none).into()),
    }
}

/// Adds the files at `path`, and those beside it that hold the voxels of a header.
fn add_files(intake: &mut Importer, path: &Path) -> Result<()> {
    let mut files = walk(&header_of(path).unwrap_or_else(|| path.to_path_buf()))?;
    // Headers first: they name the files that hold their voxels.
    files.sort_by_key(|file| !is_header_name(&file.to_string_lossy()));
    for file in &files {
        intake.add(&file.display().to_string(), &read(file)?);
    }
    // Of a lone header the voxels were not among the files.
    for name in intake.awaited() {
        let file = PathBuf::from(&name);
        if file.is_file() {
            intake.add(&name, &read(&file)?);
        }
    }
    Ok(())
}

/// The header beside a file of voxels: `scan.hdr` of `scan.img`; `None` for other files.
fn header_of(path: &Path) -> Option<PathBuf> {
    let name = path.file_name()?.to_str()?;
    let stem = [".img", ".img.gz", ".raw", ".raw.gz", ".zraw"].iter().find_map(|ending| name.strip_suffix(ending))?;
    let headers = [".hdr", ".hdr.gz", ".nhdr", ".mhd"].map(|ending| path.with_file_name(format!("{stem}{ending}")));
    headers.into_iter().find(|header| header.is_file())
}

/// True if the machine has too little memory or disk space, or a limit of the file system or the
/// user is reached.
pub(crate) fn is_shortage(kind: io::ErrorKind) -> bool {
    use io::ErrorKind::{FileTooLarge, OutOfMemory, QuotaExceeded, StorageFull};
    matches!(kind, StorageFull | OutOfMemory | QuotaExceeded | FileTooLarge)
}
