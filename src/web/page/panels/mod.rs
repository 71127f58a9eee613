//! Everything around the pictures: header, series, the tabs beside the pictures, messages, footer and help.

pub(crate) mod announcement;
mod completion;
pub(crate) mod correct;
pub(crate) mod duration;
pub(crate) mod explain;
pub(crate) mod export;
pub(crate) mod file_buttons;
pub(crate) mod finetune;
pub(crate) mod finetune_progress;
pub(crate) mod footer;
pub(crate) mod header;
pub(crate) mod help;
pub(crate) mod input_check;
pub(crate) mod measurement;
pub(crate) mod menu;
pub(crate) mod model;
pub(crate) mod notices;
pub(crate) mod organs;
pub(crate) mod result;
pub(crate) mod review;
pub(crate) mod screenshot;
pub(crate) mod series;
pub(crate) mod slab;
pub(crate) mod tabs;
pub(crate) mod truth;
pub(crate) mod volume;
pub(crate) mod welcome;
