//! Measurements that a person drew, as a table for other programs: CSV (RFC 4180), a line for each.

use super::report::{STATEMENT, quoted, shown};
use crate::core::drawn_measurement::{DrawnMeasurement, DrawnShape, EllipseStatistics};
use crate::core::mpr::Grid;

/// A measurement with the values in it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MeasurementRow {
    /// The measurement.
    pub drawn: DrawnMeasurement,
    /// The Hounsfield units in an ellipse.
    pub statistics: Option<EllipseStatistics>,
}

/// Where the measurements of a table come from.
#[derive(Clone, Debug, PartialEq)]
pub struct MeasurementTable<'a> {
    /// What tells the series from others without naming a patient: a hash of its content.
    pub series_key: &'a str,
    /// The grid of the series, in viewing order.
    pub grid: Grid,
    /// Local date and time, ISO 8601.
    pub made_at: &'a str,
}

/// The first line. Lengths and areas are in mm if the size of voxels is known, and in pixels otherwise. Slices are counted from
/// 1 along their plane, as the page shows them; points are LPS.
const HEADER: &str = "number,kind,plane,slice,length_mm,angle_deg,area_mm2,mean_hu,sd_hu,min_hu,max_hu,pixels,length_px,area_px,\
                      points_lps_mm,series_key,islet_version,made_at,statement\r\n";

impl MeasurementTable<'_> {
    /// The table of these measurements, numbered from 1.
    pub fn to_csv(&self, rows: &[MeasurementRow]) -> Vec<u8> {
        let lines = rows.iter().enumerate().map(|(index, row)| self.line(index + 1, row));
        [HEADER.to_owned()].into_iter().chain(lines).collect::<String>().into_bytes()
    }

    fn line(&self, number: usize, row: &MeasurementRow) -> String {
        let MeasurementRow { drawn, statistics } = row;
        let sizes = drawn.sizes(&self.grid);
        let is_unknown = self.grid.geometry.is_none();
        let hu = |of: fn(&EllipseStatistics) -> f64| shown(statistics.as_ref().map(of));
        let points = drawn.points_mm(&self.grid).unwrap_or_default();
        let points: Vec<String> = points.iter().map(|[x, y, z]| format!("{x:.3} {y:.3} {z:.3}")).collect();
        let cells = [
            number.to_string(),
            kind(&drawn.shape).into(),
            drawn.plane.name().into(),
            (drawn.index + 1).to_string(),
            shown(sizes.length_mm),
            shown(sizes.angle_deg),
            shown(sizes.area_mm2),
            hu(|s| s.mean_hu),
            hu(|s| s.sd_hu),
            hu(|s| f64::from(s.min_hu)),
            hu(|s| f64::from(s.max_hu)),
            shown(statistics.as_ref().map(|s| s.pixels)),
            shown(sizes.length_px.filter(|_| is_unknown)),
            shown(sizes.area_px.filter(|_| is_unknown)),
            format!("\"{}\"", points.join("; ")),
            quoted(self.series_key),
            env!("CARGO_PKG_VERSION").into(),
            self.made_at.into(),
            quoted(STATEMENT),
        ];
        cells.join(",") + "\r\n"
    }
}

fn kind(shape: &DrawnShape) -> &'static str {
    match shape {
        DrawnShape::Length { .. } => "length",
        DrawnShape::Angle { .. } => "angle",
        DrawnShape::Ellipse { .. } => "ellipse",
    }
}
