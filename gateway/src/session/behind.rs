//! What stands behind a send that was refused for now: it is refused as well until that one comes again, so that nothing
//! that somebody wrote later is taken before it.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use protocol::frame::Error;
use protocol::id::ConversationId;

/// How long a refused send holds back those behind it: longer than its sender waits before sending it again. Whoever
/// gives it up instead may go on then.
const HELD_BACK: Duration = Duration::from_secs(10);
/// Conversations of one socket in which a send was refused. Past it, those that could not be noted hold nothing back.
const CONVERSATIONS: usize = 100;

/// The sends of a socket that were refused for now: of each conversation the first.
#[derive(Debug, Default)]
pub(super) struct Behind {
    refused: HashMap<ConversationId, Refused>,
}

#[derive(Debug)]
struct Refused {
    client_id: String,
    error: Error,
    until: Instant,
}

impl Behind {
    /// Why a send has to wait, if another one of its conversation was refused before it and has not come again.
    pub(super) fn why(&mut self, conversation: ConversationId, client_id: &str, now: Instant) -> Option<Error> {
        let first = self.refused.get(&conversation)?;
        if now >= first.until {
            self.refused.remove(&conversation);
            return None;
        }
        (first.client_id != client_id).then(|| first.error.clone())
    }

    /// A send was refused that stood behind no other.
    pub(super) fn refuse(&mut self, conversation: ConversationId, client_id: String, error: Error, now: Instant) {
        if self.refused.len() >= CONVERSATIONS {
            self.refused.retain(|_, refused| now < refused.until);
        }
        if self.refused.len() < CONVERSATIONS || self.refused.contains_key(&conversation) {
            self.refused.insert(conversation, Refused { client_id, error, until: now + HELD_BACK });
        }
    }

    /// A send was taken that stood behind no other.
    pub(super) fn take(&mut self, conversation: ConversationId) {
        self.refused.remove(&conversation);
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
        behind.take(conversation);
        assert_eq!(behind.why(conversation, "b", now), None);
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
