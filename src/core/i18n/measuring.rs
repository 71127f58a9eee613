//! Measurements that a person draws on a plane, and their list.

use super::interpolate;
use crate::core::drawn_measurement::{DrawnMeasurement, DrawnShape, EllipseStatistics};
use crate::core::mpr::Grid;

strings! {
    /// Strings of measurements.
    MeasuringStrings {
        title: "Measurements" | "Messungen",
        length: "Length" | "Länge",
        length_title: "Measure a distance: drag a line" | "Einen Abstand messen: eine Linie ziehen",
        angle: "Angle" | "Winkel",
        angle_title: "Measure an angle: drag the first line, then click where the second ends"
            | "Einen Winkel messen: die erste Linie ziehen, dann klicken, wo die zweite endet",
        ellipse: "Ellipse" | "Ellipse",
        ellipse_title: "Measure area and Hounsfield units in an ellipse: drag the rectangle around it"
            | "Fläche und Hounsfield-Einheiten in einer Ellipse messen: das Rechteck um sie ziehen",
        tools: "Measure" | "Messen",
        jump: "Show this measurement in the picture" | "Diese Messung im Bild zeigen",
        remove: "Remove this measurement" | "Diese Messung entfernen",
        save: "Save as CSV" | "Als CSV sichern",
        save_title: "All measurements of this series as a table, without the names of patient and series"
            | "Alle Messungen dieser Serie als Tabelle, ohne Namen von Patient und Serie",
        mean: "{mean} ± {sd} HU" | "{mean} ± {sd} HU",
        range: "min {min}, max {max} HU" | "min. {min}, max. {max} HU",
    }
}

impl MeasuringStrings {
    /// The name of a kind of measurement.
    pub fn kind(&self, shape: &DrawnShape) -> &'static str {
        match shape {
            DrawnShape::Length { .. } => self.length,
            DrawnShape::Angle { .. } => self.angle,
            DrawnShape::Ellipse { .. } => self.ellipse,
        }
    }

    /// The value of a measurement with its unit: a length, an angle, or the mean and the area of an ellipse.
    pub fn value(&self, drawn: &DrawnMeasurement, grid: &Grid, statistics: Option<&EllipseStatistics>) -> String {
        let sizes = drawn.sizes(grid);
        let mean = statistics.map(|statistics| {
            let (mean, sd) = (format!("{:.1}", statistics.mean_hu), format!("{:.1}", statistics.sd_hu));
            interpolate(self.mean, &[("mean", &mean), ("sd", &sd)])
        });
        let size = match drawn.shape {
            DrawnShape::Length { .. } => match (sizes.length_mm, sizes.length_px) {
                (Some(mm), _) => format!("{mm:.1} mm"),
                (None, px) => format!("{:.1} px", px.unwrap_or_default()),
            },
            DrawnShape::Angle { .. } => format!("{:.1}°", sizes.angle_deg.unwrap_or_default()),
            DrawnShape::Ellipse { .. } => match (sizes.area_mm2, sizes.area_px) {
                (Some(mm2), _) if mm2 < 100.0 => format!("{mm2:.1} mm²"),
                (Some(mm2), _) => format!("{:.2} cm²", mm2 / 100.0),
                (None, px) => format!("{:.0} px", px.unwrap_or_default()),
            },
        };
        mean.into_iter().chain([size]).collect::<Vec<_>>().join(" · ")
    }

    /// The smallest and the largest value in an ellipse.
    pub fn range(&self, statistics: &EllipseStatistics) -> String {
        interpolate(self.range, &[("min", &statistics.min_hu), ("max", &statistics.max_hu)])
    }
}
