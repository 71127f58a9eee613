//! What the core says to people, as values: errors, notes and remarks, with their words in every language.
//!
//! One file for each room, an enum in each. A variant is one message; its fields fill the gaps of the same name in
//! the text. A message without a translation does not compile.
//!
//! The command line prints [`Message`]s in English ([`Display`](std::fmt::Display)); the page asks for
//! [`Message::text`] in its own language. File names and what an operating system says are [`Message::Verbatim`].

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Language, StringsEntry, interpolate};

/// A value that fills a gap in a message.
pub trait Gap {
    /// The value as text.
    fn in_language(&self, language: Language) -> String;
}

macro_rules! gaps {
    ($($type:ty),*) => {
        $(impl Gap for $type {
            fn in_language(&self, _: Language) -> String {
                self.to_string()
            }
        })*
    };
}

gaps!(String, char, u8, u16, u32, u64, usize, i16, i32, i64);

impl Gap for Message {
    fn in_language(&self, language: Language) -> String {
        self.text(language)
    }
}

/// A list, separated by commas.
impl Gap for Vec<Message> {
    fn in_language(&self, language: Language) -> String {
        self.iter().map(|message| message.text(language)).collect::<Vec<_>>().join(", ")
    }
}

impl Gap for Box<Message> {
    fn in_language(&self, language: Language) -> String {
        self.text(language)
    }
}

/// Declares the messages of a room: `Name { gap: Type }: "English with {gap}" | "German mit {gap}",`.
macro_rules! messages {
    ($(#[$doc:meta])* $name:ident {
        $($variant:ident $({ $($gap:ident: $type:ty),* $(,)? })?: $en:literal | $de:literal,)*
    }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
        pub enum $name {
            $(#[doc = $en] $variant $({ $(#[doc = concat!("Fills `", stringify!($gap), "`.")] $gap: $type,)* })?,)*
        }

        impl $name {
            /// The message in a language.
            pub fn text(&self, language: super::super::Language) -> String {
                match self {
                    $(Self::$variant $({ $($gap),* })? => super::filled(
                        [$en, $de],
                        language,
                        &[$($((stringify!($gap), $gap as &dyn super::Gap),)*)?],
                    ),)*
                }
            }

            pub(super) const TEXTS: &'static [super::super::StringsEntry] = &[$((stringify!($variant), [$en, $de]),)*];
        }

        impl super::Gap for $name {
            fn in_language(&self, language: super::super::Language) -> String {
                self.text(language)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.text(super::super::Language::English))
            }
        }
    };
}

/// Declares the rooms that have messages.
macro_rules! rooms {
    ($($room:ident: $name:ident,)*) => {
        $(pub mod $room;)*
        $(pub use $room::$name;)*

        /// A sentence or a phrase for a person, without a final stop.
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
        pub enum Message {
            /// Text that is the same in every language: a name, a number, what another program said.
            Verbatim(String),
            $(#[doc = concat!("Said by `", stringify!($room), "`.")] $name(Box<$name>),)*
        }

        impl Message {
            /// The message in a language.
            pub fn text(&self, language: Language) -> String {
                match self {
                    Self::Verbatim(text) => text.clone(),
                    $(Self::$name(message) => message.text(language),)*
                }
            }
        }

        $(impl From<$name> for Message {
            fn from(message: $name) -> Self {
                Self::$name(Box::new(message))
            }
        })*

        /// Every room with its messages, in the order of [`Language::ALL`].
        pub const MESSAGES: &[(&str, &[StringsEntry])] = &[$((stringify!($room), $name::TEXTS),)*];
    };
}

rooms! {
    app: AppMessage,
    dicom: DicomMessage,
    dicomweb: DicomWebMessage,
    formats: FormatsMessage,
    imaging: ImagingMessage,
    input_check: InputCheckMessage,
    labels: LabelsMessage,
    nifti: NiftiMessage,
    nn: NnMessage,
    nnunet: NnunetMessage,
    nrrd: NrrdMessage,
    organs: OrganMessage,
    recovery: RecoveryMessage,
    rtstruct: RtStructMessage,
    saved_session: SavedSessionMessage,
    series: SeriesMessage,
    torch: TorchMessage,
    volume: VolumeMessage,
    volume_pipeline: VolumePipelineMessage,
    volume_session: VolumeSessionMessage,
    voxels: VoxelsMessage,
    web: WebMessage,
    work: WorkMessage,
    zip: ZipMessage,
}

impl Message {
    /// True for a note that the size of a voxel is disputed, so that every volume depends on which size is taken.
    pub fn disputes_voxel_size(&self) -> bool {
        match self {
            Self::NiftiMessage(note) => matches!(**note, NiftiMessage::SizesDisagree { .. }),
            Self::SeriesMessage(note) => {
                matches!(**note, SeriesMessage::OtherSpacing { .. } | SeriesMessage::PlacedByLocation { .. })
            }
            _ => false,
        }
    }

    /// True if the English text contains `part`.
    pub fn contains(&self, part: &str) -> bool {
        self.text(Language::English).contains(part)
    }
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text(Language::English))
    }
}

impl From<String> for Message {
    fn from(text: String) -> Self {
        Self::Verbatim(text)
    }
}

impl From<&str> for Message {
    fn from(text: &str) -> Self {
        Self::Verbatim(text.into())
    }
}

impl From<&String> for Message {
    fn from(text: &String) -> Self {
        Self::Verbatim(text.clone())
    }
}

impl PartialEq<&str> for Message {
    fn eq(&self, english: &&str) -> bool {
        self.text(Language::English) == *english
    }
}

/// A text of [`Language::ALL`]'s order with its gaps filled.
fn filled(texts: [&str; 2], language: Language, gaps: &[(&str, &dyn Gap)]) -> String {
    let values: Vec<String> = gaps.iter().map(|(_, gap)| gap.in_language(language)).collect();
    let pairs: Vec<(&str, &dyn fmt::Display)> =
        gaps.iter().zip(&values).map(|((name, _), value)| (*name, value as &dyn fmt::Display)).collect();
    interpolate(texts[language as usize], &pairs)
}
