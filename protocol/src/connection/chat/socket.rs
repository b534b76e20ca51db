//! Sockets come and go: opening one, being welcomed, losing it.

use std::time::Duration;

use tokio::time::{Instant, sleep_until, timeout_at};

use super::Chat;
use crate::client::{Cursor, HelloRole};
use crate::code::{CloseCode, ErrorCode};
use crate::connection::backoff::backoff;
use crate::connection::{ChatError, Connection, ConnectionError};
use crate::frame::{Error, RETRY_MS_DEFAULT};
use crate::id::{ConversationId, ParticipantId};
use crate::limit;
use crate::server::Welcome;

/// How long a handshake and its `welcome` may take before the socket is given up.
const WELCOME_WAIT: Duration = Duration::from_secs(10);

impl Chat {
    /// One frame in, or one socket opened.
    pub(super) async fn step(&mut self) -> Result<(), ChatError> {
        self.say();
        let Some(connection) = self.connection.as_mut() else { return self.connect().await };
        let silence_ms = self.welcome.as_ref().map(|welcome| u64::from(welcome.limits.silence_ms));
        let silent = Instant::now() + silence_ms.map_or(WELCOME_WAIT, Duration::from_millis);
        let behind = self.behind.values().map(|(_, due)| *due).min();
        let wake = self.hold.or(behind).map_or(silent, |wake| wake.min(silent));
        match timeout_at(wake, connection.next()).await {
            Ok(Ok((reference, frame))) => self.take(reference, frame),
            Ok(Err(error)) => self.gone(error),
            Err(_) if wake < silent => Ok(()),
            Err(_) => {
                self.disconnect();
                Ok(())
            }
        }
    }

    async fn connect(&mut self) -> Result<(), ChatError> {
        let wait = if self.failures > 0 { backoff(self.failures) } else { Duration::ZERO };
        let soonest = Instant::now() + wait;
        sleep_until(self.rest.map_or(soonest, |rest| rest.max(soonest))).await;
        self.rest = None;
        let cursors = self.logs.iter().take(limit::RESUME_CURSORS);
        self.hello.resume =
            cursors.map(|(&conversation, log)| Cursor { conversation, cursor: Some(log.cursor()) }).collect();
        // Counted before waiting: a future that is dropped while it waits has not connected either.
        self.failures = self.failures.saturating_add(1);
        let opened = timeout_at(Instant::now() + WELCOME_WAIT, async {
            let mut connection = Connection::open(&self.url, &self.options).await?;
            let welcome = match connection.hello(self.hello.clone()).await {
                Err(ConnectionError::Answer(error))
                    if error.code == ErrorCode::Unauthenticated && self.hello.token.is_some() =>
                {
                    if self.hello.role == HelloRole::Agent {
                        return Err(ConnectionError::Answer(error));
                    }
                    self.hello.token = None;
                    self.hello.resume.clear();
                    connection.hello(self.hello.clone()).await?
                }
                other => other?,
            };
            Ok((connection, welcome))
        });
        match opened.await {
            Ok(Ok((connection, welcome))) => {
                self.welcomed(connection, welcome);
                Ok(())
            }
            Ok(Err(error)) => self.gone(error),
            Err(_) => Ok(()),
        }
    }

    fn welcomed(&mut self, connection: Connection, welcome: Welcome) {
        // Not 0: a gateway that welcomes and hangs up is not to be hammered.
        self.failures = 1;
        self.sockets += 1;
        self.connection = Some(connection);
        let before = self.own_id();
        let visitor = welcome.visitor.as_ref();
        if let Some(token) = visitor.and_then(|visitor| visitor.token.clone()) {
            self.hello.token = Some(token);
        }
        let open = visitor.and_then(|visitor| visitor.conversation.as_ref()).map(|summary| summary.conversation);
        self.welcome = Some(welcome);
        for cursor in &self.hello.resume {
            self.logs.entry(cursor.conversation).or_default().asked();
        }
        self.stands_for(before, open);
    }

    /// Who this is was said anew, and which of their conversations is about to be replayed. What was held of somebody
    /// else is forgotten.
    pub(super) fn stands_for(&mut self, before: Option<ParticipantId>, open: Option<ConversationId>) {
        if before.is_some() && before != self.own_id() {
            self.logs.clear();
            self.summaries.clear();
            self.lost.clear();
            self.behind.clear();
            let error = Error::new(ErrorCode::NotFound, "the conversation is another visitor's");
            self.outbox.refuse(|_| true, &error);
            self.uploads.refuse(|_| true, &error);
        }
        if let Some(open) = open {
            self.logs.entry(open).or_default().asked();
        }
    }

    /// The socket is gone: connect again, unless the gateway said not to.
    fn gone(&mut self, error: ConnectionError) -> Result<(), ChatError> {
        let (now, held) = (Instant::now(), self.hold);
        self.disconnect();
        match error {
            ConnectionError::Closed { code: Some(code), reason } if code >= 4500 => {
                Err(ChatError::Refused { code, reason })
            }
            ConnectionError::Closed { code: Some(code), .. } if code == CloseCode::RateLimited.number() => {
                let least = now + Duration::from_millis(u64::from(RETRY_MS_DEFAULT));
                self.rest = Some(held.map_or(least, |held| held.max(least)));
                Ok(())
            }
            ConnectionError::Answer(error) if !error.retryable => Err(ChatError::Request(error)),
            ConnectionError::Answer(error) => {
                self.rest = Some(now + Duration::from_millis(u64::from(error.retry_ms)));
                Ok(())
            }
            ConnectionError::Connect(_) | ConnectionError::Closed { .. } | ConnectionError::Socket(_) => Ok(()),
            ConnectionError::Refused { status, .. } if status >= 500 || status == 429 => Ok(()),
            other => Err(ChatError::Connection(other)),
        }
    }
}
