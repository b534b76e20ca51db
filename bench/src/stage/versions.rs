//! What a stage is made of, for whoever reads the figures.

use tokio::process::Command;

use super::Stage;
use crate::report::Document;

impl Stage {
    /// Puts into a run's document what is to be known of its stage: notes, and which gateway and Postgres they were, if they are
    /// the run's own.
    ///
    /// # Errors
    /// Postgres does not tell.
    pub(crate) async fn describe(&self, document: &mut Document) -> Result<(), String> {
        document.notes.clone_from(&self.notes);
        let Some(place) = &self.place else { return Ok(()) };
        let said = Command::new(&place.program).arg("--version").output().await;
        let said = said.map_err(|error| format!("{}: {error}", place.program.display()))?;
        // "chatdesk", and the version.
        let said = String::from_utf8_lossy(&said.stdout);
        document.versions.gateway = said.split_whitespace().nth(1).map(str::to_owned);
        let row = self.database().await?.query_one("select current_setting('server_version')", &[]).await;
        document.versions.postgres = Some(row.map_err(|error| format!("Postgres' version: {error}"))?.get(0));
        Ok(())
    }
}
