//! What stands behind a send that was refused for now, by whatever rule: it is refused as well until that one comes again,
//! so that nothing that somebody wrote later is taken before it.

use std::collections::{HashMap, VecDeque};
use std::hash::BuildHasher;
use std::time::{Duration, Instant};

use protocol::frame::Error;
use protocol::id::ConversationId;

/// How long a refused send holds back those behind it: longer than its sender waits before sending it again. Whoever
/// gives it up instead may go on then.
const HELD_BACK: Duration = Duration::from_secs(10);

/// The sends of a socket that were refused for now, by conversation. As many are noted as a socket may have without their
/// `stored`: nobody who keeps to that window has more of them. Past it, those that could not be noted may be overtaken.
#[allow(clippy::box_collection, reason = "a map takes 48 bytes where it is held, and most sockets never have this one")]
#[derive(Debug)]
pub(super) struct Behind {
    room: u32,
    /// Made with the first: most sockets are refused nothing.
    refused: Option<Box<HashMap<ConversationId, Refused>>>,
}

#[derive(Debug)]
struct Refused {
    /// Hashes of their keys, which are shorter, in the order in which they came first. The first of them is to come
    /// again first.
    client_ids: VecDeque<u64>,
    error: Error,
    until: Instant,
}

impl Behind {
    /// With room for so many sends.
    pub(super) fn new(room: u32) -> Self {
        Self { room, refused: None }
    }

    /// Why a send has to wait, if another one of its conversation was refused before it and has not come again.
    pub(super) fn why(&mut self, conversation: ConversationId, client_id: &str, now: Instant) -> Option<Error> {
        let all = self.refused.as_mut()?;
        let client_id = all.hasher().hash_one(client_id);
        let refused = all.get(&conversation)?;
        if now >= refused.until {
            all.remove(&conversation);
            return None;
        }
        if refused.client_ids.front() == Some(&client_id) {
            return None;
        }
        let error = refused.error.clone();
        if !refused.client_ids.contains(&client_id) && has_room(all, self.room, now) {
            all.get_mut(&conversation)?.client_ids.push_back(client_id);
        }
        Some(error)
    }

    /// A send was refused that stood behind no other.
    pub(super) fn refuse(&mut self, conversation: ConversationId, client_id: &str, error: Error, now: Instant) {
        let until = now + HELD_BACK;
        let all = self.refused.get_or_insert_default();
        if let Some(refused) = all.get_mut(&conversation) {
            (refused.error, refused.until) = (error, until);
        } else if has_room(all, self.room, now) {
            let client_ids = VecDeque::from([all.hasher().hash_one(client_id)]);
            all.insert(conversation, Refused { client_ids, error, until });
        }
    }

    /// A send was taken that stood behind no other: the next one may come.
    pub(super) fn take(&mut self, conversation: ConversationId, now: Instant) {
        let Some(all) = &mut self.refused else { return };
        let Some(refused) = all.get_mut(&conversation) else { return };
        refused.client_ids.pop_front();
        refused.until = now + HELD_BACK;
        if refused.client_ids.is_empty() {
            all.remove(&conversation);
        }
        if all.is_empty() {
            self.refused = None;
        }
    }
}

/// Whether one more can be noted; what nobody came back to is forgotten first.
fn has_room(all: &mut HashMap<ConversationId, Refused>, room: u32, now: Instant) -> bool {
    let noted = |all: &HashMap<_, Refused>| all.values().map(|refused| refused.client_ids.len()).sum::<usize>();
    let room = room as usize;
    if noted(all) >= room {
        all.retain(|_, refused| now < refused.until);
    }
    noted(all) < room
}

#[cfg(test)]
mod tests {
    use protocol::code::ErrorCode;

    use super::*;

    const ROOM: u32 = 100;

    fn unavailable() -> Error {
        Error::new(ErrorCode::Unavailable, "later").retry_after(50)
    }

    #[test]
    fn what_comes_behind_a_refused_send_waits_until_that_one_was_taken() {
        let (mut behind, now) = (Behind::new(ROOM), Instant::now());
        let (conversation, other) = (ConversationId::generate(), ConversationId::generate());
        assert_eq!(behind.why(conversation, "a", now), None);
        behind.refuse(conversation, "a", unavailable(), now);
        assert_eq!(behind.why(conversation, "b", now), Some(unavailable()));
        assert_eq!(behind.why(other, "b", now), None, "another conversation has an order of its own");
        assert_eq!(behind.why(conversation, "a", now), None);
        behind.take(conversation, now);
        assert_eq!(behind.why(conversation, "b", now), None);
    }

    /// A sender that brings the first one again may not have heard yet that those behind it were refused as well.
    #[test]
    fn those_that_were_refused_come_again_in_their_order_before_any_new_one() {
        let (mut behind, now) = (Behind::new(ROOM), Instant::now());
        let conversation = ConversationId::generate();
        behind.refuse(conversation, "a", unavailable(), now);
        for later in ["b", "c", "b"] {
            assert_eq!(behind.why(conversation, later, now), Some(unavailable()));
        }
        for (next, others) in [("a", ["b", "new"]), ("b", ["c", "new"]), ("c", ["newer", "new"])] {
            for other in others {
                assert_eq!(behind.why(conversation, other, now), Some(unavailable()), "{other} before {next}");
            }
            assert_eq!(behind.why(conversation, next, now), None);
            behind.take(conversation, now);
        }
        // These two came while others stood before them, and are next in the order in which they came.
        assert_eq!(behind.why(conversation, "newer", now), Some(unavailable()));
        assert_eq!(behind.why(conversation, "new", now), None);
    }

    #[test]
    fn so_many_sends_are_noted_and_no_more() {
        let (mut behind, now) = (Behind::new(ROOM), Instant::now());
        let conversation = ConversationId::generate();
        behind.refuse(conversation, "first", unavailable(), now);
        for number in 0..2 * ROOM {
            assert_eq!(behind.why(conversation, &number.to_string(), now), Some(unavailable()));
        }
        let other = ConversationId::generate();
        behind.refuse(other, "other", unavailable(), now);
        assert_eq!(behind.refused.as_ref().unwrap()[&conversation].client_ids.len(), ROOM as usize);
        assert_eq!(behind.why(other, "later", now), None, "there was no room for it");
        behind.refuse(other, "other", unavailable(), now + HELD_BACK);
        assert_eq!(behind.why(other, "later", now + HELD_BACK), Some(unavailable()));
    }

    #[test]
    fn whoever_gives_a_refused_send_up_may_go_on_some_time_later() {
        let (mut behind, now) = (Behind::new(ROOM), Instant::now());
        let conversation = ConversationId::generate();
        behind.refuse(conversation, "a", unavailable(), now);
        let refused_again = now + HELD_BACK / 2;
        behind.refuse(conversation, "a", unavailable(), refused_again);
        assert_eq!(behind.why(conversation, "b", now + HELD_BACK), Some(unavailable()));
        assert_eq!(behind.why(conversation, "b", refused_again + HELD_BACK), None);
    }
}
