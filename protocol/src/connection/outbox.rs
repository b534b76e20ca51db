//! The sends that a client has not seen stored, in order, and what became of the others.

use uuid::Uuid;

use crate::client::Send;
use crate::frame::Error;
use crate::id::ConversationId;
use crate::value::{Content, Seq};

/// An entry that the gateway has stored: what a person was shown as sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acknowledged {
    /// Where.
    pub conversation: ConversationId,
    /// The key it was sent with.
    pub client_id: String,
    /// Its place.
    pub seq: Seq,
}

/// A client's outbox.
#[derive(Debug, Default)]
pub struct Outbox {
    unstored: Vec<Unstored>,
    acknowledged: Vec<Acknowledged>,
    refused: Vec<(String, Error)>,
}

#[derive(Debug)]
struct Unstored {
    send: Send,
    /// Whether this socket has been given it.
    sent: bool,
}

impl Outbox {
    /// How many sends are not acknowledged yet.
    #[must_use]
    pub fn unstored(&self) -> usize {
        self.unstored.len()
    }

    /// What the gateway has acknowledged, in the order of its coming.
    #[must_use]
    pub fn acknowledged(&self) -> &[Acknowledged] {
        &self.acknowledged
    }

    /// The sends that were refused for good, by `client_id`.
    #[must_use]
    pub fn refused(&self) -> &[(String, Error)] {
        &self.refused
    }

    /// Takes an entry in, and gives it its `client_id`.
    pub(super) fn put(&mut self, conversation: ConversationId, content: Content) -> String {
        let client_id = Uuid::new_v4().to_string();
        let send = Send { conversation, client_id: client_id.clone(), content };
        self.unstored.push(Unstored { send, sent: false });
        client_id
    }

    /// The sends that are to go out now, marked as gone: at most so many under way at once, of conversations that
    /// are `ready`, the others' order kept.
    pub(super) fn due(&mut self, window: usize, ready: impl Fn(ConversationId) -> bool) -> Vec<Send> {
        let room = window.saturating_sub(self.unstored.iter().filter(|unstored| unstored.sent).count());
        let due = self.unstored.iter_mut().filter(|unstored| !unstored.sent && ready(unstored.send.conversation));
        due.take(room)
            .map(|unstored| {
                unstored.sent = true;
                unstored.send.clone()
            })
            .collect()
    }

    /// The socket is gone: what it was given may not have arrived.
    pub(super) fn lost(&mut self) {
        self.unstored.iter_mut().for_each(|unstored| unstored.sent = false);
    }

    /// It is stored: out of the outbox. Returns what it held, the first time.
    pub(super) fn stored(&mut self, conversation: ConversationId, client_id: &str, seq: Seq) -> Option<Content> {
        let content = self.remove(client_id)?.content;
        self.acknowledged.push(Acknowledged { conversation, client_id: client_id.to_owned(), seq });
        Some(content)
    }

    /// It was refused: to be sent again, if that may help.
    pub(super) fn failed(&mut self, client_id: String, error: Error) {
        if !error.retryable {
            if self.remove(&client_id).is_some() {
                self.refused.push((client_id, error));
            }
        } else if let Some(unstored) = self.unstored.iter_mut().find(|held| held.send.client_id == client_id) {
            unstored.sent = false;
        }
    }

    /// Refuses what is not stored yet of certain conversations.
    pub(super) fn refuse(&mut self, which: impl Fn(ConversationId) -> bool, error: &Error) {
        for unstored in self.unstored.extract_if(.., |unstored| which(unstored.send.conversation)) {
            self.refused.push((unstored.send.client_id, error.clone()));
        }
    }

    fn remove(&mut self, client_id: &str) -> Option<Send> {
        let at = self.unstored.iter().position(|held| held.send.client_id == client_id)?;
        Some(self.unstored.remove(at).send)
    }
}
