//! `POST /api/signup`, `POST /api/login`, `POST /api/logout`, `POST /api/organization/switch`, `GET /api/me`.

use std::sync::Arc;

use http::StatusCode;
use http::header::{self, HeaderValue};
use protocol::frame::Error;
use protocol::http::{Login, Signup, SwitchOrganization};
use warp::Filter;
use warp::reply::Response;

use super::{Routes, request, respond};
use crate::auth::peer::{AGENT_COOKIE, Peer};
use crate::service::account::{self, LOGIN_MILLIS, LoggedIn};
use crate::state::App;

pub(super) fn routes(app: &Arc<App>) -> Routes {
    let given = || request::app(app).and(request::peer(app));
    let signup = warp::path!("api" / "signup").and(warp::post()).and(given()).and(request::json()).then(signup);
    let login = warp::path!("api" / "login").and(warp::post()).and(given()).and(request::json()).then(login);
    let logout = warp::path!("api" / "logout").and(warp::post()).and(given()).then(logout);
    let me = warp::path!("api" / "me").and(warp::get()).and(given()).then(me);
    let switching = warp::path!("api" / "organization" / "switch").and(warp::post());
    let switch = switching.and(given()).and(request::json()).then(switch);
    signup.or(login).unify().or(logout).unify().or(me).unify().or(switch).unify().boxed()
}

async fn signup(app: Arc<App>, peer: Peer, body: Result<Signup, Error>) -> Response {
    let outcome = async {
        request::own_page(&app, &peer)?;
        account::signup(&app, &peer, body?).await
    };
    logged_in(&app, StatusCode::CREATED, outcome.await)
}

async fn login(app: Arc<App>, peer: Peer, body: Result<Login, Error>) -> Response {
    let outcome = async {
        request::own_page(&app, &peer)?;
        account::login(&app, &peer, body?).await
    };
    logged_in(&app, StatusCode::OK, outcome.await)
}

async fn logout(app: Arc<App>, peer: Peer) -> Response {
    let outcome = async {
        request::own_page(&app, &peer)?;
        match &peer.agent_token {
            Some(token) => account::logout(&app, token).await,
            None => Ok(()),
        }
    };
    match outcome.await {
        Ok(()) => {
            let mut response = respond::raw(StatusCode::NO_CONTENT, bytes::Bytes::new(), &[]);
            set_cookie(&app, &mut response, "", 0);
            response
        }
        Err(error) => respond::failure(&error),
    }
}

async fn switch(app: Arc<App>, peer: Peer, body: Result<SwitchOrganization, Error>) -> Response {
    let outcome = async {
        request::own_page(&app, &peer)?;
        account::switch(&app, peer.agent_token.as_deref(), body?).await
    };
    logged_in(&app, StatusCode::OK, outcome.await)
}

async fn me(app: Arc<App>, peer: Peer) -> Response {
    let me = async { account::me(&app, request::member(&app, &peer).await?).await };
    respond::outcome(StatusCode::OK, me.await)
}

fn logged_in(app: &App, status: StatusCode, outcome: Result<LoggedIn, Error>) -> Response {
    match outcome {
        Ok(LoggedIn { me, token }) => {
            let mut response = respond::json(status, &me);
            set_cookie(app, &mut response, &token, LOGIN_MILLIS / 1000);
            response
        }
        Err(error) => respond::failure(&error),
    }
}

/// Out of scripts' reach, and never sent along by another site.
fn set_cookie(app: &App, response: &mut Response, token: &str, seconds: u64) {
    let secure = if app.settings.secure() { "; Secure" } else { "" };
    let cookie = format!("{AGENT_COOKIE}={token}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}");
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
}
