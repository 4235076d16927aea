//! Charts as SVG, in the page itself.

use std::fmt::Write;

use crate::units;

/// A line through points, in the order of x.
pub struct Series<'a> {
    pub points: &'a [(f64, f64)],
    pub colour: &'a str,
    pub dots: bool,
}

const WIDTH: f64 = 420.0;
const HEIGHT: f64 = 170.0;
/// Room for the numbers at the axes.
const LEFT: f64 = 48.0;
const BOTTOM: f64 = 22.0;

/// A chart of `series` with a dashed line at `level`, where there is one; empty where there is
/// nothing to draw.
pub fn svg(title: &str, series: &[Series<'_>], level: Option<f64>) -> String {
    let points = || series.iter().flat_map(|s| s.points);
    if points().count() < 2 {
        return String::new();
    }
    let ends = |axis: fn(&(f64, f64)) -> f64, more: Option<f64>| {
        let values = points().map(axis).chain(more);
        values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| {
            (low.min(x), high.max(x))
        })
    };
    let (left, right) = ends(|p| p.0, None);
    let (low, high) = ends(|p| p.1, level);
    let x = |v: f64| LEFT + (v - left) / (right - left).max(1e-9) * (WIDTH - LEFT - 8.0);
    let y = |v: f64| 10.0 + (high - v) / (high - low).max(1e-9) * (HEIGHT - BOTTOM - 10.0);
    let mut out = format!(
        "<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{title}\"><title>{title}</title>"
    );
    // Writing into a string does not fail.
    let [lowest, highest] = units::ends(low, high, 3);
    for (at, text) in [(high, highest), (low, lowest)] {
        let _ = write!(out, "<text x=\"2\" y=\"{:.1}\">{text}</text>", y(at) + 4.0);
    }
    let base = HEIGHT - 6.0;
    let _ = write!(out, "<text x=\"{LEFT}\" y=\"{base}\">{left:.0}</text>");
    let end = WIDTH - 8.0;
    let _ = write!(
        out,
        "<text x=\"{end}\" y=\"{base}\" text-anchor=\"end\">step {right:.0}</text>"
    );
    if let Some(level) = level {
        let at = y(level);
        let _ = write!(
            out,
            "<line x1=\"{LEFT}\" x2=\"{end}\" y1=\"{at:.1}\" y2=\"{at:.1}\" class=\"level\"/>"
        );
    }
    for s in series {
        let line: Vec<String> = s
            .points
            .iter()
            .map(|p| format!("{:.1},{:.1}", x(p.0), y(p.1)))
            .collect();
        let (line, colour) = (line.join(" "), s.colour);
        let _ = write!(out, "<polyline points=\"{line}\" stroke=\"{colour}\"/>");
        for p in s.points.iter().filter(|_| s.dots) {
            let (x, y) = (x(p.0), y(p.1));
            let _ = write!(
                out,
                "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3\" fill=\"{colour}\"/>"
            );
        }
    }
    out + "</svg>"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_of_a_flat_curve_are_told_apart() {
        let points = [(0.0, 0.80121), (10.0, 0.80123)];
        let series = Series {
            points: &points,
            colour: "black",
            dots: false,
        };
        let svg = svg("dev", &[series], None);
        assert!(
            svg.contains(">0.80123<") && svg.contains(">0.80121<"),
            "{svg}"
        );
    }
}
