//! Visitors' sessions: new ones, and those that come back.

use protocol::client::{Hello, Page};
use protocol::code::ErrorCode;
use protocol::frame::Error;
use storage::{Browser, Widget, WidgetSession};

use crate::auth::{peer::Peer, token};
use crate::error::{from_storage, rate_limited, unavailable};
use crate::state::App;

/// A visitor's session, and its token when it is new.
#[derive(Debug)]
pub struct Opened {
    /// The session.
    pub session: WidgetSession,
    /// The token to keep, in clear for this once.
    pub token: Option<String>,
}

/// Resumes the session of the hello's token, or begins one when it has none.
///
/// # Errors
/// `unauthenticated` for a token that is wrong or expired, `rate_limited`, `unavailable`.
pub async fn open(app: &App, peer: &Peer, widget: &Widget, hello: &Hello) -> Result<Opened, Error> {
    let organization = widget.organization.id;
    let page = hello.page.as_ref();
    let browser = Browser {
        ip_address: Some(peer.address),
        user_agent: peer.user_agent.as_deref(),
        referrer: page.and_then(|page: &Page| page.referrer.as_deref()),
        current_url: page.and_then(|page: &Page| page.url.as_deref()),
    };
    if let Some(token) = &hello.token {
        let session = app.storage.resume_widget_session(organization, &token::hash(token), &browser).await;
        let session = session.map_err(from_storage)?.ok_or_else(|| {
            Error::new(ErrorCode::Unauthenticated, "the session is unknown or has expired; say hello without a token")
        })?;
        return Ok(Opened { session, token: None });
    }
    app.limits.take_session(peer.address).map_err(rate_limited)?;
    let (token, hash) = token::generate().ok_or_else(unavailable)?;
    let session = app.storage.create_widget_session(organization, &hash, &browser).await.map_err(from_storage)?;
    Ok(Opened { session, token: Some(token) })
}
