//! The WebSocket transport: the handshake on `GET /ws`, and the loop that moves bytes between a socket, its session and
//! its send queue. What the bytes mean is the session's business.
//!
//! warp routes the request; the 101 answer and the socket are made here, because warp's own `Ws` cannot set the size
//! of the read buffer (128 KiB a socket).

use std::sync::Arc;

use bytes::Bytes;
use http::header::{self, HeaderMap, HeaderName};
use http::{Response, StatusCode};
use hyper::upgrade::OnUpgrade;
use protocol::SUBPROTOCOL;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use warp::filters::BoxedFilter;
use warp::reply::Reply;
use warp::{Filter, reply};

use crate::auth::peer::Peer;
use crate::http::listen::{ConnectionPlace, PeerAddress};
use crate::state::App;

mod connection;

/// `GET /ws`.
#[must_use]
pub fn route(app: &Arc<App>) -> BoxedFilter<(reply::Response,)> {
    let app = Arc::clone(app);
    warp::path!("ws")
        .and(warp::get())
        .and(warp::header::headers_cloned())
        .and(warp::ext::get::<PeerAddress>())
        .and(warp::ext::get::<ConnectionPlace>())
        .and(warp::ext::optional::<OnUpgrade>())
        .map(move |headers: HeaderMap, PeerAddress(address), place: ConnectionPlace, upgrade: Option<OnUpgrade>| {
            let accept_key = match check(&headers) {
                Ok(key) => derive_accept_key(key),
                Err(reason) => return refuse(reason).into_response(),
            };
            let Some(upgrade) = upgrade else { return refuse("this connection cannot be upgraded").into_response() };
            let peer = Peer::new(&headers, address, &app.settings.trusted_proxies);
            app.tasks.spawn(connection::run(Arc::clone(&app), upgrade, peer, place));
            switching_protocols(&accept_key).into_response()
        })
        .boxed()
}

/// Checks a handshake (RFC 6455, section 4.2.1); answers with its key, or why it is refused.
fn check(headers: &HeaderMap) -> Result<&[u8], &'static str> {
    if !names(headers, &header::CONNECTION, "upgrade") || !names(headers, &header::UPGRADE, "websocket") {
        return Err("this is a WebSocket endpoint");
    }
    if headers.get(header::SEC_WEBSOCKET_VERSION).is_none_or(|version| version != "13") {
        return Err("only version 13 of the WebSocket protocol is spoken here");
    }
    if !names(headers, &header::SEC_WEBSOCKET_PROTOCOL, SUBPROTOCOL) {
        return Err("the handshake must offer the subprotocol chatdesk.v1");
    }
    headers.get(header::SEC_WEBSOCKET_KEY).map(|key| key.as_bytes()).ok_or("Sec-WebSocket-Key is missing")
}

/// Whether a comma-separated header names `wanted`.
fn names(headers: &HeaderMap, name: &HeaderName, wanted: &str) -> bool {
    let values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).any(|token| token.trim().eq_ignore_ascii_case(wanted))
}

fn refuse(text: &'static str) -> Response<Bytes> {
    answer(StatusCode::BAD_REQUEST, &[(header::SEC_WEBSOCKET_VERSION, "13")], text)
}

/// RFC 6455, section 4.2.2. No extension is accepted: compression would trade memory and CPU for little.
fn switching_protocols(accept_key: &str) -> Response<Bytes> {
    let headers = [
        (header::CONNECTION, "upgrade"),
        (header::UPGRADE, "websocket"),
        (header::SEC_WEBSOCKET_ACCEPT, accept_key),
        (header::SEC_WEBSOCKET_PROTOCOL, SUBPROTOCOL),
    ];
    answer(StatusCode::SWITCHING_PROTOCOLS, &headers, "")
}

fn answer(status: StatusCode, headers: &[(HeaderName, &str)], text: &'static str) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from_static(text.as_bytes()));
    *response.status_mut() = status;
    for (name, value) in headers {
        // Each value is a literal or base64.
        if let Ok(value) = header::HeaderValue::from_str(value) {
            response.headers_mut().insert(name.clone(), value);
        }
    }
    response
}
