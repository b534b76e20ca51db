//! `GET /healthz`: the process runs. `GET /readyz`: it can serve: Postgres answers, and it is not about to stop.

use std::sync::Arc;

use http::StatusCode;
use serde::Serialize;
use warp::Filter;

use super::{Routes, request, respond};
use crate::state::App;

#[derive(Serialize)]
struct Health {
    status: &'static str,
    /// Why not.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    /// Entries that wait for Postgres.
    #[serde(skip_serializing_if = "Option::is_none")]
    unstored: Option<usize>,
}

pub(super) fn routes(app: &Arc<App>) -> Routes {
    let alive = warp::path!("healthz")
        .and(warp::get())
        .map(|| respond::json(StatusCode::OK, &Health { status: "ok", reason: None, unstored: None }));
    let ready = warp::path!("readyz").and(warp::get()).and(request::app(app)).then(ready);
    alive.or(ready).unify().boxed()
}

async fn ready(app: Arc<App>) -> warp::reply::Response {
    let reason = if app.draining() {
        Some("draining")
    } else if let Err(error) = app.storage.ping().await {
        tracing::warn!(%error, "not ready");
        Some("the store is unavailable")
    } else {
        None
    };
    let status = if reason.is_none() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let health = Health {
        status: if reason.is_none() { "ready" } else { "not ready" },
        reason,
        unstored: Some(app.writer.depth().entries),
    };
    respond::json(status, &health)
}
