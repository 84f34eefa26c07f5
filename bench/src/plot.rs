//! Plots, as SVG.

use crate::failure::{Failure, Result};
use plotters::prelude::*;

/// What is to be drawn: lines over axes of which each step is ten times the one before.
#[derive(Debug)]
pub(crate) struct Plot<'a> {
    pub(crate) title: &'a str,
    pub(crate) across: &'a str,
    pub(crate) upwards: &'a str,
    /// Names of lines and their points; what is not above 0 cannot be shown.
    pub(crate) lines: Vec<(String, Vec<(f64, f64)>)>,
}

const COLOURS: [RGBColor; 8] = [
    RGBColor(0, 90, 181),
    RGBColor(220, 50, 32),
    RGBColor(0, 140, 90),
    RGBColor(170, 90, 0),
    RGBColor(120, 60, 170),
    RGBColor(0, 150, 170),
    RGBColor(200, 60, 130),
    RGBColor(90, 90, 90),
];

impl Plot<'_> {
    /// The drawing.
    pub(crate) fn draw(&self) -> Result<String> {
        let mut drawing = String::new();
        self.draw_into(&mut drawing)
            .map_err(|error| Failure::new(format!("{}: {error}", self.title)))?;
        Ok(drawing)
    }

    fn draw_into(
        &self,
        drawing: &mut String,
    ) -> std::result::Result<(), Box<dyn std::error::Error + '_>> {
        let points = || self.lines.iter().flat_map(|(_, points)| points);
        let (from_x, to_x) = around(points().map(|(x, _)| *x));
        let (from_y, to_y) = around(points().map(|(_, y)| *y));
        let area = SVGBackend::with_string(drawing, (820, 460)).into_drawing_area();
        area.fill(&WHITE)?;
        let mut chart = ChartBuilder::on(&area)
            .caption(self.title, ("sans-serif", 22))
            .margin(14)
            .margin_right(40)
            .x_label_area_size(44)
            .y_label_area_size(72)
            .build_cartesian_2d((from_x..to_x).log_scale(), (from_y..to_y).log_scale())?;
        let label = |number: &f64| crate::number::show(*number);
        chart
            .configure_mesh()
            .x_labels(6)
            .y_labels(6)
            .label_style(("sans-serif", 16))
            .axis_desc_style(("sans-serif", 16))
            .x_desc(self.across)
            .y_desc(self.upwards)
            .x_label_formatter(&label)
            .y_label_formatter(&label)
            .light_line_style(RGBColor(240, 240, 240))
            .draw()?;
        for ((name, points), colour) in self.lines.iter().zip(COLOURS.iter().cycle()) {
            let seen = || points.iter().copied().filter(|(x, y)| *x > 0.0 && *y > 0.0);
            chart
                .draw_series(LineSeries::new(seen(), colour.stroke_width(2)))?
                .label(name)
                .legend(move |(x, y)| {
                    PathElement::new([(x, y), (x + 18, y)], colour.stroke_width(2))
                });
            chart.draw_series(seen().map(|point| Circle::new(point, 3, colour.filled())))?;
        }
        chart
            .configure_series_labels()
            .label_font(("sans-serif", 15))
            .position(SeriesLabelPosition::UpperLeft)
            .background_style(WHITE.mix(0.8))
            .border_style(RGBColor(200, 200, 200))
            .draw()?;
        area.present()?;
        Ok(())
    }
}

/// A range from one power of ten to another that holds all numbers.
fn around(numbers: impl Iterator<Item = f64>) -> (f64, f64) {
    let numbers = numbers.filter(|number| *number > 0.0 && number.is_finite());
    let powers = numbers.map(|number| (number.log10().floor(), number.log10().ceil()));
    let (from, to) = powers
        .reduce(|(from, to), (down, up)| (from.min(down), to.max(up)))
        .unwrap_or((0.0, 1.0));
    (10_f64.powf(from), 10_f64.powf(to.max(from + 1.0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_drawn_with_their_names() {
        let lines = vec![(
            "SQLite".to_owned(),
            vec![(1e3, 2.0), (1e6, 3.0), (0.0, -1.0)],
        )];
        let (title, across, upwards) = ("List", "users", "ms");
        let drawing = Plot {
            title,
            across,
            upwards,
            lines,
        }
        .draw()
        .unwrap();
        assert!(
            drawing.starts_with("<svg") && drawing.contains("SQLite"),
            "{drawing}"
        );
        assert!(!drawing.contains("NaN"));
    }
}
