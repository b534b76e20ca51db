//! Sign-up, login and sessions of members.

use protocol::code::{CloseCode, ErrorCode};
use protocol::frame::Error;
use protocol::http::{Login, Me, Signup, SwitchOrganization};
use protocol::id::OrganizationId;
use protocol::value::Millis;
use storage::{Membership, NewOrganization};

use super::authorize::Principal;
use crate::auth::password::Busy;
use crate::auth::{peer::Peer, token};
use crate::demo;
use crate::error::{forbidden, from_storage, rate_limited, unavailable};
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
    begin(app, membership.clone(), vec![membership]).await
}

/// Logs a member in: to the organization that they name, or else to the one that they have been with for longest.
///
/// # Errors
/// `unauthenticated` for a wrong address or password alike, `not_found` for an organization that they are no member of,
/// `rate_limited`, `unavailable`.
pub async fn login(app: &App, peer: &Peer, login: Login) -> Result<LoggedIn, Error> {
    app.limits.take_login(peer.address).map_err(rate_limited)?;
    let wrong = || Error::new(ErrorCode::Unauthenticated, "the e-mail address or the password is wrong");
    // No account can have such a password or address, and hashing must not take as long as the sender likes.
    if login.password.len() > protocol::limit::PASSWORD_BYTES_MAX || login.email.contains('\0') {
        return Err(wrong());
    }
    let row = app.storage.find_login(login.email.trim()).await.map_err(from_storage)?;
    let row = row.filter(|row| row.memberships.iter().all(|membership| is_admitted(app, membership)));
    let (memberships, kept) = row.map(|row| (row.memberships, row.password_hash)).unzip();
    let right = app.passwords.verify(login.password, kept).await.map_err(busy)?;
    let memberships = memberships.filter(|_| right).ok_or_else(wrong)?;
    let chosen = match login.organization {
        Some(organization) => in_organization(&memberships, organization)?,
        None => memberships.first().cloned().ok_or_else(wrong)?,
    };
    begin(app, chosen, memberships).await
}

/// Ends a member's session and begins one with another of their organizations.
///
/// # Errors
/// `unauthenticated`, `not_found` for an organization that they are no member of, `unavailable`.
pub async fn switch(app: &App, token: Option<&str>, switch: SwitchOrganization) -> Result<LoggedIn, Error> {
    let principal = authenticate(app, token).await?;
    let memberships = memberships(app, &principal).await?;
    let chosen = in_organization(&memberships, switch.organization)?;
    let logged_in = begin(app, chosen, memberships).await?;
    // Last, so that who cannot be let in there stays here. Sockets of the old session would come back as the new one.
    if let Some(token) = token {
        logout(app, token).await?;
    }
    Ok(logged_in)
}

/// Who is logged in, with all of their organizations.
///
/// # Errors
/// `forbidden` for visitors, `unavailable`.
pub async fn me(app: &App, principal: Principal) -> Result<Me, Error> {
    let organizations = memberships(app, &principal).await?.into_iter().map(|one| one.organization).collect();
    match principal {
        Principal::Agent { organization, member } => Ok(Me { member, organization, organizations }),
        Principal::Visitor { .. } => Err(forbidden("this is for members")),
    }
}

async fn memberships(app: &App, principal: &Principal) -> Result<Vec<Membership>, Error> {
    let Principal::Agent { organization, member } = principal else {
        return Err(forbidden("this is for members"));
    };
    app.storage.memberships_of(organization.id, member.id).await.map_err(from_storage)
}

fn in_organization(memberships: &[Membership], organization: OrganizationId) -> Result<Membership, Error> {
    let found = memberships.iter().find(|membership| membership.organization.id == organization);
    found.cloned().ok_or_else(|| Error::new(ErrorCode::NotFound, "there is no such organization among yours"))
}

/// The demo's password is public: a database that has seen demo mode must not let everybody in for ever, neither by
/// that password nor by a login from then.
fn is_admitted(app: &App, membership: &Membership) -> bool {
    app.settings.demo || !demo::is_member(&membership.member.email)
}

async fn begin(app: &App, membership: Membership, all: Vec<Membership>) -> Result<LoggedIn, Error> {
    let (token, hash) = token::generate().ok_or_else(unavailable)?;
    let Membership { member, organization } = membership;
    let expires_at = now() + LOGIN_MILLIS;
    app.storage.create_member_session(organization.id, member.id, &hash, expires_at).await.map_err(from_storage)?;
    let organizations = all.into_iter().map(|one| one.organization).collect();
    Ok(LoggedIn { me: Me { member, organization, organizations }, token })
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
