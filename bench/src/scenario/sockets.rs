//! All sockets of a run, each a task of its own: the first that fails ends the run, and at the end all are closed in
//! good order.

use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::client::ClientError;

/// How long sockets may take to close.
const CLOSE_PATIENCE: Duration = Duration::from_secs(5);

/// The tasks that serve the sockets.
#[derive(Debug, Default)]
pub(super) struct Sockets {
    tasks: JoinSet<Result<(), String>>,
    /// Never written: the receivers notice when it goes.
    stop: watch::Sender<()>,
}

impl Sockets {
    /// What tells a task to close its socket: it ends when the run does.
    pub(super) fn stop(&self) -> watch::Receiver<()> {
        self.stop.subscribe()
    }

    /// Serves a socket; `name` says whose it is.
    pub(super) fn spawn(
        &mut self,
        name: String,
        serve: impl Future<Output = Result<(), ClientError>> + Send + 'static,
    ) {
        self.tasks.spawn(async move { serve.await.map_err(|error| format!("{name}: {error}")) });
    }

    /// Waits for a socket to fail: which, and why.
    pub(super) async fn failed(&mut self) -> String {
        loop {
            match self.tasks.join_next().await {
                Some(Ok(Ok(()))) => {}
                Some(Ok(Err(failure))) => return failure,
                Some(Err(error)) => return format!("a socket's task ended: {error}"),
                None => std::future::pending().await,
            }
        }
    }

    /// Closes all of them; those that take long are dropped.
    pub(super) async fn close(self) {
        let Self { mut tasks, stop } = self;
        drop(stop);
        // What fails from here on has been measured already.
        let closing = async { while tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(CLOSE_PATIENCE, closing).await.is_err() {
            tasks.shutdown().await;
        }
    }
}
