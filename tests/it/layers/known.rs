//! What is still to be put right. The tests fail when an entry no longer holds, so the lists only shrink.

/// Files that import each other in a circle.
pub(super) const KNOWN_CIRCLES: &[&[&str]] = &[
    &[
        "cli/datasets/ct82.rs",
        "cli/datasets/decathlon.rs",
        "cli/datasets/find.rs",
        "cli/datasets/mod.rs",
        "cli/datasets/split.rs",
        "cli/datasets/training_cases.rs",
        "cli/finetune.rs",
        "cli/phantom.rs",
        "cli/train/args.rs",
        "cli/train/checkpoint.rs",
        "cli/train/data_loader.rs",
        "cli/train/mod.rs",
        "cli/train/outcome.rs",
        "cli/train/run.rs",
        "cli/train/score.rs",
        "cli/train/settings.rs",
        "cli/train/start.rs",
    ],
    &["formats/dicom/attributes.rs", "formats/dicom/identity.rs", "formats/dicom/precheck.rs"],
    &["formats/dicom/jpeg/mod.rs", "formats/dicom/jpeg2000.rs", "formats/dicom/jpegls.rs", "formats/dicom/pixels.rs"],
];

/// Files above the limit.
pub(super) const KNOWN_LONG_FILES: &[&str] =
    &["src/app/protocol/page.rs", "src/formats/dicom/precheck.rs", "tests/it/datasets.rs", "tests/it/formats.rs"];
