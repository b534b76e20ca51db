//! How an organization's entries are found by their words.

use protocol::frame::Error;
use protocol::http::SearchSettings;
use protocol::value::FieldError;
use storage::{SearchLanguage, UnknownLanguage};

use super::authorize::{Action, Principal, authorize};
use crate::error::{from_storage, not_found};
use crate::state::App;

/// As it is set.
///
/// # Errors
/// `forbidden`, `unavailable`.
pub async fn show(app: &App, principal: &Principal) -> Result<SearchSettings, Error> {
    authorize(principal, Action::ManageSearch)?;
    let language = app.storage.search_language(principal.organization()).await.map_err(from_storage)?;
    let language = language.ok_or_else(|| not_found("organization"))?;
    Ok(SearchSettings { language: language.to_string() })
}

/// Sets it. The words of what is there are made anew, behind the answer's back.
///
/// # Errors
/// `forbidden`, `bad_field`, `unavailable`.
pub async fn set(app: &App, principal: &Principal, request: SearchSettings) -> Result<SearchSettings, Error> {
    authorize(principal, Action::ManageSearch)?;
    request.check()?;
    let unknown = |error: UnknownLanguage| FieldError::new("language", error.to_string());
    let language: SearchLanguage = request.language.parse().map_err(unknown)?;
    let there = app.storage.set_search_language(principal.organization(), language).await.map_err(from_storage)?;
    if there { Ok(request) } else { Err(not_found("organization")) }
}
