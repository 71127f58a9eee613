//! Pixels of one slice that a person has decided, such as those of a coronal or sagittal plane.

use std::collections::BTreeMap;

/// The labels of a few pixels of a slice. The others are not decided by hand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DrawnPixels(BTreeMap<usize, u8>);

impl DrawnPixels {
    /// Labels a pixel, given by its index in the slice's `[y, x]` order.
    pub fn set(&mut self, pixel: usize, label: u8) {
        self.0.insert(pixel, label);
    }

    /// True if a pixel is among them.
    pub fn contains(&self, pixel: usize) -> bool {
        self.0.contains_key(&pixel)
    }

    /// The pixels with their labels, ascending. Label 0 is background by hand.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (usize, u8)> {
        self.0.iter().map(|(&pixel, &label)| (pixel, label))
    }

    /// Writes the drawn labels over those of the whole slice, `[y, x]`. Pixels outside it are left
    /// out.
    pub fn write_over(&self, labels: &mut [u8]) {
        for (pixel, label) in self.iter() {
            if let Some(to) = labels.get_mut(pixel) {
                *to = label;
            }
        }
    }
}

impl FromIterator<(usize, u8)> for DrawnPixels {
    fn from_iter<I: IntoIterator<Item = (usize, u8)>>(pixels: I) -> Self {
        Self(pixels.into_iter().collect())
    }
}
