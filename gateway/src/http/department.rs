//! `GET|PUT /api/departments/:id/members`.

use std::sync::Arc;

use http::StatusCode;
use protocol::frame::Error;
use protocol::http::DepartmentMembers;
use protocol::id::DepartmentId;
use warp::Filter;
use warp::reply::Response;

use super::{Routes, request, respond};
use crate::auth::peer::Peer;
use crate::error::not_found;
use crate::service::department;
use crate::state::App;

pub(super) fn routes(app: &Arc<App>) -> Routes {
    let given = || request::app(app).and(request::peer(app));
    let path = || warp::path!("api" / "departments" / String / "members");
    let show = path().and(warp::get()).and(given()).then(show);
    let set = path().and(warp::put()).and(given()).and(request::json()).then(set);
    show.or(set).unify().boxed()
}

async fn show(department: String, app: Arc<App>, peer: Peer) -> Response {
    let shown = async {
        let principal = request::member(&app, &peer).await?;
        department::members(&app, &principal, id(&department)?).await
    };
    respond::outcome(StatusCode::OK, shown.await)
}

async fn set(department: String, app: Arc<App>, peer: Peer, body: Result<DepartmentMembers, Error>) -> Response {
    let set = async {
        let principal = request::member(&app, &peer).await?;
        department::set_members(&app, &principal, id(&department)?, body?).await
    };
    respond::outcome(StatusCode::OK, set.await)
}

fn id(department: &str) -> Result<DepartmentId, Error> {
    department.parse().map_err(|_| not_found("department"))
}
