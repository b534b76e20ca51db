//! Which members have a socket here.

use std::collections::HashMap;

use protocol::id::MemberId;
use protocol::value::AgentCard;

/// A member with at least one socket.
pub(super) struct Present {
    card: AgentCard,
    sockets: usize,
}

/// One more socket of `member`; whether it is the first.
pub(super) fn arrive(members: &mut HashMap<MemberId, Present>, member: &AgentCard) -> bool {
    let present = members.entry(member.id).or_insert_with(|| Present { card: member.clone(), sockets: 0 });
    present.sockets += 1;
    present.sockets == 1
}

/// One socket of `member` fewer; whether it was the last.
pub(super) fn leave(members: &mut HashMap<MemberId, Present>, member: MemberId) -> bool {
    let Some(present) = members.get_mut(&member) else { return false };
    present.sockets -= 1;
    let last = present.sockets == 0;
    if last {
        members.remove(&member);
    }
    last
}

/// Up to `most` members, by name, so that every visitor sees the same faces.
pub(super) fn cards(members: &HashMap<MemberId, Present>, most: usize) -> Vec<AgentCard> {
    let mut cards: Vec<AgentCard> = members.values().map(|present| present.card.clone()).collect();
    cards.sort_by(|a, b| (&a.name, a.id).cmp(&(&b.name, b.id)));
    cards.truncate(most);
    cards
}
