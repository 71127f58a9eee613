//! Tensors of a checkpoint: what a pickle says of one, and its numbers out of the bytes of a storage.

use half::{bf16, f16};

use super::pickle::{Pickle, PickleGlobal, PickleValue};
use crate::core::i18n::messages::TorchMessage;

/// The most axes of a tensor.
const MOST_AXES: usize = 8;

/// The values of one tensor of a checkpoint, row-major.
#[derive(Clone, Debug, PartialEq)]
pub struct TorchTensor {
    /// The shape, in PyTorch's layout.
    pub shape: Vec<usize>,
    /// As many values as the shape says.
    pub values: Vec<f32>,
}

/// How the numbers of a storage are stored, little-endian.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StorageKind {
    /// `FloatStorage`.
    Float32,
    /// `DoubleStorage`.
    Float64,
    /// `HalfStorage`.
    Float16,
    /// `BFloat16Storage`.
    BFloat16,
}

/// A tensor as a pickle describes it: a view of a storage, whose numbers are elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TensorView {
    /// The kind of the numbers.
    pub kind: StorageKind,
    /// The name of the storage: its file is `NAME/data/KEY`.
    pub storage: String,
    /// How many numbers the storage has.
    pub storage_numbers: usize,
    /// Where in the storage the tensor begins, in numbers.
    pub offset: usize,
    /// The shape.
    pub shape: Vec<usize>,
    /// For each axis, how many numbers lie between neighbours.
    pub strides: Vec<usize>,
}

impl StorageKind {
    /// The kind of a class of `torch`.
    fn of_class(name: &str) -> Option<Self> {
        match name {
            "FloatStorage" => Some(Self::Float32),
            "DoubleStorage" => Some(Self::Float64),
            "HalfStorage" => Some(Self::Float16),
            "BFloat16Storage" => Some(Self::BFloat16),
            _ => None,
        }
    }

    /// The bytes of one number.
    pub fn bytes(self) -> usize {
        match self {
            Self::Float64 => 8,
            Self::Float32 => 4,
            Self::Float16 | Self::BFloat16 => 2,
        }
    }
}

