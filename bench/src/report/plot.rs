//! Plots as SVG: lines and bars, drawn alike in a page and as files of their own.

mod bars;
mod chart;
mod pictures;
mod scale;

pub(super) use pictures::{About, Picture, pictures};

/// Width of every plot, in its own units; it is scaled to the place that it gets.
const WIDTH: f64 = 440.0;
/// Width of a letter, about: what stands beside each other is kept apart by it.
const LETTER: f64 = 6.4;
/// How many series have a colour of their own.
const COLOURS: usize = 6;

/// What the colours of plots are called, in light and in dark: those of the page are the same.
pub(super) const LIGHT: &str = "--ink:#1d2433;--soft:#5b6577;--line:#dde2ea;--paper:#ffffff;--c0:#2563c9;--c1:#c2570c;--c2:#0f7f62;\
--c3:#a3308f;--c4:#6d4fd8;--c5:#80690a;--mute:#a7b0bf;--good:#0f7f4f;--bad:#c02b2b";
/// In dark.
pub(super) const DARK: &str = "--ink:#e6eaf2;--soft:#9aa5b8;--line:#2c3546;--paper:#131823;--c0:#6ea3ff;--c1:#ff9d57;--c2:#43cfa7;\
--c3:#f08be0;--c4:#ab97ff;--c5:#dcc253;--mute:#5d6880;--good:#4cd093;--bad:#ff7f7f";
/// How their parts look.
pub(super) const STYLE: &str = ".plot text{font:12px system-ui,-apple-system,'Segoe UI',Roboto,sans-serif;fill:var(--soft)}\
.plot .title{font-weight:600;font-size:13px;fill:var(--ink)}.plot .strong{fill:var(--ink)}\
.plot .grid{stroke:var(--line);stroke-width:1}.plot .axis{stroke:var(--mute);stroke-width:1}\
.plot .line{fill:none;stroke-width:2;stroke-linejoin:round;stroke-linecap:round}.plot .own{stroke-dasharray:5 4}\
.plot .end{text-anchor:end}.plot .middle{text-anchor:middle}\
.plot .s0{stroke:var(--c0)}.plot .s1{stroke:var(--c1)}.plot .s2{stroke:var(--c2)}.plot .s3{stroke:var(--c3)}\
.plot .s4{stroke:var(--c4)}.plot .s5{stroke:var(--c5)}\
.plot .f0{fill:var(--c0)}.plot .f1{fill:var(--c1)}.plot .f2{fill:var(--c2)}.plot .f3{fill:var(--c3)}\
.plot .f4{fill:var(--c4)}.plot .f5{fill:var(--c5)}.plot .mute{fill:var(--mute)}.plot .good{fill:var(--good)}.plot .bad{fill:var(--bad)}";

/// A drawing: what is in it, and how high it is.
struct Drawing {
    title: String,
    height: f64,
    inside: String,
}

impl Drawing {
    /// For a page that has the style.
    fn within(&self) -> String {
        let Self { title, height, inside } = self;
        format!(
            "<svg class=\"plot\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-label=\"{}\">{inside}</svg>",
            escape(title)
        )
    }

    /// As a file: with the style, and a ground, because nobody knows where it will be shown.
    fn alone(&self) -> String {
        let Self { title, height, inside } = self;
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"plot\" viewBox=\"-12 -8 {width} {tall}\" width=\"{width}\" \
             height=\"{tall}\" role=\"img\" aria-label=\"{label}\">\n<style>svg{{{LIGHT}}}@media (prefers-color-scheme:dark){{svg{{{DARK}}}}}\
             {STYLE}</style>\n<rect x=\"-12\" y=\"-8\" width=\"{width}\" height=\"{tall}\" rx=\"8\" style=\"fill:var(--paper)\"/>\n\
             {inside}\n</svg>\n",
            width = WIDTH + 24.0,
            tall = height + 16.0,
            label = escape(title)
        )
    }
}

/// A text in a document of XML or HTML.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            letter if letter.is_control() && letter != '\n' => {}
            letter => escaped.push(letter),
        }
    }
    escaped
}

/// A number on an axis.
fn short(value: f64) -> String {
    let (value, unit) = match value.abs() {
        huge if huge >= 1e6 => (value / 1e6, "M"),
        large if large >= 1e4 => (value / 1e3, "k"),
        _ => (value, ""),
    };
    // What a float's sums leave over is not shown.
    let text = format!("{value:.4}");
    format!("{}{unit}", text.trim_end_matches('0').trim_end_matches('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_texts_harmless() {
        for (value, read) in [(0.0, "0"), (0.25, "0.25"), (5000.0, "5000"), (15_000.0, "15k"), (2.5e6, "2.5M")] {
            assert_eq!(short(value), read);
        }
        assert_eq!(escape("<a href='x'>&\"\u{1b}"), "&lt;a href=&#39;x&#39;&gt;&amp;&quot;");
    }
}
