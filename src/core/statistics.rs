//! Statistics of small samples: mean, standard deviation, a bootstrap interval for the mean, and
//! the signed-rank test.
//!
//! The functions are pure and know nothing about the quantities they are given.
//! `tests/golden/surface.py` computes the expected values of the tests with SciPy.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Number of resamples for an interval.
pub const RESAMPLES: usize = 10_000;

/// Fewest pairs with which a two-sided signed-rank test can reach p < 0.05: all of five differing
/// one way gives 2 / 2⁵.
pub const FEWEST_PAIRS: usize = 6;

/// Arithmetic mean; `None` for an empty slice.
pub fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// Standard deviation of a sample (divided by n - 1); `None` below two values.
pub fn standard_deviation(values: &[f64]) -> Option<f64> {
    let mean = mean(values).filter(|_| values.len() > 1)?;
    let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
    Some((squares / (values.len() - 1) as f64).sqrt())
}

/// The 95 % interval of the mean by the percentile bootstrap: the 2.5 % and 97.5 % quantiles
/// (interpolated linearly) of the means of [`RESAMPLES`] samples drawn with replacement. The same
/// values and `seed` give the same interval; `None` below two values.
pub fn bootstrap_interval_95(values: &[f64], seed: u64) -> Option<[f64; 2]> {
    let n = values.len();
    if n < 2 {
        return None;
    }
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut resampled = || (0..n).map(|_| values[rng.random_range(0..n)]).sum::<f64>() / n as f64;
    let mut means: Vec<f64> = (0..RESAMPLES).map(|_| resampled()).collect();
    means.sort_unstable_by(f64::total_cmp);
    Some([0.025, 0.975].map(|share| quantile(&means, share)))
}

/// The value below which `share` of the values lie, interpolated linearly between two of them as
/// NumPy does. The values must be sorted.
///
/// # Panics
/// If there are no values.
pub fn quantile(sorted: &[f64], share: f64) -> f64 {
    quantile_of_ranks(sorted.len(), share, |rank| sorted[rank])
}

/// [`quantile`] of `count` values, at least one, of which `value_at_rank` gives the one with a
/// rank, counted from 0.
pub fn quantile_of_ranks(count: usize, share: f64, value_at_rank: impl Fn(usize) -> f64) -> f64 {
    let rank = share * (count - 1) as f64;
    let (low, high) = (value_at_rank(rank.floor() as usize), value_at_rank(rank.ceil() as usize));
    low + (high - low) * rank.fract()
}

/// Two-sided p-value of Wilcoxon's signed-rank test that paired `differences` lie symmetrically
/// around 0, as `scipy.stats.wilcoxon` computes it by default: zeros are dropped
/// (`zero_method="wilcox"`), equal sizes share their mean rank, no correction for continuity. All
/// ways to sign the ranks are counted for up to 50 differences, or up to 13 if any are zero or
/// equal in size; beyond, the normal approximation with its correction for ties. 1 if none differs
/// from 0.
pub fn wilcoxon_p(differences: &[f64]) -> f64 {
    let mut sorted: Vec<f64> = differences.iter().copied().filter(|d| *d != 0.0).collect();
    sorted.sort_unstable_by(|a, b| a.abs().total_cmp(&b.abs()));
    if sorted.is_empty() {
        return 1.0;
    }
    // Ranks are doubled so that mean ranks stay integers: a group of ties from index `first` to
    // before `end` has the doubled rank first + end + 1.
    let mut doubled_ranks = Vec::with_capacity(sorted.len());
    let (mut positive, mut tie_term) = (0, 0.0);
    for group in sorted.chunk_by(|a, b| a.abs() == b.abs()) {
        let rank = 2 * doubled_ranks.len() + group.len() + 1;
        doubled_ranks.extend(group.iter().map(|_| rank));
        positive += rank * group.iter().filter(|d| **d > 0.0).count();
        tie_term += (group.len() as f64).powi(3) - group.len() as f64;
    }
    let plain = tie_term == 0.0 && sorted.len() == differences.len();
    if differences.len() <= if plain { 50 } else { 13 } {
        exact_p(&doubled_ranks, positive)
    } else {
        let n = sorted.len() as f64;
        let expected = n * (n + 1.0) / 4.0;
        let variance = (n * (n + 1.0) * (2.0 * n + 1.0) - tie_term / 2.0) / 24.0;
        2.0 * upper_tail((positive as f64 / 2.0 - expected).abs() / variance.sqrt())
    }
}

/// Twice the smaller of two fractions of all ways to sign the ranks: those whose positive ranks sum
/// to at most `positive`, and those whose positive ranks sum to at least `positive`.
fn exact_p(doubled_ranks: &[usize], positive: usize) -> f64 {
    let total: usize = doubled_ranks.iter().sum();
    // The number of ways to sign the ranks for each sum, up to 2⁵⁰, which f64 represents exactly.
    let mut ways = vec![0.0; total + 1];
    ways[0] = 1.0;
    for &rank in doubled_ranks {
        for sum in (rank..=total).rev() {
            ways[sum] += ways[sum - rank];
        }
    }
    let count = |ways: &[f64]| ways.iter().sum::<f64>();
    let rarer = count(&ways[..=positive]).min(count(&ways[positive..]));
    (2.0 * rarer / count(&ways)).min(1.0)
}

/// The standard normal distribution's share above `z`, at least 0: Taylor's series near the middle,
/// Laplace's continued fraction beyond, where the series would lose digits.
fn upper_tail(z: f64) -> f64 {
    let density = (-z * z / 2.0).exp() / std::f64::consts::TAU.sqrt();
    if z < 3.0 {
        let mut term = z;
        let mut sum = z;
        for k in 1..60 {
            term *= z * z / f64::from(2 * k + 1);
            sum += term;
        }
        0.5 - density * sum
    } else {
        density / (1..120).rev().fold(z, |below, k| z + f64::from(k) / below)
    }
}
