//! Sign-up, login and sessions of members.

use protocol::code::{CloseCode, ErrorCode};
use protocol::frame::Error;
use protocol::http::{Login, Me, Signup};
use protocol::value::Millis;
use storage::{Membership, NewOrganization};

use super::authorize::Principal;
use crate::auth::password::Busy;
use crate::auth::{peer::Peer, token};
use crate::demo;
use crate::error::{from_storage, rate_limited, unavailable};
use crate::hub::Topic;
use crate::state::{App, now};

/// How long a login lasts, in milliseconds: 14 days.
pub const LOGIN_MILLIS: Millis = 14 * 24 * 60 * 60 * 1000;

/// A login: who it is, and the token to show from now on.
#[derive(Debug)]
pub struct LoggedIn {
    /// Who.
    pub me: Me,
    /// The session's token, in clear for this once.
    pub token: String,
}

/// Makes an organization and logs its owner in.
///
/// # Errors
/// `bad_field`, `conflict` with field `email`, `rate_limited`, `unavailable`.
pub async fn signup(app: &App, peer: &Peer, signup: Signup) -> Result<LoggedIn, Error> {
    signup.check()?;
    app.limits.take_login(peer.address).map_err(rate_limited)?;
    let password_hash = app.passwords.hash(signup.password).await.map_err(busy)?;
    let widget_key = token::widget_key().ok_or_else(unavailable)?;
    let new = NewOrganization {
        name: signup.organization.trim(),
        owner_name: signup.name.trim(),
        email: signup.email.trim(),
        password_hash: &password_hash,
        widget_key: &widget_key,
    };
    let membership = app.storage.create_organization(&new).await.map_err(from_storage)?;
    begin(app, membership).await
}

/// Logs a member in.
///
/// # Errors
/// `unauthenticated` for a wrong address or password alike, `rate_limited`, `unavailable`.
pub async fn login(app: &App, peer: &Peer, login: Login) -> Result<LoggedIn, Error> {
    app.limits.take_login(peer.address).map_err(rate_limited)?;
    let wrong = || Error::new(ErrorCode::Unauthenticated, "the e-mail address or the password is wrong");
    // No account can have such a password or address, and hashing must not take as long as the sender likes.
    if login.password.len() > protocol::limit::PASSWORD_BYTES_MAX || login.email.contains('\0') {
        return Err(wrong());
    }
    let row = app.storage.find_login(login.email.trim()).await.map_err(from_storage)?;
    let row = row.filter(|row| is_admitted(app, &row.membership));
    let (membership, kept) = row.map(|row| (row.membership, row.password_hash)).unzip();
    let right = app.passwords.verify(login.password, kept).await.map_err(busy)?;
    match membership {
        Some(membership) if right => begin(app, membership).await,
        _ => Err(wrong()),
    }
}

/// The demo's password is public: a database that has seen demo mode must not let everybody in for ever, neither by
/// that password nor by a login from then.
fn is_admitted(app: &App, membership: &Membership) -> bool {
    app.settings.demo || !demo::is_member(&membership.member.email)
}

async fn begin(app: &App, membership: Membership) -> Result<LoggedIn, Error> {
    let (token, hash) = token::generate().ok_or_else(unavailable)?;
    let Membership { member, organization } = membership;
    let expires_at = now() + LOGIN_MILLIS;
    app.storage.create_member_session(organization.id, member.id, &hash, expires_at).await.map_err(from_storage)?;
    Ok(LoggedIn { me: Me { member, organization }, token })
}

/// Who shows this token.
///
/// # Errors
/// `unauthenticated`, `unavailable`.
pub async fn authenticate(app: &App, token: Option<&str>) -> Result<Principal, Error> {
    let refused = || Error::new(ErrorCode::Unauthenticated, "log in first");
    let hash = token::hash(token.ok_or_else(refused)?);
    let membership = app.storage.find_member_session(&hash).await.map_err(from_storage)?;
    let membership = membership.filter(|membership| is_admitted(app, membership)).ok_or_else(refused)?;
    Ok(Principal::Agent { organization: membership.organization, member: membership.member })
}

/// Ends the session of this token, and closes the sockets that it opened. Ending one that is not there is no error.
///
/// # Errors
/// `unavailable`.
pub async fn logout(app: &App, token: &str) -> Result<(), Error> {
    let hash = token::hash(token);
    if let Some(membership) = app.storage.find_member_session(&hash).await.map_err(from_storage)? {
        let organization = membership.organization.id;
        app.storage.delete_member_session(organization, &hash).await.map_err(from_storage)?;
        app.hub.close(Topic::Session(hash), CloseCode::Unauthenticated);
    }
    Ok(())
}

fn busy(_: Busy) -> Error {
    rate_limited(crate::error::UNAVAILABLE_RETRY_MS)
}
