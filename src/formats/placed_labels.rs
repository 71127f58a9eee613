//! A label map where an image is.

use crate::core::i18n::messages::Message;
use crate::core::mask::Mask;

/// A label map on the grid of an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlacedLabels {
    /// In the image's order.
    pub mask: Mask,
    /// What a person should know about the placing, without final stops.
    pub notes: Vec<Message>,
}
