//! What ends while a gateway hears nothing of it is made good once it hears again.

use std::time::Duration;

use protocol::client::Update;
use protocol::code::CloseCode;
use storage::Erasure;

use super::cache::kept;
use super::counted;

/// How long making good may take: connecting again, and a look-up.
const SOON: Duration = Duration::from_secs(20);

#[tokio::test(flavor = "multi_thread")]
async fn sockets_of_who_was_erased_or_deleted_meanwhile_are_closed_and_no_others() {
    let (gateway, line) = counted(&[]).await;
    let (shop, closing) = (gateway.tenant("Shop").await, gateway.tenant("Closing").await);
    let (mut erased, welcome) = gateway.visitor(&shop).await;
    let visitor = welcome.visitor.unwrap().visitor;
    let (mut stays, _) = gateway.visitor(&shop).await;
    let (mut colleague, mut agent) = (gateway.agent(&shop).await, gateway.agent(&closing).await);
    let (mut guest, _) = gateway.visitor(&closing).await;
    kept(&gateway, &line, &shop).await;
    line.cut();
    // What is kept goes once nothing is heard any more.
    let app = gateway.gateway().app();
    while app.widgets.of(shop.organization()).await.is_ok() {
        tokio::task::yield_now().await;
    }
    // Somebody else's way to Postgres holds.
    let elsewhere = gateway.database.storage().await;
    assert!(elsewhere.begin_erasure(shop.organization(), visitor, Erasure::Delete).await.unwrap());
    while elsewhere.erase(shop.organization(), visitor).await.unwrap() {}
    assert!(elsewhere.delete_organization(closing.organization()).await.unwrap());
    line.mend();
    for socket in [&mut erased, &mut agent, &mut guest] {
        let closed = tokio::time::timeout(SOON, socket.closed()).await.expect("it is closed").unwrap();
        assert_eq!(closed.0, Some(CloseCode::Unauthenticated.number()));
    }
    let known = Update { name: Some("Still here".into()), ..serde_json::from_str("{}").unwrap() };
    reply!(stays, known, Done);
    reply!(colleague, protocol::client::Inbox::default(), InboxPage);
    gateway.stop().await;
}
