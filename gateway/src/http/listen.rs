//! The accept loop. warp's own server has no limit on how long a client may take to send a request's head, so
//! connections are served here, with hyper, and handed to warp's routes.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use warp::Filter;
use warp::reply::Response;

use crate::state::App;

mod impatient;

pub use impatient::Impatient;

/// How long a client may take to send a request's head.
const HEADER_TIMEOUT: Duration = Duration::from_secs(10);
/// Bytes of a request's head and of a connection's read buffer.
const HEAD_BYTES: usize = 16 * 1024;
/// Open connections, sockets included. Below the usual limit of 20,000 descriptors, with room for Postgres and files.
const CONNECTIONS: usize = 19_800;
/// How long a request may take, its body included. A socket's upgrade answers at once, and is not cut off by it.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
/// How long to wait after the system could not accept, e.g. for lack of descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// A request's remote address, as the accept loop saw it.
#[derive(Clone, Copy, Debug)]
pub struct PeerAddress(pub SocketAddr);

/// A connection's place among the [`CONNECTIONS`]: given back when the last holder drops it.
#[derive(Clone, Debug)]
pub struct ConnectionPlace {
    _permit: Arc<OwnedSemaphorePermit>,
}

/// Serves the gateway's routes until `stop`.
pub async fn serve(app: Arc<App>, listener: TcpListener, stop: CancellationToken) {
    let unread = Duration::from_secs(app.settings.limits.unread_seconds.into());
    serve_routes(super::routes(&app), listener, unread, stop).await;
}

/// Serves the metrics, and nothing else, until `stop`.
pub async fn serve_metrics(app: Arc<App>, listener: TcpListener, stop: CancellationToken) {
    let unread = Duration::from_secs(app.settings.limits.unread_seconds.into());
    serve_routes(super::metrics_routes(&app), listener, unread, stop).await;
}

/// Accepts until `stop`, then closes what is idle. An answer of which nothing is taken for `unread` is cut off. Sockets
/// are not closed here: their sessions are drained, and they have bounds of their own on what waits unread.
pub async fn serve_routes<R>(routes: R, listener: TcpListener, unread: Duration, stop: CancellationToken)
where
    R: Filter<Extract = (Response,), Error = Infallible> + Clone + Send + Sync + 'static,
{
    let routes = TowerToHyperService::new(warp::service(routes));
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => return,
            accepted = accept(&listener, &places) => accepted,
        };
        let Some((stream, address, place)) = accepted else { continue };
        let (routes, place) = (routes.clone(), ConnectionPlace { _permit: Arc::new(place) });
        let held = place.clone();
        let service = service_fn(move |mut request: hyper::Request<Incoming>| {
            request.extensions_mut().insert(PeerAddress(address));
            request.extensions_mut().insert(place.clone());
            let answer = hyper::service::Service::call(&routes, request);
            async move {
                match tokio::time::timeout(REQUEST_TIMEOUT, answer).await {
                    Ok(answer) => answer,
                    Err(_) => Ok(super::too_slow()),
                }
            }
        });
        let connection = hyper::server::conn::http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEADER_TIMEOUT)
            .max_buf_size(HEAD_BYTES)
            .serve_connection(TokioIo::new(Impatient::new(stream, unread)), service)
            .with_upgrades();
        let stop = stop.clone();
        tokio::spawn(async move {
            let mut connection = std::pin::pin!(connection);
            let outcome = tokio::select! {
                outcome = connection.as_mut() => outcome,
                () = stop.cancelled() => {
                    connection.as_mut().graceful_shutdown();
                    connection.await
                }
            };
            if let Err(error) = outcome {
                tracing::debug!(%error, %address, "a connection broke");
            }
            drop(held);
        });
    }
}

/// The next connection, once there is a place for it.
async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> Option<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    let place = Arc::clone(places).acquire_owned().await.ok()?;
    match listener.accept().await {
        Ok((stream, address)) => {
            // Frames are written in whole batches: waiting to fill a segment would only delay them.
            if let Err(error) = stream.set_nodelay(true) {
                tracing::debug!(%error, %address, "a connection ended at once");
                return None;
            }
            Some((stream, address, place))
        }
        Err(error) => {
            tracing::warn!(%error, "a connection could not be accepted");
            tokio::time::sleep(ACCEPT_PAUSE).await;
            None
        }
    }
}
