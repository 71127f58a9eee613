//! A line chart over the epochs, as SVG without scripts. A point shows its value under the pointer.

use std::fmt::Write;

use crate::formats::report_page::html::escape;

/// A chart of one or more lines over the epochs, from zero up.
#[derive(Clone, Debug, PartialEq)]
pub struct Chart {
    /// Title above the chart.
    pub title: &'static str,
    /// Lines. The first is drawn strong, the others faint behind it.
    pub lines: Vec<Line>,
}

/// One line.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// Name.
    pub name: String,
    /// Epoch and value, in ascending order of epochs.
    pub points: Vec<(f64, f64)>,
}

const WIDTH: f64 = 560.0;
const HEIGHT: f64 = 220.0;
const LEFT: f64 = 48.0;
const RIGHT: f64 = 12.0;
const TOP: f64 = 12.0;
const BOTTOM: f64 = 34.0;
/// The largest number of points at which each point is marked.
const MARKED: usize = 40;

impl Chart {
    /// The chart as an inline SVG element with its title; empty without points.
    pub fn svg(&self) -> String {
        let points = || self.lines.iter().flat_map(|line| &line.points).filter(|(_, y)| y.is_finite());
        if points().next().is_none() {
            return String::new();
        }
        let x = Axis::of_epochs(points().map(|p| p.0));
        let y = Axis::of_values(points().map(|p| p.1));
        let px = |value: f64| LEFT + x.share(value) * (WIDTH - LEFT - RIGHT);
        let py = |value: f64| HEIGHT - BOTTOM - y.share(value) * (HEIGHT - TOP - BOTTOM);
        let mut svg = format!(
            "<figure class=chart><figcaption>{}</figcaption><svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=img aria-label=\"{0}\">",
            escape(self.title)
        );
        for tick in y.ticks() {
            let tick_px = py(tick);
            let _ = write!(
                svg,
                "<path class=grid d=\"M{LEFT} {tick_px:.1}H{:.1}\"/><text x={:.1} y={:.1} class=y>{}</text>",
                WIDTH - RIGHT,
                LEFT - 8.0,
                tick_px + 4.0,
                label(tick)
            );
        }
        for tick in x.ticks() {
            let _ =
                write!(svg, "<text x={:.1} y={:.1} class=x>{}</text>", px(tick), HEIGHT - BOTTOM + 16.0, label(tick));
        }
        let _ = write!(svg, "<text x={:.1} y={:.1} class=x>epoch</text>", (LEFT + WIDTH - RIGHT) / 2.0, HEIGHT - 2.0);
        // The first line is drawn last, so that it lies on top.
        for (i, line) in self.lines.iter().enumerate().rev() {
            let class = if i == 0 { "strong" } else { "faint" };
            let path: String = line
                .points
                .iter()
                .enumerate()
                .map(|(n, (a, b))| format!("{}{:.1} {:.1}", if n == 0 { 'M' } else { 'L' }, px(*a), py(*b)))
                .collect();
            let _ = write!(svg, "<path class={class} d=\"{path}\"><title>{}</title></path>", escape(&line.name));
            for (a, b) in line.points.iter().filter(|_| line.points.len() <= MARKED) {
                let _ = write!(
                    svg,
                    "<circle class={class} cx={:.1} cy={:.1} r=2.5><title>{}: epoch {a}, {b:.4}</title></circle>",
                    px(*a),
                    py(*b),
                    escape(&line.name)
                );
            }
        }
        svg.push_str("</svg></figure>");
        svg
    }
}

/// A range of values and the distance of its ticks.
struct Axis {
    low: f64,
    high: f64,
    step: f64,
}

impl Axis {
    /// An axis from the first epoch to the last, with ticks at whole epochs.
    fn of_epochs(epochs: impl Iterator<Item = f64>) -> Self {
        let (low, high) = ends(epochs);
        let high = if high > low { high } else { low + 1.0 };
        Self { low, high, step: step(high - low).max(1.0) }
    }

    /// An axis that includes zero and all values, with round ends.
    fn of_values(values: impl Iterator<Item = f64>) -> Self {
        let (low, high) = ends(values.chain([0.0]));
        let high = if high > low { high } else { low + 1.0 };
        let step = step(high - low);
        Self { low: (low / step).floor() * step, high: (high / step).ceil() * step, step }
    }

    fn share(&self, value: f64) -> f64 {
        (value - self.low) / (self.high - self.low)
    }

    fn ticks(&self) -> impl Iterator<Item = f64> + '_ {
        let first = (self.low / self.step).ceil() as i64;
        (first..).map(|n| n as f64 * self.step).take_while(|tick| *tick <= self.high + self.step * 1e-6)
    }
}

fn ends(values: impl Iterator<Item = f64>) -> (f64, f64) {
    values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)))
}

/// A step of 1, 2 or 5 times a power of ten that divides a range into about five parts.
fn step(range: f64) -> f64 {
    let rough = range / 5.0;
    let power = 10f64.powf(rough.log10().floor());
    [1.0, 2.0, 5.0].map(|m| m * power).into_iter().find(|step| *step >= rough).unwrap_or(10.0 * power)
}

fn label(value: f64) -> String {
    let text = format!("{value:.4}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".into() } else { text.to_owned() }
}
