//! `GET /popout/<widget key>?from=<origin>`, where that page may not embed the widget. Whoever is named there may hand a
//! session to the window: a page that the widget's owner does not know could plant one of its own, and read along.

use std::sync::Arc;

use warp::path::FullPath;
use warp::reply::Response;
use warp::{Filter, reject};

use super::{Routes, request, respond};
use crate::auth::origin::Origin;
use crate::auth::peer::Peer;
use crate::service::widget;
use crate::state::App;

/// Refuses, or leaves the page to whoever serves it.
pub(super) fn routes(app: &Arc<App>) -> Routes {
    warp::path("popout")
        .and(warp::path::full())
        .and(warp::query::<Vec<(String, String)>>())
        .and(request::app(app))
        .and(request::peer(app))
        .and_then(|path: FullPath, query: Vec<(String, String)>, app: Arc<App>, peer: Peer| async move {
            refusal(path.as_str(), &query, &app, peer).await.ok_or_else(reject::not_found)
        })
        .boxed()
}

async fn refusal(path: &str, query: &[(String, String)], app: &App, peer: Peer) -> Option<Response> {
    // As the page's script reads it: the first of several, and an empty one is none.
    let (_, from) = query.iter().find(|(name, _)| name == "from").filter(|(_, from)| !from.is_empty())?;
    let key = path.strip_prefix("/popout/")?;
    let opener = Peer { origin: Some(Origin::parse(from)), ..peer };
    // A key with anything odd in its path is no widget's: what the script would make of it does not matter.
    widget::open(app, &opener, key).await.err().map(|error| respond::failure(&error))
}
