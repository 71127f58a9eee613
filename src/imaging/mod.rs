//! Image operations on volumes and masks, before and after the network: no file formats, no
//! tensors.

pub mod augment;
pub mod edit;
pub mod input_check;
pub mod mesh;
pub mod metrics;
pub mod orbit_camera;
pub mod organ_surface;
pub mod overlay;
pub mod patch_augment;
pub mod phantom;
pub mod preprocess;
pub mod probability_map;
pub mod propagate;
pub mod value_check;
pub mod volume_pipeline;
pub mod whole_mask;
