//! Who a visitor is, to the site that they are on: by their own word, or by the site's.

use protocol::client::Identify;
use protocol::code::ErrorCode;
use protocol::frame::Error;
use protocol::value::{FieldError, Summary, VisitorSummary};
use storage::{Noted, StorageError, VisitorUpdate};

use super::authorize::{Action, Principal, authorize};
use super::visitor::{not_noted, tell};
use crate::auth::identity;
use crate::error::{forbidden, from_storage, not_found};
use crate::state::{App, now};

/// Whom a session stands for after it was identified.
#[derive(Clone, Debug)]
pub struct Identity {
    /// Who.
    pub visitor: VisitorSummary,
    /// Their newest conversation that is not resolved.
    pub conversation: Option<Summary>,
}

/// Says who a visitor is. With a good token the session stands for the verified visitor that it names from now on; who it
/// stood for before stays as they were.
///
/// # Errors
/// `bad_field`, `unauthenticated` for a token that is not good, `forbidden` for another external id than a verified
/// visitor's, `unavailable`.
pub async fn identify(app: &App, principal: &Principal, request: &Identify) -> Result<Identity, Error> {
    let Principal::Visitor { organization, visitor, session, .. } = principal else {
        return Err(forbidden("this is for visitors"));
    };
    authorize(principal, Action::Identify(*visitor))?;
    let mut update = VisitorUpdate {
        name: request.name.as_deref(),
        email: request.email.as_deref(),
        phone: request.phone.as_deref(),
        external_id: request.external_id.as_deref(),
        attributes: &request.attributes,
        own_word: true,
    };
    let identified = match &request.token {
        None => {
            let noted = app.storage.update_visitor(*organization, *visitor, &update).await;
            noted.map_err(|error| match error {
                StorageError::Conflict("external_id") => {
                    forbidden("the site vouched for another external_id; only its token changes that")
                }
                other => not_noted(other),
            })?
        }
        Some(token) => {
            let secret = app.storage.identity_secret(*organization).await.map_err(from_storage)?;
            let secret = secret.ok_or_else(|| not_found("widget"))?;
            let claims = identity::verify(token, &secret, now() / 1000).map_err(|reason| {
                Error::new(ErrorCode::Unauthenticated, format!("the identity token is not good: {reason}"))
            })?;
            if update.external_id.is_some_and(|given| given != claims.subject) {
                return Err(FieldError::new("external_id", "must be the token's sub, or be left out").into());
            }
            // What the site signed counts for more than what its page says.
            update.name = claims.name.as_deref().or(update.name);
            update.own_word = claims.email.is_none();
            update.email = claims.email.as_deref().or(update.email);
            let rebound = app.storage.identify_visitor(*organization, *session, &claims.subject, &update).await;
            rebound.map_err(not_noted)?
        }
    };
    let identified =
        identified.ok_or_else(|| Error::new(ErrorCode::Unauthenticated, "the session is there no longer"))?;
    let Noted { visitor, changed } = identified;
    if changed {
        tell(app, *organization, &visitor).await;
    }
    let conversation = app.storage.open_conversation_of(*organization, visitor.id).await.map_err(from_storage)?;
    Ok(Identity { visitor, conversation })
}
