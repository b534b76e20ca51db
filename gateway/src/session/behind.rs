//! What stands behind a send that was refused for now: it is refused as well until that one comes again, so that nothing
//! that somebody wrote later is taken before it.

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

use protocol::frame::Error;
use protocol::id::ConversationId;

/// How long a refused send holds back those behind it: longer than its sender waits before sending it again. Whoever
/// gives it up instead may go on then.
const HELD_BACK: Duration = Duration::from_secs(10);
/// Conversations of one socket in which a send was refused. Past it, those that could not be noted hold nothing back.
const CONVERSATIONS: usize = 100;
/// Sends of one conversation that are noted. A sender may bring a later one before it has heard that these were refused;
/// past it, those that could not be noted may be overtaken so.
const SENDS: usize = 250;

/// The sends of a socket that were refused for now, by conversation.
#[allow(clippy::box_collection, reason = "a map takes 48 bytes where it is held, and most sockets never have this one")]
#[derive(Debug, Default)]
pub(super) struct Behind {
    /// Made with the first: most sockets are refused nothing.
    refused: Option<Box<HashMap<ConversationId, Refused>>>,
}

#[derive(Debug)]
struct Refused {
    /// Their keys in the order in which they came first. The first of them is to come again first.
    client_ids: VecDeque<String>,
    error: Error,
    until: Instant,
}

impl Behind {
    /// Why a send has to wait, if another one of its conversation was refused before it and has not come again.
    pub(super) fn why(&mut self, conversation: ConversationId, client_id: &str, now: Instant) -> Option<Error> {
        let all = self.refused.as_mut()?;
        let refused = all.get_mut(&conversation)?;
        if now >= refused.until {
            all.remove(&conversation);
            return None;
        }
        if refused.client_ids.front().is_some_and(|first| first == client_id) {
            return None;
        }
        if refused.client_ids.len() < SENDS && refused.client_ids.iter().all(|noted| noted != client_id) {
            refused.client_ids.push_back(client_id.to_owned());
        }
        Some(refused.error.clone())
    }

    /// A send was refused that stood behind no other.
    pub(super) fn refuse(&mut self, conversation: ConversationId, client_id: String, error: Error, now: Instant) {
        let until = now + HELD_BACK;
        let all = self.refused.get_or_insert_default();
        if let Some(refused) = all.get_mut(&conversation) {
            (refused.error, refused.until) = (error, until);
            return;
        }
        if all.len() >= CONVERSATIONS {
            all.retain(|_, refused| now < refused.until);
        }
        if all.len() < CONVERSATIONS {
            all.insert(conversation, Refused { client_ids: VecDeque::from([client_id]), error, until });
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
    }
}

#[cfg(test)]
mod tests {
    use protocol::code::ErrorCode;

    use super::*;

    fn unavailable() -> Error {
        Error::new(ErrorCode::Unavailable, "later").retry_after(50)
    }

    #[test]
    fn what_comes_behind_a_refused_send_waits_until_that_one_was_taken() {
        let (mut behind, now) = (Behind::default(), Instant::now());
        let (conversation, other) = (ConversationId::generate(), ConversationId::generate());
        assert_eq!(behind.why(conversation, "a", now), None);
        behind.refuse(conversation, "a".into(), unavailable(), now);
        assert_eq!(behind.why(conversation, "b", now), Some(unavailable()));
        assert_eq!(behind.why(other, "b", now), None, "another conversation has an order of its own");
        assert_eq!(behind.why(conversation, "a", now), None);
        behind.take(conversation, now);
        assert_eq!(behind.why(conversation, "b", now), None);
    }

    /// A sender that brings the first one again may not have heard yet that those behind it were refused as well.
    #[test]
    fn those_that_were_refused_come_again_in_their_order_before_any_new_one() {
        let (mut behind, now) = (Behind::default(), Instant::now());
        let conversation = ConversationId::generate();
        behind.refuse(conversation, "a".into(), unavailable(), now);
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
        let (mut behind, now) = (Behind::default(), Instant::now());
        let conversation = ConversationId::generate();
        behind.refuse(conversation, "first".into(), unavailable(), now);
        for number in 0..2 * SENDS {
            assert_eq!(behind.why(conversation, &number.to_string(), now), Some(unavailable()));
        }
        assert_eq!(behind.refused.unwrap()[&conversation].client_ids.len(), SENDS);
    }

    #[test]
    fn whoever_gives_a_refused_send_up_may_go_on_some_time_later() {
        let (mut behind, now) = (Behind::default(), Instant::now());
        let conversation = ConversationId::generate();
        behind.refuse(conversation, "a".into(), unavailable(), now);
        let refused_again = now + HELD_BACK / 2;
        behind.refuse(conversation, "a".into(), unavailable(), refused_again);
        assert_eq!(behind.why(conversation, "b", now + HELD_BACK), Some(unavailable()));
        assert_eq!(behind.why(conversation, "b", refused_again + HELD_BACK), None);
    }

    #[test]
    fn as_many_conversations_are_noted_as_there_is_room_for() {
        let (mut behind, now) = (Behind::default(), Instant::now());
        let all: Vec<_> = (0..=CONVERSATIONS).map(|_| ConversationId::generate()).collect();
        for conversation in &all {
            behind.refuse(*conversation, "a".into(), unavailable(), now);
        }
        assert_eq!(behind.why(all[0], "b", now), Some(unavailable()));
        assert_eq!(behind.why(all[CONVERSATIONS], "b", now), None);
        behind.refuse(all[CONVERSATIONS], "a".into(), unavailable(), now + HELD_BACK);
        assert_eq!(behind.why(all[CONVERSATIONS], "b", now + HELD_BACK), Some(unavailable()));
    }
}
