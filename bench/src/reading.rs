//! Commands on reports that were written before: two beside each other, and plots as files.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::output::print;
use crate::report::document::SCHEMA;
use crate::report::{Document, compare::Comparison, html::page, plots};

/// Largest report that is read.
const FILE_BYTES: u64 = 256 * 1024 * 1024;

/// Two runs beside each other.
#[derive(Args)]
pub(crate) struct Compare {
    /// The report of the first run, as --json wrote it.
    #[arg(value_name = "FIRST.json")]
    first: PathBuf,

    /// That of the second.
    #[arg(value_name = "SECOND.json")]
    second: PathBuf,

    /// Writes the comparison to this file as a page.
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
}

/// A run's plots as files.
#[derive(Args)]
pub(crate) struct Plot {
    /// The report of the run, as --json wrote it.
    #[arg(value_name = "FILE.json")]
    file: PathBuf,

    /// Where the plots go: a folder, which is made if need be. They are SVG, readable in light and dark.
    #[arg(long, value_name = "FOLDER", required_unless_present = "html")]
    out: Option<PathBuf>,

    /// Writes the report to this file as a page, as the run's own --html does.
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,

    /// Begins the files' names, so that plots of several runs can lie beside each other.
    #[arg(long, value_name = "TEXT", default_value = "")]
    prefix: String,
}

impl Compare {
    /// Prints it, and writes it.
    ///
    /// # Errors
    /// A report cannot be read, or the page not be written.
    pub(crate) fn run(&self) -> Result<bool, String> {
        let (first, second) = (read(&self.first)?, read(&self.second)?);
        let comparison = Comparison::of(&first, &second);
        print(&comparison)?;
        if let Some(path) = &self.html {
            std::fs::write(path, comparison.page()).map_err(|error| format!("--html {}: {error}", path.display()))?;
        }
        Ok(true)
    }
}

impl Plot {
    /// Writes them and prints their names.
    ///
    /// # Errors
    /// The report cannot be read, or a plot not be written.
    pub(crate) fn run(&self) -> Result<bool, String> {
        let document = read(&self.file)?;
        if let Some(path) = &self.html {
            std::fs::write(path, page(&document)).map_err(|error| format!("--html {}: {error}", path.display()))?;
            print(&format_args!("{}\n", path.display()))?;
        }
        if let Some(out) = &self.out {
            let named = |error: std::io::Error| format!("--out {}: {error}", out.display());
            std::fs::create_dir_all(out).map_err(named)?;
            for (name, svg) in plots(&document) {
                let path = out.join(format!("{}{name}.svg", self.prefix));
                std::fs::write(&path, svg).map_err(named)?;
                print(&format_args!("{}\n", path.display()))?;
            }
        }
        Ok(true)
    }
}

/// Reads a report back.
///
/// # Errors
/// There is none, or it is of another form.
fn read(path: &Path) -> Result<Document, String> {
    let named = |what: String| format!("{}: {what}", path.display());
    let length = std::fs::metadata(path).map_err(|error| named(error.to_string()))?.len();
    if length > FILE_BYTES {
        return Err(named(format!("must be at most {FILE_BYTES} bytes")));
    }
    let text = std::fs::read_to_string(path).map_err(|error| named(error.to_string()))?;
    let value: serde_json::Value = serde_json::from_str(&text).map_err(|error| named(error.to_string()))?;
    match value.get("schema").and_then(serde_json::Value::as_str) {
        Some(SCHEMA) => serde_json::from_value(value).map_err(|error| named(error.to_string())),
        Some(other) => Err(named(format!("schema must be {SCHEMA}, not {other}: it was written by another version"))),
        None => Err(named(format!("is no report of a run: schema must be {SCHEMA}"))),
    }
}
