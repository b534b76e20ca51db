//! Finding entries by their words.

use protocol::client::Search;
use protocol::frame::Error;
use protocol::limit;
use protocol::server::SearchPage;
use protocol::value::{SearchHit, SearchPlace};

use super::authorize::{Action, Principal, authorize};
use super::page::{cut, page_limit};
use crate::error::from_storage;
use crate::state::App;

/// A page of the organization's entries that hold what was asked for, newest first.
///
/// # Errors
/// `forbidden`, `unavailable`.
pub async fn entries(app: &App, principal: &Principal, request: &Search) -> Result<SearchPage, Error> {
    authorize(principal, Action::SeeInbox)?;
    let (organization, most) = (principal.organization(), page_limit(request.limit));
    let found = app.storage.search_entries(organization, &request.query, request.after, most).await;
    let (hits, mut more) = found.map_err(from_storage)?;
    let hits = cut(hits, limit::INBOX_PAGE_BYTES, &mut more);
    let next = hits.last().filter(|_| more).map(place);
    Ok(SearchPage { hits, next })
}

fn place(hit: &SearchHit) -> SearchPlace {
    SearchPlace { at: hit.at, conversation: hit.conversation, seq: hit.seq }
}
