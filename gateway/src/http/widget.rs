//! `GET /api/settings/widget`, `PUT /api/settings/widget`: the widget's settings page.

use std::sync::Arc;

use http::StatusCode;
use protocol::frame::Error;
use protocol::value::WidgetConfig;
use warp::Filter;
use warp::reply::Response;

use super::{Routes, request, respond};
use crate::auth::peer::Peer;
use crate::service::widget;
use crate::state::App;

pub(super) fn routes(app: &Arc<App>) -> Routes {
    let given = || warp::path!("api" / "settings" / "widget").and(request::app(app)).and(request::peer(app));
    let read = given().and(warp::get()).then(read);
    let save = given().and(warp::put()).and(request::json()).then(save);
    read.or(save).unify().boxed()
}

async fn read(app: Arc<App>, peer: Peer) -> Response {
    let outcome = async { widget::config(&app, &request::member(&app, &peer).await?).await };
    respond::outcome(StatusCode::OK, outcome.await)
}

async fn save(app: Arc<App>, peer: Peer, body: Result<WidgetConfig, Error>) -> Response {
    let outcome = async {
        let principal = request::member(&app, &peer).await?;
        widget::save_config(&app, &principal, &body?).await
    };
    respond::outcome(StatusCode::OK, outcome.await)
}
