//! What becomes of a run's document: the table for a person, files for programs and browsers, and the exit status.

use std::fmt::Display;
use std::fs::File;
use std::io::{ErrorKind, Write};
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

/// The files, open: a run is too long to learn at its end that nobody can keep its outcome.
pub(crate) struct Files<'a> {
    output: &'a Output,
    json: Option<File>,
    html: Option<File>,
}

impl Output {
    /// Opens the files.
    ///
    /// # Errors
    /// One cannot be written to.
    pub(crate) fn open(&self) -> Result<Files<'_>, String> {
        let create = |option: &str, path: &Option<PathBuf>| {
            path.as_ref().map(|path| File::create(path).map_err(|error| named(option, path, error))).transpose()
        };
        Ok(Files { output: self, json: create("--json", &self.json)?, html: create("--html", &self.html)? })
    }
}

impl Files<'_> {
    /// Writes what was asked for and prints the rest. Says whether everything held that was to hold.
    ///
    /// # Errors
    /// A file cannot be written.
    pub(crate) fn report(mut self, document: &Document) -> Result<bool, String> {
        live::keep();
        print(document)?;
        for failure in &document.failures {
            eprintln!("FAILED: {failure}");
        }
        let json = serde_json::to_string_pretty(document).map_err(|error| format!("the report: {error}"))?;
        let Output { json: json_path, html: html_path, hgrm: prefix, .. } = self.output;
        if let Some((file, path)) = self.json.as_mut().zip(json_path.as_ref()) {
            writeln!(file, "{json}").map_err(|error| named("--json", path, error))?;
        }
        if let Some((file, path)) = self.html.as_mut().zip(html_path.as_ref()) {
            file.write_all(html::page(document).as_bytes()).map_err(|error| named("--html", path, error))?;
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

fn named(option: &str, path: &Path, error: std::io::Error) -> String {
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
