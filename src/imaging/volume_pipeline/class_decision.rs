//! How the logits of a voxel become its label.

/// The smallest logit whose sigmoid is above 0.5 in single precision.
const ABOVE_ONE_HALF: f32 = 1.192_093e-7;

/// How logits become a label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClassDecision {
    /// The class of the largest logit; of equal ones the first.
    Largest,
    /// Regions that may overlap: those whose sigmoid is above 0.5 are painted one after the other
    /// with these labels (`regions_class_order`).
    Regions(Vec<u8>),
}

impl ClassDecision {
    /// The label that the logits of one voxel give.
    pub fn label(&self, logits: &[f32]) -> u8 {
        match self {
            Self::Largest => first_largest(logits) as u8,
            Self::Regions(order) => {
                let painted = order.iter().zip(logits).rev().find(|(_, logit)| **logit > ABOVE_ONE_HALF);
                painted.map_or(0, |(label, _)| *label)
            }
        }
    }
}

/// Index of the largest value; of equal ones the first.
fn first_largest(values: &[f32]) -> usize {
    const LANES: usize = 8;
    let mut lanes = [f32::NEG_INFINITY; LANES];
    let (chunks, rest) = values.as_chunks::<LANES>();
    for chunk in chunks {
        for (largest, &value) in lanes.iter_mut().zip(chunk) {
            *largest = if value > *largest { value } else { *largest };
        }
    }
    let largest =
        lanes.iter().chain(rest).fold(f32::NEG_INFINITY, |most, &value| if value > most { value } else { most });
    values.iter().position(|&value| value == largest).unwrap_or(0)
}