impl TensorView {
    /// What a pickle says of the tensor that is called `name` in messages: the calls `torch._utils._rebuild_tensor_v2` and
    /// `torch._utils._rebuild_parameter` around it.
    ///
    /// # Errors
    /// Any other value, calls above all; integers; a view with other than one place for each number, or that leaves its storage.
    pub fn read(pickle: &Pickle<'_>, value: &PickleValue<'_>, name: &str) -> Result<Self, TorchMessage> {
        let (function, arguments) = pickle.call(value).ok_or_else(|| no_tensor(pickle, value, name))?;
        match (function.module, function.name, &arguments[..]) {
            ("torch._utils", "_rebuild_parameter", [inner, ..]) => {
                let is_parameter = |(function, _): &(PickleGlobal<'_>, _)| function.name == "_rebuild_parameter";
                // A parameter of a parameter is nothing that PyTorch writes.
                if pickle.call(inner).as_ref().is_some_and(is_parameter) {
                    return Err(no_tensor(pickle, value, name));
                }
                Self::read(pickle, inner, name)
            }
            ("torch._utils", "_rebuild_tensor_v2", [storage, PickleValue::Int(offset), shape, strides, ..]) => {
                let (kind, storage, storage_numbers) = read_storage(pickle, storage, name)?;
                let malformed = || TorchMessage::ViewMalformed {
                    tensor: name.to_owned(),
                    shape: numbers(pickle, shape),
                    strides: numbers(pickle, strides),
                };
                let offset = usize::try_from(*offset).map_err(|_| malformed())?;
                let sizes = pickle.sizes(shape).zip(pickle.sizes(strides)).ok_or_else(malformed)?;
                let view = Self { kind, storage, storage_numbers, offset, shape: sizes.0, strides: sizes.1 };
                if !view.is_spread() {
                    return Err(malformed());
                }
                let last = view.last().ok_or_else(malformed)?;
                match view.numbers() > 0 && last >= storage_numbers {
                    true => Err(TorchMessage::ViewOutside {
                        tensor: name.to_owned(),
                        last: last as u64 + 1,
                        numbers: storage_numbers as u64,
                    }),
                    false => Ok(view),
                }
            }
            _ => Err(no_tensor(pickle, value, name)),
        }
    }

    /// How many numbers the tensor has. The checks of [`Self::read`] keep it within those of its storage.
    pub fn numbers(&self) -> usize {
        if self.shape.contains(&0) { 0 } else { self.shape.iter().product() }
    }

    /// True if there are as many strides as axes and no two numbers share a place: each stride passes over all that
    /// the smaller ones reach.
    fn is_spread(&self) -> bool {
        let mut axes: Vec<(usize, usize)> = self.strides.iter().copied().zip(self.shape.iter().copied()).collect();
        axes.retain(|&(_, size)| size != 1);
        axes.sort_unstable();
        let mut reach = 0usize;
        let is_apart = |(stride, size): (usize, usize)| {
            let apart = stride > reach;
            reach = stride.saturating_mul(size.saturating_sub(1)).saturating_add(reach);
            apart
        };
        let is_empty = self.shape.contains(&0);
        self.shape.len() == self.strides.len()
            && self.shape.len() <= MOST_AXES
            && (is_empty || axes.into_iter().all(is_apart))
    }

    /// The place of the last number in the storage; `None` beyond what can be addressed.
    fn last(&self) -> Option<usize> {
        let steps =
            self.shape.iter().zip(&self.strides).map(|(size, stride)| size.saturating_sub(1).checked_mul(*stride));
        steps.into_iter().try_fold(self.offset, |last, step| last.checked_add(step?))
    }

    /// The numbers of the tensor out of those of its storage, row-major. `storage` has [`Self::storage_numbers`] numbers.
    pub(super) fn gather(&self, storage: &[u8]) -> TorchTensor {
        let bytes = self.kind.bytes();
        let mut values = Vec::with_capacity(self.numbers());
        let mut index = vec![0; self.shape.len()];
        let mut place = self.offset;
        for _ in 0..self.numbers() {
            values.push(number(self.kind, &storage[place * bytes..][..bytes]));
            // The next index, the last axis fastest.
            for axis in (0..index.len()).rev() {
                if index[axis] + 1 < self.shape[axis] {
                    index[axis] += 1;
                    place += self.strides[axis];
                    break;
                }
                place -= self.strides[axis] * index[axis];
                index[axis] = 0;
            }
        }
        TorchTensor { shape: self.shape.clone(), values }
    }
}

/// The error of a value that is no tensor, or no part of one.
fn no_tensor(pickle: &Pickle<'_>, value: &PickleValue<'_>, name: &str) -> TorchMessage {
    let (tensor, what) = (name.to_owned(), pickle.describe(value));
    match value {
        PickleValue::Call { .. } | PickleValue::Global(_) => TorchMessage::CallRefused { tensor, function: what },
        _ => TorchMessage::NoTensor { tensor, found: what },
    }
}

/// The storage that a persistent value stands for: `("storage", class, key, device, numbers)`.
fn read_storage(
    pickle: &Pickle<'_>,
    value: &PickleValue<'_>,
    name: &str,
) -> Result<(StorageKind, String, usize), TorchMessage> {
    let no_storage = || no_tensor(pickle, value, name);
    let PickleValue::Persistent(id) = value else { return Err(no_storage()) };
    let items = pickle.items(pickle.value(*id)).ok_or_else(no_storage)?;
    let [
        PickleValue::Text("storage"),
        PickleValue::Global(class),
        PickleValue::Text(key),
        _,
        PickleValue::Int(numbers),
    ] = items[..]
    else {
        return Err(no_storage());
    };
    let kind = Some(class).filter(|class| class.module == "torch").and_then(|class| StorageKind::of_class(class.name));
    let found = || TorchMessage::StorageKind { tensor: name.to_owned(), found: class.to_string() };
    let numbers = usize::try_from(*numbers).map_err(|_| no_storage())?;
    Ok((kind.ok_or_else(found)?, (*key).to_owned(), numbers))
}

/// One number, from its little-endian bytes.
fn number(kind: StorageKind, bytes: &[u8]) -> f32 {
    fn chunk<const N: usize>(bytes: &[u8]) -> [u8; N] {
        *bytes.first_chunk().expect("the bytes of one number")
    }
    match kind {
        StorageKind::Float32 => f32::from_le_bytes(chunk(bytes)),
        StorageKind::Float64 => f64::from_le_bytes(chunk(bytes)) as f32,
        StorageKind::Float16 => f16::from_le_bytes(chunk(bytes)).to_f32(),
        StorageKind::BFloat16 => bf16::from_le_bytes(chunk(bytes)).to_f32(),
    }
}

/// The numbers of a tuple as text, at most a dozen.
fn numbers(pickle: &Pickle<'_>, value: &PickleValue<'_>) -> String {
    let text = |item: &PickleValue<'_>| match item {
        PickleValue::Int(number) => number.to_string(),
        other => pickle.describe(other),
    };
    let items = pickle.items(value).unwrap_or_default();
    format!("({})", items.into_iter().take(12).map(text).collect::<Vec<_>>().join(", "))
}
