//! Following conversations without a gap: subscribe, hold back what is live, replay each log from its cursor, let go.

use std::collections::HashMap;
use std::sync::Arc;

use protocol::client::Cursor;
use protocol::frame::{Error, Ref};
use protocol::id::ConversationId;
use protocol::value::FieldError;

use super::Session;
use super::replays::{Asked, Replays};
use crate::error::{not_found, rate_limited};
use crate::hub::Topic;
use crate::service::authorize::Principal;
use crate::service::conversation::{self, Access};

/// How long a client waits that has asked for more replays than it reads, in milliseconds.
const LINE_RETRY_MS: u32 = 1_000;

impl Session {
    /// Begins to follow a conversation that the caller has authorized. The replay's pages carry `reference`; live frames
    /// come after the last of them.
    ///
    /// # Errors
    /// `bad_field` when the session follows too many, `rate_limited` when as many replays wait for their reader.
    pub(super) fn follow(&mut self, reference: Ref, cursor: Cursor, principal: &Arc<Principal>) -> Result<(), Error> {
        self.may_follow(principal, cursor.conversation)?;
        let replays = self.replays();
        if replays.waiting() >= self.most_followed() {
            return Err(rate_limited(LINE_RETRY_MS));
        }
        self.subscribe(&replays, principal, cursor.conversation);
        replays.begin(Asked { reference, principal: Arc::clone(principal), cursors: vec![cursor] });
        Ok(())
    }

    /// Begins to follow many conversations, those of them that `principal` may see: one query says which, of those that
    /// the session does not know. Their replays run beside the session, a few at a time.
    pub(super) async fn resume(&mut self, reference: Ref, cursors: &[Cursor], principal: &Arc<Principal>) {
        if cursors.is_empty() {
            return;
        }
        let unknown: Vec<ConversationId> = cursors
            .iter()
            .map(|cursor| cursor.conversation)
            .filter(|conversation| self.known.access(*conversation).is_none())
            .collect();
        let found = if unknown.is_empty() {
            Ok(HashMap::new())
        } else {
            conversation::find_all(&self.app, principal, unknown.into_iter()).await
        };
        let replays = self.replays();
        let mut allowed = Vec::with_capacity(cursors.len());
        for cursor in cursors {
            let access = match (self.known.access(cursor.conversation), &found) {
                (Some(access), _) => Ok(access),
                (None, Ok(found)) => {
                    found.get(&cursor.conversation).map(Access::of).ok_or_else(|| not_found("conversation"))
                }
                (None, Err(error)) => Err(error.clone()),
            };
            let followed = access.and_then(|access| {
                self.may_follow(principal, cursor.conversation)?;
                self.known.remember(access);
                self.subscribe(&replays, principal, cursor.conversation);
                Ok(())
            });
            match followed {
                Ok(()) => allowed.push(*cursor),
                Err(error) => self.fail(reference, error.about(cursor.conversation)),
            }
        }
        replays.begin(Asked { reference, principal: Arc::clone(principal), cursors: allowed });
    }

    /// Stops following a conversation.
    pub(super) fn unfollow(&mut self, principal: &Principal, conversation: ConversationId) {
        let topic = Topic::Conversation(principal.organization(), conversation);
        self.app.hub.unfollow(topic, self.queue.id());
        self.topics.remove(&topic);
    }

    fn may_follow(&self, principal: &Principal, conversation: ConversationId) -> Result<(), FieldError> {
        let topic = Topic::Conversation(principal.organization(), conversation);
        // What it hears of for being who it is, or watches, is not counted: the limit is told in conversations.
        let followed = || self.topics.iter().filter(|topic| matches!(topic, Topic::Conversation(..))).count();
        if self.topics.contains(&topic) || followed() < self.most_followed() {
            return Ok(());
        }
        let most = self.app.settings.limits.followed;
        let rule = format!("must be one of at most {most} followed at once: unfollow others");
        Err(FieldError::new("conversation", rule))
    }

    fn most_followed(&self) -> usize {
        usize::try_from(self.app.settings.limits.followed).unwrap_or(usize::MAX)
    }

    fn subscribe(&mut self, replays: &Replays, principal: &Principal, conversation: ConversationId) {
        replays.subscribe(principal, conversation);
        self.topics.insert(Topic::Conversation(principal.organization(), conversation));
    }

    fn replays(&mut self) -> Arc<Replays> {
        let make = || Arc::new(Replays::of(Arc::clone(&self.app), Arc::clone(&self.queue)));
        Arc::clone(self.replays.get_or_insert_with(make))
    }
}
