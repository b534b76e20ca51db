//! The followers of one topic. Most topics have one or two, and there are many of those; all visitors of a busy site follow
//! one, and coming and going must not search through them.

use std::collections::HashMap;
use std::sync::Arc;

use super::{Audience, SendQueue, SocketId};

/// How many followers are searched through.
const FEW: usize = 8;

/// A socket that follows a topic.
pub(super) struct Follower {
    pub(super) queue: Arc<SendQueue>,
    /// The queue's id, without looking at the queue.
    socket: SocketId,
    pub(super) audience: Audience,
}

impl Follower {
    pub(super) fn new(queue: &Arc<SendQueue>, audience: Audience) -> Self {
        Self { socket: queue.id(), queue: Arc::clone(queue), audience }
    }

    pub(super) fn socket(&self) -> SocketId {
        self.socket
    }
}

/// The followers of one topic, each once.
#[allow(clippy::box_collection, reason = "a map takes 48 bytes where it is held, and most sockets never have this one")]
pub(super) enum Followers {
    One(Follower),
    /// Up to [`FEW`].
    Few(Vec<Follower>),
    Many(Box<HashMap<SocketId, Follower>>),
}

impl Default for Followers {
    fn default() -> Self {
        Self::Few(Vec::new())
    }
}

impl Followers {
    /// One more, in place of an earlier one with its socket.
    pub(super) fn insert(&mut self, follower: Follower) {
        match std::mem::take(self) {
            Self::Few(few) if few.is_empty() => *self = Self::One(follower),
            Self::One(one) if one.socket == follower.socket => *self = Self::One(follower),
            Self::One(one) => *self = Self::Few(vec![one, follower]),
            Self::Few(mut few) => {
                few.retain(|other| other.socket != follower.socket);
                few.push(follower);
                *self = if few.len() > FEW {
                    Self::Many(Box::new(few.into_iter().map(|follower| (follower.socket, follower)).collect()))
                } else {
                    Self::Few(few)
                };
            }
            Self::Many(mut many) => {
                many.insert(follower.socket, follower);
                *self = Self::Many(many);
            }
        }
    }

    /// One fewer, if it is among them; whether none is left.
    pub(super) fn remove(&mut self, socket: SocketId) -> bool {
        match self {
            Self::One(one) if one.socket == socket => *self = Self::default(),
            Self::One(_) => {}
            Self::Few(few) => few.retain(|follower| follower.socket != socket),
            Self::Many(many) => {
                many.remove(&socket);
            }
        }
        self.iter().next().is_none()
    }

    /// All of them.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Follower> {
        let (few, many) = match self {
            Self::One(one) => (std::slice::from_ref(one), None),
            Self::Few(few) => (few.as_slice(), None),
            Self::Many(many) => (&[][..], Some(many.values())),
        };
        few.iter().chain(many.into_iter().flatten())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hub::QueueLimits;

    #[test]
    fn each_is_there_once_however_many_there_are() {
        let mut followers = Followers::default();
        let follower = |id| Follower::new(&Arc::new(SendQueue::new(id, QueueLimits::default())), Audience::Visitor);
        let sockets = |followers: &Followers| {
            let mut sockets: Vec<SocketId> = followers.iter().map(Follower::socket).collect();
            sockets.sort_unstable();
            sockets
        };
        for count in 1..=20 {
            for _ in 0..2 {
                followers.insert(follower(count));
            }
            assert_eq!(sockets(&followers), (1..=count).collect::<Vec<_>>());
        }
        for gone in 1..=20 {
            assert!(!followers.remove(99));
            assert_eq!(followers.remove(gone), gone == 20);
            assert_eq!(sockets(&followers), (gone + 1..=20).collect::<Vec<_>>());
        }
        for id in [1, 2] {
            followers = Followers::default();
            followers.insert(follower(1));
            assert_eq!((followers.remove(id), sockets(&followers).len()), (id == 1, usize::from(id == 2)));
        }
    }
}
