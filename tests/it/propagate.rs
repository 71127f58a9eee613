//! From a few accepted slices to the whole organ.

mod across_slices;
mod command;
mod formats;
mod predicted;
mod reach;

use islet::core::mask::Mask;
use islet::core::volume::{Geometry, Volume};
use islet::imaging::edit::{Acceptance, Corrections, SliceLabels};
use islet::imaging::phantom::{Organ, Phantom, PhantomConfig, phantom};
use islet::imaging::propagate::{AcceptedSlice, KnownLabels, Propagated};

const DIMS: [usize; 3] = [24, 60, 60];

/// A ball of 60 HU in fat of -90 HU whose centre moves along the columns, so that the masks of distant
/// slices do not overlap; with its mask.
fn moving_ball() -> (Volume, Mask) {
    let mut mask = Mask::empty(DIMS);
    for z in 2..22 {
        let centre = [30.0, 12.0 + 1.8 * (z as f64 - 2.0)];
        let labels = mask.slice_mut(z);
        for (i, label) in labels.iter_mut().enumerate() {
            let [y, x] = [(i / DIMS[2]) as f64, (i % DIMS[2]) as f64];
            *label = u8::from((y - centre[0]).hypot(x - centre[1]) < 7.0);
        }
    }
    let hu = mask.labels.iter().map(|&label| if label == 1 { 60 } else { -90 }).collect();
    let geometry = Some(Geometry::with_spacing_mm([2.0, 1.5, 1.5]));
    (Volume { hu, dims: DIMS, geometry, calibrated: true }, mask)
}

fn whole(volume: &Volume, accepted: &[AcceptedSlice<'_>]) -> Option<Propagated> {
    islet::imaging::propagate::propagate(volume, &KnownLabels { accepted, partial: &[] }, None)
}

fn propagate(volume: &Volume, accepted: &[AcceptedSlice<'_>]) -> Option<Mask> {
    whole(volume, accepted).map(|propagated| propagated.mask)
}

fn accepted<'a>(mask: &'a Mask, slices: &[usize]) -> Vec<AcceptedSlice<'a>> {
    slices.iter().map(|&slice| AcceptedSlice { slice, labels: mask.slice(slice) }).collect()
}

fn dsc(a: &Mask, b: &Mask) -> f64 {
    let both = a.labels.iter().zip(&b.labels).filter(|(a, b)| **a != 0 && a == b).count();
    2.0 * both as f64 / (a.count() + b.count()) as f64
}

#[test]
fn it_follows_an_organ_whose_accepted_masks_do_not_overlap() {
    let (volume, truth) = moving_ball();
    let slices = [2, 11, 21];
    let overlap = truth.slice(2).iter().zip(truth.slice(11)).filter(|(a, b)| **a != 0 && **b != 0).count();
    assert_eq!(overlap, 0, "the premise");
    let mask = propagate(&volume, &accepted(&truth, &slices)).unwrap();
    assert!(dsc(&mask, &truth) > 0.95, "DSC {}", dsc(&mask, &truth));
}

#[test]
fn accepted_slices_stay_as_they_were_drawn() {
    let (volume, truth) = moving_ball();
    let mut drawn = truth.clone();
    drawn.slice_mut(11)[..7].fill(1);
    let mask = propagate(&volume, &accepted(&drawn, &[5, 11, 18])).unwrap();
    assert_eq!(mask.slice(11), drawn.slice(11));
    assert_eq!(mask.slice(5), drawn.slice(5));
}

#[test]
fn an_accepted_empty_slice_ends_the_organ() {
    let (volume, truth) = moving_ball();
    let mut cut = truth.clone();
    cut.slice_mut(15).fill(0);
    let mask = propagate(&volume, &accepted(&cut, &[5, 11, 15])).unwrap();
    assert!(mask.has_labels(12), "next to an accepted mask");
    assert!((15..DIMS[0]).all(|z| !mask.has_labels(z)), "beyond the end");
}

#[test]
fn an_organ_that_the_volume_cuts_off_goes_on_to_its_last_slice() {
    let (volume, truth) = moving_ball();
    // The scan begins and ends within the organ.
    let inner = 3 * DIMS[1] * DIMS[2]..21 * DIMS[1] * DIMS[2];
    let cut = Volume { hu: volume.hu[inner.clone()].to_vec(), dims: [18, DIMS[1], DIMS[2]], ..volume };
    let truth = Mask { labels: truth.labels[inner].to_vec(), dims: cut.dims };
    let mask = propagate(&cut, &accepted(&truth, &[3, 9, 14])).unwrap();
    for slice in [0, 17] {
        let one = |mask: &Mask| Mask { labels: mask.slice(slice).to_vec(), dims: [1, DIMS[1], DIMS[2]] };
        let dsc = dsc(&one(&mask), &one(&truth));
        assert!(dsc > 0.9, "slice {slice}: DSC {dsc}");
    }
}

#[test]
fn several_organs_are_propagated_each_by_its_label() {
    let (volume, truth) = moving_ball();
    let mut two = truth.clone();
    let mut bright = volume.clone();
    for z in 0..DIMS[0] {
        for y in 48..56 {
            let row = z * DIMS[1] * DIMS[2] + y * DIMS[2];
            two.labels[row + 5..row + 55].fill(7);
            bright.hu[row + 5..row + 55].fill(140);
        }
    }
    let mask = propagate(&bright, &accepted(&two, &[4, 12, 20])).unwrap();
    for label in [1, 7] {
        let score = dsc(&mask.only(label), &two.only(label));
        assert!(score > 0.9, "label {label}: DSC {score}");
    }
}

