//! Bars beside each other, each with its value in words.

use std::fmt::Write;

use super::{Drawing, LETTER, WIDTH, escape};

const ROW: f64 = 26.0;
const BAR: f64 = 15.0;
const TOP: f64 = 28.0;
/// Between a name and its bar, and a bar and its value.
const GAP: f64 = 7.0;
/// The longest that a name may be, in letters.
const NAME: usize = 24;

/// Bars.
pub(super) struct Bars {
    pub(super) title: String,
    pub(super) rows: Vec<Bar>,
    /// A value that all are held against, marked by a line.
    pub(super) mark: Option<f64>,
}

/// A bar.
pub(super) struct Bar {
    pub(super) name: String,
    pub(super) value: f64,
    /// The value as it is read.
    pub(super) said: String,
    pub(super) look: Look,
}

/// How a bar looks.
#[derive(Clone, Copy)]
pub(super) enum Look {
    /// The one that it is about.
    Ours,
    /// What it is held against.
    Other,
    /// A goal that was reached.
    Good,
    /// One that was not.
    Bad,
}

impl Bars {
    /// Draws them.
    pub(super) fn draw(&self) -> Drawing {
        let letters = |texts: &dyn Fn(&Bar) -> usize| self.rows.iter().map(texts).max().unwrap_or_default() as f64;
        let left = letters(&|bar| bar.name.chars().count().min(NAME)) * LETTER + GAP;
        let right = letters(&|bar| bar.said.chars().count()) * LETTER + GAP;
        let room = (WIDTH - left - right).max(40.0);
        let most = self.rows.iter().map(|bar| bar.value).chain(self.mark).fold(f64::MIN_POSITIVE, f64::max);
        let mut inside = format!("<text class=\"title\" x=\"0\" y=\"13\">{}</text>", escape(&self.title));
        for (number, bar) in self.rows.iter().enumerate() {
            let y = TOP + number as f64 * ROW;
            let width = (bar.value.max(0.0) / most * room).max(1.0);
            let (class, strong) = match bar.look {
                Look::Ours => ("f0", " strong"),
                Look::Other => ("mute", ""),
                Look::Good => ("good", ""),
                Look::Bad => ("bad", " strong"),
            };
            let name: String = bar.name.chars().take(NAME).collect();
            // Writing to a String does not fail.
            let _ = write!(
                inside,
                "<text class=\"end{strong}\" x=\"{:.1}\" y=\"{:.1}\">{}</text>\
                 <rect class=\"{class}\" x=\"{left:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{BAR}\" rx=\"2\"/>\
                 <text class=\"{}\" x=\"{:.1}\" y=\"{:.1}\">{}</text>",
                left - GAP,
                y + 12.0,
                escape(&name),
                strong.trim(),
                left + width + GAP,
                y + 12.0,
                escape(&bar.said)
            );
        }
        let height = TOP + self.rows.len() as f64 * ROW;
        if let Some(mark) = self.mark {
            let x = left + mark / most * room;
            let _ = write!(
                inside,
                "<path class=\"axis\" stroke-dasharray=\"3 3\" d=\"M{x:.1} {}V{}\"/>",
                TOP - 6.0,
                height - 4.0
            );
        }
        Drawing { title: self.title.clone(), height, inside }
    }
}
