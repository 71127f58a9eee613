//! Which slices to look at first.

use super::SeriesState;
use super::prediction::Mirrored;
use crate::app::protocol::Response;

/// Slices nearer than this to a corrected one are worth less to correct, for they look alike.
const NEAR_MM: f64 = 15.0;
/// The most slices named.
const MOST: usize = 6;

impl SeriesState {
    /// Says which slices to look at first, once every slice is done and if they are others than last time.
    pub(super) fn propose(&mut self) -> Option<Response> {
        if !self.now.is_complete() {
            return None;
        }
        let first = self.look_first();
        if self.proposed.as_ref() == Some(&first) {
            return None;
        }
        self.proposed = Some(first.clone());
        let (slices, mirrored) = first;
        Some(Response::LookFirst { slices, mirrored })
    }

    /// The slices whose correction would teach most: where the network is most in doubt, far from what it has been told already and from
    /// each other; and whether the doubt is how far it disagrees with itself on mirrored input, which counts once that is known everywhere.
    fn look_first(&self) -> (Vec<usize>, bool) {
        let step_mm = self.volume.geometry.map_or(NEAR_MM, |g| g.spacing_mm()[0]);
        let mirrored = self.now.checked() == self.volume.depth();
        let doubt = |z: usize| match self.now.mirrored[z] {
            Mirrored::Done(disagreement) if mirrored => f64::from(disagreement),
            _ if mirrored => 0.0,
            _ => f64::from(self.now.doubt[z]),
        };
        let mut told: Vec<usize> = self.corrections.slices().collect();
        let mut first = Vec::new();
        while first.len() < MOST {
            let worth = |z: usize| {
                let nearest = told.iter().map(|t| t.abs_diff(z)).min();
                doubt(z) * nearest.map_or(1.0, |slices| (slices as f64 * step_mm / NEAR_MM).min(1.0))
            };
            let left = (0..self.volume.depth()).filter(|z| !told.contains(z)).map(|z| (z, worth(z)));
            let Some((z, _)) = left.filter(|(_, worth)| *worth > 0.0).max_by(|a, b| a.1.total_cmp(&b.1)) else { break };
            told.push(z);
            first.push(z);
        }
        (first, mirrored)
    }
}
