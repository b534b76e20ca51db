//! Saying hello: what it costs the database.

use protocol::connection::Connection;
use protocol::server::Welcome;
use tests::database::TestDatabase;
use tests::gateway::{Tenant, TestGateway, visitor_hello};
use tests::postgres_line::PostgresLine;

mod cache;
mod place;
mod storm;
mod unheard;

/// A gateway whose way to Postgres leads over a line that counts.
async fn counted(flags: &[&str]) -> (TestGateway, PostgresLine) {
    let database = TestDatabase::new();
    let line = PostgresLine::open(database.url()).await;
    let gateway = TestGateway::on(database, &[&["--database-url", line.url()], flags].concat()).await;
    line.runs("listen chatdesk_changed").await;
    (gateway, line)
}

/// What requests asked the database, their look-ups included, since the count began: what the gateway does by itself has
/// other roles.
fn asked(line: &PostgresLine) -> Vec<String> {
    line.work(&["chatdesk_request", "chatdesk_directory"])
}

/// A visitor's hello, of one who was here before if there is a token.
async fn hello(gateway: &TestGateway, tenant: &Tenant, token: Option<&str>) -> (Connection, Welcome) {
    let mut socket = gateway.socket().await;
    let welcome = socket.hello(visitor_hello(&tenant.widget_key, token)).await.unwrap();
    (socket, welcome)
}
