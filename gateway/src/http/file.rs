//! Files of conversations, as downloads. Whoever has a file's URL may fetch it: its key is a secret.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::{Stream, StreamExt};
use http::header::{self, HeaderName, HeaderValue};
use http::{Method, StatusCode};
use protocol::frame::Error;
use protocol::id::OrganizationId;
use storage::StoredAttachment;
use warp::reply::{self, Reply, Response};
use warp::{Filter, reject};

use super::{Routes, request, respond};
use crate::auth::peer::Peer;
use crate::error::{not_found, rate_limited};
use crate::limit::Place;
use crate::service::upload::{self, Pieces};
use crate::state::App;

/// Nothing in a file is run, wherever it is opened.
const POLICY: &str = "sandbox; default-src 'none'";
/// How long whoever fetches as many files as it may should wait with the next, in milliseconds.
const DOWNLOAD_RETRY_MS: u32 = 2_000;
/// Files never change; only the browser that fetched one keeps it.
const CACHE: &str = "private, max-age=31536000, immutable";

/// `GET` and `HEAD /files/<organization>/<key>/<name>`.
pub(super) fn routes(app: &Arc<App>) -> Routes {
    warp::path!("files" / String / String / String)
        .and(warp::method())
        .and(request::app(app))
        .and(request::peer(app))
        .and_then(|organization: String, key: String, _name: String, method, app: Arc<App>, peer: Peer| async move {
            if method != Method::GET && method != Method::HEAD {
                return Err(reject::not_found());
            }
            let mut response = answer(&app, &peer, &organization, &key, method == Method::HEAD).await;
            // Widgets fetch what they show, on any page, and say why they could not. The key in the path is what counts,
            // no cookie is looked at.
            response.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
            Ok(response)
        })
        .boxed()
}

async fn answer(app: &App, peer: &Peer, organization: &str, key: &str, about: bool) -> Response {
    // Before the file is opened: what is open is what is bounded.
    let place = if about { None } else { app.limits.take_download(peer.address) };
    if !about && place.is_none() {
        return respond::failure(&rate_limited(DOWNLOAD_RETRY_MS));
    }
    match find(app, organization, key, about).await {
        Ok((stored, pieces)) => download(&stored, pieces.zip(place)),
        Err(error) => respond::failure(&error),
    }
}

async fn find(
    app: &App,
    organization: &str,
    key: &str,
    about: bool,
) -> Result<(StoredAttachment, Option<Pieces>), Error> {
    let organization: OrganizationId = organization.parse().map_err(|_| not_found("file"))?;
    if !key.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')) {
        return Err(not_found("file"));
    }
    upload::file(app, organization, key, about).await
}

fn download(stored: &StoredAttachment, pieces: Option<(Pieces, Place)>) -> Response {
    let name = format!("attachment; filename*=UTF-8''{}", upload::encoded(&stored.name));
    let length = stored.size.to_string();
    let headers = [
        (header::CONTENT_TYPE, stored.media_type.as_str()),
        (header::CONTENT_LENGTH, &length),
        (header::CONTENT_DISPOSITION, &name),
        (header::CACHE_CONTROL, CACHE),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::REFERRER_POLICY, "no-referrer"),
        // Shown by the widget on pages that isolate themselves.
        (HeaderName::from_static("cross-origin-resource-policy"), "cross-origin"),
    ];
    let Some((pieces, place)) = pieces else { return respond::raw(StatusCode::OK, Bytes::new(), &headers) };
    let mut response = reply::stream(Shared { pieces: Mutex::new(pieces), _place: place }).into_response();
    response.headers_mut().insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    for (name, value) in headers {
        if let Ok(value) = HeaderValue::from_str(value) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

/// A stream that may be looked at from several threads, as a response's body must be; only one ever polls it. It has its
/// place among the downloads of its address until the answer has been sent or cut off.
struct Shared {
    pieces: Mutex<Pieces>,
    _place: Place,
}

impl Stream for Shared {
    type Item = <Pieces as Stream>::Item;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().pieces.get_mut().unwrap_or_else(PoisonError::into_inner).poll_next_unpin(context)
    }
}
