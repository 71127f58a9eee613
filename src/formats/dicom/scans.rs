//! Slices of one series to the scans in it: two scans never become one, whatever shares a SeriesInstanceUID.
//!
//! Slices are parted by what tells scans apart (`distinctions`) where different images lie at one place, where the parts lie
//! between one another, or where they make an even stack each and none together. Of several ways that work, the one with the
//! fewest parts is taken. File names never decide.

use super::distinctions::{Distinction, Proposal, proposals};
use super::positions::{Placed, SAME_POSITION_MM, listed, place_mm};
use super::spacing::{Lattice, is_even};
use crate::core::error::UserError;
use crate::core::i18n::messages::{Message, SeriesMessage};

/// Fewer slices than this are no stack of which one could say that it is even.
const LEAST_SLICES: usize = 3;

/// Where a slice is, and which of the different images there it is.
#[derive(Clone, Copy)]
struct Site {
    /// Number of its place, in the order of places.
    place: usize,
    mm: f64,
    /// Number of its image among the different ones at its place.
    image: usize,
}

/// Slices and their sites, which make one stack or several.
struct Slices {
    placed: Vec<Placed>,
    sites: Vec<Site>,
}

/// The scans in the slices of one series, which ascend: each has its slices in order of place, no two at one place.
/// What was decided is added to `notes`.
///
/// # Errors
/// Different images at one place that nothing tells apart.
pub(super) fn scans(name: &str, placed: Vec<Placed>, notes: &mut Vec<Message>) -> Result<Vec<Vec<Placed>>, UserError> {
    let slices = Slices::new(placed);
    let all: Vec<usize> = (0..slices.sites.len()).collect();
    let mut decided = Vec::new();
    let parts = slices.parted(all.clone(), &mut decided);
    let dropped = slices.copies(&parts);
    if !dropped.is_empty() {
        let (count, total) = (dropped.len(), all.len());
        notes.push(SeriesMessage::Twice { count, total, places: listed(&dropped) }.into());
    }
    if parts.len() > 1 {
        notes.push(slices.note(&all, &parts, decided));
    }
    let mut found = Vec::new();
    for part in &parts {
        found.extend(slices.by_rank(name, part, notes)?);
    }
    Ok(slices.taken(&found))
}

impl Slices {
    fn new(placed: Vec<Placed>) -> Self {
        let mut sites: Vec<Site> = Vec::with_capacity(placed.len());
        let mut first = 0;
        for (index, slice) in placed.iter().enumerate() {
            let is_new = index == 0 || slice.mm - placed[first].mm >= SAME_POSITION_MM;
            if is_new {
                first = index;
            }
            let place = sites.last().map_or(0, |last| last.place + usize::from(is_new));
            let here = first..index;
            let same = here.clone().find(|&other| placed[other].slice.hu == slice.slice.hu);
            let image = same.map_or_else(
                || here.map(|other| sites[other].image + 1).max().unwrap_or(0),
                |other| sites[other].image,
            );
            sites.push(Site { place, mm: placed[first].mm, image });
        }
        Self { placed, sites }
    }

    /// The different images at each place, in order.
    fn images(&self, part: &[usize]) -> Vec<(usize, usize)> {
        let mut images: Vec<(usize, usize)> =
            part.iter().map(|&i| (self.sites[i].place, self.sites[i].image)).collect();
        images.sort_unstable();
        images.dedup();
        images
    }

    /// The most different images at one place.
    fn crowd(&self, part: &[usize]) -> usize {
        self.images(part).chunk_by(|a, b| a.0 == b.0).map(<[_]>::len).max().unwrap_or(0)
    }

    /// Where the slices are, each place once, ascending.
    fn places_mm(&self, part: &[usize]) -> Vec<f64> {
        let mut places: Vec<Site> = part.iter().map(|&i| self.sites[i]).collect();
        places.sort_by_key(|site| site.place);
        places.dedup_by_key(|site| site.place);
        places.into_iter().map(|site| site.mm).collect()
    }