#[test]
fn one_slice_or_only_empty_slices_lead_nowhere() {
    let (volume, truth) = moving_ball();
    assert_eq!(propagate(&volume, &accepted(&truth, &[11])), None);
    assert_eq!(propagate(&volume, &accepted(&truth, &[0, 23])), None);
    assert_eq!(propagate(&volume, &[]), None);
}

#[test]
fn contradicting_and_complete_slices_are_taken_as_they_are() {
    let (volume, truth) = moving_ball();
    let mut gap = truth.clone();
    gap.slice_mut(11).fill(0);
    let all: Vec<usize> = (0..DIMS[0]).collect();
    assert_eq!(propagate(&volume, &accepted(&gap, &all)).unwrap(), gap);
    let mask = propagate(&volume, &accepted(&gap, &[9, 11, 13])).unwrap();
    assert!(!mask.has_labels(11) && mask.has_labels(9) && mask.has_labels(13));
}

#[test]
fn a_series_of_two_slices_and_a_picture_stack_without_sizes_work() {
    let (volume, truth) = moving_ball();
    let area = DIMS[1] * DIMS[2];
    let pair = Volume {
        hu: volume.hu[10 * area..12 * area].to_vec(),
        dims: [2, DIMS[1], DIMS[2]],
        geometry: None,
        calibrated: true,
    };
    let labels =
        [AcceptedSlice { slice: 0, labels: truth.slice(10) }, AcceptedSlice { slice: 1, labels: truth.slice(11) }];
    let mask = propagate(&pair, &labels).unwrap();
    assert_eq!((mask.slice(0), mask.slice(1)), (truth.slice(10), truth.slice(11)));
    let unsized_volume = Volume { geometry: None, ..volume };
    assert!(propagate(&unsized_volume, &accepted(&truth, &[4, 12, 20])).is_some());
}

#[test]
fn the_slice_to_accept_next_lies_in_the_widest_gap() {
    let (volume, truth) = moving_ball();
    let Propagated { worth, .. } = whole(&volume, &accepted(&truth, &[3, 5, 7, 18, 20])).unwrap();
    let most = (0..DIMS[0]).max_by(|&a, &b| worth[a].total_cmp(&worth[b])).unwrap();
    assert!((9..=16).contains(&most), "slice {most}");
    assert!([3, 5, 7, 18, 20].iter().all(|&slice| worth[slice] == 0.0), "accepted slices are of no use");
}

#[test]
fn a_slice_beyond_the_accepted_ones_is_proposed_until_the_organ_has_ended() {
    let (volume, truth) = moving_ball();
    let worth = |slices: &[usize]| {
        let accepted = accepted(&truth, slices);
        whole(&volume, &accepted).unwrap().worth
    };
    let most = |worth: &[f32]| (0..DIMS[0]).max_by(|&a, &b| worth[a].total_cmp(&worth[b])).unwrap();
    // Masks end 12 mm after slice 6, and the ball goes on.
    let open = worth(&[2, 4, 6]);
    assert!(most(&open) > 12, "slice {}", most(&open));
    // Slices 1 and 22 are empty.
    let ended = worth(&[1, 8, 14, 22]);
    let most_worth = most(&ended);
    assert!((2..22).contains(&most_worth), "slice {most_worth}");
    assert!([0, 23].iter().all(|&slice| ended[slice] < 0.1 * ended[most_worth]), "beyond the ends: {ended:?}");
}

#[test]
fn five_slices_complete_any_of_eight_organs_of_a_phantom() {
    let eight = [
        Organ::Liver,
        Organ::Spleen,
        Organ::LeftKidney,
        Organ::RightKidney,
        Organ::Stomach,
        Organ::Aorta,
        Organ::VenaCava,
        Organ::Pancreas,
    ];
    // Two flaws of the method were found on the first phantom; the second was looked at only afterwards.
    let phantoms = [9301, 9321].map(|seed| (seed, phantom(&PhantomConfig::SMALL, seed)));
    for ((seed, Phantom { volume, organs, .. }), organ) in
        phantoms.iter().flat_map(|phantom| eight.map(|organ| (phantom, organ)))
    {
        let truth = organs.only(organ as u8);
        let truth = Mask { labels: truth.labels.iter().map(|&label| u8::from(label != 0)).collect(), ..truth };
        let filled: Vec<usize> = (0..truth.dims[0]).filter(|&z| truth.has_labels(z)).collect();
        let (first, extent) = (filled[0], filled[filled.len() - 1] - filled[0]);
        let slices: Vec<usize> = (0..5).map(|i| first + (2 * i + 1) * extent / 10).collect();
        let mask = propagate(volume, &accepted(&truth, &slices)).unwrap();
        let score = dsc(&mask, &truth);
        let simplest = dsc(&interpolated(&truth, &slices), &truth);
        println!("{seed}, {organ:?}: DSC {score:.3}, shape interpolation {simplest:.3}, over {} slices", filled.len());
        assert!(score > 0.9, "{seed}, {organ:?}: DSC {score}");
    }
}

/// The shapes between neighbouring slices, and nothing beyond the ends: the simplest tool for the same task.
fn interpolated(truth: &Mask, slices: &[usize]) -> Mask {
    let mut corrections = Corrections::default();
    let accepted =
        |&slice: &usize| SliceLabels { slice, labels: truth.slice(slice).to_vec(), acceptance: Acceptance::Accepted };
    corrections.set_all(slices.iter().map(accepted).collect());
    corrections.interpolate([truth.dims[1], truth.dims[2]]);
    let mut mask = Mask::empty(truth.dims);
    for slice in corrections.slices() {
        mask.slice_mut(slice).copy_from_slice(&corrections.labels(slice).unwrap());
    }
    mask
}
