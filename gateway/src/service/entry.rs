//! Adding to a conversation: entries, which are routed first and written behind, and what passes by: typing, reading.

use protocol::client::{Read, Send, Typing};
use protocol::frame::Error;
use protocol::id::{EntryId, MemberId};
use protocol::server::{Routed, ServerFrame, TypingBy};
use protocol::value::{Content, Entry, FieldError};
use storage::{NewEntry, NewRead, Write};

use super::authorize::{Action, Principal, authorize};
use super::conversation::Access;
use crate::error::{from_storage, unavailable};
use crate::hub::{Key, Publication, SocketId};
use crate::state::{App, now};

/// Bytes that an entry takes in the writer beyond its text: the write itself, names and bookkeeping, roughly.
const ENTRY_OVERHEAD_BYTES: usize = size_of::<Write>() + 256;
/// Bytes that a receipt takes in the writer, roughly: it has as much room as any write.
const READ_BYTES: usize = size_of::<Write>() + 64;

/// Where a sent entry came from, so that its sender can be told when it cannot be stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The socket; 0 for a request over HTTP.
    pub socket: SocketId,
    /// The request on it.
    pub reference: protocol::frame::Ref,
}

impl Origin {
    /// As the number that the writer carries along.
    #[must_use]
    pub fn pack(self) -> u64 {
        u64::from(self.socket) << 32 | u64::from(self.reference)
    }

    /// From that number.
    #[must_use]
    #[allow(clippy::cast_possible_truncation, reason = "the halves are what was packed")]
    pub fn unpack(packed: u64) -> Self {
        Self { socket: (packed >> 32) as u32, reference: packed as u32 }
    }
}

/// Whether `principal` may send this at all.
///
/// # Errors
/// `forbidden`, and `not_found` for somebody else's conversation.
pub fn check(principal: &Principal, access: Access, content: &Content) -> Result<(), Error> {
    authorize(principal, Action::add(access.visitor, content))
}

/// The name of the member that a conversation is to be given to.
///
/// # Errors
/// `bad_field` for one that the organization does not have, `unavailable`.
pub async fn assignee(app: &App, principal: &Principal, member: MemberId) -> Result<String, Error> {
    let found = app.storage.find_member(principal.organization(), member).await.map_err(from_storage)?;
    found
        .map(|(card, _)| card.name)
        .ok_or_else(|| FieldError::new("content.assignment.member", "must be one of the organization's members").into())
}

/// Takes an entry: routes it to every follower but its sender, and hands it to the writer. Never waits.
///
/// # Errors
/// `forbidden`, and `unavailable` when too much waits for Postgres; then nobody has seen it.
pub fn send(app: &App, principal: &Principal, access: Access, request: Send, origin: Origin) -> Result<Routed, Error> {
    check(principal, access, &request.content)?;
    // Room first, then route, then hand over: `stored` cannot overtake the entry, and what was shown is kept.
    let bytes = request.content.bytes() + ENTRY_OVERHEAD_BYTES;
    let permit = app.writer.reserve(principal.organization(), bytes).map_err(|_| unavailable())?;
    let entry = Entry {
        conversation: access.conversation,
        id: EntryId::generate(),
        seq: None,
        sender: principal.participant(),
        client_id: request.client_id,
        at: now(),
        content: request.content,
    };
    let topic = access.topic(principal);
    app.hub.publish(topic, &publication(&entry), origin.socket);
    let routed =
        Routed { conversation: entry.conversation, client_id: entry.client_id.clone(), id: entry.id, at: entry.at };
    permit.submit(Write::Entry(NewEntry {
        organization: principal.organization(),
        conversation: entry.conversation,
        id: entry.id,
        sender: entry.sender,
        client_id: entry.client_id,
        at: entry.at,
        content: entry.content,
        origin: origin.pack(),
    }));
    Ok(routed)
}

/// An entry's frame, encoded once; what is for agents a second time, for whom it is hidden.
fn publication(entry: &Entry) -> Publication {
    let for_agent = ServerFrame::from(entry.clone()).encode(0);
    if entry.content.kind.is_for_agents() {
        Publication::durable_for(ServerFrame::from(entry.for_visitor()).encode(0), for_agent)
    } else {
        Publication::durable(for_agent)
    }
}

/// Notes how far somebody has read. The other followers are told once it is stored, because only then is it certain
/// that the log goes that far.
///
/// # Errors
/// `unavailable`; the client says it again with its next receipt.
pub fn read(app: &App, principal: &Principal, access: Access, request: Read) -> Result<(), Error> {
    let permit = app.writer.reserve(principal.organization(), READ_BYTES).map_err(|_| unavailable())?;
    permit.submit(Write::Read(NewRead {
        organization: principal.organization(),
        conversation: access.conversation,
        participant: principal.participant(),
        seq: request.seq,
    }));
    Ok(())
}

/// Tells the other followers that somebody is typing, or stopped; agents also what a visitor has typed so far, where the
/// organization wants that.
pub fn typing(app: &App, principal: &Principal, access: Access, request: Typing, socket: SocketId) {
    let participant = principal.participant();
    let key = Key::Typing(access.conversation, participant.id);
    let wanted = matches!(principal, Principal::Visitor { draft_preview: true, .. });
    let draft = request.draft.filter(|_| wanted && request.on);
    let mut typing = TypingBy { conversation: access.conversation, participant, on: request.on, draft };
    let for_agent = ServerFrame::from(typing.clone()).encode(0);
    let publication = if typing.draft.take().is_some() {
        Publication::latest_for(key, ServerFrame::from(typing).encode(0), for_agent)
    } else {
        Publication::latest(key, for_agent)
    };
    app.hub.publish(access.topic(principal), &publication, socket);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_survives_the_writer() {
        for origin in [Origin { socket: 0, reference: 0 }, Origin { socket: u32::MAX, reference: 7 }] {
            assert_eq!(Origin::unpack(origin.pack()), origin);
        }
    }
}
