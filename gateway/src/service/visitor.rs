//! Visitors: their sessions, and what is known of them.

use protocol::client::{Hello, Profile, Update};
use protocol::code::ErrorCode;
use protocol::frame::Error;
use protocol::id::OrganizationId;
use protocol::limit;
use protocol::value::{FieldError, Page, VisitorProfile, VisitorSummary};
use storage::{Browser, Noted, StorageError, VisitorUpdate, Widget, WidgetSession};

use super::authorize::{Action, Principal, authorize};
use super::inbox;
use crate::auth::token::TokenHash;
use crate::auth::{peer::Peer, token};
use crate::browser::{self, Told};
use crate::error::{from_storage, not_found, rate_limited, unavailable};
use crate::geo::Place;
use crate::state::App;

/// Most conversations of a visitor that the inbox is told about when more is known of the visitor: those updated last of
/// those that are not resolved.
const TOLD_CONVERSATIONS: u32 = 100;

/// A visitor's session, and its token when it is new.
#[derive(Debug)]
pub struct Opened {
    /// The session.
    pub session: WidgetSession,
    /// The token to keep, in clear for this once.
    pub token: Option<String>,
    /// The token's hash: what the sockets of one session have in common.
    pub hash: TokenHash,
}

/// Resumes the session of the hello's token, or begins one when it has none.
///
/// # Errors
/// `unauthenticated` for a token that is wrong or expired, `rate_limited`, `unavailable`.
pub async fn open(app: &App, peer: &Peer, widget: &Widget, hello: &Hello) -> Result<Opened, Error> {
    let organization = widget.organization.id;
    let page = hello.page.as_ref();
    let Place { country, city } = app.places.find(peer.address);
    let told = match &peer.user_agent {
        Some(header) => browser::read(header).await,
        None => Told::default(),
    };
    let browser = Browser {
        ip_address: Some(peer.address),
        country: country.as_deref(),
        city: city.as_deref(),
        user_agent: peer.user_agent.as_deref(),
        device_type: told.device,
        browser: told.browser.as_deref(),
        os: told.os.as_deref(),
        referrer: page.and_then(|page: &Page| page.referrer.as_deref()),
        current_url: page.and_then(|page: &Page| page.url.as_deref()),
    };
    if let Some(token) = &hello.token {
        let hash = token::hash(token);
        let session = app.storage.resume_widget_session(organization, &hash, &browser).await;
        let session = session.map_err(from_storage)?.ok_or_else(|| {
            Error::new(ErrorCode::Unauthenticated, "the session is unknown or has expired; say hello without a token")
        })?;
        return Ok(Opened { session, token: None, hash });
    }
    app.limits.take_session(peer.address).map_err(rate_limited)?;
    let (token, hash) = token::generate().ok_or_else(unavailable)?;
    let session =
        app.storage.create_widget_session(organization, &hash, &browser).await.map_err(|error| match error {
            // It was there a moment ago.
            StorageError::Conflict(_) => not_found("widget"),
            other => from_storage(other),
        })?;
    Ok(Opened { session, token: Some(token), hash })
}

/// Notes what is known of a visitor: a visitor of themselves, an agent of anybody. The inbox and those who watch the site
/// are told when the visitor appears otherwise. Answers with how the visitor appears in lists now.
///
/// # Errors
/// `bad_field`, `not_found`, `unavailable`.
pub async fn update(app: &App, principal: &Principal, request: &Update) -> Result<VisitorSummary, Error> {
    let whom = match (principal, request.visitor) {
        (Principal::Visitor { visitor, .. }, None) => *visitor,
        (Principal::Visitor { .. }, Some(_)) => {
            return Err(FieldError::new("visitor", "must be left out: a visitor updates themselves").into());
        }
        (Principal::Agent { .. }, Some(visitor)) => visitor,
        (Principal::Agent { .. }, None) => return Err(FieldError::new("visitor", "is required for an agent").into()),
    };
    authorize(principal, Action::UpdateVisitor(whom))?;
    let update = VisitorUpdate {
        name: request.name.as_deref(),
        email: request.email.as_deref(),
        phone: request.phone.as_deref(),
        external_id: None,
        attributes: &request.attributes,
        own_word: matches!(principal, Principal::Visitor { .. }),
    };
    let organization = principal.organization();
    let noted = app.storage.update_visitor(organization, whom, &update).await.map_err(not_noted)?;
    let Noted { visitor, changed } = noted.ok_or_else(|| not_found("visitor"))?;
    if changed {
        tell(app, organization, &visitor).await;
    }
    Ok(visitor)
}

/// All that is known of a visitor.
///
/// # Errors
/// `forbidden`, `not_found`, `unavailable`.
pub async fn profile(app: &App, principal: &Principal, request: Profile) -> Result<VisitorProfile, Error> {
    authorize(principal, Action::SeeVisitors)?;
    let profile = app.storage.visitor_profile(principal.organization(), request.visitor).await.map_err(from_storage)?;
    profile.ok_or_else(|| not_found("visitor"))
}

/// What storage refuses to note, as the client should hear it.
pub(super) fn not_noted(error: StorageError) -> Error {
    match error {
        StorageError::Conflict("attributes") => {
            let rule = format!(
                "must be at most {} and {} bytes, those noted before included",
                limit::ATTRIBUTES,
                limit::ATTRIBUTES_BYTES
            );
            FieldError::new("attributes", rule).into()
        }
        other => from_storage(other),
    }
}

/// A visitor appears otherwise in lists, and in conversations that are not over: whoever follows the inbox or watches the site is told.
pub(super) async fn tell(app: &App, organization: OrganizationId, visitor: &VisitorSummary) {
    app.hub.know_visitor(organization, visitor);
    let told = app.storage.unresolved_conversations_of(organization, visitor.id, TOLD_CONVERSATIONS).await;
    // What is noted stays noted; lists show it with their next page.
    let conversations = match told {
        Ok(conversations) => conversations,
        Err(error) => return tracing::warn!(%error, "a visitor's conversations were not announced"),
    };
    for conversation in conversations {
        match inbox::room(app, organization) {
            Ok(room) => inbox::tell(room, organization, conversation),
            Err(error) => return tracing::warn!(%error, "not all of a visitor's conversations were announced"),
        }
    }
}
