//! A gateway of a test's own, in this process, on a port and in a database that no other test uses.

use std::net::SocketAddr;

use clap::Parser;
use gateway::auth::token;
use gateway::serve::Gateway;
use gateway::settings::Settings;
use protocol::client::{Hello, HelloRole};
use protocol::connection::chat::Chat;
use protocol::connection::{Connection, Options};
use protocol::id::{MemberId, OrganizationId};
use protocol::server::Welcome;
use protocol::value::{Millis, Role};
use serde_json::{Value, json};
use storage::NewMember;

use crate::database::TestDatabase;
use crate::http::{self, Answer};

/// When logins end that tests make: in the year 2100.
const LOGIN_ENDS: Millis = 4_102_444_800_000;

#[derive(Parser)]
#[command(args_override_self = true)]
struct Flags {
    #[command(flatten)]
    settings: Settings,
}

/// The settings that flags of `chatdesk serve` give.
#[must_use]
pub fn settings(flags: &[&str]) -> Settings {
    let name = std::iter::once("chatdesk");
    Flags::try_parse_from(name.chain(flags.iter().copied())).expect("flags of chatdesk serve").settings
}

/// A running gateway and its database.
pub struct TestGateway {
    gateway: Gateway,
    /// Its database.
    pub database: TestDatabase,
}

/// An organization of a test's own.
pub struct Tenant {
    /// What sign-up answered.
    pub me: Value,
    /// The owner's login.
    pub token: String,
    /// Its widget's key.
    pub widget_key: String,
}

impl Tenant {
    /// Which organization.
    #[must_use]
    pub fn organization(&self) -> OrganizationId {
        self.me["organization"]["id"].as_str().and_then(|id| id.parse().ok()).expect("sign-up tells the organization")
    }

    /// Its owner.
    #[must_use]
    pub fn owner(&self) -> MemberId {
        self.me["member"]["id"].as_str().and_then(|id| id.parse().ok()).expect("sign-up tells the member")
    }
}

impl TestGateway {
    /// A gateway with the default settings.
    pub async fn start() -> Self {
        Self::with(&[]).await
    }

    /// A gateway with these flags of `chatdesk serve`.
    pub async fn with(flags: &[&str]) -> Self {
        Self::on(TestDatabase::new(), flags).await
    }

    /// One more gateway on a database.
    pub async fn on(database: TestDatabase, flags: &[&str]) -> Self {
        let data = database.folder().to_string_lossy().into_owned();
        let mut all = vec!["--addr", "127.0.0.1:0", "--logins-per-minute", "100000", "--database-url", database.url()];
        // Nobody reads on at a test's end.
        all.extend(["--data", &data, "--drain-seconds", "0"]);
        all.extend(flags);
        let gateway = Gateway::start(settings(&all)).await.expect("the gateway starts");
        Self { gateway, database }
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.gateway.address()
    }

    /// Its WebSocket endpoint.
    #[must_use]
    pub fn ws(&self) -> String {
        format!("ws://{}/ws", self.address())
    }

    /// Its inside.
    #[must_use]
    pub fn gateway(&self) -> &Gateway {
        &self.gateway
    }

    /// Stops it, and returns the database.
    pub async fn stop(self) -> TestDatabase {
        self.gateway.stop().await.expect("the gateway stops cleanly");
        self.database
    }

    /// An HTTP request.
    pub async fn http(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Option<&Value>) -> Answer {
        http::request(self.address(), method, path, headers, body).await
    }

    /// Signs an organization up.
    pub async fn tenant(&self, name: &str) -> Tenant {
        let email = format!("owner@{}.example", name.to_lowercase());
        let body = json!({"organization": name, "name": format!("{name}'s owner"), "email": email, "password": "correct horse"});
        let answer = self.http("POST", "/api/signup", &[], Some(&body)).await;
        assert_eq!(answer.status, 201, "{}", answer.json());
        let token = answer.cookie("chatdesk_agent").unwrap().to_owned();
        let config = self.http("GET", "/api/settings/widget", &[("cookie", &cookie(&token))], None).await.json();
        Tenant { me: answer.json(), token, widget_key: config["widget_key"].as_str().unwrap().to_owned() }
    }

    /// One more member of an organization, with a login.
    pub async fn colleague(&self, tenant: &Tenant, name: &str) -> (MemberId, String) {
        let storage = &self.gateway.app().storage;
        let email = format!("{}@colleagues.example", name.to_lowercase());
        let new = NewMember { name, email: &email, password_hash: "$none$", role: Role::Agent };
        let member = storage.create_member(tenant.organization(), &new).await.expect("a member is made");
        let (token, hash) = token::generate().expect("the system has randomness");
        let session = storage.create_member_session(tenant.organization(), member.id, &hash, LOGIN_ENDS).await;
        session.expect("a login is stored");
        (member.id, token)
    }

    /// Changes an organization's widget settings.
    pub async fn configure(&self, tenant: &Tenant, change: impl FnOnce(&mut Value)) -> Answer {
        let login = cookie(&tenant.token);
        let mut config = self.http("GET", "/api/settings/widget", &[("cookie", &login)], None).await.json();
        change(&mut config);
        self.http("PUT", "/api/settings/widget", &[("cookie", &login)], Some(&config)).await
    }

    /// A socket that has said nothing yet.
    pub async fn socket(&self) -> Connection {
        self.socket_with(&Options::default()).await
    }

    /// The same, with a handshake of one's own.
    pub async fn socket_with(&self, options: &Options) -> Connection {
        Connection::open(&self.ws(), options).await.expect("the handshake is taken")
    }

    /// A new visitor.
    pub async fn visitor(&self, tenant: &Tenant) -> (Connection, Welcome) {
        let mut socket = self.socket().await;
        let welcome = socket.hello(visitor_hello(&tenant.widget_key, None)).await.expect("a visitor is welcome");
        (socket, welcome)
    }

    /// The owner as an agent.
    pub async fn agent(&self, tenant: &Tenant) -> Connection {
        let mut socket = self.socket().await;
        socket.hello(agent_hello(&tenant.token)).await.expect("the owner is welcome");
        socket
    }

    /// A visitor that survives its sockets.
    #[must_use]
    pub fn visitor_chat(&self, tenant: &Tenant) -> Chat {
        Chat::visitor(&self.ws(), Options::default(), &tenant.widget_key)
    }

    /// The owner, surviving sockets.
    #[must_use]
    pub fn agent_chat(&self, tenant: &Tenant) -> Chat {
        Chat::agent(&self.ws(), Options::default(), &tenant.token)
    }
}

/// The cookie of a login.
#[must_use]
pub fn cookie(token: &str) -> String {
    format!("chatdesk_agent={token}")
}

/// A visitor's first frame.
#[must_use]
pub fn visitor_hello(widget_key: &str, token: Option<&str>) -> Hello {
    Hello { widget_key: Some(widget_key.into()), token: token.map(Into::into), ..hello(HelloRole::Visitor) }
}

/// An agent's first frame.
#[must_use]
pub fn agent_hello(token: &str) -> Hello {
    Hello { token: Some(token.into()), ..hello(HelloRole::Agent) }
}

fn hello(role: HelloRole) -> Hello {
    Hello { role, widget_key: None, token: None, features: vec![], agent: None, page: None, resume: vec![] }
}
