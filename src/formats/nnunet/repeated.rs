//! Values of a pickle as JSON: the plans and the data set with which a trainer was started, which its checkpoints repeat
//! (`init_args`), so that a checkpoint alone is a whole model.

use serde_json::Value;

use super::json::MOST_JSON_BYTES;
use crate::formats::torch::{Pickle, PickleValue};

/// The deepest nesting. Plans have 6.
const MOST_DEPTH: usize = 64;

/// A dictionary as JSON, its fields in their order; what JSON cannot say is `null`. `None` for any other value, and for one that
/// nests too deep or gets larger than a JSON file may be, as one does that contains itself.
pub(super) fn json(pickle: &Pickle<'_>, value: &PickleValue<'_>) -> Option<Vec<u8>> {
    let mut text = String::new();
    matches!(value, PickleValue::Dict(_)).then_some(())?;
    write(pickle, value, MOST_DEPTH, &mut text)?;
    Some(text.into_bytes())
}

fn write(pickle: &Pickle<'_>, value: &PickleValue<'_>, depth: usize, text: &mut String) -> Option<()> {
    let depth = depth.checked_sub(1).filter(|_| text.len() <= MOST_JSON_BYTES)?;
    match value {
        PickleValue::Bool(flag) => text.push_str(&flag.to_string()),
        PickleValue::Int(number) => text.push_str(&number.to_string()),
        PickleValue::Float(number) => text.push_str(&Value::from(*number).to_string()),
        PickleValue::Text(words) => text.push_str(&Value::from(*words).to_string()),
        PickleValue::Tuple(items) | PickleValue::List(items) => {
            text.push('[');
            for (place, &item) in items.iter().enumerate() {
                text.push_str(if place > 0 { "," } else { "" });
                write(pickle, pickle.value(item), depth, text)?;
            }
            text.push(']');
        }
        PickleValue::Dict(pairs) => {
            text.push('{');
            let named = pairs.iter().filter_map(|&(key, item)| Some((pickle.text(key)?, item)));
            for (place, (key, item)) in named.enumerate() {
                text.push_str(if place > 0 { "," } else { "" });
                text.push_str(&Value::from(key).to_string());
                text.push(':');
                write(pickle, pickle.value(item), depth, text)?;
            }
            text.push('}');
        }
        _ => text.push_str("null"),
    }
    Some(())
}
