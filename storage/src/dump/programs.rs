//! Finding `pg_dump` and `pg_restore`.

use std::path::{Path, PathBuf};

use crate::embedded::{EmbeddedConfig, programs};
use crate::error::StorageError;

/// `pg_dump` and `pg_restore`, of one version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DumpPrograms {
    bin: PathBuf,
    /// Their major version.
    pub version: u32,
}

impl DumpPrograms {
    /// The oldest that are of `version` at least: what they write, older ones may not read. Looked for beside the other
    /// programs, and then wherever those are looked for.
    ///
    /// # Errors
    /// `Fault` when there are none; says what to install.
    pub async fn find(config: &EmbeddedConfig, version: u32) -> Result<Self, StorageError> {
        let mut found: Vec<Self> = Vec::new();
        for bin in config.postgres_bin.iter().cloned().chain(programs::everywhere(config).await) {
            if bin.join("pg_dump").is_file()
                && bin.join("pg_restore").is_file()
                && let Ok(version) = programs::version(&bin.join("pg_dump")).await
            {
                found.push(Self { bin, version });
            }
        }
        let newest = found.iter().map(|programs| programs.version).max();
        // Of equal ones the first: those that were set.
        found.into_iter().filter(|programs| programs.version >= version).min_by_key(|one| one.version).ok_or_else(|| {
            let seen = newest.map_or("none were found".into(), |newest| format!("the newest found are {newest}"));
            StorageError::Fault(format!(
                "pg_dump and pg_restore of Postgres {version} or newer are needed, and {seen}: install the system's \
                 client programs (Debian: postgresql-client-{version}) or name their folder with --postgres-bin; the \
                 npm packages hold none"
            ))
        })
    }

    pub(super) fn pg_dump(&self) -> PathBuf {
        self.program("pg_dump")
    }

    pub(super) fn pg_restore(&self) -> PathBuf {
        self.program("pg_restore")
    }

    fn program(&self, name: &str) -> PathBuf {
        Path::new(&self.bin).join(name)
    }
}
