//! What a session follows. Most follow two topics or three, and there are many sessions: a set would be mostly room.

use std::collections::HashSet;

use crate::hub::Topic;

/// How many topics are searched through.
const FEW: usize = 8;

/// The topics of one session, each once.
#[allow(clippy::box_collection, reason = "a map takes 48 bytes where it is held, and most sockets never have this one")]
#[derive(Debug, Default)]
pub(super) struct Topics {
    /// Up to [`FEW`].
    few: Vec<Topic>,
    /// The others.
    many: Option<Box<HashSet<Topic>>>,
}

impl Topics {
    /// One more, unless it is there.
    pub(super) fn insert(&mut self, topic: Topic) {
        if self.contains(&topic) {
            return;
        }
        if self.few.len() < FEW {
            // Not room for four at once, which is what a vector takes first.
            self.few.reserve_exact(1);
            self.few.push(topic);
        } else {
            self.many.get_or_insert_default().insert(topic);
        }
    }

    /// One fewer, if it is there.
    pub(super) fn remove(&mut self, topic: &Topic) {
        self.few.retain(|other| other != topic);
        if let Some(many) = &mut self.many {
            many.remove(topic);
        }
    }

    /// Whether it is among them.
    pub(super) fn contains(&self, topic: &Topic) -> bool {
        self.few.contains(topic) || self.many.as_ref().is_some_and(|many| many.contains(topic))
    }

    /// All of them.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Topic> {
        self.few.iter().chain(self.many.iter().flat_map(|many| many.iter()))
    }

    /// Takes all of them.
    pub(super) fn drain(&mut self) -> impl Iterator<Item = Topic> + use<> {
        let Self { few, many } = std::mem::take(self);
        few.into_iter().chain(many.into_iter().flat_map(|many| *many))
    }

    /// Takes those that `chosen` chooses.
    pub(super) fn take_if(&mut self, chosen: impl Fn(&Topic) -> bool) -> Vec<Topic> {
        let (taken, left): (Vec<Topic>, Vec<Topic>) = self.drain().partition(chosen);
        left.into_iter().for_each(|topic| self.insert(topic));
        taken
    }
}

#[cfg(test)]
mod tests {
    use protocol::id::{ConversationId, OrganizationId};

    use super::*;

    #[test]
    fn each_is_there_once_however_many_there_are() {
        let (mut topics, organization) = (Topics::default(), OrganizationId::generate());
        let inbox = Topic::Inbox(organization);
        let all: Vec<Topic> =
            (0..20).map(|_| Topic::Conversation(organization, ConversationId::generate())).chain([inbox]).collect();
        for topic in all.iter().chain(&all) {
            topics.insert(*topic);
        }
        let sorted = |topics: Vec<Topic>| {
            let mut names: Vec<String> = topics.iter().map(|topic| format!("{topic:?}")).collect();
            names.sort();
            names
        };
        assert_eq!(sorted(topics.iter().copied().collect()), sorted(all.clone()));
        for gone in [0, 12] {
            topics.remove(&all[gone]);
            assert!(!topics.contains(&all[gone]) && topics.contains(&all[gone + 1]));
        }
        let conversations = topics.take_if(|topic| matches!(topic, Topic::Conversation(..))).len();
        assert_eq!((conversations, topics.drain().collect::<Vec<_>>()), (18, vec![inbox]));
        assert_eq!(topics.iter().count(), 0);
    }
}
