//! What becomes of a run's document: the table for a person, files for programs and browsers, and the exit status.

use std::fmt::Display;
use std::fs::File;
use std::io::{Error, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use clap::Args;

use crate::report::{Document, hgrm, html, live};

/// Where a report goes, besides standard output.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "The report")]
pub(crate) struct Output {
    /// Writes the report to this file as JSON; README.md of the bench names its fields.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,

    /// Writes the report to this file as a page with plots, which needs nothing else.
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,

    /// Writes latencies by percentile, as HdrHistogram's own tools do, to PREFIX-<phase>-<latency>.hgrm.
    #[arg(long, value_name = "PREFIX")]
    hgrm: Option<PathBuf>,

    /// A goal that is missed fails the run, as everything else does that does not hold.
    #[arg(long)]
    goals_must_hold: bool,

    /// Options from a TOML file: `rate = 2000`, or below a table with the scenario's name. Those of the command line count
    /// before them.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

/// The files, which could be written when the run began: it is too long to learn at its end that nobody can keep its outcome.
pub(crate) struct Files<'a> {
    output: &'a Output,
}

/// Where a file is written before it takes the place of an older one, which is kept if the run fails.
fn draft(path: &Path) -> PathBuf {
    let mut draft = path.to_owned().into_os_string();
    draft.push(".part");
    draft.into()
}

fn write(path: &Path, text: &str) -> Result<(), Error> {
    let draft = draft(path);
    std::fs::write(&draft, text)?;
    std::fs::rename(draft, path)
}

impl Output {
    /// Sees whether the files can be written.
    ///
    /// # Errors
    /// One cannot be written to.
    pub(crate) fn open(&self) -> Result<Files<'_>, String> {
        for (option, path) in [("--json", &self.json), ("--html", &self.html), ("--hgrm", &self.hgrm)] {
            let Some(path) = path else { continue };
            let tried = File::create(draft(path)).and_then(|_| std::fs::remove_file(draft(path)));
            tried.map_err(|error| named(option, path, error))?;
            if option != "--hgrm" && path.is_dir() {
                return Err(named(option, path, ErrorKind::IsADirectory.into()));
            }
        }
        Ok(Files { output: self })
    }
}

impl Files<'_> {
    /// Writes what was asked for and prints the rest. Says whether everything held that was to hold.
    ///
    /// # Errors
    /// A file cannot be written.
    pub(crate) fn report(self, document: &Document) -> Result<bool, String> {
        live::keep();
        print(document)?;
        for failure in &document.failures {
            eprintln!("FAILED: {failure}");
        }
        let json = serde_json::to_string_pretty(document).map_err(|error| format!("the report: {error}"))?;
        let Output { json: json_path, html: html_path, hgrm: prefix, .. } = self.output;
        if let Some(path) = json_path {
            write(path, &format!("{json}\n")).map_err(|error| named("--json", path, error))?;
        }
        if let Some(path) = html_path {
            write(path, &html::page(document)).map_err(|error| named("--html", path, error))?;
        }
        if let Some(prefix) = prefix {
            for (name, text) in hgrm::files(document) {
                let mut path = prefix.clone().into_os_string();
                path.push(format!("-{name}.hgrm"));
                std::fs::write(&path, text).map_err(|error| named("--hgrm", Path::new(&path), error))?;
            }
        }
        let missed = document.goals.iter().any(|goal| !goal.holds);
        Ok(document.failures.is_empty() && !(missed && self.output.goals_must_hold))
    }
}

fn named(option: &str, path: &Path, error: Error) -> String {
    format!("{option} {}: {error}", path.display())
}

/// Prints to standard output. Whoever reads it may stop at any time.
///
/// # Errors
/// It cannot be written.
pub(crate) fn print(text: &impl Display) -> Result<(), String> {
    match write!(std::io::stdout().lock(), "{text}") {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(format!("standard output: {error}")),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_older_report_stays_until_there_is_a_newer_one() {
        let folder = std::env::temp_dir().join(format!("chatdesk-bench-output-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let json = folder.join("run.json");
        std::fs::write(&json, "older").unwrap();
        let output = Output { json: Some(json.clone()), hgrm: Some(folder.join("run")), ..Output::default() };
        output.open().unwrap();
        assert_eq!(std::fs::read_to_string(&json).unwrap(), "older");
        write(&json, "newer").unwrap();
        assert_eq!(std::fs::read_to_string(&json).unwrap(), "newer");
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1, "nothing else is left");
        for bad in ["nowhere/run.json", "."] {
            let output = Output { json: Some(folder.join(bad)), ..Output::default() };
            assert!(output.open().is_err_and(|error| error.starts_with("--json ")), "{bad}");
        }
        let output = Output { hgrm: Some(folder.join("nowhere/run")), ..Output::default() };
        assert!(output.open().is_err_and(|error| error.starts_with("--hgrm ")));
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
