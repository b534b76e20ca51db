//! Who follows what, and handing frames to them. The hub is in memory, sharded, and never waits: publishing is a few
//! map look-ups and a push per follower. It knows sockets only as [`SendQueue`]s, and neither storage nor services.

use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use dashmap::DashMap;
use protocol::code::CloseCode;
use protocol::id::{ConversationId, MemberId, OrganizationId};
use protocol::value::AgentCard;

pub mod heartbeat;
mod presence;
mod queue;

pub use queue::{Key, QueueLimits, SendQueue, Taken};

/// What can be followed. Whatever frames are published to belongs to one organization, so that none can cross tenants by
/// a forged id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Topic {
    /// A conversation: its entries, acknowledgements, receipts and typing.
    Conversation(OrganizationId, ConversationId),
    /// The organization's inbox: summaries.
    Inbox(OrganizationId),
    /// The organization's widgets: availability.
    Widgets(OrganizationId),
    /// Everything that one login opened, by its token's hash: closed when the login ends.
    Login([u8; 32]),
}

/// Which view of a frame a follower gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// A visitor: no notes, no answers.
    Visitor,
    /// A member of the organization.
    Agent,
}

/// Identifies a socket on this gateway, from 1; 0 stands for "no socket".
pub type SocketId = u32;

struct Follower {
    queue: Arc<SendQueue>,
    audience: Audience,
}

/// A frame to be published: its bytes for each audience, and how it may be queued.
#[derive(Clone, Debug)]
pub struct Publication {
    visitor: Bytes,
    agent: Bytes,
    queued: Queued,
}

#[derive(Clone, Copy, Debug)]
enum Queued {
    /// Kept in order, never dropped: the socket is closed before that.
    Durable,
    /// Only the newest with its key matters.
    Latest(Key),
}

impl Publication {
    /// A durable frame that looks the same to everybody.
    #[must_use]
    pub fn durable(frame: Bytes) -> Self {
        Self { visitor: frame.clone(), agent: frame, queued: Queued::Durable }
    }

    /// A durable frame with a visitor's view of its own.
    #[must_use]
    pub fn durable_for(visitor: Bytes, agent: Bytes) -> Self {
        Self { visitor, agent, queued: Queued::Durable }
    }

    /// A frame that replaces an unsent earlier one with the same key.
    #[must_use]
    pub fn latest(key: Key, frame: Bytes) -> Self {
        Self { visitor: frame.clone(), agent: frame, queued: Queued::Latest(key) }
    }
}

/// The followers of every topic, every socket, and which members are here.
#[derive(Default)]
pub struct Hub {
    /// By socket, because all visitors of a busy site follow one topic: coming and going must not search through them.
    followers: DashMap<Topic, HashMap<SocketId, Follower>>,
    sockets: DashMap<SocketId, Arc<SendQueue>>,
    present: DashMap<OrganizationId, HashMap<MemberId, presence::Present>>,
}

impl Hub {
    /// Makes a socket known, so that it can be reached by id.
    pub fn connect(&self, queue: &Arc<SendQueue>) {
        self.sockets.insert(queue.id(), Arc::clone(queue));
    }

    /// Forgets a socket and whatever it follows.
    pub fn disconnect(&self, socket: SocketId, topics: impl IntoIterator<Item = Topic>) {
        self.sockets.remove(&socket);
        for topic in topics {
            self.unfollow(topic, socket);
        }
    }

    /// A socket by its id.
    #[must_use]
    pub fn socket(&self, id: SocketId) -> Option<Arc<SendQueue>> {
        self.sockets.get(&id).map(|entry| Arc::clone(entry.value()))
    }

    /// Does something with every socket, such as a heartbeat or a goaway. It must not call the hub.
    pub fn for_each_socket(&self, mut act: impl FnMut(&SendQueue)) {
        self.sockets.iter().for_each(|entry| act(entry.value()));
    }

    /// From now on, what is published to `topic` reaches the socket. Following twice is following once.
    pub fn follow(&self, topic: Topic, queue: &Arc<SendQueue>, audience: Audience) {
        let follower = Follower { queue: Arc::clone(queue), audience };
        self.followers.entry(topic).or_default().insert(queue.id(), follower);
    }

    /// Ends that.
    pub fn unfollow(&self, topic: Topic, socket: SocketId) {
        self.followers.remove_if_mut(&topic, |_, followers| {
            followers.remove(&socket);
            followers.is_empty()
        });
    }

