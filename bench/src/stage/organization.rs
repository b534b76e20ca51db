//! An organization to be loaded: signed up for the run, or one that is there.

use protocol::http::{Login, Signup};
use serde::Deserialize;
use storage::{NewOrganization, Storage, StorageConfig};

use super::http;
use crate::target::Target;

/// The cookie that holds a login's token.
const COOKIE: &str = "chatdesk_agent";
/// The password of organizations that a run makes, on a gateway of its own that ends with it.
const PASSWORD: &str = "bench-correct-horse";

/// An organization, its widget's key, and a login of one of its agents.
#[derive(Clone, Debug)]
pub(crate) struct Organization {
    /// What its visitors say hello with.
    pub(crate) widget_key: String,
    /// What its agents' sockets say hello with.
    pub(crate) token: String,
}

/// The hash of no password: nobody logs in.
const NO_PASSWORD: &str = "$argon2id$of-no-password";

/// What is read of a widget's settings.
#[derive(Deserialize)]
struct Widget {
    widget_key: String,
}

impl Organization {
    /// Signs one up; its owner is its agent.
    ///
    /// # Errors
    /// The gateway says no, or nothing.
    pub(crate) async fn sign_up(target: Target, number: usize) -> Result<Self, String> {
        let unique = uuid::Uuid::new_v4().simple();
        let body = Signup {
            organization: format!("Shop {number}"),
            name: format!("Owner {number}"),
            email: format!("owner-{unique}@bench.test"),
            password: PASSWORD.into(),
        };
        let answer = http::send(target.0, "POST", "/api/signup", &[], &body).await?;
        answer.success("sign-up")?;
        let token = answer.cookie(COOKIE).ok_or("sign-up: no login came with it")?.to_owned();
        let cookie = format!("{COOKIE}={token}");
        let settings = http::get(target.0, "/api/settings/widget", &[("cookie", &cookie)]).await?;
        Ok(Self { widget_key: settings.json::<Widget>("the widget's settings")?.widget_key, token })
    }

    /// Logs in to one that is there.
    ///
    /// # Errors
    /// The gateway says no, or nothing.
    pub(crate) async fn log_in(target: Target, widget_key: &str, email: &str, password: &str) -> Result<Self, String> {
        let body = Login { email: email.into(), password: password.into(), organization: None };
        let answer = http::send(target.0, "POST", "/api/login", &[], &body).await?;
        answer.success("login")?;
        let token = answer.cookie(COOKIE).ok_or("login: no session came with it")?.to_owned();
        Ok(Self { widget_key: widget_key.into(), token })
    }

    /// Ends the login.
    ///
    /// # Errors
    /// The gateway says no, or nothing.
    pub(crate) async fn log_out(&self, target: Target) -> Result<(), String> {
        let cookie = format!("{COOKIE}={}", self.token);
        let empty = serde_json::json!({});
        http::send(target.0, "POST", "/api/logout", &[("cookie", &cookie)], &empty).await?.success("logout")
    }
}

/// Puts an organization into a database whose schema is up to date. Returns its widget's key.
///
/// # Errors
/// The database does not take it.
pub(super) async fn put_into(database_url: &str) -> Result<String, String> {
    let storage = Storage::connect(StorageConfig::new(database_url)).await.map_err(|error| error.to_string())?;
    let unique = uuid::Uuid::new_v4().simple();
    let widget_key = format!("wk_{unique}");
    let new = NewOrganization {
        name: "Shop",
        owner_name: "Owner",
        email: &format!("owner-{unique}@bench.test"),
        password_hash: NO_PASSWORD,
        widget_key: &widget_key,
    };
    let created = storage.create_organization(&new).await;
    storage.close();
    created.map_err(|error| error.to_string())?;
    Ok(widget_key)
}
