//! How routes answer.

use bytes::Bytes;
use http::header::{self, HeaderName, HeaderValue};
use http::{Response, StatusCode};
use protocol::frame::Error;
use protocol::http::Failure;
use serde::Serialize;
use warp::reply::Reply;

/// An answer with a JSON body that no cache keeps.
pub(super) fn json<T: Serialize>(status: StatusCode, value: &T) -> warp::reply::Response {
    match serde_json::to_vec(value) {
        Ok(body) => {
            let headers = [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")];
            raw(status, body.into(), &headers)
        }
        Err(error) => {
            tracing::error!(%error, "an answer could not be written");
            raw(StatusCode::INTERNAL_SERVER_ERROR, Bytes::new(), &[])
        }
    }
}

/// A failed request.
pub(super) fn failure(error: &Error) -> warp::reply::Response {
    let status = StatusCode::from_u16(error.code.http_status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = json(status, &Failure { error: error.clone() });
    if error.retryable {
        let seconds = u64::from(error.retry_ms.div_ceil(1000)).max(1);
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// The outcome of a handler: a value with this status, or the failure.
pub(super) fn outcome<T: Serialize>(status: StatusCode, outcome: Result<T, Error>) -> warp::reply::Response {
    match outcome {
        Ok(value) => json(status, &value),
        Err(error) => failure(&error),
    }
}

/// An answer as it is. A header value that is no header value is left out.
pub(super) fn raw(status: StatusCode, body: Bytes, headers: &[(HeaderName, &str)]) -> warp::reply::Response {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response.headers_mut().insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    for (name, value) in headers {
        if let Ok(value) = HeaderValue::from_str(value) {
            response.headers_mut().insert(name.clone(), value);
        }
    }
    response.into_response()
}
