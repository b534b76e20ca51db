//! `GET /api/contacts/:id/export`, `POST /api/contacts/:id/erase`.

use std::sync::Arc;

use http::StatusCode;
use http::header::{self, HeaderName, HeaderValue};
use protocol::frame::Error;
use protocol::id::VisitorId;
use warp::Filter;
use warp::reply::{self, Reply, Response};

use super::{Routes, request, respond};
use crate::auth::peer::Peer;
use crate::error::not_found;
use crate::service::contact_export::{self, Body};
use crate::service::erasure::{self, EraseContact};
use crate::state::App;

pub(super) fn routes(app: &Arc<App>) -> Routes {
    let given = || request::app(app).and(request::peer(app));
    let export = warp::path!("api" / "contacts" / String / "export").and(warp::get()).and(given()).then(export);
    let erase = warp::path!("api" / "contacts" / String / "erase")
        .and(warp::post())
        .and(given())
        .and(request::json())
        .then(erase);
    export.or(erase).unify().boxed()
}

async fn export(contact: String, app: Arc<App>, peer: Peer) -> Response {
    let outcome = async {
        let principal = request::member(&app, &peer).await?;
        contact_export::stream(&app, &principal, id(&contact)?).await
    };
    match outcome.await {
        Ok(body) => download(&contact, body),
        Err(error) => respond::failure(&error),
    }
}

async fn erase(contact: String, app: Arc<App>, peer: Peer, body: Result<EraseContact, Error>) -> Response {
    let outcome = async {
        let principal = request::member(&app, &peer).await?;
        erasure::erase(&app, &principal, id(&contact)?, body?.mode).await
    };
    match outcome.await {
        Ok(()) => respond::raw(StatusCode::NO_CONTENT, bytes::Bytes::new(), &[]),
        Err(error) => respond::failure(&error),
    }
}

fn id(contact: &str) -> Result<VisitorId, Error> {
    contact.parse().map_err(|_| not_found("contact"))
}

fn download(contact: &str, body: Body) -> Response {
    let mut response = reply::stream(body).into_response();
    let name = format!("attachment; filename=\"contact-{contact}.zip\"");
    let headers: [(HeaderName, &str); 4] = [
        (header::CONTENT_TYPE, "application/zip"),
        (header::CONTENT_DISPOSITION, &name),
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    for (name, value) in headers {
        if let Ok(value) = HeaderValue::from_str(value) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}
