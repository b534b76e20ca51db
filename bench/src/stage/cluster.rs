//! A Postgres of a run's own, with the settings that a gateway gives its own: what is committed has reached the disk.

use std::path::{Path, PathBuf};

use storage::{Embedded, EmbeddedConfig};

use super::processes::Processes;

/// A cluster in a folder that ends with it.
pub(crate) struct Cluster {
    embedded: Embedded,
    folder: PathBuf,
}

impl Cluster {
    /// Makes one in `folder` and starts it.
    ///
    /// # Errors
    /// There is no Postgres, or no place for it.
    pub(crate) async fn start(folder: &Path, postgres_bin: Option<PathBuf>) -> Result<Self, String> {
        let config = EmbeddedConfig { data: folder.to_owned(), postgres_bin, search: Vec::new() };
        let embedded = Embedded::start(config).await.map_err(|error| error.to_string())?;
        Ok(Self { embedded, folder: folder.to_owned() })
    }

    /// Where its database is, with the password.
    pub(crate) fn url(&self) -> &str {
        self.embedded.url()
    }

    /// Its processes.
    ///
    /// # Errors
    /// It does not run.
    pub(crate) fn processes(&self) -> Result<Processes, String> {
        // The first line is the number of the process that started all others.
        let path = self.folder.join("postgres").join("postmaster.pid");
        let text = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let pid = text.lines().next().and_then(|line| line.trim().parse().ok());
        Processes::of(pid.ok_or_else(|| format!("{}: no process number", path.display()))?)
    }

    /// Stops it; its folder is its owner's to remove.
    ///
    /// # Errors
    /// It did not stop in time and was killed.
    pub(crate) async fn stop(self) -> Result<(), String> {
        self.embedded.stop().await.map_err(|error| error.to_string())
    }
}
