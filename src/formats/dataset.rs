//! A labelled scan as a data set that training tools read, packed as a zip; and such zips unpacked, from strangers.
//!
//! The layout is nnU-Net v2's: `dataset.json`, `imagesTr/NAME_0000.nii.gz`, `labelsTr/NAME.nii.gz`. What a data set's
//! labels mean to a training is not decided here: that is `cli::datasets`.

use std::collections::BTreeMap;
use std::io::{Cursor, Read, Write};

use serde_json::json;
use zip::CompressionMethod;
use zip::read::{ZipArchive, ZipFile};
use zip::result::ZipResult;
use zip::write::{SimpleFileOptions, ZipWriter};

use super::nifti;
use crate::mask::{Mask, PANCREAS, PANCREAS_NAME};
use crate::refusal::Refusal;
use crate::volume::Volume;

/// The label of voxels that nobody labelled. nnU-Net wants it to be the highest.
pub const IGNORE: u8 = PANCREAS + 1;

/// The most files that a zip may hold.
const MOST_FILES: usize = 10_000;
/// The most bytes that a zip may unpack to.
const MOST_BYTES: u64 = 4 << 30;
/// Zips inside a zip each have an end of their own; more than these make the search for the true one slow.
const MOST_ENDS: usize = 16;
/// The most characters of a case's name.
const NAME_CHARS: usize = 64;

/// A data set of one case as a zip: the scan and its mask as NIfTI, and nnU-Net's `dataset.json` with a list as MONAI
/// and the Medical Segmentation Decathlon want it.
///
/// `volume` (HU) and `truth` (any label but 0 is pancreas) lie on one grid, in one order, `[z, y, x]`; `labelled` says
/// for each index of the first axis whether its slice was labelled, and slices that were not, or that it does not
/// reach, are filled with [`IGNORE`]. `name` becomes a file name: what is not a letter, a digit, `_` or `-` becomes `_`.
/// The same values give the same bytes: no clock is read.
pub fn write(name: &str, volume: &Volume, truth: &Mask, labelled: &[bool]) -> Vec<u8> {
    let name = file_name(name);
    let labels = nifti::write_mask(&with_ignored(truth, labelled), volume.geometry.as_ref());
    let files = [
        ("dataset.json".into(), described(&name).into_bytes()),
        (image_path(&name), nifti::write_volume(volume)),
        (label_path(&name), labels),
    ];
    pack(&files).expect("memory takes every byte")
}

fn file_name(name: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' };
    let name: String = name.chars().take(NAME_CHARS).map(plain).collect();
    if name.is_empty() { "case".into() } else { name }
}

fn with_ignored(truth: &Mask, labelled: &[bool]) -> Mask {
    let mut mask = Mask { labels: truth.labels.iter().map(|&l| if l == 0 { 0 } else { PANCREAS }).collect(), ..*truth };
    for z in (0..truth.dims[0]).filter(|&z| labelled.get(z) != Some(&true)) {
        mask.slice_mut(z).fill(IGNORE);
    }
    mask
}

fn described(name: &str) -> String {
    let about = "Abdominal CT with the pancreas, exported by Islet; slices that nobody labelled hold `ignore`";
    let labels = [(PANCREAS_NAME, PANCREAS), ("ignore", IGNORE)];
    description(name, about, "That of the images", &labels, &[name.to_owned()])
}

/// Where the scan of a case lies in the layout.
pub fn image_path(case: &str) -> String {
    format!("imagesTr/{case}_0000.nii.gz")
}

/// Where the label map of a case lies in the layout.
pub fn label_path(case: &str) -> String {
    format!("labelsTr/{case}.nii.gz")
}

/// `dataset.json` of a data set: its name, a sentence about it, the licence, its labels beside the background, its cases.
pub fn description(name: &str, about: &str, licence: &str, labels: &[(&str, u8)], cases: &[String]) -> String {
    let labels: BTreeMap<&str, u8> = labels.iter().copied().chain([("background", 0)]).collect();
    let pair = |case: &String| json!({ "image": format!("./{}", image_path(case)), "label": format!("./{}", label_path(case)) });
    let json = json!({
        "name": name, "description": about, "licence": licence, "channel_names": { "0": "CT" }, "labels": labels,
        "numTraining": cases.len(), "file_ending": ".nii.gz", "training": cases.iter().map(pair).collect::<Vec<_>>(),
    });
    format!("{json:#}\n")
}

/// Stored, not deflated: the large files are gzipped already.
fn pack(files: &[(String, Vec<u8>)]) -> ZipResult<Vec<u8>> {
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (path, bytes) in files {
        zip.start_file(path, options)?;
        zip.write_all(bytes)?;
    }
    Ok(zip.finish()?.into_inner())
}

