//! `GET /metrics`, at an address of its own: what the writer does and holds, for Prometheus. Nothing else is served there,
//! and it is not served anywhere else.

use std::sync::Arc;

use http::{StatusCode, header};
use warp::reply::Response;
use warp::{Filter, Reply};

use super::{Routes, request};
use crate::state::App;

/// OpenMetrics, which Prometheus reads.
const TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The routes of the listener for metrics.
pub(super) fn routes(app: &Arc<App>) -> Routes {
    warp::path!("metrics").and(warp::get()).and(request::app(app)).map(|app: Arc<App>| metrics(&app)).boxed()
}

fn metrics(app: &App) -> Response {
    match app.writer.metrics() {
        Ok(text) => warp::reply::with_header(text, header::CONTENT_TYPE, TYPE).into_response(),
        Err(error) => {
            tracing::error!(%error, "metrics could not be written");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
