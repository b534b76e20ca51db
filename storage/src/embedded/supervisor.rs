//! Starts Postgres again when it dies, until it is told to stop.

use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::sleep;

use super::EmbeddedError;
use super::account::Account;
use super::cluster::Cluster;
use super::programs::Programs;
use super::server::Server;

/// The pause before another try, doubled each time up to the longest.
const PAUSE_MIN: Duration = Duration::from_millis(500);
const PAUSE_MAX: Duration = Duration::from_secs(30);

pub(super) struct Supervisor {
    pub(super) cluster: Cluster,
    pub(super) programs: Programs,
    pub(super) account: Account,
    pub(super) password: String,
    pub(super) server: Server,
}

impl Supervisor {
    /// Runs until `stop` says so, or its sender is gone; then stops Postgres.
    pub(super) async fn run(mut self, mut stop: oneshot::Receiver<()>) -> Result<(), EmbeddedError> {
        loop {
            tokio::select! {
                () = self.server.ended() => tracing::error!("Postgres ended by itself and is started again"),
                _ = &mut stop => return self.server.stop().await,
            }
            tokio::select! {
                server = self.start_again() => self.server = server,
                // One that is just being started is told to stop when its handle is dropped.
                _ = &mut stop => return Ok(()),
            }
        }
    }

    /// On the same port, because its URL has been given out.
    async fn start_again(&self) -> Server {
        let mut pause = PAUSE_MIN;
        loop {
            let Self { cluster, programs, account, password, server } = self;
            match Server::launch(cluster, programs, account, password, server.port).await {
                Ok(server) => return server,
                Err(error) => tracing::error!(%error, "Postgres does not come up and is tried again"),
            }
            sleep(pause).await;
            pause = (pause * 2).min(PAUSE_MAX);
        }
    }
}
