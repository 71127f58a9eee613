//! The figures that a report has for an object and for an attention gate, by their names.

use super::schema::Statistics;
use crate::imaging::metrics::{Focus, LabelScores};

/// A figure of one object: its name, and its value in the object's scores.
type Figure<T> = (&'static str, fn(&LabelScores) -> T);

/// A figure of one gate: its name, and its value in the gate's focus.
type FocusFigure = (&'static str, fn(&Focus) -> Option<f64>);

/// Scores of one object, in mm, mL or as a share; `None` is undefined.
pub const METRICS: [Figure<Option<f64>>; 10] = [
    ("Dice", |s| Some(s.overlap.dsc())),
    ("IoU", |s| Some(s.overlap.iou())),
    ("precision", |s| s.overlap.precision()),
    ("recall", |s| s.overlap.recall()),
    ("HD95_mm", |s| s.hd95_mm),
    ("ASSD_mm", |s| s.assd_mm),
    ("NSD_1mm", |s| Some(s.nsd_1mm)),
    ("NSD_2mm", |s| Some(s.nsd_2mm)),
    ("volume_error_ml", |s| Some(s.volume_error_ml)),
    ("volume_error_relative", |s| s.volume_error_relative),
];

/// Voxel counts of one object, as nnU-Net reports them.
pub(super) const COUNTS: [Figure<u64>; 6] = [
    ("TP", |s| s.overlap.true_positive),
    ("FP", |s| s.overlap.false_positive),
    ("FN", |s| s.overlap.false_negative),
    ("TN", |s| s.overlap.true_negative),
    ("n_pred", |s| s.overlap.n_pred()),
    ("n_ref", |s| s.overlap.n_ref()),
];

/// Figures of one gate's attention focus.
pub(super) const FOCUS: [FocusFigure; 3] =
    [("share", Focus::share), ("baseline", Focus::baseline), ("ratio", Focus::ratio)];

/// Definitions of the metrics.
pub const DEFINITIONS: &str = "HD95_mm, NSD_1mm, NSD_2mm: as DeepMind's surface-distance; ASSD_mm: as MedPy's assd, connectivity 1; \
    volume errors: prediction less truth; sd: of the sample (n - 1); interval_95: percentile bootstrap of the mean";

/// Key of all labels together, in reports on masks of several labels.
pub(super) const FOREGROUND: &str = "foreground";

/// Key of a report's only object, or else of all labels together.
pub(in crate::cli) fn object_key(statistics: &Statistics) -> &'static str {
    if statistics.contains_key("1") { "1" } else { FOREGROUND }
}
