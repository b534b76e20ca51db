//! The handshake (RFC 6455, section 4.2): checked, answered, and the connection taken over from hyper.

use bytes::Bytes;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::{Response, StatusCode};
use hyper::upgrade::{OnUpgrade, Parts};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use crate::http::listen::Impatient;

/// Which subprotocols an endpoint speaks.
#[derive(Clone, Copy, Debug)]
pub enum Subprotocol {
    /// Just this one: a handshake that does not offer it is refused.
    Only(&'static str),
    /// Any: the first that is offered, or none.
    Any,
}

/// A handshake that was accepted.
pub struct Upgrade {
    accept_key: String,
    subprotocol: Option<HeaderValue>,
    upgrade: OnUpgrade,
}

impl Upgrade {
    /// Checks a request that asks for a socket.
    ///
    /// # Errors
    /// Why it is refused: answer with [`refuse`].
    pub fn accept(headers: &HeaderMap, upgrade: Option<OnUpgrade>, spoken: Subprotocol) -> Result<Self, &'static str> {
        let (accept_key, subprotocol) = check(headers, spoken)?;
        let upgrade = upgrade.ok_or("this connection cannot be upgraded")?;
        Ok(Self { accept_key, subprotocol, upgrade })
    }

    /// RFC 6455, section 4.2.2. No extension is accepted: compression would trade memory and CPU for little.
    #[must_use]
    pub fn answer(&self) -> Response<Bytes> {
        let headers = [(header::CONNECTION, "upgrade"), (header::UPGRADE, "websocket")];
        let mut response = answer(StatusCode::SWITCHING_PROTOCOLS, &headers, "");
        // It is base64.
        if let Ok(key) = HeaderValue::from_str(&self.accept_key) {
            response.headers_mut().insert(header::SEC_WEBSOCKET_ACCEPT, key);
        }
        if let Some(subprotocol) = &self.subprotocol {
            response.headers_mut().insert(header::SEC_WEBSOCKET_PROTOCOL, subprotocol.clone());
        }
        response
    }

    /// The connection once the answer has been sent, and what of the client's bytes has been read already. `None` when
    /// it is gone.
    pub async fn stream(self) -> Option<(TcpStream, Vec<u8>)> {
        let upgraded = match self.upgrade.await {
            Ok(upgraded) => upgraded,
            Err(error) => {
                tracing::debug!(%error, "the client left during the handshake");
                return None;
            }
        };
        let Ok(Parts { io, read_buf, .. }) = upgraded.downcast::<TokioIo<Impatient>>() else {
            tracing::error!("the listener serves something other than TCP");
            return None;
        };
        // Copied, because even an empty slice of hyper's read buffer would keep all of it alive.
        Some((io.into_inner().into_inner(), read_buf.to_vec()))
    }
}

/// Answers with the accept key and the subprotocol to name, or why the handshake is refused.
fn check(headers: &HeaderMap, spoken: Subprotocol) -> Result<(String, Option<HeaderValue>), &'static str> {
    let names = |name: &HeaderName, wanted: &str| list(headers, name).any(|token| token.eq_ignore_ascii_case(wanted));
    if !names(&header::CONNECTION, "upgrade") || !names(&header::UPGRADE, "websocket") {
        return Err("this is a WebSocket endpoint");
    }
    if headers.get(header::SEC_WEBSOCKET_VERSION).is_none_or(|version| version != "13") {
        return Err("only version 13 of the WebSocket protocol is spoken here");
    }
    let subprotocol = match spoken {
        Subprotocol::Only(only) if names(&header::SEC_WEBSOCKET_PROTOCOL, only) => Some(HeaderValue::from_static(only)),
        Subprotocol::Only(_) => return Err("the handshake must offer the subprotocol chatdesk.v1"),
        Subprotocol::Any => list(headers, &header::SEC_WEBSOCKET_PROTOCOL).next().and_then(|name| name.parse().ok()),
    };
    let key = headers.get(header::SEC_WEBSOCKET_KEY).ok_or("Sec-WebSocket-Key is missing")?;
    Ok((derive_accept_key(key.as_bytes()), subprotocol))
}

/// What a comma-separated header lists.
fn list<'a>(headers: &'a HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'a str> {
    let values = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).map(str::trim).filter(|token| !token.is_empty())
}

/// The answer to a handshake that is refused.
#[must_use]
pub fn refuse(text: &'static str) -> Response<Bytes> {
    answer(StatusCode::BAD_REQUEST, &[(header::SEC_WEBSOCKET_VERSION, "13")], text)
}

/// Seconds after which an address that has too many sockets, or opens too many, may try again.
const RETRY_SECONDS: &str = "5";

/// The answer to a handshake from an address that has as many sockets as it may, or comes too often.
#[must_use]
pub fn too_many(text: &'static str) -> Response<Bytes> {
    answer(StatusCode::TOO_MANY_REQUESTS, &[(header::RETRY_AFTER, RETRY_SECONDS)], text)
}

fn answer(status: StatusCode, headers: &[(HeaderName, &'static str)], text: &'static str) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from_static(text.as_bytes()));
    *response.status_mut() = status;
    for (name, value) in headers {
        response.headers_mut().insert(name.clone(), HeaderValue::from_static(value));
    }
    response
}
