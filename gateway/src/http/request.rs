//! What routes take from a request: who sent it, and its body, each with a clear refusal.

use std::sync::Arc;

use bytes::Bytes;
use http::header::{self, HeaderMap};
use protocol::code::ErrorCode;
use protocol::frame::Error;
use protocol::value::FieldError;
use serde::de::DeserializeOwned;
use warp::Filter;
use warp::filters::BoxedFilter;
use warp::reject::{self, Reject, Rejection};

use super::listen::PeerAddress;
use crate::auth::peer::Peer;
use crate::service::account;
use crate::service::authorize::Principal;
use crate::state::App;

/// Longest body of a request.
pub(super) const BODY_BYTES: u64 = 256 * 1024;

/// Who sent the request.
pub(super) fn peer(app: &Arc<App>) -> BoxedFilter<(Peer,)> {
    let app = Arc::clone(app);
    warp::header::headers_cloned()
        .and(warp::ext::get::<PeerAddress>())
        .map(move |headers: HeaderMap, PeerAddress(address)| {
            Peer::new(&headers, address, &app.settings.trusted_proxies)
        })
        .boxed()
}

/// A request that is one too many from its address.
#[derive(Debug)]
pub(super) struct TooMany {
    pub(super) retry_ms: u32,
}

impl Reject for TooMany {}

/// Takes the request from its address' bucket.
pub(super) fn admitted(app: &Arc<App>) -> impl Filter<Extract = (), Error = Rejection> + Clone + use<> {
    let limits = Arc::clone(app);
    peer(app)
        .and_then(move |peer: Peer| {
            let taken = limits.limits.take_request(peer.address);
            std::future::ready(taken.map_err(|retry_ms| reject::custom(TooMany { retry_ms })))
        })
        .untuple_one()
}

/// The app itself, for handlers.
pub(super) fn app(app: &Arc<App>) -> BoxedFilter<(Arc<App>,)> {
    let app = Arc::clone(app);
    warp::any().map(move || Arc::clone(&app)).boxed()
}

/// A JSON body, or why it is none. Its type must be `application/json`, which a form on another site cannot send
/// without being asked first.
pub(super) fn json<T: DeserializeOwned + Send + 'static>() -> BoxedFilter<(Result<T, Error>,)> {
    warp::header::headers_cloned()
        .and(warp::body::content_length_limit(BODY_BYTES))
        .and(warp::body::bytes())
        .map(|headers: HeaderMap, body: Bytes| {
            let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
            let kind = kind.split(';').next().unwrap_or_default().trim();
            if !kind.eq_ignore_ascii_case("application/json") {
                return Err(Error::new(ErrorCode::BadFrame, "the Content-Type must be application/json"));
            }
            let mut reader = serde_json::Deserializer::from_slice(&body);
            let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| unreadable(&error))?;
            reader.end().map_err(|_| Error::new(ErrorCode::BadFrame, "something follows the JSON body"))?;
            Ok(value)
        })
        .boxed()
}

/// Broken JSON, or a field of it.
fn unreadable(error: &serde_path_to_error::Error<serde_json::Error>) -> Error {
    let (path, cause) = (error.path().to_string(), error.inner());
    if !cause.is_data() {
        return Error::new(ErrorCode::BadFrame, "the body is not JSON");
    }
    let cause = cause.to_string();
    match cause.strip_prefix("missing field `").and_then(|rest| rest.split('`').next()) {
        Some(missing) if path == "." => FieldError::new(missing, "is required").into(),
        Some(missing) => FieldError::new(format!("{path}.{missing}"), "is required").into(),
        None => FieldError::new(path, "is of the wrong type").into(),
    }
}

/// Refuses a request that another site's page makes with the agent's cookie.
///
/// # Errors
/// `origin_refused`.
pub(super) fn own_page(app: &App, peer: &Peer) -> Result<(), Error> {
    if peer.is_own_or_no_page(app.settings.public_url.as_deref()) {
        Ok(())
    } else {
        Err(Error::new(ErrorCode::OriginRefused, "this is for the gateway's own pages"))
    }
}

/// The member whose cookie the request carries.
///
/// # Errors
/// `origin_refused`, `unauthenticated`, `unavailable`.
pub(super) async fn member(app: &App, peer: &Peer) -> Result<Principal, Error> {
    own_page(app, peer)?;
    account::authenticate(app, peer.agent_token.as_deref()).await
}
