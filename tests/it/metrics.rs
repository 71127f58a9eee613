//! Scores and statistics against the packages that define them (tests/golden/surface.py), and by hand where a mask is empty.

use std::io::Read;

use flate2::read::GzDecoder;
use islet::core::mask::Mask;
use islet::core::statistics::{bootstrap_interval_95, mean, standard_deviation, wilcoxon_p};
use islet::core::volume::Geometry;
use islet::imaging::metrics::{CaseScores, LabelScores, SurfaceDistances};
use serde::Deserialize;

/// Both written by tests/golden/surface.py.
const SURFACE: &[u8] = include_bytes!("../golden/surface.json.gz");
const STATISTICS: &str = include_str!("../golden/statistics.json");

#[derive(Deserialize)]
struct Pair {
    dims: [usize; 3],
    spacing_mm: [f64; 3],
    pred: String,
    truth: String,
    hd95_mm: Option<f64>,
    assd_mm: Option<f64>,
    nsd: Option<[f64; 2]>,
}

fn unpacked(hex: &str, dims: [usize; 3]) -> Mask {
    let bit = |i: usize| u8::from_str_radix(&hex[i / 8 * 2..][..2], 16).unwrap() >> (7 - i % 8) & 1;
    Mask { labels: (0..dims.iter().product()).map(bit).collect(), dims }
}

/// The mask with slices, rows and columns of background around it.
fn surrounded(mask: &Mask, before: [usize; 3], after: [usize; 3]) -> Mask {
    let [depth, height, width] = mask.dims;
    let mut wide = Mask::empty([0, 1, 2].map(|axis| before[axis] + mask.dims[axis] + after[axis]));
    for (z, y, x) in (0..depth).flat_map(|z| (0..height).flat_map(move |y| (0..width).map(move |x| (z, y, x)))) {
        let at = ((z + before[0]) * wide.dims[1] + y + before[1]) * wide.dims[2] + x + before[2];
        wide.labels[at] = mask.labels[(z * height + y) * width + x];
    }
    wide
}

#[test]
fn surface_scores_are_those_of_surface_distance_and_medpy() {
    let mut text = String::new();
    GzDecoder::new(SURFACE).read_to_string(&mut text).unwrap();
    let pairs: Vec<Pair> = serde_json::from_str(&text).unwrap();
    let mut worst = [0.0f64; 3];
    let mut measured = 0;
    for (i, pair) in pairs.iter().enumerate() {
        let (pred, truth) = (unpacked(&pair.pred, pair.dims), unpacked(&pair.truth, pair.dims));
        let scores = CaseScores::of(&pred, &truth, &Geometry::with_spacing_mm(pair.spacing_mm)).foreground;
        let Some([nsd_1mm, nsd_2mm]) = pair.nsd else {
            assert_eq!((scores.hd95_mm, scores.assd_mm), (None, None), "pair {i} has an empty mask");
            continue;
        };
        let far = |ours: Option<f64>, theirs: Option<f64>| (ours.unwrap() - theirs.unwrap()).abs();
        let nsd = (scores.nsd_1mm - nsd_1mm).abs().max((scores.nsd_2mm - nsd_2mm).abs());
        let apart = [far(scores.hd95_mm, pair.hd95_mm), far(scores.assd_mm, pair.assd_mm), nsd];
        assert!(apart[0] < 1e-3 && apart[1] < 1e-3 && apart[2] < 1e-4, "pair {i}: {apart:?}, {scores:?}");
        worst = [0, 1, 2].map(|k| worst[k].max(apart[k]));
        measured += 1;
        let more = [&pred, &truth].map(|mask| surrounded(mask, [0, 2, 1], [3, 0, 4]));
        let more = SurfaceDistances::between(&more[0], &more[1], |label| label != 0, pair.spacing_mm).unwrap();
        let found = (more.robust_hausdorff_mm(95.0), more.assd_mm(), more.nsd(1.0), more.nsd(2.0));
        let before = (scores.hd95_mm.unwrap(), scores.assd_mm.unwrap(), scores.nsd_1mm, scores.nsd_2mm);
        assert_eq!(found, before, "pair {i}: background around it changes nothing");
    }
    println!("{measured} pairs; HD95, ASSD, NSD at most {worst:?} from the packages");
    assert!(measured >= 200, "{measured} pairs");
}

/// `[z, y, x]` from..to of a grid of 4 x 5 x 6, labelled.
fn boxes(parts: &[(u8, [std::ops::Range<usize>; 3])]) -> Mask {
    let mut mask = Mask::empty([4, 5, 6]);
    for (label, [zs, ys, xs]) in parts {
        for z in zs.clone() {
            for y in ys.clone() {
                mask.slice_mut(z)[y * 6..][xs.clone()].fill(*label);
            }
        }
    }
    mask
}

/// 6 mm³ a voxel.
const GEOMETRY: [f64; 3] = [3.0, 2.0, 1.0];

fn score(pred: &Mask, truth: &Mask) -> CaseScores {
    CaseScores::of(pred, truth, &Geometry::with_spacing_mm(GEOMETRY))
}

