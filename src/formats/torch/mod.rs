//! Checkpoints of PyTorch: what `torch.save` has written since version 1.6, read without Python.
//!
//! Such a file is a zip whose files are stored, not compressed: `NAME/data.pkl` describes the saved object as a Python pickle, and
//! `NAME/data/0`, `NAME/data/1` and so on are the storages, the plain numbers of its tensors
//! (`torch/serialization.py` of PyTorch; its C++ part always writes zip64).
//!
//! A pickle is a program that builds objects and may call any function of Python. [`Pickle`] reads it over bytes from
//! strangers and runs nothing: each call becomes an inert [`PickleValue::Call`] that says what was asked for. Only a
//! [`TensorView`], which comes from a few calls that are known, leads to numbers, and [`TorchFile`] reads the storages
//! of those tensors alone. What a checkpoint of nnU-Net means is in [`nnunet`](super::nnunet).

mod file;
mod machine;
mod pickle;
mod tensor;

pub use file::TorchFile;
pub use pickle::{Pickle, PickleGlobal, PickleId, PickleValue};
pub use tensor::{StorageKind, TensorView, TorchTensor};
