//! What is on its way to one socket. Three queues, because not all frames are alike: control frames go first, durable
//! ones keep their order and are never dropped, and of the latest-wins ones only the newest with its key is sent.
//!
//! A reader that does not keep up costs bounded memory: past the bound the socket is closed with "slow, resume", and
//! the client's cursor brings back what it missed. What the socket's writer has taken counts until it has been written.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use bytes::Bytes;
use protocol::code::CloseCode;
use protocol::id::ConversationId;
use tokio::sync::Notify;

use super::SocketId;
use unstored::Unstored;
use waiting::Waiting;

mod key;
mod latest;
mod limits;
mod unstored;
mod waiting;

pub use key::Key;
pub use limits::QueueLimits;

/// Which share of the durable bytes' bound counts as few: one in so many.
const LOW_WATER_SHARE: usize = 16;
/// Most control frames that may wait for one socket: heartbeats, and answers to its own pings.
const CONTROL_FRAMES: usize = 64;
/// When a frame goes out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Haste {
    /// At once.
    Now,
    /// With what goes out next, or once it is hurried: nobody waits for it.
    Later,
}

/// The outgoing side of one socket.
pub struct SendQueue {
    id: SocketId,
    limits: QueueLimits,
    opened: Instant,
    /// Seconds after `opened` at which the peer was last heard.
    heard: AtomicU32,
    unstored: Unstored,
    waiting: Mutex<Waiting>,
    /// What `waiting` says of a close and of ended conversations: asked for each frame, so without its lock.
    closing: AtomicBool,
    ended: AtomicBool,
    room: Notify,
}

/// What a socket should write next.
#[derive(Debug, Default)]
pub struct Taken {
    /// Frames, in the order in which they are to be written.
    pub frames: Vec<Bytes>,
    /// Their bytes: to be given back when they have been written.
    pub bytes: usize,
    /// Close the socket after them.
    pub close: Option<CloseCode>,
}

impl SendQueue {
    /// An empty queue for the socket `id`.
    #[must_use]
    pub fn new(id: SocketId, limits: QueueLimits) -> Self {
        Self {
            id,
            limits,
            opened: Instant::now(),
            heard: AtomicU32::new(0),
            unstored: Unstored::default(),
            waiting: Mutex::default(),
            closing: AtomicBool::new(false),
            ended: AtomicBool::new(false),
            room: Notify::new(),
        }
    }

