//! HTTP: pages, set-up, health. The route table; what each route does stands in its file, what it means in a service.

use std::convert::Infallible;
use std::sync::Arc;

use protocol::code::ErrorCode;
use protocol::frame::Error;
use warp::filters::BoxedFilter;
use warp::reject::{self, Rejection};
use warp::reply::Response;
use warp::{Filter, reply};

use crate::error::rate_limited;
use crate::socket;
use crate::state::App;

mod account;
mod assets;
mod contact;
mod department;
mod file;
mod health;
pub mod listen;
mod metrics;
mod organization;
mod popout;
mod rating;
mod request;
mod respond;
mod widget;

/// Every route.
#[must_use]
pub fn routes(
    app: &Arc<App>,
) -> impl Filter<Extract = (Response,), Error = Infallible> + Clone + Send + Sync + 'static + use<> {
    let api = account::routes(app).or(widget::routes(app)).unify();
    let api = api.or(rating::routes(app)).unify();
    let api = api.or(contact::routes(app)).unify().or(organization::routes(app)).unify();
    let api = api.or(department::routes(app)).unify();
    let pages = popout::routes(app).or(assets::routes(app.settings.demo)).unify();
    let counted = health::routes(app).or(file::routes(app)).unify().or(api).unify().or(pages).unify();
    // A socket's handshake is counted on its own.
    socket::route(app).or(request::admitted(app).and(counted)).unify().recover(recover).unify()
}

/// What is served at the address for metrics, and nowhere else.
#[must_use]
pub fn metrics_routes(
    app: &Arc<App>,
) -> impl Filter<Extract = (Response,), Error = Infallible> + Clone + Send + Sync + 'static + use<> {
    metrics::routes(app).recover(recover).unify()
}

/// What no route took.
async fn recover(rejection: Rejection) -> Result<Response, Infallible> {
    // Routes that share a path each add their reason; the most telling one counts.
    let error = if let Some(request::TooMany { retry_ms }) = rejection.find() {
        rate_limited(*retry_ms)
    } else if rejection.find::<reject::PayloadTooLarge>().is_some() {
        Error::new(ErrorCode::TooLarge, format!("a body must be at most {} bytes", request::BODY_BYTES))
    } else if rejection.find::<reject::LengthRequired>().is_some() {
        Error::new(ErrorCode::BadFrame, "a body needs a Content-Length")
    } else if rejection.find::<reject::MethodNotAllowed>().is_some() {
        Error::new(ErrorCode::Unsupported, "this path does not take this method")
    } else if rejection.is_not_found() {
        Error::new(ErrorCode::NotFound, "there is nothing at this path")
    } else {
        Error::new(ErrorCode::BadFrame, "the request cannot be read")
    };
    Ok(respond::failure(&error))
}

/// What a request is told that took too long to arrive.
fn too_slow() -> Response {
    respond::failure(&Error::new(ErrorCode::BadFrame, "the request took too long"))
}

/// The reply type that all routes share.
type Routes = BoxedFilter<(reply::Response,)>;
