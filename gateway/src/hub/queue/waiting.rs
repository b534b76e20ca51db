//! What waits for one socket, and whom to wake for it.

use std::collections::{HashMap, VecDeque};
use std::task::{Context, Waker};

use bytes::Bytes;
use protocol::code::CloseCode;
use protocol::id::ConversationId;

use super::latest::Latest;

/// Most bytes of durable, and of latest-wins frames, that the writer takes at a time, give or take a frame: what comes
/// after, such as a heartbeat, need not wait behind more in the gateway. Behind what the system holds unsent for the
/// connection, which may be megabytes, it waits besides.
pub(super) const TAKEN_BYTES: usize = 96 * 1024;

/// What waits for one socket, under the queue's lock.
#[derive(Default)]
pub(super) struct Waiting {
    /// Heartbeats and the like, which go before all others.
    pub(super) control: Vec<Bytes>,
    /// Frames that keep their order and are never dropped.
    pub(super) durable: VecDeque<Bytes>,
    pub(super) latest: Latest,
    /// Live frames of conversations that are being replayed, until their replays have been queued.
    pub(super) held: HashMap<ConversationId, Held>,
    /// Nobody waits for any of the frames that wait: the writer need not know of them yet.
    pub(super) unhurried: bool,
    /// Of durable frames that wait, held ones included.
    pub(super) durable_bytes: usize,
    /// Of all frames that the writer has taken and not written yet.
    pub(super) taken_bytes: usize,
    pub(super) closing: Option<CloseCode>,
    /// Conversations that have ended and that its session may still remember.
    pub(super) ended: Vec<ConversationId>,
    /// Whom to wake when the close begins: the socket's writer, while it sleeps.
    pub(super) writer: Option<Waker>,
    /// Whether it wants to be woken by frames as well: not while the system takes no more.
    pub(super) wants_frames: bool,
    /// Whether somebody waits for room.
    pub(super) wants_room: bool,
}

impl Waiting {
    /// The writer, if it sleeps and is to be woken by a frame.
    #[must_use]
    pub(super) fn wake(&mut self) -> Option<Waker> {
        if self.wants_frames { self.writer.take() } else { None }
    }

    /// The writer goes to sleep.
    pub(super) fn sleep(&mut self, context: &Context<'_>, wants_frames: bool) {
        self.wants_frames = wants_frames;
        if self.writer.as_ref().is_none_or(|writer| !writer.will_wake(context.waker())) {
            self.writer = Some(context.waker().clone());
        }
    }

    /// Whether there is nothing to be written.
    pub(super) fn is_empty(&self) -> bool {
        self.control.is_empty() && self.durable.is_empty() && self.latest.is_empty()
    }

    /// Moves what is to be written next to `frames`: how many bytes it is.
    pub(super) fn take(&mut self, frames: &mut Vec<Bytes>) -> usize {
        // An idle socket keeps no room for frames: there are many of those.
        frames.append(&mut std::mem::take(&mut self.control));
        let mut durable = 0;
        let fits = |taken: usize, next: &Bytes| taken == 0 || taken + next.len() <= TAKEN_BYTES;
        while self.durable.front().is_some_and(|next| fits(durable, next))
            && let Some(frame) = self.durable.pop_front()
        {
            durable += frame.len();
            frames.push(frame);
        }
        if self.durable.is_empty() {
            self.durable = VecDeque::new();
        }
        self.unhurried = false;
        self.durable_bytes -= durable;
        self.latest.take(TAKEN_BYTES, frames);
        let bytes = frames.iter().map(Bytes::len).sum();
        self.taken_bytes += bytes;
        bytes
    }

    /// One of a conversation's replays has ended: what was held back, if it was the last.
    pub(super) fn end_replay(&mut self, conversation: ConversationId) -> Option<Held> {
        let held = self.held.get_mut(&conversation)?;
        held.replays -= 1;
        if held.replays > 0 { None } else { self.held.remove(&conversation) }
    }

    /// Bytes behind replays.
    pub(super) fn behind_replays(&self) -> usize {
        self.held.values().flat_map(|held| &held.frames).map(Bytes::len).sum()
    }
}

/// What waits behind the replays of one conversation.
#[derive(Default)]
pub(super) struct Held {
    pub(super) frames: Vec<Bytes>,
    /// Replays under way: a client may ask for several.
    pub(super) replays: usize,
}
