//! Following a conversation without a gap: subscribe, hold back what is live, replay the log from the cursor, let go.

use std::sync::Arc;

use protocol::client::Cursor;
use protocol::frame::{Error, Ref};
use protocol::id::ConversationId;
use protocol::server::ServerFrame;

use super::{Session, fail};
use crate::hub::{SendQueue, Topic};
use crate::service::authorize::Principal;
use crate::service::conversation::{self, Replaying};
use crate::state::App;

impl Session {
    /// Begins to follow a conversation that the caller has authorized. The replay's pages carry `reference`; live frames
    /// come after the last of them.
    pub(super) fn follow(&mut self, reference: Ref, cursor: Cursor, principal: &Arc<Principal>) {
        let topic = Topic::Conversation(principal.organization(), cursor.conversation);
        // Before anything is read: what is published from here on is not lost, only held.
        self.queue.hold(cursor.conversation);
        self.app.hub.follow(topic, &self.queue, principal.audience());
        self.topics.insert(topic);
        let (app, queue, places) = (Arc::clone(&self.app), Arc::clone(&self.queue), Arc::clone(&self.reads));
        let principal = Arc::clone(principal);
        self.app.tasks.spawn(async move {
            let Ok(_place) = places.acquire_owned().await else { return };
            let outcome = replay(&app, &queue, reference, cursor, &principal).await;
            if let Err(error) = outcome {
                // Nothing may be let go without its replay: the client is told, and follows again.
                app.hub.unfollow(topic, queue.id());
                queue.forget(cursor.conversation);
                fail(&queue, reference, error);
            } else {
                queue.release(cursor.conversation);
            }
        });
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
        if queue.closing() {
            return Ok(());
        }
        let (page, left) = conversation::replay(app, principal, &summary, next).await?;
        queue.push(ServerFrame::from(page).encode(reference));
        part = left;
    }
    Ok(())
}
