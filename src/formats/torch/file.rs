//! The zip around a checkpoint: its pickle and its storages.

use std::collections::HashMap;

use super::tensor::{TensorView, TorchTensor};
use crate::core::error::UserError;
use crate::core::i18n::messages::{FormatsMessage, TorchMessage};
use crate::formats::damaged;
use crate::formats::zip::Archive;

/// The most bytes of a pickle. That of a checkpoint of 4,000 epochs with 117 classes has 33 million.
const MOST_PICKLE_BYTES: u64 = 256 << 20;

/// What a file in the format from before 1.6 begins with: the pickle of a number of 10 bytes
/// (`MAGIC_NUMBER` in `torch/serialization.py`), by the protocol that wrote it.
const OLD_MAGIC: [u8; 12] = [0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19];

/// A checkpoint whose zip has been checked.
pub struct TorchFile<'a> {
    name: &'a str,
    archive: Archive<'a>,
    /// The places of the files in the archive.
    places: HashMap<String, usize>,
    /// The folder that all of them are in.
    folder: String,
    /// How many bytes there are.
    held: u64,
    /// How many bytes of storages may still be read: each storage is read once.
    unread: u64,
}

impl<'a> TorchFile<'a> {
    /// Opens a checkpoint that is called `name` in messages.
    ///
    /// # Errors
    /// What is no zip as `torch.save` writes it: the format from before 1.6, TorchScript, a zip without `data.pkl`, big-endian
    /// numbers, and what [`Archive::open`] refuses.
    pub fn open(name: &'a str, bytes: &'a [u8]) -> Result<Self, UserError> {
        if !bytes.starts_with(b"PK") {
            return Err(match bytes.get(2..).is_some_and(|rest| rest.starts_with(&OLD_MAGIC)) {
                true => UserError::new(name, TorchMessage::OldCheckpoint, TorchMessage::SaveAgain),
                false => UserError::new(name, TorchMessage::NoCheckpoint, TorchMessage::GiveCheckpoint),
            });
        }
        let archive = Archive::open(name, bytes)?;
        let places: HashMap<String, usize> = archive.paths().map(str::to_owned).zip(0..).collect();
        let refused = |why: TorchMessage| UserError::new(name, why, TorchMessage::GiveCheckpoint);
        let is_pickle = |path: &&String| path.strip_suffix("/data.pkl").is_some_and(|folder| !folder.contains('/'));
        let pickle = places.keys().filter(is_pickle).min().ok_or_else(|| refused(TorchMessage::NoPickle))?;
        let folder = pickle.trim_end_matches("/data.pkl").to_owned();
        if places.contains_key(&format!("{folder}/constants.pkl")) {
            return Err(refused(TorchMessage::TorchScript));
        }
        let held = bytes.len() as u64;
        let mut file = Self { name, archive, places, folder, held, unread: held };
        file.check_byte_order()?;
        Ok(file)
    }

    fn check_byte_order(&mut self) -> Result<(), UserError> {
        let path = format!("{}/byteorder", self.folder);
        let Some(&place) = self.places.get(&path) else { return Ok(()) };
        let found = String::from_utf8_lossy(&self.stored(&path, place)?).chars().take(20).collect::<String>();
        match found.trim() {
            "little" => Ok(()),
            _ => Err(UserError::new(self.name, TorchMessage::ByteOrder { found }, TorchMessage::SaveAgain)),
        }
    }

    /// The bytes of the pickle, for [`Pickle::read`](super::Pickle::read).
    ///
    /// # Errors
    /// More than 256 MiB, and damage.
    pub fn pickle(&mut self) -> Result<Vec<u8>, UserError> {
        let path = format!("{}/data.pkl", self.folder);
        let place = self.places[&path];
        let bytes = self.archive.size(place);
        if bytes > MOST_PICKLE_BYTES {
            let why = TorchMessage::PickleTooLarge { bytes, most: MOST_PICKLE_BYTES };
            return Err(UserError::new(self.name, why, TorchMessage::GiveCheckpoint));
        }
        self.stored(&path, place)
    }

    /// The numbers of the tensor that is called `tensor` in messages.
    ///
    /// # Errors
    /// A storage that is missing or of another size than the view says, tensors that share storages so often that they take more
    /// bytes than the file has, and numbers that are not finite.
    pub fn read(&mut self, tensor: &str, view: &TensorView) -> Result<TorchTensor, UserError> {
        let path = format!("{}/data/{}", self.folder, view.storage);
        let place = self.places.get(&path).copied();
        let place = place.ok_or_else(|| {
            damaged(self.name, TorchMessage::NoStorage { tensor: tensor.to_owned(), path: path.clone() })
        })?;
        let bytes = self.archive.size(place);
        let needed = (view.storage_numbers as u64).checked_mul(view.kind.bytes() as u64);
        if needed != Some(bytes) {
            let numbers = view.storage_numbers as u64;
            return Err(damaged(self.name, TorchMessage::StorageSize { tensor: tensor.to_owned(), numbers, bytes }));
        }
        self.unread = self.unread.checked_sub(bytes).ok_or_else(|| damaged(self.name, TorchMessage::ReadTwice))?;
        let values = view.gather(&self.stored(&path, place)?);
        if values.values.iter().any(|value| !value.is_finite()) {
            return Err(damaged(self.name, TorchMessage::NotFinite { tensor: tensor.to_owned() }));
        }
        Ok(values)
    }

    /// The bytes of a file that is not compressed, so that what is read is never more than there is.
    fn stored(&mut self, path: &str, place: usize) -> Result<Vec<u8>, UserError> {
        let (path, bytes) = (path.to_owned(), self.archive.size(place));
        if !self.archive.is_stored(place) {
            return Err(UserError::new(self.name, TorchMessage::NotStored { path }, TorchMessage::SaveAgain));
        }
        if bytes > self.held {
            let why = TorchMessage::MoreThanHeld { path, bytes, held: self.held };
            return Err(UserError::new(self.name, why, FormatsMessage::Damaged));
        }
        self.archive.read(place)
    }
}
