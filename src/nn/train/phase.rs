//! The phases of a step.

/// A phase of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepPhase {
    /// From the batch to its loss.
    Forward,
    /// From the loss to the gradients.
    Backward,
    /// From the gradients to new weights.
    Optimizer,
}
