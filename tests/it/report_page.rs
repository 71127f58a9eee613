//! The report for printing: every number by value, everything escaped, nothing that is not wanted.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use islet::core::i18n::Language;
use islet::core::volumetry::measure_volume;
use islet::formats::report::ReportedModel;
use islet::formats::report_page::{
    HandWork, PlanePicture, ReportPage, ReportedMeasurement, ReportedOrgan, ReportedPatient, ReportedSurface,
};
use sha2::{Digest, Sha256};

const EVIL: &str = "<script>alert(1)</script>&\"'";
const ESCAPED: &str = "&lt;script&gt;alert(1)&lt;/script&gt;&amp;&quot;&#39;";

/// 0.5 x 0.75 x 2 mm voxels: 0.75 mm3 each.
fn organ(name: &str, pixels: &[usize]) -> ReportedOrgan {
    let pixels: Vec<Option<usize>> = pixels.iter().copied().map(Some).collect();
    ReportedOrgan {
        name: name.into(),
        rgb: [230, 159, 0],
        measured: measure_volume(&pixels, Some([2.0, 0.75, 0.5]), Some(0.75)),
        hu: Some([87.4, 21.6]),
        pieces: 3,
        corrected: 7,
    }
}

fn plane(caption: &str, size: [f64; 2]) -> PlanePicture {
    let png = "data:image/png;base64,AAAA".into();
    PlanePicture { caption: caption.into(), png, size, is_in_mm: true, letters: Some(['R', 'L', 'A', 'P']) }
}

fn page() -> ReportPage {
    ReportPage {
        language: Language::English,
        patient: None,
        series_key: "0123456789abcdef".into(),
        dims: [60, 400, 500],
        spacing_mm: Some([2.0, 0.75, 0.5]),
        pictures_title: "Planes".into(),
        planes: vec![plane("Axial 31 / 60", [300.0, 250.0]), plane("Coronal 200 / 400", [120.0, 250.0])],
        surface: ReportedSurface::NoGraphics,
        // 40000 voxels of 0.75 mm3 are 30 mL.
        organs: vec![organ("Pancreas", &[0, 10_000, 20_000, 10_000, 0])],
        active_organ: "Pancreas".into(),
        hand_work: HandWork::default(),
        other_slices: vec![],
        settings: vec!["Threshold 0.50".into()],
        measurements: vec![],
        model_name: "islet".into(),
        model: ReportedModel {
            sha256: "feed".repeat(16),
            preset: "islet".into(),
            trained_on: "phantoms".into(),
            cases: 65,
            fine_tunings: 0,
            license: "MIT".into(),
        },
        model_limits: String::new(),
        warnings: vec![],
        made_at: "2026-11-29T09:00:00".into(),
        version: "0.1.0".into(),
    }
}

fn has(html: &str, wanted: &[&str]) {
    for text in wanted {
        assert!(html.contains(text), "{text} is not in {html}");
    }
}

#[test]
fn every_number_is_there() {
    let mut report = page();
    report.hand_work = HandWork {
        accepted: vec![3, 5, 6, 7, 8, 12],
        corrected: vec![20],
        drawn_on: vec![30, 31],
        drawn_pixels: 17,
        added: 123,
        removed: 45,
    };
    report.measurements =
        vec![ReportedMeasurement { name: "1 Length".into(), value: "42.0 mm".into(), place: "Axial 31 / 60".into() }];
    report.model.fine_tunings = 2;
    let html = report.to_html();
    has(&html, &["500 × 400 pixels, 60 slices", "0.500 × 0.750 × 2.000 mm"]);
    has(&html, &["0123456789abcdef", "2026-11-29 09:00:00, Islet 0.1.0"]);
    has(&html, &["<td>30.0 mL</td><td>87 ± 22 HU</td><td>3</td><td>2 to 4</td><td>7</td>", "fill=\"#e69f00\""]);
    has(&html, &["Accepted slices: 3, 5–8, 12<", "Corrected slices, not accepted: 20<"]);
    has(&html, &["Pixels drawn or accepted on other planes: 17, on slices 30–31<", "123 pixels added, 45 removed<"]);
    has(&html, &["1 Length: 42.0 mm · Axial 31 / 60", "Threshold 0.50"]);
    has(&html, &["65 cases. The page cannot tell", "Fine-tuned 2 times", "Trained on: phantoms", "Licence: MIT"]);
    has(&html, &[&format!("SHA-256 {}", "feed".repeat(16)), "Not a medical device"]);
    assert!(!html.contains(" *<"), "the organ ends inside the series");
}

#[test]
fn an_organ_at_the_end_of_the_series_has_a_star_and_a_lone_slice_an_area() {
    let mut report = page();
    report.organs = vec![organ("Pancreas", &[4000, 0, 0])];
    has(&report.to_html(), &["<td>3.0 mL *</td>", "<td>1</td>", "* Reaches the first or the last slice"]);
    // 4000 pixels of 0.375 mm2 are 15 cm2.
    report.organs = vec![organ("Pancreas", &[4000])];
    report.dims = [1, 400, 500];
    has(&report.to_html(), &["500 × 400 pixels, 1 slice<", "<td>15.00 cm²</td>", "<th scope=col>Area</th>"]);
    report.organs = vec![ReportedOrgan { hu: None, ..organ("Pancreas", &[0, 0]) }];
    has(&report.to_html(), &["<td>0.0 mL</td><td>–</td><td>3</td><td>–</td>"]);
}

