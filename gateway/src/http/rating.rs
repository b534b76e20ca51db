//! `GET /api/ratings`: how visitors liked their conversations.

use std::collections::HashMap;
use std::str::FromStr;
use std::sync::Arc;

use http::StatusCode;
use protocol::frame::Error;
use protocol::http::{RatingPlace, RatingsPage};
use protocol::value::FieldError;
use warp::Filter;
use warp::reply::Response;

use super::{Routes, request, respond};
use crate::auth::peer::Peer;
use crate::service::rating;
use crate::state::App;

/// The fields of a request, all of them text.
type Query = HashMap<String, String>;

pub(super) fn routes(app: &Arc<App>) -> Routes {
    let list = warp::path!("api" / "ratings").and(warp::get()).and(request::app(app)).and(request::peer(app));
    list.and(warp::query::<Query>()).then(list_ratings).boxed()
}

async fn list_ratings(app: Arc<App>, peer: Peer, query: Query) -> Response {
    let page = async { page(&app, &peer, &query).await };
    respond::outcome(StatusCode::OK, page.await)
}

async fn page(app: &App, peer: &Peer, query: &Query) -> Result<RatingsPage, Error> {
    let principal = request::member(app, peer).await?;
    let limit = field(query, "limit", "must be a number")?;
    let at = field(query, "after_at", "must be the number of milliseconds of a page's next")?;
    let conversation = field(query, "after_conversation", "must be the conversation of a page's next")?;
    let after = match (at, conversation) {
        (Some(at), Some(conversation)) => Some(RatingPlace { at, conversation }),
        (None, None) => None,
        (Some(_), None) => return Err(FieldError::new("after_conversation", "must come with after_at").into()),
        (None, Some(_)) => return Err(FieldError::new("after_at", "must come with after_conversation").into()),
    };
    rating::page(app, &principal, after, limit).await
}

/// A field of the request, if it is there.
fn field<T: FromStr>(query: &Query, name: &str, rule: &str) -> Result<Option<T>, FieldError> {
    query.get(name).map(|value| value.parse().map_err(|_| FieldError::new(name, rule))).transpose()
}
