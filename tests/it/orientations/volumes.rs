//! Networks of whole volumes: the labels of a scan are the same ones, whatever the order in which its file has the axes.
//!
//! The network has the form of TotalSegmentator's, which turns a scan to one orientation first. A model that does not, as
//! nnU-Net's own, sees the axes as the file has them, since its training did.

use std::fs;
use std::path::Path;

use islet::formats::nnunet::release::{ReleaseChoice, read_zip};
use islet::imaging::volume_pipeline::patch_sum::SumPrecision;
use islet::nn::volume::{VolumeModel, VolumeModelFile};

use super::*;

#[test]
fn labels_of_a_network_of_volumes_do_not_depend_on_the_axis_order() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/nnunet/predictor/total");
    let zip = fs::read(folder.join("Dataset297_TotalSegmentator_total_3mm_1559subj.zip")).unwrap();
    let release = read_zip("release.zip", &zip, &ReleaseChoice::default()).unwrap();
    let model = VolumeModel::new(VolumeModelFile::of_release(&release).unwrap());
    let scan = fs::read(folder.join("scan_0000.nii.gz")).unwrap();
    let volume = read(&[("scan.nii.gz".into(), scan)]).volume;
    let labels = |volume: &Volume| pollster::block_on(model.segment(volume, SumPrecision::Single, |_| ())).unwrap();
    let expected = labels(&volume);
    assert!(expected.labels.iter().collect::<std::collections::BTreeSet<_>>().len() > 3);
    for Placed { source, flip, .. } in Placed::all(UPRIGHT).skip(1).step_by(6) {
        // Another file of the same scan: the reader is given its voxels in another order.
        let order = Orientation { source, flip };
        let stored = order.view_volume(volume.clone());
        let again = read(&[("scan.nii.gz".into(), nifti::write_volume(&stored))]).volume;
        assert_eq!(again.dims, stored.dims);
        let found = labels(&again).restore(&order, volume.dims);
        let wrong = found.labels.iter().zip(&expected.labels).filter(|(found, expected)| found != expected).count();
        assert_eq!(wrong, 0, "{order:?}: {wrong} of {} voxels", expected.labels.len());
    }
}