    /// The slices parted as often as something tells them apart; `decided` gets what did.
    fn parted(&self, whole: Vec<usize>, decided: &mut Vec<Distinction>) -> Vec<Vec<usize>> {
        let slices: Vec<&Placed> = whole.iter().map(|&i| &self.placed[i]).collect();
        let all = proposals(&slices);
        let parts = |proposal: &Proposal| -> Vec<Vec<usize>> {
            let count = proposal.part_of.iter().max().map_or(0, |most| most + 1);
            let mut parts = vec![Vec::new(); count];
            whole.iter().zip(&proposal.part_of).for_each(|(&i, &part)| parts[part].push(i));
            parts
        };
        let usable = all.iter().map(|proposal| (proposal, parts(proposal)));
        let usable = usable.filter(|(proposal, parts)| self.tells_apart(proposal.distinction, &whole, parts));
        // The first of those with the fewest parts.
        let Some((chosen, parts)) = usable.min_by_key(|(_, parts)| parts.len()) else { return vec![whole] };
        let same = all.iter().filter(|other| is_same_division(&other.part_of, &chosen.part_of));
        for distinction in same.map(|proposal| proposal.distinction) {
            if !decided.iter().any(|known| known.name() == distinction.name()) {
                decided.push(distinction);
            }
        }
        parts.into_iter().flat_map(|part| self.parted(part, decided)).collect()
    }

    /// Whether the parts are scans of their own.
    fn tells_apart(&self, by: Distinction, whole: &[usize], parts: &[Vec<usize>]) -> bool {
        let crowd = self.crowd(whole);
        let places: Vec<Vec<f64>> = parts.iter().map(|part| self.places_mm(part)).collect();
        let are_even = || places.iter().all(|places| is_even(places));
        let are_stacks = parts.iter().all(|part| part.len() >= LEAST_SLICES);
        if crowd > 1 {
            let most = parts.iter().map(|part| self.crowd(part)).max().unwrap_or(0);
            let is_whole_answer = by.is_by_value() && most == 1 && parts.len() <= crowd;
            return is_whole_answer || (most < crowd && (parts.len() <= crowd || are_stacks) && are_even());
        }
        // The same images once more are copies.
        let shares_places = places.iter().map(Vec::len).sum::<usize>() > self.places_mm(whole).len();
        if shares_places || !are_even() {
            return false;
        }
        let whole_mm = self.places_mm(whole);
        let lattice = Lattice::of(&whole_mm);
        if lie_between(&places) {
            // Numbers in no order part an even stack as well, into parts with holes.
            let are_whole = || places.iter().all(|part| Lattice::of(part).is_none_or(|part| part.missing == 0));
            if !by.is_by_value() && lattice.as_ref().is_none_or(|whole| whole.missing == 0) && !are_whole() {
                return false;
            }
            // One that lies astray between the others counts too.
            return are_stacks || (parts.len() == 2 && lattice.is_none());
        }
        let differ = lattice.is_none() && by.is_by_value() && are_of_different_grids(&places);
        are_stacks && (differ || by == Distinction::Series)
    }

    /// The places of images that are there more than once in a part.
    fn copies(&self, parts: &[Vec<usize>]) -> Vec<f64> {
        let mut copies = Vec::new();
        for part in parts {
            let mut seen = Vec::new();
            for &i in part {
                let image = (self.sites[i].place, self.sites[i].image);
                if seen.contains(&image) {
                    copies.push(place_mm(&self.placed[i].slice));
                } else {
                    seen.retain(|(place, _)| *place == image.0);
                    seen.push(image);
                }
            }
        }
        copies
    }