    /// The socket's id.
    #[must_use]
    pub fn id(&self) -> SocketId {
        self.id
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        // Nothing panics while holding it; if something did, the queue is still whole.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Queues a frame that goes before all others: heartbeats, goaway.
    pub fn push_control(&self, frame: Bytes) {
        let mut waiting = self.waiting();
        if waiting.closing.is_some() {
            return;
        }
        if waiting.control.len() >= CONTROL_FRAMES {
            return self.begin_close(waiting, CloseCode::Slow);
        }
        waiting.control.push(frame);
        wake(waiting);
    }

    /// Queues a durable frame that goes out at once.
    pub fn push(&self, frame: Bytes) {
        self.push_in(Haste::Now, frame);
    }

    /// Queues a durable frame that goes out in its own time. As [`SendQueue::push_latest`], of what is to be done.
    pub fn push_in(&self, haste: Haste, frame: Bytes) -> bool {
        let Some(mut waiting) = self.admit(frame.len()) else { return false };
        let first = waiting.is_empty();
        waiting.durable.push_back(frame);
        queued(waiting, haste, first)
    }

    /// What was queued without waking the writer has waited long enough.
    pub fn hurry(&self) {
        let waiting = self.waiting();
        if waiting.unhurried {
            wake(waiting);
        }
    }

    /// Queues a durable frame of a conversation: behind the replay, if one is under way. As [`SendQueue::push_latest`], of
    /// what is to be done.
    pub fn push_behind_replay(&self, conversation: ConversationId, haste: Haste, frame: Bytes) -> bool {
        let Some(mut waiting) = self.admit(frame.len()) else { return false };
        if let Some(held) = waiting.held.get_mut(&conversation) {
            held.frames.push(frame);
            return false;
        }
        let first = waiting.is_empty();
        waiting.durable.push_back(frame);
        queued(waiting, haste, first)
    }

    /// Queues a frame in place of an unsent one with the same key. Whether it is the first that waits without hurry: then
    /// somebody has to call [`SendQueue::hurry`] before long.
    pub fn push_latest(&self, key: Key, haste: Haste, frame: Bytes) -> bool {
        let mut waiting = self.waiting();
        if waiting.closing.is_some() {
            return false;
        }
        if !waiting.latest.fits(&key, &frame, &self.limits) {
            if !key.passing() {
                self.begin_close(waiting, CloseCode::Slow);
            }
            return false;
        }
        let first = waiting.is_empty();
        waiting.latest.put(key, frame);
        queued(waiting, haste, first)
    }

    /// A replay of the conversation begins: from now on, its live frames wait.
    pub fn hold(&self, conversation: ConversationId) {
        self.waiting().held.entry(conversation).or_default().replays += 1;
    }

    /// A replay has been queued: what was held follows the last of them.
    pub fn release(&self, conversation: ConversationId) {
        let mut waiting = self.waiting();
        if let Some(held) = waiting.end_replay(conversation)
            && !held.frames.is_empty()
        {
            waiting.durable.extend(held.frames);
            wake(waiting);
        }
    }

    /// A replay failed. When it was the last, what was held is dropped, and the answer is that the conversation must
    /// not be followed any longer: whoever follows again gets it all from the log.
    pub fn abandon(&self, conversation: ConversationId) -> bool {
        let mut waiting = self.waiting();
        let Some(held) = waiting.end_replay(conversation) else { return false };
        waiting.durable_bytes -= held.frames.iter().map(Bytes::len).sum::<usize>();
        true
    }

    /// A conversation is there no longer: whoever remembers it for this socket is to forget it.
    pub fn end(&self, conversation: ConversationId) {
        self.waiting().ended.push(conversation);
        self.ended.store(true, Ordering::Release);
    }

    /// What has ended since this was asked for last.
    pub fn take_ended(&self) -> Vec<ConversationId> {
        if !self.ended.load(Ordering::Acquire) {
            return Vec::new();
        }
        let mut waiting = self.waiting();
        self.ended.store(false, Ordering::Release);
        std::mem::take(&mut waiting.ended)
    }

    /// Waits until few durable frames are left but those that are held, or the socket is closing: whoever has much to
    /// say waits here between two pages. Not until there are none: on a busy socket that might never be.
    pub async fn drained(&self) {
        loop {
            let room = self.room.notified();
            tokio::pin!(room);
            room.as_mut().enable();
            {
                let mut waiting = self.waiting();
                let few = waiting.durable_bytes + waiting.taken_bytes - waiting.behind_replays()
                    <= self.limits.durable_bytes / LOW_WATER_SHARE;
                if few || waiting.closing.is_some() {
                    return;
                }
                waiting.wants_room = true;
            }
            room.await;
        }
    }

    /// Where a durable frame may be queued; begins the close when the bound is passed.
    fn admit(&self, bytes: usize) -> Option<MutexGuard<'_, Waiting>> {
        let mut waiting = self.waiting();
        if waiting.closing.is_some() {
            return None;
        }
        if waiting.durable_bytes + waiting.taken_bytes + bytes > self.limits.durable_bytes {
            self.begin_close(waiting, CloseCode::Slow);
            return None;
        }
        waiting.durable_bytes += bytes;
        Some(waiting)
    }

    /// Closes the socket after what is queued has been written. The first reason counts.
    pub fn close(&self, code: CloseCode) {
        let waiting = self.waiting();
        if waiting.closing.is_none() {
            self.begin_close(waiting, code);
        }
    }

    fn begin_close(&self, mut waiting: MutexGuard<'_, Waiting>, code: CloseCode) {
        let writer = waiting.writer.take();
        waiting.closing = Some(code);
        if code == CloseCode::Slow {
            // The client resumes by cursor: what it has not read yet only holds memory.
            *waiting = Waiting { closing: Some(code), taken_bytes: waiting.taken_bytes, ..Waiting::default() };
        }
        self.closing.store(true, Ordering::Release);
        drop(waiting);
        self.room.notify_waiters();
        writer.into_iter().for_each(Waker::wake);
    }

    /// Whether a close has begun: nothing more is queued or worth processing.
    #[must_use]
    pub fn closing(&self) -> bool {
        self.closing.load(Ordering::Acquire)
    }

