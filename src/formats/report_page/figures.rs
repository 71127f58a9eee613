//! The pictures of a report, each an SVG with its pixels, its letters and a scale.

use super::html::Html;
use super::{PlanePicture, ReportPage, ReportedSurface};

/// Lengths of a scale, in mm; the longest that is short enough counts.
const SCALES_MM: [f64; 7] = [100.0, 50.0, 20.0, 10.0, 5.0, 2.0, 1.0];
/// The longest scale, as a part of the width of the picture.
const SCALE_SHARE: f64 = 0.35;
/// The size of letters, as a part of the longer side of a picture.
const LETTER_SHARE: f64 = 0.06;

/// The height of a picture is at least this part of its width, and the other way round.
const FLATTEST: f64 = 0.3;

/// How letters stand out from what is behind them.
#[derive(Clone, Copy)]
struct LetterColours {
    fill: &'static str,
    edge: &'static str,
}

const ON_BLACK: LetterColours = LetterColours { fill: "#fff", edge: "#000" };
const ON_WHITE: LetterColours = LetterColours { fill: "#000", edge: "#fff" };

/// The planes, side by side.
pub(super) fn planes(body: &mut Html, report: &ReportPage) {
    let class = if report.planes.len() == 1 { "planes lone" } else { "planes" };
    body.raw("<section class=\"").raw(class).raw("\">").element("h2", "", &report.pictures_title).raw("\n");
    report.planes.iter().for_each(|plane| plane_figure(body, plane));
    body.raw("</section>\n");
}

fn plane_figure(body: &mut Html, plane: &PlanePicture) {
    let [height, width] = plane.size;
    // Around a few slices there is black, so that letters and scale have room.
    let frame = [height.max(FLATTEST * width), width.max(FLATTEST * height)];
    body.raw("<figure>");
    begin(body, &plane.caption, frame);
    body.raw("<rect width=\"100%\" height=\"100%\"/>");
    pixels(body, &plane.png, plane.size, frame);
    if let Some(letters) = plane.letters {
        self::letters(body, &letters.map(String::from), frame, ON_BLACK);
    }
    if plane.is_in_mm {
        scale(body, frame);
    }
    body.raw("</svg>").element("figcaption", "", &plane.caption).raw("</figure>\n");
}

/// A line as long as it says, in the lower left corner of a picture in mm.
fn scale(body: &mut Html, [height, width]: [f64; 2]) {
    let Some(mm) = SCALES_MM.into_iter().find(|mm| *mm <= SCALE_SHARE * width) else { return };
    let unit = height.max(width) * LETTER_SHARE;
    let (x, y) = (0.4 * unit, height - 0.4 * unit);
    let path = format!("M{x:.2} {:.2}V{y:.2}H{:.2}V{:.2}", y - 0.3 * unit, x + mm, y - 0.3 * unit);
    for (colour, thickness) in [("#000", 0.24), ("#fff", 0.1)] {
        body.raw("<path fill=none d=\"").raw(&path).raw("\" stroke=\"").raw(colour);
        body.raw(&format!("\" stroke-width=\"{:.2}\"/>", thickness * unit));
    }
    letter(body, &format!("{mm:.0} mm"), [x + mm / 2.0, y - 0.75 * unit], unit * 0.8, ON_BLACK);
}

/// The surface, or why it is not there.
pub(super) fn surface(body: &mut Html, report: &ReportPage) {
    let strings = &report.language.strings().report;
    match &report.surface {
        ReportedSurface::Drawn { png, size_px, letters } => {
            let size = size_px.map(f64::from);
            body.raw("<figure class=surface>");
            begin(body, strings.surface, size);
            pixels(body, png, size, size);
            self::letters(body, letters, size, ON_WHITE);
            body.raw("</svg>").element("figcaption", "", strings.surface).raw("</figure>\n");
        }
        ReportedSurface::NoGraphics => {
            body.element("p", "class=small", strings.no_graphics).raw("\n");
        }
        ReportedSurface::Nothing => {}
    }
}

/// The begin of an SVG with a size `[height, width]` in its own units.
fn begin(body: &mut Html, name: &str, [height, width]: [f64; 2]) {
    let size = format!("{width:.3} {height:.3}");
    body.raw("<svg role=img viewBox=\"0 0 ").raw(&size).raw("\" aria-label=\"").text(name).raw("\">");
}

/// The pixels of a picture in the middle of a frame; both are `[height, width]` in the units of the SVG.
fn pixels(body: &mut Html, png: &str, size: [f64; 2], frame: [f64; 2]) {
    let [y, x] = [0, 1].map(|axis| format!("{:.3}", (frame[axis] - size[axis]) / 2.0));
    let [height, width] = size.map(|length| format!("{length:.3}"));
    body.raw("<image href=\"").text(png);
    body.raw(&format!("\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" preserveAspectRatio=none />"));
}

/// The letters at the left, right, upper and lower edge.
fn letters(body: &mut Html, letters: &[String; 4], [height, width]: [f64; 2], colours: LetterColours) {
    let unit = height.max(width) * LETTER_SHARE;
    let [x, y] = [width / 2.0, height / 2.0];
    let places = [[0.7 * unit, y], [width - 0.7 * unit, y], [x, 0.7 * unit], [x, height - 0.7 * unit]];
    letters.iter().zip(places).for_each(|(text, place)| letter(body, text, place, unit, colours));
}

/// A text with an edge, centred on a point `[x, y]`.
fn letter(body: &mut Html, text: &str, [x, y]: [f64; 2], size: f64, LetterColours { fill, edge }: LetterColours) {
    let place = format!("x=\"{x:.2}\" y=\"{y:.2}\" font-size=\"{size:.2}\" stroke-width=\"{:.2}\"", 0.2 * size);
    body.raw("<text ").raw(&place).raw(" text-anchor=middle dominant-baseline=central font-weight=600 fill=\"");
    body.raw(fill).raw("\" stroke=\"").raw(edge).raw("\" paint-order=stroke>").text(text).raw("</text>");
}
