//! `GET|PUT /api/organization/retention`, `GET|PUT /api/organization/search`, `DELETE /api/organization`.

use std::sync::Arc;

use bytes::Bytes;
use http::StatusCode;
use protocol::frame::Error;
use protocol::http::SearchSettings;
use storage::Retention;
use warp::Filter;
use warp::reply::Response;

use super::{Routes, request, respond};
use crate::auth::peer::Peer;
use crate::service::organization::{self, DeleteOrganization};
use crate::service::{retention, search_settings};
use crate::state::App;

pub(super) fn routes(app: &Arc<App>) -> Routes {
    let given = || request::app(app).and(request::peer(app));
    let path = || warp::path!("api" / "organization" / "retention");
    let show = path().and(warp::get()).and(given()).then(show);
    let set = path().and(warp::put()).and(given()).and(request::json()).then(set);
    let path = || warp::path!("api" / "organization" / "search");
    let show_search = path().and(warp::get()).and(given()).then(show_search);
    let set_search = path().and(warp::put()).and(given()).and(request::json()).then(set_search);
    let search = show_search.or(set_search).unify();
    let delete = warp::path!("api" / "organization").and(warp::delete()).and(given()).and(request::json()).then(delete);
    show.or(set).unify().or(search).unify().or(delete).unify().boxed()
}

async fn show(app: Arc<App>, peer: Peer) -> Response {
    let shown = async {
        let principal = request::member(&app, &peer).await?;
        retention::show(&app, &principal).await
    };
    respond::outcome(StatusCode::OK, shown.await)
}

async fn set(app: Arc<App>, peer: Peer, body: Result<Retention, Error>) -> Response {
    let set = async {
        let principal = request::member(&app, &peer).await?;
        retention::set(&app, &principal, body?).await
    };
    respond::outcome(StatusCode::OK, set.await)
}

async fn show_search(app: Arc<App>, peer: Peer) -> Response {
    let shown = async {
        let principal = request::member(&app, &peer).await?;
        search_settings::show(&app, &principal).await
    };
    respond::outcome(StatusCode::OK, shown.await)
}

async fn set_search(app: Arc<App>, peer: Peer, body: Result<SearchSettings, Error>) -> Response {
    let set = async {
        let principal = request::member(&app, &peer).await?;
        search_settings::set(&app, &principal, body?).await
    };
    respond::outcome(StatusCode::OK, set.await)
}

async fn delete(app: Arc<App>, peer: Peer, body: Result<DeleteOrganization, Error>) -> Response {
    let deleted = async {
        let principal = request::member(&app, &peer).await?;
        organization::delete(&app, &principal, &body?).await
    };
    match deleted.await {
        Ok(()) => respond::raw(StatusCode::NO_CONTENT, Bytes::new(), &[]),
        Err(error) => respond::failure(&error),
    }
}
