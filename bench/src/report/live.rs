//! How it goes, on standard error, while a run is under way: one line a second, in place on a terminal.

use std::io::{IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether the last line on the terminal is one that the next replaces.
static REPLACEABLE: AtomicBool = AtomicBool::new(false);

/// How the last second went.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Moment<'a> {
    /// What is under way, with whom.
    pub(crate) phase: &'a str,
    /// Seconds of it that have passed.
    pub(crate) passed_s: f64,
    /// Seconds that it lasts, if that is known.
    pub(crate) whole_s: Option<f64>,
    /// Of what the rate is: `routed`, `sessions`.
    pub(crate) what: &'a str,
    /// A second, in the last one.
    pub(crate) per_s: f64,
    /// 99 of 100 took at most so long, in milliseconds.
    pub(crate) p99_ms: Option<f64>,
    /// Likewise until their senders were told that they are stored, if they are.
    pub(crate) stored_p99_ms: Option<f64>,
    /// Sent, and not everywhere yet.
    pub(crate) under_way: u64,
}

impl Moment<'_> {
    fn line(&self) -> String {
        let whole = self.whole_s.map_or_else(String::new, |whole| format!("/{whole:.0}"));
        let time = format!("{:.0}{whole} s", self.passed_s);
        let p99 = self.p99_ms.map_or_else(|| "–".into(), |p99| format!("{p99:.2}"));
        let stored = self.stored_p99_ms.map_or_else(String::new, |p99| format!(", stored {p99:>9.2} ms"));
        format!(
            "{:<20} {time:>10} {:>10.0}/s {}   p99 {p99:>9} ms{stored}   {:>7} under way",
            self.phase, self.per_s, self.what, self.under_way
        )
    }
}

/// Tells how it goes; on a terminal in the place of the moment before.
pub(crate) fn moment(moment: &Moment<'_>) {
    let line = moment.line();
    let mut out = std::io::stderr().lock();
    // Who has closed standard error does not want to know.
    let _ = if std::io::stderr().is_terminal() {
        REPLACEABLE.store(true, Ordering::Relaxed);
        write!(out, "\r\x1b[K{line}").and_then(|()| out.flush())
    } else {
        writeln!(out, "{line}")
    };
}

/// Tells something that stays: a phase begins, something was installed.
pub(crate) fn say(line: &str) {
    let mut out = std::io::stderr().lock();
    let _ = if REPLACEABLE.swap(false, Ordering::Relaxed) {
        writeln!(out, "\r\x1b[K{line}")
    } else {
        writeln!(out, "{line}")
    };
}

/// Keeps the last moment as it stands, so that what is printed next begins a line of its own.
pub(crate) fn keep() {
    if REPLACEABLE.swap(false, Ordering::Relaxed) {
        let _ = writeln!(std::io::stderr().lock());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_told_in_one_line() {
        let moment = Moment {
            phase: "measure",
            passed_s: 3.0,
            whole_s: Some(30.0),
            what: "routed",
            per_s: 1999.6,
            p99_ms: Some(1.234),
            stored_p99_ms: None,
            under_way: 4,
        };
        let line = moment.line();
        assert!(
            line.contains("3/30 s") && line.contains("2000/s routed") && line.contains("p99      1.23 ms"),
            "{line}"
        );
        let stored = Moment { stored_p99_ms: Some(9.5), ..moment }.line();
        assert!(stored.contains("p99      1.23 ms, stored      9.50 ms   "), "{stored}");
        assert!(Moment { p99_ms: None, whole_s: None, ..moment }.line().contains("         – ms"));
    }
}
