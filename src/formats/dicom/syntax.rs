//! Transfer syntaxes (PS3.5 A, PS3.6 A): their UIDs, how each codes pixels, and the refusal of those that are not read.

use dicom_dictionary_std::uids;

use crate::core::error::UserError;
use crate::core::i18n::messages::DicomMessage;

/// Explicit VR Big Endian. Retired from the standard, and so from the dictionary's constants.
pub(super) const BIG_ENDIAN: &str = "1.2.840.10008.1.2.2";
/// Deflated Explicit VR Little Endian.
pub(super) const DEFLATED: &str = uids::DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN;

/// How the bytes of a frame become samples.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Coding {
    /// Samples as they are.
    Native,
    /// Run lengths (PS3.5 G).
    Rle,
    /// JPEG (ITU-T T.81): sequential DCT or lossless.
    Jpeg,
    /// JPEG-LS (ITU-T T.87).
    JpegLs,
    /// JPEG 2000 (ITU-T T.800).
    Jpeg2000,
}

/// Whether pixel data of this syntax is not in fragments.
pub(super) fn is_native(uid: &str) -> bool {
    matches!(uid, uids::IMPLICIT_VR_LITTLE_ENDIAN | uids::EXPLICIT_VR_LITTLE_ENDIAN | BIG_ENDIAN | DEFLATED)
}

/// How pixels of this syntax are coded, if they can be read.
pub(super) fn coding(uid: &str) -> Option<Coding> {
    Some(match uid {
        _ if is_native(uid) => Coding::Native,
        uids::ENCAPSULATED_UNCOMPRESSED_EXPLICIT_VR_LITTLE_ENDIAN => Coding::Native,
        uids::RLE_LOSSLESS => Coding::Rle,
        uids::JPEG_BASELINE8_BIT | uids::JPEG_EXTENDED12_BIT | uids::JPEG_LOSSLESS | uids::JPEG_LOSSLESS_SV1 => {
            Coding::Jpeg
        }
        uids::JPEGLS_LOSSLESS | uids::JPEGLS_NEAR_LOSSLESS => Coding::JpegLs,
        uids::JPEG2000_LOSSLESS | uids::JPEG2000 => Coding::Jpeg2000,
        _ => return None,
    })
}

/// The refusal of a file in another syntax, by name.
pub(super) fn unsupported(name: &str, uid: &str) -> UserError {
    let syntax = match uid.strip_prefix("1.2.840.10008.1.2.").unwrap_or_default() {
        "4.52" => "JPEG Extended (Process 3 and 5), retired",
        "4.53" => "JPEG Spectral Selection (Process 6 and 8), retired",
        "4.54" => "JPEG Spectral Selection (Process 7 and 9), retired",
        "4.55" => "JPEG Full Progression (Process 10 and 12), retired",
        "4.56" => "JPEG Full Progression (Process 11 and 13), retired",
        "4.58" => "JPEG Lossless (Process 15), retired",
        "4.92" | "4.93" => "JPEG 2000 Part 2",
        "4.201" | "4.202" | "4.203" => "High-Throughput JPEG 2000",
        _ => "unknown here",
    };
    let reason = DicomMessage::OtherSyntax { syntax: syntax.into(), uid: uid.into() };
    UserError::new(name, reason, DicomMessage::ConvertFirst)
}
