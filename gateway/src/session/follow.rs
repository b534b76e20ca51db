//! Following conversations without a gap: subscribe, hold back what is live, replay each log from its cursor, let go.

use std::sync::Arc;

use futures_util::{StreamExt, stream};
use protocol::client::Cursor;
use protocol::frame::{Error, Ref};
use protocol::id::ConversationId;
use protocol::server::ServerFrame;
use protocol::value::{FieldError, Summary};

use super::{Session, fail};
use crate::error::not_found;
use crate::hub::{SendQueue, Topic};
use crate::service::authorize::Principal;
use crate::service::conversation::{self, Access, Replaying};
use crate::state::App;

/// Replays of one resume that are under way at once: enough to keep Postgres busy, few enough that their pages fit the
/// queue together.
const REPLAYS_AT_ONCE: usize = 4;
/// Conversations of a resume whose summaries are read together: one query, and so many summaries in memory.
const READ_TOGETHER: usize = 25;

impl Session {
    /// Begins to follow a conversation that the caller has authorized. The replay's pages carry `reference`; live frames
    /// come after the last of them.
    ///
    /// # Errors
    /// `bad_field` when the session follows too many.
    pub(super) async fn follow(
        &mut self,
        reference: Ref,
        cursor: Cursor,
        principal: &Arc<Principal>,
    ) -> Result<(), FieldError> {
        self.may_follow(principal, cursor.conversation)?;
        // A place first, so that a flood of requests waits in the socket and not in memory.
        let Ok(place) = Arc::clone(&self.reads).acquire_owned().await else { return Ok(()) };
        self.subscribe(principal, cursor.conversation);
        let replays = self.replays(reference, principal);
        self.app.tasks.spawn(async move {
            replays.run(&[cursor]).await;
            drop(place);
        });
        Ok(())
    }

    /// Begins to follow many conversations, those of them that `principal` may see: one query says which. Their replays
    /// run beside the session, a few at a time.
    pub(super) async fn resume(&mut self, reference: Ref, cursors: &[Cursor], principal: &Arc<Principal>) {
        if cursors.is_empty() {
            return;
        }
        let found =
            conversation::find_all(&self.app, principal, cursors.iter().map(|cursor| cursor.conversation)).await;
        let mut allowed = Vec::with_capacity(cursors.len());
        for cursor in cursors {
            let access = match &found {
                Ok(found) => found.get(&cursor.conversation).map(Access::of).ok_or_else(|| not_found("conversation")),
                Err(error) => Err(error.clone()),
            };
            let followed = access.and_then(|access| {
                self.may_follow(principal, cursor.conversation)?;
                self.known.remember(access);
                self.subscribe(principal, cursor.conversation);
                Ok(())
            });
            match followed {
                Ok(()) => allowed.push(*cursor),
                Err(error) => self.fail(reference, error.about(cursor.conversation)),
            }
        }
        let Ok(place) = Arc::clone(&self.reads).acquire_owned().await else { return };
        let replays = self.replays(reference, principal);
        self.app.tasks.spawn(async move {
            replays.run(&allowed).await;
            drop(place);
        });
    }

    /// Stops following a conversation.
    pub(super) fn unfollow(&mut self, principal: &Principal, conversation: ConversationId) {
        let topic = Topic::Conversation(principal.organization(), conversation);
        self.app.hub.unfollow(topic, self.queue.id());
        self.topics.remove(&topic);
    }

    fn may_follow(&self, principal: &Principal, conversation: ConversationId) -> Result<(), FieldError> {
        let topic = Topic::Conversation(principal.organization(), conversation);
        let most = self.app.settings.limits.followed;
        if self.topics.contains(&topic) || self.topics.len() < usize::try_from(most).unwrap_or(usize::MAX) {
            return Ok(());
        }
        let rule = format!("must be one of at most {most} followed at once: unfollow others");
        Err(FieldError::new("conversation", rule))
    }

    /// What is published to the conversation from here on is not lost, only held until its replay has been queued.
    fn subscribe(&mut self, principal: &Principal, conversation: ConversationId) {
        let topic = Topic::Conversation(principal.organization(), conversation);
        self.queue.hold(conversation);
        self.app.hub.follow(topic, &self.queue, principal.audience());
        self.topics.insert(topic);
    }

    fn replays(&self, reference: Ref, principal: &Arc<Principal>) -> Replays {
        Replays {
            app: Arc::clone(&self.app),
            queue: Arc::clone(&self.queue),
            principal: Arc::clone(principal),
            reference,
        }
    }
}

/// The replays that answer one request.
struct Replays {
    app: Arc<App>,
    queue: Arc<SendQueue>,
    principal: Arc<Principal>,
    reference: Ref,
}

impl Replays {
    /// Replays conversations that have been subscribed to, and lets go of what was held meanwhile.
    async fn run(&self, cursors: &[Cursor]) {
        for together in cursors.chunks(READ_TOGETHER) {
            // Read only now, after they were subscribed to, so that none is older than what is held; and not long
            // before they are sent.
            self.queue.drained().await;
            if self.queue.closing() {
                return;
            }
            let ids = together.iter().map(|cursor| cursor.conversation);
            let found = conversation::find_all(&self.app, &self.principal, ids).await;
            let replays = stream::iter(together).for_each_concurrent(REPLAYS_AT_ONCE, |cursor| async {
                let summary = match &found {
                    Ok(found) => found.get(&cursor.conversation).ok_or_else(|| not_found("conversation")),
                    Err(error) => Err(error.clone()),
                };
                let outcome = match summary {
                    Ok(summary) => self.replay(*cursor, summary).await,
                    Err(error) => Err(error),
                };
                self.settle(cursor.conversation, outcome);
            });
            replays.await;
        }
    }

    /// Queues the pages of one replay.
    async fn replay(&self, cursor: Cursor, summary: &Summary) -> Result<(), Error> {
        let mut part = Some(Replaying::from(cursor, summary.head));
        while let Some(next) = part {
            // A long log must not overflow the queue of a reader that is merely slower than Postgres.
            self.queue.drained().await;
            if self.queue.closing() {
                return Ok(());
            }
            let (page, left) = conversation::replay(&self.app, &self.principal, summary, next).await?;
            self.queue.push(ServerFrame::from(page).encode(self.reference));
            part = left;
        }
        Ok(())
    }

    fn settle(&self, conversation: ConversationId, outcome: Result<(), Error>) {
        match outcome {
            Ok(()) => self.queue.release(conversation),
            Err(error) => {
                // Nothing may be let go without its replay: the client is told, and follows again.
                if self.queue.abandon(conversation) {
                    let topic = Topic::Conversation(self.principal.organization(), conversation);
                    self.app.hub.unfollow(topic, self.queue.id());
                }
                fail(&self.queue, self.reference, error.about(conversation));
            }
        }
    }
}
