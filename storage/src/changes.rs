//! Hearing of changes to what gateways keep in memory: Postgres announces them on a channel, whoever made them.

use std::time::Duration;

use futures_util::stream::{BoxStream, StreamExt, poll_fn};
use protocol::id::OrganizationId;
use tokio_postgres::{AsyncMessage, Client, Error};

use crate::error::{StorageError, describe};
use crate::maintenance::{GONE, Gone};
use crate::pool::StorageConfig;

/// Triggers notify the first, see the migrations; whoever removes things notifies the second.
const LISTEN: &str = "listen chatdesk_changed; listen chatdesk_gone";
/// The role that listens. It needs no right to.
const ROLE: &str = "chatdesk_directory";
/// How long to wait before connecting again, at first; it doubles until a connection holds.
const BACKOFF: Duration = Duration::from_millis(50);
/// And at most.
const BACKOFF_MOST: Duration = Duration::from_secs(5);
/// A connection that lasted so long did hold.
const HELD: Duration = Duration::from_secs(10);

/// What a listener hears.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// From now on every change is heard of.
    Listening,
    /// Something of this organization changed: itself, its widget or its departments.
    Changed(OrganizationId),
    /// Something is gone for good.
    Gone(Gone),
    /// The connection is lost: whatever changes is not heard of until the next `Listening`.
    Lost,
}

/// Listens on a connection of its own, and connects again for ever. A peer that went away without a word is noticed
/// by TCP's keepalive, within 20 seconds.
pub struct Listener {
    config: StorageConfig,
    line: Option<Line>,
    backoff: Duration,
}

struct Line {
    /// Held, because the connection ends with it.
    _client: Client,
    messages: BoxStream<'static, Result<AsyncMessage, Error>>,
    since: tokio::time::Instant,
}

impl Listener {
    /// Nothing is connected before somebody waits for the first change.
    #[must_use]
    pub fn of(config: StorageConfig) -> Self {
        Self { config, line: None, backoff: Duration::ZERO }
    }

    /// The next thing that is heard. After a `Lost` the next is `Listening`.
    pub async fn next(&mut self) -> Heard {
        loop {
            let Some(line) = &mut self.line else {
                tokio::time::sleep(self.backoff).await;
                match listen(&self.config).await {
                    Ok(line) => {
                        self.line = Some(line);
                        return Heard::Listening;
                    }
                    Err(error) => {
                        tracing::debug!(%error, "changes are not heard of");
                        self.wait_longer();
                        continue;
                    }
                }
            };
            match line.messages.next().await {
                Some(Ok(AsyncMessage::Notification(notification))) => {
                    // Whatever else may be said on the channels is not for us.
                    let payload = notification.payload();
                    if notification.channel() == GONE {
                        if let Ok(gone) = serde_json::from_str(payload) {
                            return Heard::Gone(gone);
                        }
                    } else if let Ok(organization) = payload.parse() {
                        return Heard::Changed(organization);
                    }
                }
                Some(Ok(_)) => {}
                ended => {
                    let error = ended.and_then(Result::err).map(|error| describe(&error)).unwrap_or_default();
                    tracing::warn!(error, "the connection that hears of changes is lost");
                    if line.since.elapsed() >= HELD {
                        self.backoff = Duration::ZERO;
                    }
                    self.wait_longer();
                    self.line = None;
                    return Heard::Lost;
                }
            }
        }
    }

    fn wait_longer(&mut self) {
        self.backoff = (self.backoff * 2).clamp(BACKOFF, BACKOFF_MOST);
    }
}

async fn listen(config: &StorageConfig) -> Result<Line, StorageError> {
    let (postgres, security) = config.postgres()?;
    let connecting = async {
        let (client, mut connection) = postgres.connect(security.connector()?).await.map_err(unavailable)?;
        let mut messages = poll_fn(move |context| connection.poll_message(context)).boxed();
        let greeting = format!("{}; {LISTEN}", config.greeting(ROLE));
        let greeted = {
            let mut greeting = std::pin::pin!(client.batch_execute(&greeting));
            loop {
                // The connection answers only while it is asked for messages.
                tokio::select! {
                    greeted = &mut greeting => break greeted.map_err(unavailable),
                    message = messages.next() => match message {
                        Some(Ok(_)) => {}
                        Some(Err(error)) => break Err(unavailable(error)),
                        None => break Err(StorageError::Unavailable("the connection was closed".into())),
                    },
                }
            }
        };
        greeted.map(|()| Line { _client: client, messages, since: tokio::time::Instant::now() })
    };
    let limit = config.acquire_timeout;
    tokio::time::timeout(limit, connecting)
        .await
        .unwrap_or_else(|_| Err(StorageError::Unavailable("connecting took too long".into())))
}

fn unavailable(error: Error) -> StorageError {
    StorageError::Unavailable(describe(&error))
}