    /// Why the socket is closed, once a close has begun.
    #[must_use]
    pub fn close_code(&self) -> Option<CloseCode> {
        self.waiting().closing
    }

    /// Ready when a close has begun. The one task that writes to the socket is woken by that.
    pub fn poll_closing(&self, context: &Context<'_>) -> Poll<()> {
        let mut waiting = self.waiting();
        if waiting.closing.is_some() {
            return Poll::Ready(());
        }
        waiting.sleep(context, false);
        Poll::Pending
    }

    /// Bytes of all frames that wait for the socket, held, latest-wins and taken ones included.
    #[must_use]
    pub fn held_bytes(&self) -> usize {
        let waiting = self.waiting();
        let control: usize = waiting.control.iter().map(Bytes::len).sum();
        control + waiting.durable_bytes + waiting.latest.bytes() + waiting.taken_bytes
    }

    /// Puts what is to be written next into `frames`, and says how many bytes it is; `None` once a close has begun. The one
    /// task that writes to the socket is woken when there is something. `written` bytes of what it took before have been
    /// written.
    pub fn poll_take(&self, context: &Context<'_>, frames: &mut Vec<Bytes>, written: usize) -> Poll<Option<usize>> {
        let mut waiting = self.waiting();
        if written > 0 {
            self.give_back(&mut waiting, written);
        }
        if waiting.closing.is_some() {
            return Poll::Ready(None);
        }
        let bytes = if waiting.unhurried { 0 } else { waiting.take(frames) };
        if frames.is_empty() {
            waiting.sleep(context, true);
            return Poll::Pending;
        }
        Poll::Ready(Some(bytes))
    }

    /// Takes what is to be written next: control frames, then as much of the durable and of the latest-wins ones as
    /// makes a good write. `close` comes with the last of them.
    pub fn take_now(&self) -> Taken {
        let mut waiting = self.waiting();
        let mut frames = Vec::new();
        let bytes = waiting.take(&mut frames);
        let emptied = waiting.durable.is_empty() && waiting.latest.is_empty();
        Taken { frames, bytes, close: waiting.closing.filter(|_| emptied) }
    }

    /// So many of the bytes that were taken have been written, or dropped.
    pub fn written(&self, bytes: usize) {
        self.give_back(&mut self.waiting(), bytes);
    }

    fn give_back(&self, waiting: &mut Waiting, bytes: usize) {
        waiting.taken_bytes -= bytes;
        if std::mem::take(&mut waiting.wants_room) {
            self.room.notify_waiters();
        }
    }

    /// The peer said something: any byte counts as life.
    pub fn hear(&self) {
        self.heard.store(self.age_seconds(), Ordering::Relaxed);
    }

    /// For how many seconds the peer has been silent.
    #[must_use]
    pub fn silent_seconds(&self) -> u32 {
        self.age_seconds().saturating_sub(self.heard.load(Ordering::Relaxed))
    }

    fn age_seconds(&self) -> u32 {
        u32::try_from(self.opened.elapsed().as_secs()).unwrap_or(u32::MAX)
    }

    /// Counts one more unstored entry with a text of `bytes`, unless `most` or the bytes' bound are there already.
    #[must_use]
    pub fn begin_store(&self, most: u32, bytes: usize) -> bool {
        self.unstored.begin(most, self.limits.unstored_bytes, bytes)
    }

    /// One entry of this socket's, with a text of `bytes`, was stored or given up.
    pub fn end_store(&self, bytes: usize) {
        self.unstored.end(bytes);
    }
}

/// Sees to a frame that was put in, the `first` that waits or not. Whether somebody has to hurry it later.
fn queued(mut waiting: MutexGuard<'_, Waiting>, haste: Haste, first: bool) -> bool {
    match haste {
        Haste::Now => {
            wake(waiting);
            false
        }
        Haste::Later => {
            waiting.unhurried |= first;
            first
        }
    }
}

/// Wakes the writer, if it sleeps, once others may look at the queue again.
fn wake(mut waiting: MutexGuard<'_, Waiting>) {
    waiting.unhurried = false;
    let writer = waiting.wake();
    drop(waiting);
    writer.into_iter().for_each(Waker::wake);
}

#[cfg(test)]
mod tests;