#[test]
fn everything_from_a_file_is_escaped() {
    let mut report = page();
    let text = || EVIL.to_owned();
    report.patient =
        Some(ReportedPatient { name: text(), id: text(), study_date: text(), series: text(), notes: vec![text()] });
    report.organs[0].name = text();
    report.active_organ = text();
    report.pictures_title = text();
    report.planes[0].caption = text();
    report.planes[0].png = text();
    report.surface =
        ReportedSurface::Drawn { png: text(), size_px: [10, 10], letters: [text(), text(), text(), text()] };
    report.other_slices = vec![text()];
    report.settings = vec![text()];
    report.measurements = vec![ReportedMeasurement { name: text(), value: text(), place: text() }];
    (report.model_name, report.model_limits, report.series_key) = (text(), text(), text());
    (report.model.trained_on, report.model.license, report.model.sha256) = (text(), text(), text());
    (report.made_at, report.version, report.warnings) = (text(), text(), vec![text()]);
    let html = report.to_html();
    assert!(!html.contains("<script") && !html.contains("alert(1)</"), "{html}");
    // A series description, for one.
    has(&html, &[&format!("<dt>Series</dt><dd>{ESCAPED}</dd>"), &format!("aria-label=\"{ESCAPED}\"")]);
    // Five facts of the patient, two names of the organ, title, caption (twice) and pixels of a plane, pixels and four
    // letters of the surface, two sentences, three parts of a measurement, three of the model's page and three of its
    // file, key, date, version and a warning.
    assert_eq!(html.matches(ESCAPED).count(), 5 + 2 + 4 + 5 + 2 + 3 + 2 + 3 + 1 + 2 + 1);
}

#[test]
fn it_allows_its_own_style_and_pictures_and_nothing_else() {
    let html = page().to_html();
    let style = html.split("<style>").nth(1).and_then(|rest| rest.split("</style>").next()).unwrap();
    let hash = STANDARD.encode(Sha256::digest(style.as_bytes()));
    let policy = "default-src 'none'; style-src 'sha256-";
    has(&html, &[&format!("{policy}{hash}'; img-src data:; base-uri 'none'; form-action 'none'\">")]);
    for wanted in ["http:", "https:", "<script", "<link", "@import", "url(", "style=", "onload", "<a "] {
        assert!(!html.contains(wanted), "{wanted} in the report");
    }
    assert_eq!(html.matches("href=").count(), html.matches("href=\"data:image/png;base64,").count());
}

#[test]
fn a_scale_is_as_long_as_it_says() {
    // The picture is 250 mm wide, so 100 mm are more than 35 % of it and 50 mm are not. The letters have 6 % of 300 mm.
    let html = page().to_html();
    has(&html, &["viewBox=\"0 0 250.000 300.000\"", "d=\"M7.20 287.40V292.80H57.20V287.40\"", ">50 mm</text>"]);
    let mut report = page();
    // Six slices of 3 mm: the picture lies in the middle of a frame that has 30 % of its width.
    report.planes = vec![plane("Coronal 1 / 192", [18.0, 384.0])];
    let place = "x=\"0.000\" y=\"48.600\" width=\"384.000\" height=\"18.000\"";
    has(&report.to_html(), &["viewBox=\"0 0 384.000 115.200\"", place, ">100 mm</text>"]);
    report.planes.iter_mut().for_each(|plane| (plane.is_in_mm, plane.letters) = (false, None));
    assert!(!report.to_html().contains("<text"), "no scale and no letters without a geometry");
}

#[test]
fn what_does_not_fit_is_counted() {
    let mut report = page();
    report.organs = (0..30).map(|i| organ(&format!("organ {i}"), &[0, 4000, 0])).collect();
    report.measurements = (0..13)
        .map(|i| ReportedMeasurement { name: format!("{i} Length"), value: "1.0 mm".into(), place: "Axial".into() })
        .collect();
    report.patient = Some(ReportedPatient { notes: vec!["Note.".into(); 9], ..ReportedPatient::default() });
    report.model_limits = "x".repeat(1000);
    let html = report.to_html();
    has(&html, &["organ 19<", "10 more organs are shown", "3 more are left out here", "5 more notes", "xx…<"]);
    assert!(!html.contains("organ 20<") && html.contains("<body class=\"dense\">"));
}

#[test]
fn it_speaks_german_and_names_a_patient_only_if_wanted() {
    let mut report = page();
    assert!(report.to_html().contains("<dt>Patient</dt><dd>Without patient data</dd>"));
    report.language = Language::German;
    report.patient = Some(ReportedPatient {
        name: "Doe, Jane".into(),
        id: "4711".into(),
        study_date: "2026-11-01".into(),
        series: "Abdomen".into(),
        notes: vec!["Hinweis.".into()],
    });
    let html = report.to_html();
    has(&html, &["<html lang=de>", "Kein Medizinprodukt", "<dd>Doe, Jane</dd>", "<dt>Patienten-ID</dt><dd>4711</dd>"]);
    has(&html, &["<dt>Studiendatum</dt><dd>2026-11-01</dd>", "<dd>Abdomen</dd>", "Hinweis.", "<td>2 bis 4</td>"]);
}
