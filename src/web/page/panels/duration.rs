//! Remaining times in words.

use crate::core::i18n::finetune::FineTuneStrings;
use crate::core::i18n::interpolate;

/// A duration, in seconds up to a hundred, else in minutes.
pub(crate) fn duration(strings: &FineTuneStrings, seconds: f64) -> String {
    let seconds = seconds.round() as u64;
    if seconds < 100 {
        interpolate(strings.seconds, &[("count", &seconds)])
    } else {
        interpolate(strings.minutes, &[("count", &seconds.div_ceil(60))])
    }
}
