//! The agents' list.

use protocol::client::{Inbox, InboxPlace};
use protocol::frame::Error;
use protocol::id::OrganizationId;
use protocol::limit;
use protocol::server::{InboxPage, ServerFrame};
use protocol::value::Summary;

use super::authorize::{Action, Principal, authorize};
use super::page::page_limit;
use crate::error::from_storage;
use crate::hub::{Key, Publication, Topic};
use crate::state::App;

/// A page of it.
///
/// # Errors
/// `forbidden`, `bad_field`, `unavailable`.
pub async fn page(app: &App, principal: &Principal, request: &Inbox) -> Result<InboxPage, Error> {
    authorize(principal, Action::SeeInbox)?;
    let most = page_limit(request.limit, limit::INBOX_PAGE)?;
    let after = request.after.map(|place| (place.updated_at, place.conversation));
    let page = app.storage.inbox(principal.organization(), request.status, after, most).await;
    let (mut conversations, mut more) = page.map_err(from_storage)?;
    let fitting = fitting(&conversations);
    more |= fitting < conversations.len();
    conversations.truncate(fitting);
    let next = conversations
        .last()
        .filter(|_| more)
        .map(|last: &Summary| InboxPlace { updated_at: last.updated_at, conversation: last.conversation });
    Ok(InboxPage { conversations, next })
}

/// How many of the summaries fit one page: a frame is bounded, and a visitor decides how long the answers are.
fn fitting(conversations: &[Summary]) -> usize {
    let mut bytes = 0;
    let fits = |summary: &&Summary| {
        bytes += ServerFrame::from((*summary).clone()).encode(0).len();
        bytes <= limit::INBOX_PAGE_BYTES
    };
    conversations.iter().take_while(fits).count().max(1)
}

/// A conversation is new or has changed: whoever follows the inbox is told.
pub fn publish(app: &App, organization: OrganizationId, summary: Summary) {
    let key = Key::Summary(summary.conversation);
    let publication = Publication::latest(key, ServerFrame::from(summary).encode(0));
    app.hub.publish(Topic::Inbox(organization), &publication, 0);
}