    /// A part without copies; several where different images still share places: one for each rank in the order of
    /// InstanceNumber at a place.
    fn by_rank(&self, name: &str, part: &[usize], notes: &mut Vec<Message>) -> Result<Vec<Vec<usize>>, UserError> {
        let mut places: Vec<Vec<usize>> = Vec::new();
        for &i in part {
            let is_here = |group: &Vec<usize>| self.sites[group[0]].place == self.sites[i].place;
            match places.last_mut().filter(|group| is_here(group)) {
                None => places.push(vec![i]),
                Some(group) if group.iter().any(|&other| self.sites[other].image == self.sites[i].image) => {}
                Some(group) => group.push(i),
            }
        }
        let most = places.iter().map(Vec::len).max().unwrap_or(0);
        if most <= 1 {
            return Ok(vec![places.concat()]);
        }
        let crowded: Vec<&Vec<usize>> = places.iter().filter(|group| group.len() > 1).collect();
        let at: Vec<f64> = crowded.iter().map(|group| place_mm(&self.placed[group[0]].slice)).collect();
        let number = |i: &usize| self.placed[*i].slice.instance_number;
        let are_ranked = crowded.iter().all(|group| {
            let mut numbers: Vec<Option<i64>> = group.iter().map(number).collect();
            numbers.sort_unstable();
            numbers.dedup();
            numbers.len() == group.len() && numbers[0].is_some()
        });
        let (positions, is_complete) = (crowded.len(), crowded.iter().all(|group| group.len() == most));
        let is_complete = is_complete && positions == places.len();
        if !are_ranked {
            let reason = SeriesMessage::NothingTellsApart { positions, places: listed(&at) };
            return Err(UserError::new(name, reason, SeriesMessage::OneScanAtATime));
        }
        let by = SeriesMessage::ByInstanceNumber.into();
        notes.push(
            SeriesMessage::PartedAtPlaces { positions, most, places: listed(&at), by: vec![by], series: most }.into(),
        );
        if !is_complete {
            notes.push(SeriesMessage::MayBeMixed.into());
        }
        let mut ranks = vec![Vec::new(); most];
        for mut group in places {
            group.sort_by_key(number);
            group.into_iter().enumerate().for_each(|(rank, i)| ranks[rank].push(i));
        }
        Ok(ranks)
    }

    /// What was decided, with the attributes that decided.
    fn note(&self, all: &[usize], parts: &[Vec<usize>], decided: Vec<Distinction>) -> Message {
        let by = decided.into_iter().map(|distinction| distinction.name().into()).collect();
        let series = parts.len();
        let images = self.images(all);
        let crowded: Vec<&[(usize, usize)]> =
            images.chunk_by(|a, b| a.0 == b.0).filter(|group| group.len() > 1).collect();
        if crowded.is_empty() {
            let sizes: Vec<String> = parts.iter().map(|part| part.len().to_string()).collect();
            return SeriesMessage::PartedStacks { total: all.len(), series, sizes: sizes.join(", "), by }.into();
        }
        let most = crowded.iter().map(|group| group.len()).max().unwrap_or(0);
        let at = |group: &&[(usize, usize)]| {
            let first = self.sites.iter().position(|site| site.place == group[0].0).unwrap_or(0);
            place_mm(&self.placed[first].slice)
        };
        let places: Vec<f64> = crowded.iter().map(at).collect();
        SeriesMessage::PartedAtPlaces { positions: crowded.len(), most, places: listed(&places), by, series }.into()
    }

    fn taken(self, scans: &[Vec<usize>]) -> Vec<Vec<Placed>> {
        let mut slices: Vec<Option<Placed>> = self.placed.into_iter().map(Some).collect();
        scans.iter().map(|scan| scan.iter().filter_map(|&i| slices[i].take()).collect()).collect()
    }
}

/// Whether two ways to number parts are one division.
fn is_same_division(a: &[usize], b: &[usize]) -> bool {
    let mut pairs: Vec<(usize, usize)> = a.iter().copied().zip(b.iter().copied()).collect();
    pairs.sort_unstable();
    pairs.dedup();
    let count = |of: &[usize]| of.iter().max().map_or(0, |most| most + 1);
    pairs.len() == count(a) && pairs.len() == count(b)
}

/// Whether one of the parts begins before another ends.
fn lie_between(places: &[Vec<f64>]) -> bool {
    let mut ends: Vec<(f64, f64)> = places.iter().filter_map(|p| Some((*p.first()?, *p.last()?))).collect();
    ends.sort_by(|a, b| a.0.total_cmp(&b.0));
    ends.windows(2).any(|pair| pair[1].0 < pair[0].1)
}

/// Whether parts that follow one another have different distances, or a gap between them that is none of theirs. Shots of one scan
/// have the same, and the table moves about as far between them.
fn are_of_different_grids(places: &[Vec<f64>]) -> bool {
    let mut ordered: Vec<&Vec<f64>> = places.iter().filter(|places| !places.is_empty()).collect();
    ordered.sort_by(|a, b| a[0].total_cmp(&b[0]));
    let step = |places: &[f64]| Lattice::of(places).map_or(0.0, |lattice| lattice.step_mm);
    ordered.windows(2).any(|pair| {
        let (a, b) = (step(pair[0]), step(pair[1]));
        let gap = pair[1][0] - pair[0][pair[0].len() - 1];
        (a - b).abs() > 0.1 * a.max(b) || gap < 0.5 * a || gap > 1.5 * a
    })
}
