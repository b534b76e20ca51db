//! Lists of conversations: the agents' inbox, a visitor's own, and what has changed in one that was had before.

use protocol::client::{Inbox, InboxPlace, InboxSync};
use protocol::frame::{Error, encode};
use protocol::id::{ConversationId, OrganizationId};
use protocol::limit;
use protocol::server::{Gone, InboxChanges, InboxPage, ServerFrame};
use protocol::value::{ConversationStatus, FieldError, Summary};
use storage::{Full, InboxFilter, Permit, Write};

use super::authorize::{Action, Principal, authorize};
use super::conversation::summary_for;
use super::page::{cut, page_limit};
use crate::error::from_storage;
use crate::hub::{Key, Publication, Topic};
use crate::state::App;

/// Bytes that a summary to be told takes in the writer: it has as much room as any write.
const TELL_BYTES: usize = size_of::<Write>();

/// A page of it: of the organization's conversations for an agent, and with the first page how many there are of each kind;
/// of their own for a visitor.
///
/// # Errors
/// `forbidden`, `bad_field` for a filter that is not a visitor's, `unavailable`.
pub async fn page(app: &App, principal: &Principal, request: &Inbox) -> Result<InboxPage, Error> {
    let most = page_limit(request.limit);
    let after = request.after.map(|place| (place.updated_at, place.conversation));
    let organization = principal.organization();
    let (page, counts) = match principal {
        Principal::Agent { member, .. } => {
            authorize(principal, Action::SeeInbox)?;
            let page = match request.visitor {
                Some(visitor) => app.storage.conversations_of(organization, visitor, request.status, after, most).await,
                None => app.storage.inbox(organization, &filter(request), after, most).await,
            };
            let page = page.map_err(from_storage)?;
            let counts = match after {
                None => Some(app.storage.inbox_counts(organization, member.id).await.map_err(from_storage)?),
                // Those behind the first page say nothing new of the whole.
                Some(_) => None,
            };
            (page, counts)
        }
        Principal::Visitor { visitor, .. } => {
            authorize(principal, Action::ListConversations(*visitor))?;
            for_agents_only(request)?;
            let page = app.storage.conversations_of(organization, *visitor, request.status, after, most).await;
            (page.map_err(from_storage)?, None)
        }
    };
    let (conversations, mut more) = page;
    let conversations = conversations.into_iter().map(|summary| summary_for(principal, summary)).collect();
    let conversations = cut(conversations, limit::INBOX_PAGE_BYTES, &mut more);
    let next = conversations
        .last()
        .filter(|_| more)
        .map(|last: &Summary| InboxPlace { updated_at: last.updated_at, conversation: last.conversation });
    Ok(InboxPage { conversations, next, counts })
}

/// Refuses what a visitor may not ask of their own conversations.
fn for_agents_only(request: &Inbox) -> Result<(), FieldError> {
    let given = [
        ("assigned", request.assigned.is_some()),
        ("department", request.department.is_some()),
        ("priority", request.priority.is_some()),
        ("visitor", request.visitor.is_some()),
    ];
    match given.into_iter().find(|(_, given)| *given) {
        Some((field, _)) => Err(FieldError::new(field, "must be left out: it is for agents")),
        None => Ok(()),
    }
}

fn filter(request: &Inbox) -> InboxFilter {
    InboxFilter {
        status: request.status,
        assigned: request.assigned.map(|assigned| assigned.member),
        department: request.department,
        priority: request.priority,
    }
}

/// What has changed in a list that the agent had before.
///
/// # Errors
/// `forbidden`, `unavailable`.
pub async fn changes(app: &App, principal: &Principal, request: &InboxSync) -> Result<InboxChanges, Error> {
    authorize(principal, Action::SeeInbox)?;
    let newest = request.newest.map(|place| (place.updated_at, place.conversation));
    let organization = principal.organization();
    let changes = app.storage.inbox_changes(organization, &request.known, newest, limit::INBOX_PAGE).await;
    let changes = changes.map_err(from_storage)?;
    let mut more = changes.more;
    // Cut at the end, where the newest are: whoever asks again with these among the known gets those.
    let gone = encode(0, 0, &changes.gone).len();
    let changed = cut(changes.changed, limit::INBOX_PAGE_BYTES.saturating_sub(gone), &mut more);
    Ok(InboxChanges { changed, gone: changes.gone, more })
}

/// Room for telling of an organization's conversation.
///
/// # Errors
/// When too much waits for Postgres.
pub fn room(app: &App, organization: OrganizationId) -> Result<Permit, Full> {
    app.writer.reserve(organization, TELL_BYTES)
}

/// A conversation is new, or its visitor appears otherwise: its summary is announced as it stands. Through the writer,
/// for whoever read it here and published it later might replace a newer one that was announced meanwhile.
pub fn tell(room: Permit, organization: OrganizationId, conversation: ConversationId) {
    room.submit(Write::Tell(organization, conversation));
}

/// A commit has announced how a conversation stands: whoever follows the inbox is told, and who watches the site.
pub fn publish(app: &App, organization: OrganizationId, summary: Summary) {
    let resolved = summary.status == ConversationStatus::Resolved;
    app.hub.know_conversation(organization, summary.visitor.id, summary.conversation, resolved);
    let key = Key::Summary(summary.conversation);
    let publication = Publication::latest(key, ServerFrame::from(summary).encode(0)).unhurried();
    app.hub.publish(Topic::Inbox(organization), &publication, 0);
}

/// A conversation was erased: its followers and whoever follows the inbox are told, and nobody follows it any longer.
pub fn gone(app: &App, organization: OrganizationId, conversation: ConversationId) {
    let frame = ServerFrame::from(Gone { conversation }).encode(0);
    app.hub.end(organization, conversation, &frame);
    // In place of a summary that was not sent yet.
    app.hub.publish(Topic::Inbox(organization), &Publication::latest(Key::Summary(conversation), frame), 0);
}

#[cfg(test)]
mod tests {
    use protocol::id::{ConversationId, VisitorId};
    use protocol::value::{Answer, Priority, VisitorSummary};

    use super::*;

    fn summary() -> Summary {
        Summary {
            conversation: ConversationId::generate(),
            status: ConversationStatus::Open,
            visitor: VisitorSummary { id: VisitorId::generate(), name: None, email: None, verified: false },
            department: None,
            assignee: None,
            priority: Priority::None,
            rating: None,
            head: 1,
            preview: None,
            visitor_read: 0,
            agent_read: 0,
            created_at: 1,
            updated_at: 1,
            answers: vec![Answer { key: "story".into(), value: "x".repeat(limit::ANSWERS_BYTES) }],
        }
    }

    /// All that a client knew is gone, and as much as possible has changed.
    #[test]
    fn the_longest_changes_fit_a_frame() {
        let gone: Vec<_> = (0..limit::SYNC_KNOWN).map(|_| ConversationId::generate()).collect();
        let room = limit::INBOX_PAGE_BYTES - encode(0, 0, &gone).len();
        let mut more = false;
        let changed = cut((0..limit::INBOX_PAGE).map(|_| summary()).collect(), room, &mut more);
        assert!(more && !changed.is_empty());
        let frame = ServerFrame::from(InboxChanges { changed, gone, more }).encode(u32::MAX);
        assert!(frame.len() <= limit::FRAME_BYTES, "{}", frame.len());
    }
}
