//! What can be in the way of the cluster.

use std::io;
use std::path::{Path, PathBuf};

/// Why the cluster could not be started or stopped.
#[derive(Debug, thiserror::Error)]
pub enum EmbeddedError {
    /// No Postgres that can be used was found; says where and what was.
    #[error("no usable Postgres found: {0}")]
    NoPostgres(String),
    /// The cluster was made by another major version of Postgres than those at hand.
    #[error(
        "the cluster in {} was made by Postgres {cluster}, and only {found} was found: install Postgres {cluster}, or \
         move the data over with pg_dump", folder.display()
    )]
    Version {
        /// The cluster's folder.
        folder: PathBuf,
        /// The major version that made it.
        cluster: u32,
        /// What was found, with its folder.
        found: String,
    },
    /// Another process uses the data folder.
    #[error("{} is in use by the process {pid}", data.display())]
    InUse {
        /// The data folder.
        data: PathBuf,
        /// The other process' id, as far as it said.
        pid: String,
    },
    /// Postgres refuses to run as root, and there is no other account that can run it.
    #[error("Postgres does not run as root, and it could not be started as somebody else: {0}")]
    Account(String),
    /// The cluster could not be made.
    #[error("the cluster could not be made: {0}")]
    Init(String),
    /// Postgres did not come up, or is not ours.
    #[error("Postgres did not start: {0}")]
    Start(String),
    /// Postgres did not stop in time.
    #[error("Postgres did not stop in time: {0}")]
    Stop(String),
    /// A file or folder could not be read, written or run.
    #[error("could not {what} {}: {source}", path.display())]
    Io {
        /// What was tried.
        what: &'static str,
        /// With what.
        path: PathBuf,
        /// The system's word.
        source: io::Error,
    },
}

impl EmbeddedError {
    pub(super) fn io(what: &'static str, path: &Path, source: io::Error) -> Self {
        Self::Io { what, path: path.to_owned(), source }
    }
}
