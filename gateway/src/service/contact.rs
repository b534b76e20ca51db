//! Contacts: visitors of whom something is known.

use protocol::client::Contacts;
use protocol::frame::Error;
use protocol::limit;
use protocol::server::ContactsPage;
use protocol::value::{Contact, ContactPlace};
use storage::ContactFilter;

use super::authorize::{Action, Principal, authorize};
use super::page::{cut, page_limit};
use crate::error::from_storage;
use crate::state::App;

/// A page of the organization's contacts that match, those who came last first.
///
/// # Errors
/// `forbidden`, `unavailable`.
pub async fn list(app: &App, principal: &Principal, request: &Contacts) -> Result<ContactsPage, Error> {
    authorize(principal, Action::SeeVisitors)?;
    let filter = ContactFilter { query: request.query.as_deref(), verified: request.verified };
    let (organization, most) = (principal.organization(), page_limit(request.limit));
    let found = app.storage.contacts(organization, &filter, request.after, most).await;
    let (contacts, mut more) = found.map_err(from_storage)?;
    let contacts = cut(contacts, limit::INBOX_PAGE_BYTES, &mut more);
    let next = contacts.last().filter(|_| more).map(place);
    Ok(ContactsPage { contacts, next })
}

fn place(contact: &Contact) -> ContactPlace {
    ContactPlace { created_at: contact.created_at, visitor: contact.visitor.id }
}
