//! What stands around a network on volumes, held to nnU-Net's and TotalSegmentator's own functions.

mod after;
mod before;
mod golden;
mod network_grid;
mod predictor;
mod settings;
mod total_segmentator;
mod windows;