    /// Hands a frame to every follower of `topic` but `except`. Says whether `except` was among them.
    pub fn publish(&self, topic: Topic, publication: &Publication, except: SocketId) -> bool {
        let Some(followers) = self.followers.get(&topic) else { return false };
        for (socket, Follower { queue, audience }) in followers.iter() {
            if *socket == except {
                continue;
            }
            let frame = match audience {
                Audience::Visitor => &publication.visitor,
                Audience::Agent => &publication.agent,
            };
            match (topic, publication.queued) {
                // A socket that is still being replayed to gets live frames after the replay.
                (Topic::Conversation(_, id), Queued::Durable) => queue.push_behind_replay(id, frame.clone()),
                (_, Queued::Durable) => queue.push(frame.clone()),
                (_, Queued::Latest(key)) => queue.push_latest(key, frame.clone()),
            }
        }
        followers.contains_key(&except)
    }

    /// Closes every socket that follows `topic`.
    pub fn close(&self, topic: Topic, code: CloseCode) {
        if let Some(followers) = self.followers.get(&topic) {
            followers.values().for_each(|follower| follower.queue.close(code));
        }
    }

    /// A member's socket has come. Says whether it is the member's first here.
    pub fn arrive(&self, organization: OrganizationId, member: &AgentCard) -> bool {
        presence::arrive(&mut self.present.entry(organization).or_default(), member)
    }

    /// A member's socket has gone. Says whether it was the member's last here.
    pub fn leave(&self, organization: OrganizationId, member: MemberId) -> bool {
        let mut last = false;
        self.present.remove_if_mut(&organization, |_, members| {
            last = presence::leave(members, member);
            members.is_empty()
        });
        last
    }

    /// Up to `most` of the members who are here, by name.
    #[must_use]
    pub fn present(&self, organization: OrganizationId, most: usize) -> Vec<AgentCard> {
        self.present.get(&organization).map(|members| presence::cards(&members, most)).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queue(id: SocketId) -> Arc<SendQueue> {
        Arc::new(SendQueue::new(id, QueueLimits::default()))
    }

    fn ids() -> (OrganizationId, ConversationId) {
        (OrganizationId::generate(), ConversationId::generate())
    }

    #[test]
    fn a_publication_reaches_each_audience_with_its_view_and_skips_its_sender() {
        let hub = Hub::default();
        let (organization, conversation) = ids();
        let topic = Topic::Conversation(organization, conversation);
        let (visitor, agent, sender) = (queue(1), queue(2), queue(3));
        hub.follow(topic, &visitor, Audience::Visitor);
        hub.follow(topic, &agent, Audience::Agent);
        hub.follow(topic, &sender, Audience::Agent);
        let publication = Publication::durable_for(Bytes::from_static(b"hidden"), Bytes::from_static(b"note"));
        assert!(hub.publish(topic, &publication, 3));
        assert_eq!(visitor.take_now().frames, [Bytes::from_static(b"hidden")]);
        assert_eq!(agent.take_now().frames, [Bytes::from_static(b"note")]);
        assert!(sender.take_now().frames.is_empty());
    }

    #[test]
    fn the_same_conversation_id_in_another_organization_is_another_topic() {
        let hub = Hub::default();
        let (organization, conversation) = ids();
        let follower = queue(1);
        hub.follow(Topic::Conversation(organization, conversation), &follower, Audience::Agent);
        let foreign = Topic::Conversation(OrganizationId::generate(), conversation);
        hub.publish(foreign, &Publication::durable(Bytes::from_static(b"x")), 0);
        assert!(follower.take_now().frames.is_empty());
    }

    #[test]
    fn a_socket_that_left_follows_nothing_and_leaves_no_empty_topic() {
        let hub = Hub::default();
        let (organization, conversation) = ids();
        let topic = Topic::Conversation(organization, conversation);
        let follower = queue(1);
        hub.connect(&follower);
        hub.follow(topic, &follower, Audience::Agent);
        hub.follow(topic, &follower, Audience::Agent);
        hub.disconnect(1, [topic]);
        assert!(!hub.publish(topic, &Publication::durable(Bytes::from_static(b"x")), 1));
        assert_eq!((hub.followers.len(), hub.sockets.len()), (0, 0));
    }

    #[test]
    fn a_member_is_here_until_the_last_socket_leaves() {
        let hub = Hub::default();
        let organization = OrganizationId::generate();
        let card = AgentCard { id: MemberId::generate(), name: "Ada".into() };
        assert!(hub.arrive(organization, &card));
        assert!(!hub.arrive(organization, &card));
        assert!(!hub.leave(organization, card.id));
        assert_eq!(hub.present(organization, 5), std::slice::from_ref(&card));
        assert!(hub.leave(organization, card.id));
        assert!(hub.present(organization, 5).is_empty());
    }
}
