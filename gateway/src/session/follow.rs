//! Following a conversation without a gap: subscribe, hold back what is live, replay the log from the cursor, let go.

use std::sync::Arc;

use protocol::client::Cursor;
use protocol::frame::{Error, Ref};
use protocol::id::ConversationId;
use protocol::server::ServerFrame;
use protocol::value::FieldError;

use super::{FOLLOWED_TOPICS, Session, fail};
use crate::hub::{SendQueue, Topic};
use crate::service::authorize::Principal;
use crate::service::conversation::{self, Replaying};
use crate::state::App;

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
        let topic = Topic::Conversation(principal.organization(), cursor.conversation);
        if !self.topics.contains(&topic) && self.topics.len() >= FOLLOWED_TOPICS {
            let rule = format!("must be one of at most {FOLLOWED_TOPICS} followed at once: unfollow others");
            return Err(FieldError::new("conversation", rule));
        }
        // A place first, so that a flood of requests waits in the socket and not in memory.
        let Ok(place) = Arc::clone(&self.reads).acquire_owned().await else { return Ok(()) };
        // Before anything is read: what is published from here on is not lost, only held.
        self.queue.hold(cursor.conversation);
        self.app.hub.follow(topic, &self.queue, principal.audience());
        self.topics.insert(topic);
        let (app, queue) = (Arc::clone(&self.app), Arc::clone(&self.queue));
        let principal = Arc::clone(principal);
        self.app.tasks.spawn(async move {
            let outcome = replay(&app, &queue, reference, cursor, &principal).await;
            if let Err(error) = outcome {
                // Nothing may be let go without its replay: the client is told, and follows again.
                if queue.abandon(cursor.conversation) {
                    app.hub.unfollow(topic, queue.id());
                }
                fail(&queue, reference, error);
            } else {
                queue.release(cursor.conversation);
            }
            drop(place);
        });
        Ok(())
    }

    /// Stops following a conversation.
    pub(super) fn unfollow(&mut self, principal: &Principal, conversation: ConversationId) {
        let topic = Topic::Conversation(principal.organization(), conversation);
        self.app.hub.unfollow(topic, self.queue.id());
        self.topics.remove(&topic);
    }
}

/// Queues the pages of a replay.
async fn replay(
    app: &App,
    queue: &SendQueue,
    reference: Ref,
    cursor: Cursor,
    principal: &Principal,
) -> Result<(), Error> {
    let (_, summary) = conversation::find(app, principal, cursor.conversation).await?;
    let mut part = Some(Replaying::from(cursor, summary.head));
    while let Some(next) = part {
        // A long log must not overflow the queue of a reader that is merely slower than Postgres.
        queue.drained().await;
        if queue.closing() {
            return Ok(());
        }
        let (page, left) = conversation::replay(app, principal, &summary, next).await?;
        queue.push(ServerFrame::from(page).encode(reference));
        part = left;
    }
    Ok(())
}
