//! `chatdesk backup` and `chatdesk restore`: everything that there is, as a folder, and back.
//!
//! The folder holds `database.dump` (what `pg_dump` writes), the finished files below `files`, `files.sha256` (their
//! hashes, as `sha256sum --check` reads them) and `manifest.json`, which is written last: a folder without one is of a
//! backup that was interrupted. The dump is of one moment; the files are those that it names, copied after it, so that
//! each is there unless its organization let go of it meanwhile, and the manifest says of which that is so. Uploads that
//! are under way are no part of it: their senders begin them again.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use clap::Args;
use storage::EmbeddedConfig;
use storage::dump::{DumpPrograms, Snapshot};

use crate::files::Files;
use crate::settings::Settings;
use crate::upload::part::private_folder;

mod copy;
mod manifest;
mod progress;
mod restore;

use manifest::{Listed, Manifest};
use progress::Progress;
pub use restore::{Checked, check, restore};

/// The settings of `chatdesk backup`.
#[derive(Args, Clone, Debug)]
pub struct BackupSettings {
    /// The folder to write into: a new one, or an empty one.
    #[arg(long)]
    pub to: PathBuf,
    /// Of which gateway.
    #[command(flatten)]
    pub settings: Settings,
}

/// The settings of `chatdesk restore`.
#[derive(Args, Clone, Debug)]
pub struct RestoreSettings {
    /// The folder that `chatdesk backup` wrote.
    #[arg(long)]
    pub from: PathBuf,
    /// Of the gateway to be: its data folder or its database, and its files, must be empty.
    #[command(flatten)]
    pub settings: Settings,
}

/// What was written, or put back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Rows of all tables.
    pub rows: u64,
    /// Files.
    pub files: u64,
    /// Files that the database names and that are not there, or not as they were uploaded.
    pub amiss: usize,
}

/// Writes everything that is in the database at `url`, and its files, into an empty folder.
///
/// # Errors
/// A sentence for the operator. The folder then has no manifest.
pub async fn backup(settings: &Settings, url: &str, to: &Path) -> Result<Outcome, String> {
    let within = |error: std::io::Error| format!("{}: {error}", to.display());
    private_folder(to).map_err(within)?;
    if fs::read_dir(to).map_err(within)?.next().is_some() {
        return Err(format!("{} is not empty: a backup is written into a folder of its own", to.display()));
    }
    let files = Files::open(&settings.uploads.place(&settings.data))?;
    let snapshot = Snapshot::take(url).await.map_err(failed)?;
    let programs = DumpPrograms::find(&programs(settings), snapshot.server).await.map_err(failed)?;

    let dump = manifest::dump(to);
    let progress = Progress::begin("dumping the database");
    progress.watch_file(&dump, snapshot.dump(&programs, &dump)).await.map_err(failed)?;
    // Made by the program, for everybody to read where the system's mask lets it.
    copy::make_private(&dump).map_err(within)?;
    let dumped = copy::hash(&dump).await?;

    let copied = copy::out(&snapshot, &files, to).await?;
    let manifest = Manifest {
        format: manifest::FORMAT,
        chatdesk: env!("CARGO_PKG_VERSION").into(),
        made_at: SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()),
        schema: snapshot.schema,
        postgres: snapshot.server,
        pg_dump: programs.version,
        database: dumped,
        files: copied.files,
        list: copied.list,
        rows: snapshot.rows.clone(),
        roles: snapshot.roles.clone(),
        missing: copied.missing,
        damaged: copied.damaged,
    };
    manifest.write(to)?;
    Ok(manifest.outcome())
}

/// Where Postgres' programs are looked for.
fn programs(settings: &Settings) -> EmbeddedConfig {
    EmbeddedConfig {
        data: settings.data.clone(),
        postgres_bin: settings.postgres_bin.clone(),
        search: settings.postgres_search.clone(),
    }
}

fn failed(error: storage::StorageError) -> String {
    match error {
        storage::StorageError::Fault(reason) => reason,
        other => other.to_string(),
    }
}

impl Manifest {
    fn outcome(&self) -> Outcome {
        let Listed { count, .. } = self.files;
        Outcome { rows: self.rows.values().sum(), files: count, amiss: self.missing.len() + self.damaged.len() }
    }
}
