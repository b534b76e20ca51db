//! An agent: logged in, follows the conversations of some visitors, and notes what arrives.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use protocol::client::{Follow, Hello, HelloRole};
use protocol::connection::{Connection, ConnectionError, Options};
use protocol::id::{ConversationId, ParticipantId};
use protocol::server::{Replay, ServerFrame};
use tokio::sync::watch;

use super::{AGENT, ClientError, Pair, number_of};
use crate::record::{Record, Recorder, Side};
use crate::target::Target;

/// Follows a conversation from its beginning. All agents of a run share one login, and so its limits: what comes too
/// soon is asked again in time.
async fn follow(connection: &mut Connection, conversation: ConversationId) -> Result<Replay, ClientError> {
    let follow = Follow { conversation, cursor: Some(0) }.into();
    loop {
        match connection.request(&follow).await {
            Ok(ServerFrame::Replay(replay)) => return Ok(replay),
            Ok(other) => return Err(ClientError::Unanswered { request: "follow", answer: other.name() }),
            Err(ConnectionError::Answer(error)) if error.retryable => {
                tokio::time::sleep(Duration::from_millis(u64::from(error.retry_ms))).await;
            }
            Err(other) => return Err(other.into()),
        }
    }
}

/// An agent's socket.
#[derive(Debug)]
pub(crate) struct Agent {
    connection: Connection,
    followed: HashMap<ConversationId, (u64, ParticipantId)>,
    recorder: Recorder,
}

impl Agent {
    /// Connects as agent `index`, says hello with a login's token, and follows the conversations of `pairs`.
    ///
    /// # Errors
    /// What the gateway refused, or that it cannot be reached.
    pub(crate) async fn open(
        target: Target,
        token: &str,
        index: usize,
        pairs: &[Pair],
        recorder: Recorder,
    ) -> Result<Self, ClientError> {
        let options = Options { local_address: target.source(index), ..Options::default() };
        let mut connection = Connection::open(&target.url(), &options).await?;
        let hello = Hello {
            role: HelloRole::Agent,
            widget_key: None,
            token: Some(token.into()),
            features: Vec::new(),
            agent: Some(AGENT.into()),
            page: None,
            resume: Vec::new(),
        };
        connection.hello(hello).await?;
        let mut followed = HashMap::new();
        for pair in pairs {
            let replay = follow(&mut connection, pair.conversation).await?;
            let visitor = u64::try_from(pair.index).unwrap_or(u64::MAX);
            recorder.with(|record| record.followed(visitor, Side::Agent, replay.summary.head));
            followed.insert(pair.conversation, (visitor, pair.visitor));
        }
        Ok(Self { connection, followed, recorder })
    }

    /// Notes what arrives, until `stop`'s sender goes.
    ///
    /// # Errors
    /// The socket has ended.
    pub(crate) async fn run(mut self, mut stop: watch::Receiver<()>) -> Result<(), ClientError> {
        loop {
            let frame = tokio::select! {
                frame = self.connection.next() => frame?.1,
                _ = stop.changed() => return Ok(self.connection.close().await?),
            };
            self.hear(&frame, Instant::now())?;
        }
    }

    fn hear(&self, frame: &ServerFrame, at: Instant) -> Result<(), ClientError> {
        match frame {
            ServerFrame::Entry(entry) => {
                self.note(entry.conversation, entry.sender.id, |record, visitor, own| {
                    if own {
                        // What no visitor of a run sends under such a name, the record calls a stray.
                        let number = number_of(&entry.client_id).unwrap_or(u64::MAX);
                        record.routed(visitor, number, at);
                    }
                });
            }
            ServerFrame::TypingBy(typing) => {
                self.note(typing.conversation, typing.participant.id, |record, visitor, own| {
                    if own {
                        record.typing(visitor, typing.on, at);
                    }
                });
            }
            ServerFrame::Stored(stored) => {
                self.note(stored.conversation, stored.sender.id, |record, visitor, own| {
                    let number = own.then(|| number_of(&stored.client_id)).flatten();
                    record.stored(visitor, Side::Agent, number, stored.seq, at);
                });
            }
            ServerFrame::Error(error) => self.recorder.with(|record| record.refused(error.code)),
            ServerFrame::Goaway(_) => return Err(ClientError::Goaway),
            _ => {}
        }
        Ok(())
    }
    /// Notes something of a conversation: whose it is, and whether the visitor did it.
    fn note(&self, conversation: ConversationId, sender: ParticipantId, act: impl FnOnce(&mut Record, u64, bool)) {
        self.recorder.with(|record| match self.followed.get(&conversation) {
            Some((visitor, own)) => act(record, *visitor, sender == *own),
            None => record.stray(),
        });
    }
}
