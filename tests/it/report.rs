//! The report of a run, as a browser would read it.

use std::collections::BTreeMap;

use islet::cli::report::picture::judged;
use islet::cli::report::{CaseTableRow, Column, RunReport, SlicePicture, html};
use islet::cli::run_dir::EpochLog;
use islet::core::window::Window;
use islet::imaging::metrics::{Focus, GateFocus};
use islet::imaging::preprocess::PreprocessConfig;
use islet::nn::model::metadata::{ModelMetadata, Training};
use islet::nn::model::{ModelConfig, Preset};

fn passport() -> ModelMetadata {
    let config: ModelConfig = Preset::Islet.config();
    ModelMetadata {
        config,
        preprocess: PreprocessConfig::default(),
        labels: BTreeMap::from([(1, "pancreas".into())]),
        training: Training { dataset: "two & <three>".into(), ..Training::default() },
        license: "MIT".into(),
        version: "0.1.0".into(),
    }
}

fn epoch(epoch: usize, loss: f64, dsc: Option<f64>) -> EpochLog {
    EpochLog {
        organ_dsc: Default::default(),
        epoch,
        loss,
        learning_rate: 1e-3,
        validation_dsc: dsc.map(|dsc| ("7".to_owned(), dsc)).into_iter().collect(),
        slices_per_second: 3.0,
        data_share: 0.01,
        validation_seconds: 5.0,
        seconds: 60.0,
    }
}

/// A tenth of the image is organ.
fn focus(size_px: usize, share: f64) -> GateFocus {
    GateFocus { size_px, focus: Focus { on_organ: 3.0 * share, anywhere: 3.0, organ_px: 2.0, image_px: 20.0 } }
}

fn written(slices: &[SlicePicture]) -> String {
    let row = |case: &str, dsc: f64, hd95: Option<f64>| CaseTableRow {
        case: case.into(),
        trained_on: case == "7",
        dsc,
        values: vec![Some(dsc), hd95],
    };
    let column = |name: &str, places| Column { name: name.into(), places };
    html(&RunReport {
        title: "run <1>",
        command: "train --data \"a & b\"",
        passport: &passport().to_metadata(),
        epochs: &[epoch(1, 1.0, None), epoch(2, 0.5, Some(0.25)), epoch(3, 0.4, Some(0.5))],
        columns: &[column("DSC", 3), column("HD95 (mm)", 1)],
        cases: &[row("7", 0.91, Some(2.25)), row("<script>8", 0.125, None), row("9", 0.5, Some(10.0))],
        figures: &[("DSC".into(), "0.512".into())],
        attention: &[("case <8>".into(), vec![focus(7, 0.5), focus(14, 0.25)])],
        slices,
        notes: &["both empty counts 1".into()],
    })
}

#[test]
fn the_report_asks_for_nothing_and_runs_nothing() {
    let page = written(&[SlicePicture {
        caption: "case 9".into(),
        outlined: vec![1],
        attention: vec![("gate 1".into(), vec![2])],
    }]);
    for wanted in ["<script", "http:", "https:", "<link", "@import", "url("] {
        assert!(!page.contains(wanted), "{wanted} in the report");
    }
    assert_eq!(page.matches("<img ").count(), page.matches("src=\"data:image/png;base64,").count());
    assert!(
        page.contains("run &lt;1&gt;") && page.contains("&lt;script&gt;8") && page.contains("two &amp; &lt;three&gt;")
    );
}

#[test]
fn cases_stand_worst_first_and_an_undefined_distance_is_a_dash() {
    let page = written(&[]);
    let at = |text: &str| page.find(text).unwrap_or_else(|| panic!("{text} is missing"));
    assert!(at("&lt;script&gt;8") < at("scope=row>9<") && at("scope=row>9<") < at("scope=row>7<"));
    assert!(page.contains("<td>0.125</td><td title=\"not defined: one of the masks is empty\">&ndash;</td>"));
    assert!(page.contains("7<span class=tag>trained on</span></th><td>0.910</td><td>2.2</td>"));
}

#[test]
fn gates_have_their_focus_and_how_many_times_chance_that_is() {
    let page = written(&[]);
    assert!(page.contains("<th scope=col>gate 1, 7 x 7</th><th scope=col>gate 2, 14 x 14</th>"));
    assert!(
        page.contains("case &lt;8&gt;</th><td>10.00 %</td><td>50.00 % (5.0 x)</td><td>25.00 % (2.5 x)</td>"),
        "{page}"
    );
}

#[test]
fn a_chart_puts_a_value_where_its_axis_says() {
    let page = written(&[]);
    // The plot reaches from 48 to 548 and from 186 up to 12. Loss: the axis runs from 0 to 1, epochs from 1 to 3.
    assert!(page.contains("<path class=strong d=\"M48.0 12.0L298.0 99.0L548.0 116.4\"><title>loss</title>"), "{page}");
    // Epoch 1 was not validated, so the axis begins at 2; DSC 0.25 of 0.5 lies half way.
    assert!(page.contains("d=\"M48.0 99.0L548.0 12.0\"><title>mean</title>"), "{page}");
}

#[test]
fn a_judged_slice_shows_both_boundaries_and_the_ct_between() {
    let mut truth = vec![0u8; 100];
    let mut pred = vec![0u8; 100];
    for y in 1..6 {
        for x in 1..6 {
            truth[y * 10 + x] = 1;
            pred[(y + 3) * 10 + x + 3] = 1;
        }
    }
    let bytes = judged(&[40; 100], 10, Window { level_hu: 40.0, width_hu: 400.0 }, &truth, &pred);
    let picture = image::load_from_memory(&bytes).unwrap().to_rgb8();
    assert_eq!(picture.dimensions(), (10, 10));
    let at = |x, y| picture.get_pixel(x, y).0;
    assert_eq!(at(1, 1), [86, 180, 233]);
    assert_eq!(at(8, 8), [230, 159, 0]);
    // The middle of the window, inside the truth, away from any boundary.
    assert_eq!(at(2, 2), [128, 128, 128]);
    assert_eq!(at(0, 0), [128, 128, 128]);
}
