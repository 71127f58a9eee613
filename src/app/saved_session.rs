//! A session in one file: the corrections of every series, and where the person was. The images are not in it; they are
//! opened beside it, and known by the key of their series.
//!
//! The file is JSON. It may come from anywhere, so its size and the sizes that it claims are limited.

use serde::{Deserialize, Serialize};

use super::protocol::SeriesCorrections;
use crate::core::error::UserError;
use crate::core::i18n::messages::SavedSessionMessage;

/// The beginning of every such file.
pub const BEGINNING: &str = "{\"islet_session\":";
/// The most bytes of such a file: corrections are run-length coded.
pub const MOST_BYTES: usize = 64 << 20;
/// The version of the format that this program writes and reads.
const VERSION: u32 = 1;
/// The most voxels of a series, 2,000 slices of 512 x 512: memory is taken for as many when corrections are exported.
const MOST_VOXELS: usize = 2000 * 512 * 512;

/// What a session file holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SavedSession {
    islet_session: u32,
    /// The corrections of every series.
    pub corrections: Vec<SeriesCorrections>,
    /// Where the person was, in the page's own form.
    pub place: Option<serde_json::Value>,
}

impl SavedSession {
    /// A session to be saved.
    pub fn new(corrections: Vec<SeriesCorrections>, place: Option<serde_json::Value>) -> Self {
        Self { islet_session: VERSION, corrections, place }
    }

    /// The bytes of a file.
    pub fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// The session in the bytes of a file of any origin, called `name`.
    ///
    /// # Errors
    /// If the file is too large, damaged, of another version, or claims a series that is too large.
    pub fn from_bytes(name: &str, bytes: &[u8]) -> Result<Self, UserError> {
        let refused = |why: SavedSessionMessage| UserError::new(name, why, SavedSessionMessage::SaveAgain);
        if bytes.len() > MOST_BYTES {
            return Err(refused(SavedSessionMessage::TooLarge { mib: bytes.len() >> 20, most: MOST_BYTES >> 20 }));
        }
        let version: Version = serde_json::from_slice(bytes)
            .map_err(|error| refused(SavedSessionMessage::NotReadable { error: error.to_string() }))?;
        if version.islet_session != VERSION {
            let why = SavedSessionMessage::OtherVersion { found: version.islet_session, expected: VERSION };
            return Err(refused(why));
        }
        let session: Self = serde_json::from_slice(bytes)
            .map_err(|error| refused(SavedSessionMessage::NotReadable { error: error.to_string() }))?;
        let voxels = |dims: [usize; 3]| dims.iter().try_fold(1_usize, |voxels, &length| voxels.checked_mul(length));
        let is_possible =
            |series: &&SeriesCorrections| voxels(series.dims).is_some_and(|n| (1..=MOST_VOXELS).contains(&n));
        match session.corrections.iter().find(|series| !is_possible(series)) {
            Some(series) => Err(refused(SavedSessionMessage::ImpossibleSeries { dims: format!("{:?}", series.dims) })),
            None => Ok(session),
        }
    }
}

/// What every version of the format has.
#[derive(Deserialize)]
struct Version {
    islet_session: u32,
}
