//! The replays of one session: some are under way, others wait in line, and the session waits for none of them. They go
//! as fast as their reader reads, which is nothing that whatever else it asks for should wait for.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::{StreamExt, stream};
use protocol::client::Cursor;
use protocol::frame::{Error, Ref};
use protocol::id::ConversationId;
use protocol::server::ServerFrame;
use storage::Replayed;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::fail;
use crate::error::not_found;
use crate::hub::{SendQueue, Topic};
use crate::service::authorize::Principal;
use crate::service::conversation::{self, Replaying};
use crate::state::App;

/// Requests whose replays are under way at once; the others wait in line.
const REQUESTS_AT_ONCE: usize = 8;
/// Replays of one resume that are under way at once: enough to keep Postgres busy, few enough that their pages fit the
/// queue together.
const REPLAYS_AT_ONCE: usize = 4;
/// Conversations of a resume whose summaries are read together: one query, and so many summaries in memory.
const READ_TOGETHER: usize = 25;

/// The replays that answer one request. Its conversations are followed already.
pub(super) struct Asked {
    pub(super) reference: Ref,
    pub(super) principal: Arc<Principal>,
    pub(super) cursors: Vec<Cursor>,
}

/// The replays of one session, for as long as it stands for the same principal.
pub(super) struct Replays {
    app: Arc<App>,
    queue: Arc<SendQueue>,
    line: Mutex<Line>,
    ended: CancellationToken,
    running: TaskTracker,
}

#[derive(Default)]
struct Line {
    waiting: VecDeque<Asked>,
    running: usize,
}

impl Replays {
    pub(super) fn of(app: Arc<App>, queue: Arc<SendQueue>) -> Self {
        let (ended, running) = (CancellationToken::new(), TaskTracker::new());
        Self { app, queue, line: Mutex::default(), ended, running }
    }

    /// What is published to the conversation from here on is not lost, only held until its replay has been queued.
    pub(super) fn subscribe(&self, principal: &Principal, conversation: ConversationId) {
        // One step, as giving up is: a replay that fails in between would end the following that begins here.
        let _line = self.line();
        self.queue.hold(conversation);
        let topic = Topic::Conversation(principal.organization(), conversation);
        self.app.hub.follow(topic, &self.queue, principal.audience());
    }

    /// How many requests wait in line.
    pub(super) fn waiting(&self) -> usize {
        self.line().waiting.len()
    }

    /// Begins the replays of a request, or puts it in line.
    pub(super) fn begin(self: &Arc<Self>, asked: Asked) {
        let mut line = self.line();
        if line.running >= REQUESTS_AT_ONCE {
            return line.waiting.push_back(asked);
        }
        line.running += 1;
        drop(line);
        let replays = Arc::clone(self);
        self.app.tasks.spawn(self.running.track_future(async move {
            let mut next = Some(asked);
            while let Some(asked) = next {
                replays.run(asked).await;
                next = replays.next();
            }
        }));
    }

    /// Ends all replays where they are, and resolves when none says anything any more. What was held back is let go.
    pub(super) async fn end(&self) {
        self.ended.cancel();
        self.running.close();
        self.running.wait().await;
    }

    fn next(&self) -> Option<Asked> {
        let mut line = self.line();
        let next = line.waiting.pop_front();
        if next.is_none() {
            line.running -= 1;
        }
        next
    }

    fn line(&self) -> MutexGuard<'_, Line> {
        // Nothing panics while holding it; if something did, the line is still whole.
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Replays conversations that have been subscribed to, and lets go of what was held meanwhile.
    async fn run(&self, asked: Asked) {
        for together in asked.cursors.chunks(READ_TOGETHER) {
            // Read only now, after they were subscribed to, so that none is older than what is held; and not long
            // before they are sent.
            if !self.ready().await {
                together.iter().for_each(|cursor| self.queue.release(cursor.conversation));
                continue;
            }
            let found = conversation::replays(&self.app, &asked.principal, together).await;
            let replays = stream::iter(together).for_each_concurrent(REPLAYS_AT_ONCE, |cursor| async {
                let replayed = match &found {
                    Ok(found) => found.get(&cursor.conversation).ok_or_else(|| not_found("conversation")),
                    Err(error) => Err(error.clone()),
                };
                let outcome = match replayed {
                    Ok(replayed) => self.replay(&asked, *cursor, replayed).await,
                    Err(error) => Err(error),
                };
                self.settle(&asked, cursor.conversation, outcome);
            });
            replays.await;
        }
    }

    /// Waits until a page more would not overflow the queue of a reader that is merely slower than Postgres. Not when
    /// there is nobody to read it any more.
    async fn ready(&self) -> bool {
        tokio::select! {
            () = self.queue.drained() => !self.queue.closing() && !self.ended.is_cancelled(),
            () = self.ended.cancelled() => false,
        }
    }

    /// Queues the pages of one replay.
    async fn replay(&self, asked: &Asked, cursor: Cursor, replayed: &Replayed) -> Result<(), Error> {
        let mut part = Some(Replaying::from(cursor, replayed));
        while let Some(next) = part {
            if !self.ready().await {
                return Ok(());
            }
            let (page, left) = conversation::replay(&self.app, &asked.principal, replayed, next).await?;
            self.queue.push(ServerFrame::from(page).encode(asked.reference));
            part = left;
        }
        Ok(())
    }

    fn settle(&self, asked: &Asked, conversation: ConversationId, outcome: Result<(), Error>) {
        let Err(error) = outcome else { return self.queue.release(conversation) };
        // Nothing may be let go without its replay: the client is told, and follows again.
        let line = self.line();
        if self.queue.abandon(conversation) {
            let topic = Topic::Conversation(asked.principal.organization(), conversation);
            self.app.hub.unfollow(topic, self.queue.id());
        }
        drop(line);
        fail(&self.queue, asked.reference, error.about(conversation));
    }
}
