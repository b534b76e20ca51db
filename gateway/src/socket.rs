//! The WebSocket transport: the handshake, and the loops that move bytes between a socket, whatever talks on it, and its
//! send queue. What the bytes mean is the talker's business; on `GET /ws` that is a session.
//!
//! warp routes the request; the 101 answer and the socket are made here, because warp's own `Ws` cannot set the size
//! of the read buffer (128 KiB a socket).

use std::sync::Arc;

use http::header::HeaderMap;
use hyper::upgrade::OnUpgrade;
use protocol::{SUBPROTOCOL, limit};
use warp::Filter;
use warp::filters::BoxedFilter;
use warp::reply::{self, Reply};

use crate::auth::peer::Peer;
use crate::http::listen::{ConnectionPlace, PeerAddress};
use crate::session::Session;
use crate::state::App;

mod chat;
mod connection;
mod frame;
mod handshake;
mod input;
mod output;
mod parting;

pub use connection::{Bounds, Fault, Talker, serve};
pub use frame::CloseFrame;
pub use handshake::{Subprotocol, Upgrade, refuse, too_many};
pub use input::Message;
pub use output::Outgoing;

/// `GET /ws`.
#[must_use]
pub fn route(app: &Arc<App>) -> BoxedFilter<(reply::Response,)> {
    let app = Arc::clone(app);
    warp::path!("ws")
        .and(warp::get())
        .and(warp::header::headers_cloned())
        .and(warp::ext::get::<PeerAddress>())
        .and(warp::ext::get::<ConnectionPlace>())
        .and(warp::ext::optional::<OnUpgrade>())
        .map(move |headers: HeaderMap, PeerAddress(address), place: ConnectionPlace, upgrade: Option<OnUpgrade>| {
            let peer = Peer::new(&headers, address, &app.settings.trusted_proxies);
            // Right or wrong: each costs a connection.
            if app.limits.take_handshake(peer.address).is_err() {
                return too_many("too many handshakes come from this address").into_response();
            }
            let upgrade = match Upgrade::accept(&headers, upgrade, Subprotocol::Only(SUBPROTOCOL)) {
                Ok(upgrade) => upgrade,
                Err(reason) => return refuse(reason).into_response(),
            };
            let Some(of_address) = app.limits.take_socket(peer.address) else {
                return too_many("too many sockets are open from this address").into_response();
            };
            let answer = upgrade.answer();
            let session_app = Arc::clone(&app);
            app.tasks.spawn(async move {
                if let Some((stream, early)) = upgrade.stream().await {
                    let bounds = Bounds { message_bytes: limit::FRAME_BYTES };
                    // Keeps its place among the connections, and among its address's, for as long as the socket is there.
                    let places = (place, of_address);
                    let tasks = session_app.tasks.clone();
                    // A task of its own, without the room that the handshake took.
                    tasks.spawn(serve(stream, early, bounds, Session::open(session_app, peer), places));
                }
            });
            answer.into_response()
        })
        .boxed()
}

#[cfg(test)]
mod tests;
