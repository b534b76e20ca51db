//! Frames that nobody waits for: they go out with what their socket is told next, or by themselves a little later. So the
//! answer to a send and the receipt that comes some milliseconds behind it are one write, and so are an entry and what the
//! commit of the one before it has to tell those who did not send it.

use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::Notify;
use tokio::time::sleep;

use super::{Haste, Hub, SendQueue};

/// How long such a frame waits, at least; at most twice as long. Longer than most commits take.
const PAUSE: Duration = Duration::from_millis(25);

/// The queues that hold such frames.
#[derive(Default)]
pub(super) struct Unhurried {
    listed: Mutex<Listed>,
    any: Notify,
}

#[derive(Default)]
struct Listed {
    /// Since the pause before this one: next to be hurried.
    before: Vec<Arc<SendQueue>>,
    now: Vec<Arc<SendQueue>>,
}

impl Unhurried {
    pub(super) fn add(&self, queue: &Arc<SendQueue>) {
        let mut listed = self.listed.lock().unwrap_or_else(PoisonError::into_inner);
        let first = listed.before.is_empty() && listed.now.is_empty();
        listed.now.push(Arc::clone(queue));
        drop(listed);
        if first {
            self.any.notify_one();
        }
    }

    /// Hurries those that have waited for a pause. Whether there are others.
    fn turn(&self) -> bool {
        let (due, others) = {
            let mut listed = self.listed.lock().unwrap_or_else(PoisonError::into_inner);
            let now = std::mem::take(&mut listed.now);
            let others = !now.is_empty();
            (std::mem::replace(&mut listed.before, now), others)
        };
        due.iter().for_each(|queue| queue.hurry());
        others
    }
}

impl Hub {
    /// Queues a durable frame for one socket, which is not woken for it: not before something else is queued for it, or
    /// [`Hub::hurry`] has its turn.
    pub fn push_unhurried(&self, queue: &Arc<SendQueue>, frame: Bytes) {
        if queue.push_in(Haste::Later, frame) {
            self.unhurried.add(queue);
        }
    }

    /// Sees to it that no such frame waits for long, for as long as it is polled.
    pub async fn hurry(&self) -> Infallible {
        loop {
            self.unhurried.any.notified().await;
            while self.unhurried.turn() {
                sleep(PAUSE).await;
            }
        }
    }
}
