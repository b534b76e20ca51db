//! Which members have a socket here, and what they chose.
//!
//! What is told about a member is told while the organization's members are locked, so that nobody hears of two changes
//! in the wrong order.

use std::collections::HashMap;

use bytes::Bytes;
use protocol::id::{MemberId, OrganizationId};
use protocol::server::ServerFrame;
use protocol::value::{AgentAvailability, AgentCard, Colleague};

use super::{Hub, Key, Publication, Topic};

/// The members of one organization who are here.
pub(super) type Members = HashMap<MemberId, Present>;

/// A member with at least one socket.
pub(super) struct Present {
    card: AgentCard,
    availability: AgentAvailability,
    sockets: usize,
}

impl Present {
    fn publication(&self, present: bool) -> Publication {
        let AgentCard { id, name } = self.card.clone();
        let colleague = Colleague { id, name, availability: self.availability, present };
        Publication::latest(Key::Presence(id), ServerFrame::from(colleague).encode(0))
    }

    fn counts(&self) -> bool {
        self.availability == AgentAvailability::Online
    }
}

impl Hub {
    /// A member's socket has come; if it is the first, colleagues are told. Says whether visitors see a difference.
    pub fn arrive(&self, organization: OrganizationId, member: &AgentCard, chosen: AgentAvailability) -> bool {
        let mut members = self.present.entry(organization).or_default();
        let new = || Present { card: member.clone(), availability: chosen, sockets: 0 };
        let present = members.entry(member.id).or_insert_with(new);
        present.sockets += 1;
        if present.sockets > 1 {
            return false;
        }
        self.publish(Topic::Inbox(organization), &present.publication(true), 0);
        present.counts()
    }

    /// A member's socket has gone; if it was the last, colleagues are told. Says whether visitors see a difference.
    pub fn leave(&self, organization: OrganizationId, member: MemberId) -> bool {
        let mut counted = false;
        self.present.remove_if_mut(&organization, |_, members| {
            let Some(present) = members.get_mut(&member) else { return members.is_empty() };
            present.sockets -= 1;
            if present.sockets == 0 {
                counted = present.counts();
                self.publish(Topic::Inbox(organization), &present.publication(false), 0);
                members.remove(&member);
            }
            members.is_empty()
        });
        counted
    }

    /// A member chose; colleagues are told. Says whether visitors see a difference.
    pub fn choose(&self, organization: OrganizationId, member: MemberId, chosen: AgentAvailability) -> bool {
        let Some(mut members) = self.present.get_mut(&organization) else { return false };
        let Some(present) = members.get_mut(&member) else { return false };
        let changed = present.availability != chosen;
        present.availability = chosen;
        self.publish(Topic::Inbox(organization), &present.publication(true), 0);
        changed
    }

    /// What a member who is here chose; none of one who is not.
    #[must_use]
    pub fn chosen(&self, organization: OrganizationId, member: MemberId) -> Option<AgentAvailability> {
        self.present.get(&organization).and_then(|members| members.get(&member).map(|present| present.availability))
    }

    /// Up to `most` of the members who are here and take conversations, by name, so that every visitor sees the same
    /// faces.
    #[must_use]
    pub fn answering(&self, organization: OrganizationId, most: usize) -> Vec<AgentCard> {
        self.present.get(&organization).map(|members| answering(&members, most)).unwrap_or_default()
    }

    /// Tells visitors who answers: `frame` makes the frame of up to `most` of them.
    pub fn tell_visitors(
        &self,
        organization: OrganizationId,
        most: usize,
        frame: impl FnOnce(Vec<AgentCard>) -> Bytes,
    ) {
        let members = self.present.entry(organization).or_default();
        let publication = Publication::latest(Key::Availability(organization), frame(answering(&members, most)));
        self.publish(Topic::Widgets(organization), &publication, 0);
        drop(members);
        self.present.remove_if(&organization, |_, members| members.is_empty());
    }
}

fn answering(members: &Members, most: usize) -> Vec<AgentCard> {
    let mut cards: Vec<AgentCard> =
        members.values().filter(|present| present.counts()).map(|present| present.card.clone()).collect();
    cards.sort_by(|a, b| (&a.name, a.id).cmp(&(&b.name, b.id)));
    cards.truncate(most);
    cards
}
