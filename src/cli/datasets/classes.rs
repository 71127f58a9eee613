//! The classes that a training over one or more datasets tells apart.
//!
//! This is part of the command line, not of the label format: it prints notes and its hints name the flag `--labels`.

use std::collections::BTreeMap;

use crate::core::error::UserError;
use crate::core::mask::PANCREAS_NAME;

/// Chooses the classes that a training tells apart.
///
/// `sets` holds the path and the classes of each dataset. The result numbers the organs in `wanted` from 1, in that order.
/// Without `wanted` it numbers all organs that every dataset has, in the order of the first dataset. A note on stderr lists the
/// labels of each dataset that become background.
///
/// # Errors
/// A dataset lacks a wanted organ, an organ is named twice, or the pancreas is not among the organs.
pub fn choose_classes(
    sets: &[(String, BTreeMap<u8, String>)],
    wanted: Option<&[String]>,
) -> Result<BTreeMap<u8, String>, UserError> {
    let has = |classes: &BTreeMap<u8, String>, name: &String| classes.values().any(|known| known == name);
    let chosen: Vec<&String> = match wanted {
        Some(wanted) => wanted.iter().collect(),
        None => {
            let first = sets.first().into_iter().flat_map(|(_, classes)| classes.values());
            first.filter(|name| sets.iter().all(|(_, classes)| has(classes, name))).collect()
        }
    };
    for (shown, classes) in sets {
        let lists =
            |names: Vec<&String>| names.into_iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        if let Some(missing) = chosen.iter().find(|name| !has(classes, name)) {
            let why = format!("its labels are {}, expected `{missing}` among them", lists(classes.values().collect()));
            return Err(UserError::new(shown, why, "Name with --labels what every data set has"));
        }
        let left_out: Vec<&String> = classes.values().filter(|name| !chosen.contains(name)).collect();
        if !left_out.is_empty() {
            eprintln!("note: {shown}: its labels {} are taken as background", lists(left_out));
        }
    }
    let hint = "Name each organ once, the pancreas among them, such as --labels pancreas,liver";
    if let Some(twice) = chosen.iter().find(|name| chosen.iter().filter(|other| other == name).count() > 1) {
        return Err(UserError::new("--labels", format!("`{twice}` is named twice, expected once"), hint));
    }
    if !chosen.iter().any(|name| *name == PANCREAS_NAME) {
        return Err(UserError::new("--labels", "the pancreas is not among them", hint));
    }
    Ok((1..).zip(chosen.into_iter().cloned()).collect())
}
