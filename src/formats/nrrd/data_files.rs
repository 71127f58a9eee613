//! Where the voxels of an NRRD header are: after it, or in the files that it names.

use super::fields::NrrdFields;
use crate::core::i18n::messages::NrrdMessage;

/// The most files that a header may name; a scan has one for each slice at most.
const MOST_FILES: usize = 10_000;

/// The names of the data files that a header gives, in order; empty if the voxels follow the
/// header.
///
/// They are one name, `LIST` with a name on each line after it, or a pattern with the numbers to
/// put into it: `s%03d.raw 1 20 1`.
///
/// # Errors
/// A pattern or numbers that make no names.
pub(super) fn data_files(fields: &NrrdFields) -> Result<Vec<String>, NrrdMessage> {
    let Some(value) = fields.get("data file").or(fields.get("datafile")) else { return Ok(Vec::new()) };
    if value.starts_with("LIST") {
        return match fields.listed_files.len() {
            0 => Err(bad(value, "file names on the lines after it")),
            found if found > MOST_FILES => Err(NrrdMessage::TooManyDataFiles { found, most: MOST_FILES }),
            _ => Ok(fields.listed_files.clone()),
        };
    }
    let words: Vec<&str> = value.split_whitespace().collect();
    match words[..] {
        [pattern, first, last, step] | [pattern, first, last, step, _] if pattern.contains('%') => {
            numbered(value, pattern, [first, last, step])
        }
        _ => Ok(vec![value.into()]),
    }
}

fn bad(found: &str, expected: &str) -> NrrdMessage {
    NrrdMessage::BadField { name: "data file".into(), found: found.into(), expected: expected.into() }
}

/// The names that a pattern makes with the numbers from the first to the last.
fn numbered(value: &str, pattern: &str, range: [&str; 3]) -> Result<Vec<String>, NrrdMessage> {
    let [Ok(first), Ok(last), Ok(step)] = range.map(str::parse::<i32>) else {
        return Err(bad(value, "the first number, the last and the step after the pattern"));
    };
    let count = if step == 0 { None } else { (i64::from(last) - i64::from(first)).checked_div(i64::from(step)) };
    let count = count.filter(|&steps| steps >= 0).ok_or_else(|| bad(value, "numbers that lead from first to last"))?;
    if count as usize >= MOST_FILES {
        return Err(NrrdMessage::TooManyDataFiles { found: count as usize + 1, most: MOST_FILES });
    }
    let (before, rest) = pattern.split_once('%').unwrap_or((pattern, ""));
    let (digits, after) = rest.split_once('d').ok_or_else(|| bad(value, "a pattern such as s%03d.raw"))?;
    let width: usize = if digits.is_empty() { Ok(0) } else { digits.parse() }
        .ok()
        .filter(|&width| width <= 20)
        .ok_or_else(|| bad(value, "a pattern such as s%03d.raw"))?;
    let padded = |number: i64| match digits.starts_with('0') {
        true => format!("{before}{number:0width$}{after}"),
        false => format!("{before}{number:width$}{after}"),
    };
    Ok((0..=count).map(|i| padded(i64::from(first) + i * i64::from(step))).collect())
}