/// Unpacks a zip into memory: the files' paths inside (see [`inside`]) and their bytes, in the archive's sequence.
///
/// # Errors
/// What is no whole zip; more than 10,000 files or 4 GiB unpacked, declared or real; a file that unpacks to another size
/// than declared; a path that leads out; encryption, zip64, and compression other than deflate.
pub fn read(name: &str, bytes: &[u8]) -> Result<Vec<(String, Vec<u8>)>, Refusal> {
    let damaged = |why: String| Refusal::new(name, why, "The file is damaged or cut short; export or copy it again");
    check_ends(bytes).map_err(|why| Refusal::new(name, why, PACK_AGAIN))?;
    let mut archive = ZipArchive::new(Cursor::new(bytes))
        .map_err(|error| damaged(format!("its table of contents cannot be read ({error})")))?;
    let found = list(name, &mut archive)?;
    let unpack = |(index, path): (usize, String)| match archive.by_index(index) {
        Ok(entry) => inflate(entry).map_err(|why| damaged(format!("`{path}` {why}"))).map(|bytes| (path, bytes)),
        Err(error) => Err(damaged(format!("`{path}` cannot be unpacked ({error})"))),
    };
    found.into_iter().map(unpack).collect()
}

/// The files of an archive, by index and path, after everything that can be checked before any is inflated.
fn list(name: &str, archive: &mut ZipArchive<Cursor<&[u8]>>) -> Result<Vec<(usize, String)>, Refusal> {
    let refused = |why: String| Refusal::new(name, why, PACK_AGAIN);
    if archive.len() > MOST_FILES {
        return Err(refused(format!("it holds {} files, expected at most {MOST_FILES}", archive.len())));
    }
    let mut found = Vec::new();
    let mut total = 0u64;
    for index in 0..archive.len() {
        let entry = archive.by_index_raw(index);
        let entry =
            entry.map_err(|error| refused(format!("its file number {} cannot be read ({error})", index + 1)))?;
        if entry.is_dir() {
            continue;
        }
        found.push((index, check(&entry).map_err(refused)?));
        total = total.saturating_add(entry.size());
    }
    // Each file is then held to the size that it declares.
    if total > MOST_BYTES {
        return Err(refused(format!("it declares {total} bytes unpacked, expected at most {MOST_BYTES}")));
    }
    Ok(found)
}

const PACK_AGAIN: &str = "Unpack it and give the folder, or pack the folder again as a plain zip";

/// What makes `ZipArchive` slow or greedy: it tries every end of an archive that the bytes hold, and reserves memory for
/// as many files as a zip64 end declares. Without zip64 that is at most 65,535.
fn check_ends(bytes: &[u8]) -> Result<(), String> {
    let at = |magic: &'static [u8; 4]| bytes.windows(4).enumerate().filter(move |(_, w)| w == magic).map(|(at, _)| at);
    let ends = at(b"PK\x05\x06").count();
    if ends > MOST_ENDS {
        return Err(format!("it holds {ends} ends of a zip archive, expected one"));
    }
    // Four bytes turn up by chance in a gigabyte; with a number of disks that a reader believes, they do not.
    let disks = |at: usize| bytes.get(at + 16..at + 20).and_then(|disks| disks.first_chunk());
    if at(b"PK\x06\x07").any(|at| disks(at).is_some_and(|&disks| u32::from_le_bytes(disks) <= 1)) {
        return Err(format!("it is a zip64 archive, expected a plain zip of at most {MOST_FILES} files and 4 GiB"));
    }
    Ok(())
}

/// A file's path inside, where it can be unpacked at all; nothing is inflated.
fn check<R: Read>(entry: &ZipFile<'_, R>) -> Result<String, String> {
    let path = inside(entry.name())
        .ok_or_else(|| format!("its path `{}` leads out of the archive, expected one inside", entry.name()))?;
    if entry.encrypted() {
        return Err(format!("`{path}` is encrypted, expected a plain file"));
    }
    match entry.compression() {
        CompressionMethod::Stored | CompressionMethod::Deflated => Ok(path),
        other => Err(format!("`{path}` is compressed with {other}, expected deflate or none")),
    }
}

/// The bytes of one file, never more than one beyond what it declares.
fn inflate<R: Read>(mut entry: ZipFile<'_, R>) -> Result<Vec<u8>, String> {
    let declared = entry.size();
    let mut bytes = Vec::new();
    let read = entry.by_ref().take(declared + 1).read_to_end(&mut bytes);
    let read = read.map_err(|error| format!("cannot be unpacked ({error})"))? as u64;
    match read.cmp(&declared) {
        std::cmp::Ordering::Equal => Ok(bytes),
        std::cmp::Ordering::Less => Err(format!("unpacks to {read} bytes, expected the {declared} that it declares")),
        std::cmp::Ordering::Greater => Err(format!("unpacks to more than the {declared} bytes that it declares")),
    }
}

/// A relative path, its parts joined by `/` and freed of `.`; `None` where it is absolute, leads upwards or is empty.
pub fn inside(path: &str) -> Option<String> {
    let rooted = path.starts_with(['/', '\\']) || path.get(1..2) == Some(":") || path.contains('\0');
    let parts: Vec<&str> = path.split(['/', '\\']).filter(|part| !matches!(*part, "" | ".")).collect();
    (!rooted && !parts.is_empty() && !parts.contains(&"..")).then(|| parts.join("/"))
}
