//! Who follows what, and handing frames to them. The hub is in memory, sharded, and never waits: publishing is a few
//! map look-ups and a push per follower. It knows sockets only as [`SendQueue`]s, and neither storage nor services.

use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use dashmap::DashMap;
use protocol::code::CloseCode;
use protocol::id::{ConversationId, OrganizationId, VisitorId};

mod followed;
mod followers;
mod presence;
mod queue;
mod topic;
mod unhurried;
mod visitors;

pub use followed::Followed;
pub use queue::{Haste, Key, QueueLimits, SendQueue, Taken};
pub use topic::{Audience, Publication, Topic};
pub use visitors::Visit;

use followers::{Follower, Followers};
use topic::Queued;

/// Identifies a socket on this gateway, from 1; 0 stands for "no socket".
pub type SocketId = u32;

struct Socket {
    queue: Arc<SendQueue>,
    /// Boxed, because most sockets follow no conversation.
    followed: Option<Box<Followed>>,
    /// The visitor that it stands for, if it is one's.
    visitor: Option<VisitorId>,
}

/// The followers of every topic, every socket, and who is here: members and visitors.
#[derive(Default)]
pub struct Hub {
    followers: DashMap<Topic, Followers>,
    sockets: DashMap<SocketId, Socket>,
    present: DashMap<OrganizationId, presence::Members>,
    sites: DashMap<OrganizationId, visitors::Site>,
    unhurried: unhurried::Unhurried,
}

impl Hub {
    /// Makes a socket known, so that it can be reached by id.
    pub fn connect(&self, queue: &Arc<SendQueue>) {
        self.sockets.insert(queue.id(), Socket { queue: Arc::clone(queue), followed: None, visitor: None });
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
        self.sockets.get(&id).map(|socket| Arc::clone(&socket.queue))
    }

    /// Does something with every socket, such as a heartbeat or a goaway, and with the conversations that it follows. It
    /// must not call the hub.
    pub fn for_each_socket(&self, mut act: impl FnMut(&Arc<SendQueue>, Option<&mut Followed>)) {
        self.sockets.iter_mut().for_each(|mut socket| {
            let Socket { queue, followed, .. } = socket.value_mut();
            act(queue, followed.as_deref_mut());
        });
    }

    /// From now on, what is published to `topic` reaches the socket. Following twice is following once.
    pub fn follow(&self, topic: Topic, queue: &Arc<SendQueue>, audience: Audience) {
        self.followers.entry(topic).or_default().insert(Follower::new(queue, audience));
        if let Topic::Conversation(organization, conversation) = topic
            && let Some(mut socket) = self.sockets.get_mut(&queue.id())
        {
            let followed = socket.followed.get_or_insert_with(|| Box::new(Followed::of(organization)));
            followed.add(conversation);
        }
    }

    /// Ends that.
    pub fn unfollow(&self, topic: Topic, socket: SocketId) {
        self.followers.remove_if_mut(&topic, |_, followers| followers.remove(socket));
        if let Topic::Conversation(_, conversation) = topic {
            self.forget_followed(socket, conversation);
        }
    }

    fn forget_followed(&self, socket: SocketId, conversation: ConversationId) {
        if let Some(mut socket) = self.sockets.get_mut(&socket)
            && socket.followed.as_mut().is_some_and(|followed| followed.remove(conversation))
        {
            socket.followed = None;
        }
    }

    /// Whether anybody follows `topic`.
    #[must_use]
    pub fn is_followed(&self, topic: Topic) -> bool {
        self.followers.contains_key(&topic)
    }

    /// Hands a frame to every follower of `topic` but `except`. Says whether `except` was among them.
    pub fn publish(&self, topic: Topic, publication: &Publication, except: SocketId) -> bool {
        let Some(followers) = self.followers.get(&topic) else { return false };
        let mut excepted = false;
        for follower in followers.iter() {
            if follower.socket() == except {
                excepted = true;
                continue;
            }
            let queue = &follower.queue;
            let frame = match follower.audience {
                Audience::Visitor => &publication.visitor,
                Audience::Agent => &publication.agent,
            };
            let (frame, haste) = (frame.clone(), publication.haste);
            let waits = match (topic, publication.queued) {
                // A socket that is still being replayed to gets live frames after the replay.
                (Topic::Conversation(_, id), Queued::Durable) => queue.push_behind_replay(id, haste, frame),
                (_, Queued::Durable) => queue.push_in(haste, frame),
                (_, Queued::Latest(key)) => queue.push_latest(key, haste, frame),
            };
            if waits {
                self.unhurried.add(queue);
            }
        }
        excepted
    }

    /// Ends a conversation: each of its followers gets `frame` at once, and follows it no longer. What a replay of it holds
    /// back is not waited for.
    pub fn end(&self, organization: OrganizationId, conversation: ConversationId, frame: &Bytes) {
        let Some((_, followers)) = self.followers.remove(&Topic::Conversation(organization, conversation)) else {
            return;
        };
        for follower in followers.iter() {
            follower.queue.push(frame.clone());
            follower.queue.end(conversation);
            self.forget_followed(follower.socket(), conversation);
        }
    }

    /// Closes every socket that follows `topic`.
    pub fn close(&self, topic: Topic, code: CloseCode) {
        if let Some(followers) = self.followers.get(&topic) {
            followers.iter().for_each(|follower| follower.queue.close(code));
        }
    }

    /// The sessions and logins that sockets are open of, by their organization: what can be closed as
    /// [`Topic::Session`]. Those of sockets that were not welcomed yet are not among them.
    #[must_use]
    pub fn sessions(&self) -> HashMap<OrganizationId, Vec<[u8; 32]>> {
        let (mut organizations, mut sessions) = (HashMap::new(), Vec::new());
        for topic in &self.followers {
            match topic.key() {
                Topic::Session(hash) => sessions.push((*hash, topic.iter().map(Follower::socket).collect::<Vec<_>>())),
                Topic::Widgets(organization) | Topic::Inbox(organization) => {
                    organizations.extend(topic.iter().map(|follower| (follower.socket(), *organization)));
                }
                Topic::Conversation(..) | Topic::Visitors(_) => {}
            }
        }
        let mut found: HashMap<_, Vec<_>> = HashMap::new();
        for (hash, sockets) in sessions {
            if let Some(organization) = sockets.iter().find_map(|socket| organizations.get(socket)) {
                found.entry(*organization).or_default().push(hash);
            }
        }
        found
    }

    /// A socket stands for a visitor from now on.
    pub fn stand_for(&self, socket: SocketId, visitor: VisitorId) {
        if let Some(mut socket) = self.sockets.get_mut(&socket) {
            socket.visitor = Some(visitor);
        }
    }

    /// Closes every socket that follows `topic` and stands for anybody but `visitor`, those included that do not stand
    /// for anybody yet.
    pub fn close_others(&self, topic: Topic, visitor: VisitorId, code: CloseCode) {
        let Some(followers) = self.followers.get(&topic) else { return };
        for follower in followers.iter() {
            let stands_for = self.sockets.get(&follower.socket()).and_then(|socket| socket.visitor);
            if stands_for != Some(visitor) {
                follower.queue.close(code);
            }
        }
    }
}

#[cfg(test)]
mod tests;
