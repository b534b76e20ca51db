//! Lines over two axes.

use std::fmt::Write;

use super::scale::Scale;
use super::{COLOURS, Drawing, LETTER, WIDTH, escape, short};

/// Of the plot itself.
const HEIGHT: f64 = 180.0;
const LEFT: f64 = 46.0;
const RIGHT: f64 = 14.0;
/// Of the title, and of each row of the legend.
const ROW: f64 = 18.0;
/// Of the unit on the left.
const UNIT: f64 = 24.0;
/// Below the axis: its values and its name.
const BOTTOM: f64 = 36.0;
/// Most points of a line that tell their value where a pointer is.
const POINTED_AT: usize = 80;
/// Between two names on the axis, at least.
const TICK_GAP: f64 = 38.0;

/// Lines over two axes.
pub(super) struct Chart {
    pub(super) title: String,
    pub(super) lines: Vec<Line>,
    pub(super) x: Scale,
    /// What the axis below is.
    pub(super) x_name: String,
    pub(super) y: Scale,
    /// What the axis on the left is.
    pub(super) y_name: String,
}

/// A line.
pub(super) struct Line {
    pub(super) name: String,
    pub(super) points: Vec<(f64, f64)>,
    /// Whether it is the generator's own part: drawn so that it steps back.
    pub(super) own: bool,
}

impl Chart {
    /// Draws it.
    pub(super) fn draw(&self) -> Drawing {
        let (legend, rows) = self.legend();
        let top = ROW + rows * ROW + UNIT;
        let bottom = top + HEIGHT;
        let mut inside = format!("<text class=\"title\" x=\"0\" y=\"13\">{}</text>{legend}", escape(&self.title));
        // Writing to a String does not fail.
        let _ = write!(inside, "<text x=\"0\" y=\"{:.1}\">{}</text>", top - 11.0, escape(&self.y_name));
        for (value, name) in self.y.ticks() {
            let y = bottom - self.y.place(value) * (bottom - top);
            let _ = write!(
                inside,
                "<path class=\"grid\" d=\"M{LEFT} {y:.1}H{}\"/><text class=\"end\" x=\"{}\" y=\"{:.1}\">{name}</text>",
                WIDTH - RIGHT,
                LEFT - 6.0,
                y + 4.0
            );
        }
        let mut last = f64::NEG_INFINITY;
        for (value, name) in self.x.ticks() {
            let x = self.x_of(value);
            if x - last < TICK_GAP {
                continue;
            }
            last = x;
            let _ = write!(
                inside,
                "<path class=\"axis\" d=\"M{x:.1} {bottom}v4\"/><text class=\"middle\" x=\"{x:.1}\" y=\"{:.1}\">{name}</text>",
                bottom + 17.0
            );
        }
        let _ = write!(
            inside,
            "<path class=\"axis\" d=\"M{LEFT} {bottom}H{}\"/><text class=\"end\" x=\"{}\" y=\"{:.1}\">{}</text>",
            WIDTH - RIGHT,
            WIDTH - RIGHT,
            bottom + 32.0,
            escape(&self.x_name)
        );
        for (number, line) in self.lines.iter().enumerate() {
            self.draw_line(&mut inside, number, line, top, bottom);
        }
        Drawing { title: self.title.clone(), height: bottom + BOTTOM, inside }
    }

    fn draw_line(&self, inside: &mut String, number: usize, line: &Line, top: f64, bottom: f64) {
        let at = |(x, y): &(f64, f64)| (self.x_of(*x), bottom - self.y.place(*y) * (bottom - top));
        let points: Vec<String> = line.points.iter().map(at).map(|(x, y)| format!("{x:.1} {y:.1}")).collect();
        let (colour, own) = (number % COLOURS, if line.own { " own" } else { "" });
        let _ = write!(inside, "<path class=\"line s{colour}{own}\" d=\"M{}\"/>", points.join("L"));
        let every = line.points.len().div_ceil(POINTED_AT).max(1);
        for point in line.points.iter().step_by(every) {
            let ((x, y), (over, value)) = (at(point), point);
            let over =
                if matches!(self.x, Scale::Share(_)) { format!("{}%", short(over * 100.0)) } else { short(*over) };
            let _ = write!(
                inside,
                "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"6\" fill=\"none\" pointer-events=\"all\"><title>{}: {} at {over}</title></circle>",
                escape(&line.name),
                short(*value)
            );
        }
    }

    fn x_of(&self, value: f64) -> f64 {
        LEFT + self.x.place(value) * (WIDTH - LEFT - RIGHT)
    }

    /// The lines' names in as many rows as they need. One line alone has its name in the title.
    fn legend(&self) -> (String, f64) {
        if self.lines.len() < 2 {
            return (String::new(), 0.0);
        }
        let (mut text, mut x, mut row) = (String::new(), 0.0, 1.0);
        for (number, line) in self.lines.iter().enumerate() {
            let width = 24.0 + line.name.chars().count() as f64 * LETTER + 12.0;
            if x > 0.0 && x + width > WIDTH {
                (x, row) = (0.0, row + 1.0);
            }
            let (y, colour, own) = (13.0 + row * ROW, number % COLOURS, if line.own { " own" } else { "" });
            let _ = write!(
                text,
                "<path class=\"line s{colour}{own}\" d=\"M{x:.1} {:.1}h18\"/><text x=\"{:.1}\" y=\"{y:.1}\">{}</text>",
                y - 4.0,
                x + 24.0,
                escape(&line.name)
            );
            x += width;
        }
        (text, row)
    }
}