#[test]
fn a_box_one_column_longer_by_hand() {
    // 2 x 3 x 2 voxels against 2 x 3 x 3: one face of 6 voxels lies 1 mm further out.
    let truth = boxes(&[(1, [1..3, 1..4, 1..3])]);
    let LabelScores { overlap, hd95_mm, assd_mm, nsd_1mm, volume_error_ml, volume_error_relative, .. } =
        score(&boxes(&[(1, [1..3, 1..4, 1..4])]), &truth).foreground;
    assert_eq!((overlap.n_pred(), overlap.n_ref(), overlap.true_negative), (18, 12, 102));
    assert_eq!((overlap.dsc(), overlap.precision(), overlap.recall()), (0.8, Some(12.0 / 18.0), Some(1.0)));
    assert_eq!((hd95_mm, nsd_1mm), (Some(1.0), 1.0));
    // Of 18 + 12 voxels, all on their surface, the prediction's last 6 are 1 mm off.
    assert_eq!(assd_mm, Some(6.0 / 30.0));
    assert!((volume_error_ml - 0.036).abs() < 1e-12, "6 voxels of 6 mm³, not {volume_error_ml} mL");
    assert_eq!(volume_error_relative, Some(0.5));
}

#[test]
fn empty_masks_follow_the_rule_that_reports_state() {
    let (none, some) = (boxes(&[]), boxes(&[(1, [0..1, 0..2, 0..3])]));
    let both = score(&none, &none).foreground;
    assert_eq!((both.overlap.dsc(), both.overlap.iou(), both.nsd_1mm, both.nsd_2mm), (1.0, 1.0, 1.0, 1.0));
    assert_eq!((both.overlap.precision(), both.overlap.recall()), (Some(1.0), Some(1.0)));
    assert_eq!((both.hd95_mm, both.assd_mm, both.volume_error_relative), (None, None, None));
    let missed = score(&none, &some).foreground;
    assert_eq!((missed.overlap.dsc(), missed.overlap.iou(), missed.nsd_1mm, missed.nsd_2mm), (0.0, 0.0, 0.0, 0.0));
    assert_eq!((missed.overlap.precision(), missed.overlap.recall()), (None, Some(0.0)));
    assert_eq!((missed.hd95_mm, missed.assd_mm, missed.volume_error_relative), (None, None, Some(-1.0)));
    let invented = score(&some, &none).foreground;
    assert_eq!((invented.overlap.precision(), invented.overlap.recall()), (Some(0.0), None));
    assert_eq!((invented.overlap.dsc(), invented.nsd_2mm, invented.volume_error_relative), (0.0, 0.0, None));
    assert_eq!([both, missed, invented].map(|scores| scores.missed()), [false, true, false]);
}

#[test]
fn each_label_is_scored_for_itself() {
    let (organ, tumour) = ([1..3, 1..4, 1..3], [1..3, 1..4, 3..5]);
    let truth = boxes(&[(1, organ.clone()), (2, tumour.clone())]);
    let scores = score(&boxes(&[(1, organ), (1, tumour)]), &truth);
    assert_eq!(scores.foreground.overlap.dsc(), 1.0);
    assert_eq!(scores.foreground.hd95_mm, Some(0.0));
    assert_eq!(scores.labels.keys().collect::<Vec<_>>(), [&1, &2]);
    assert_eq!(scores.labels[&1].overlap.dsc(), 2.0 * 12.0 / (24.0 + 12.0));
    assert!(scores.labels[&2].missed() && scores.labels[&2].hd95_mm.is_none());
}

#[derive(Deserialize)]
struct Statistics {
    wilcoxon: Vec<Test>,
    intervals: Vec<Sample>,
}

#[derive(Deserialize)]
struct Test {
    differences: Vec<f64>,
    p: f64,
}

#[derive(Deserialize)]
struct Sample {
    values: Vec<f64>,
    mean: f64,
    standard_deviation: f64,
    interval_95: [f64; 2],
}

#[test]
fn p_values_are_scipys() {
    let golden: Statistics = serde_json::from_str(STATISTICS).unwrap();
    assert!(golden.wilcoxon.len() >= 100);
    for Test { differences, p } in golden.wilcoxon {
        let ours = wilcoxon_p(&differences);
        assert!((ours - p).abs() <= 1e-9 * p, "{ours} of {} differences, SciPy says {p}", differences.len());
    }
    assert_eq!(wilcoxon_p(&[0.0; 9]), 1.0, "no difference at all");
    assert_eq!(wilcoxon_p(&[0.1, 0.1, 0.1, 0.1, 0.1]), 0.0625, "five pairs cannot go below 0.05, tied or not");
    assert_eq!(wilcoxon_p(&[0.1, 0.2, 0.3, 0.4, 0.5, 0.6]), 0.03125, "six can");
}

#[test]
fn intervals_are_scipys_within_what_resampling_leaves_open() {
    let golden: Statistics = serde_json::from_str(STATISTICS).unwrap();
    assert_eq!(golden.intervals.len(), 3);
    for Sample { values, mean: of_values, standard_deviation: sd, interval_95: theirs } in golden.intervals {
        assert!((mean(&values).unwrap() - of_values).abs() < 1e-12);
        assert!((standard_deviation(&values).unwrap() - sd).abs() < 1e-12);
        let ours = bootstrap_interval_95(&values, 0).unwrap();
        // A 2.5 % quantile of 10,000 means lies within 0.11 of their spread, at four standard errors.
        let open = 0.12 * sd / (values.len() as f64).sqrt();
        assert!([0, 1].iter().all(|&i| (ours[i] - theirs[i]).abs() < open), "{ours:?}, SciPy says {theirs:?}");
        assert_eq!(bootstrap_interval_95(&values, 0), Some(ours), "seeded");
        assert_ne!(bootstrap_interval_95(&values, 1), Some(ours), "by its seed");
    }
    assert_eq!((mean(&[]), standard_deviation(&[3.0]), bootstrap_interval_95(&[3.0], 0)), (None, None, None));
    assert_eq!(bootstrap_interval_95(&[0.0, 1.0], 0), Some([0.0, 1.0]), "a quarter of all resamples each");
}
