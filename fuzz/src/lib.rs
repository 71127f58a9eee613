//! What the targets share. A target is a format: how its files are read and how they are mutated, both as
//! `tests/it/mutated` does.
//!
//! libFuzzer counts which branches a file takes and keeps files that take new ones. Half of its mutations are its own
//! and half know the format. A panic, an overflow, a file that takes long, and one that takes more memory than a file
//! may end the run and leave the file behind.

#[path = "../../tests/it/mutated/bytes.rs"]
mod bytes;
#[path = "../../tests/it/mutated/containers.rs"]
mod containers;
#[path = "../../tests/it/mutated/corpus.rs"]
mod corpus;
#[path = "../../tests/it/mutated/dicom.rs"]
mod dicom;
#[path = "../../tests/it/mutated/kinds.rs"]
mod kinds;
#[path = "../../tests/it/model/random.rs"]
mod model;
#[path = "../../tests/it/nnunet/tiny.rs"]
mod nnunet;
#[path = "../../tests/it/mutated/reading.rs"]
mod reading;
mod seeds;

use std::alloc::System;
use std::cell::RefCell;
use std::path::Path;

use cap::Cap;
use islet::nn::model::Preset;
use islet::nn::model::weights::Precision;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::corpus::Corpus;
use crate::kinds::{Kind, Target};
use crate::model::random_file;
use crate::reading::{Reader, most_bytes};

/// A format, or a way to give files of it.
pub struct Format(Target, Kind);

/// A DICOM file of an image, alone.
pub const DICOM: Format = Format(Target::Import, Kind::Dicom);
/// A slice among those of its series.
pub const DICOM_SLICE: Format = Format(Target::ImportAmongSlices, Kind::Dicom);
/// Contours with the series that they lie on.
pub const RTSTRUCT: Format = Format(Target::ImportWithSeries, Kind::Dicom);
/// NIfTI, plain or gzipped.
pub const NIFTI: Format = Format(Target::Import, Kind::Nifti);
/// NRRD or MetaImage.
pub const TEXT_HEADER: Format = Format(Target::Import, Kind::TextHeader);
/// PNG or JPEG.
pub const PICTURE: Format = Format(Target::Import, Kind::Picture);
/// A zip of scans.
pub const ZIP: Format = Format(Target::Import, Kind::Zip);
/// A model file.
pub const MODEL: Format = Format(Target::Model, Kind::Model);
/// A checkpoint of nnU-Net.
pub const CHECKPOINT: Format = Format(Target::Checkpoint, Kind::Zip);
/// A zip of a model of nnU-Net, with its plans.
pub const RELEASE: Format = Format(Target::Release, Kind::Zip);
/// Saved corrections.
pub const CORRECTIONS: Format = Format(Target::Corrections, Kind::Plain);
/// A session file.
pub const SESSION: Format = Format(Target::Session, Kind::Json);
/// What a DICOMweb server answers.
pub const ANSWER: Format = Format(Target::Answer, Kind::Plain);

#[global_allocator]
static MEMORY: Cap<System> = Cap::new(System, usize::MAX);

thread_local! {
    /// The session that opens what is read, and the series that a file belongs to.
    static READER: RefCell<(Reader, Vec<Vec<u8>>)> = RefCell::new((
        Reader::new(random_file(&Preset::Tiny.config(), Precision::F16)),
        Corpus::new().companions,
    ));
}

/// Writes the files to begin with below `folder`, which has a folder for each target.
pub fn write_seeds(folder: &Path) {
    seeds::write(&Corpus::new(), folder);
}

impl Format {
    /// Reads a file, which is held to the memory that a file may take.
    pub fn read(&self, bytes: &[u8]) {
        READER.with_borrow_mut(|(reader, companions)| {
            // Fails only if less is left than is in use, which is not so: it grows from there.
            _ = MEMORY.set_limit(MEMORY.allocated() + most_bytes(bytes.len()));
            reader.read(self.0, companions, bytes);
            _ = MEMORY.set_limit(usize::MAX);
        });
    }

    /// Mutates the first `size` bytes of `data` in place, to at most `max_size`; how many there are then.
    pub fn mutate(&self, data: &mut [u8], size: usize, max_size: usize, seed: u32) -> usize {
        let mut random = ChaCha8Rng::seed_from_u64(seed.into());
        if random.random() {
            return libfuzzer_sys::fuzzer_mutate(data, size, max_size);
        }
        let mutated = kinds::mutated(self.1, data[..size].to_vec(), &[], &mut random);
        let length = mutated.len().min(max_size);
        data[..length].copy_from_slice(&mutated[..length]);
        length
    }
}

/// The entry points of a target, which libFuzzer calls.
#[macro_export]
macro_rules! target {
    ($format:ident) => {
        libfuzzer_sys::fuzz_target!(|bytes: &[u8]| $crate::$format.read(bytes));
        libfuzzer_sys::fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
            $crate::$format.mutate(data, size, max_size, seed)
        });
    };
}
