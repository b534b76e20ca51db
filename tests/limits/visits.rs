//! Page views and events: how many a session may tell, and that they never take the room of what people write.

use protocol::client::{ClientFrame, Track};
use protocol::code::ErrorCode;
use protocol::connection::{Connection, ConnectionError};
use protocol::frame::Error;
use protocol::server::Done;
use protocol::value::{Attribute, Page};
use tests::gateway::TestGateway;

use crate::delivery::{stored, talk, text};
use crate::refusals::refusal;

/// An event that is short on the wire and takes many times as much in memory.
fn event() -> Track {
    let properties = (0..50).map(|n| (format!("p{n}"), Attribute::Flag(true))).collect();
    Track { name: "e".into(), properties }
}

/// Tells events until one is refused, which must be soon. Returns how many were taken, and the error.
async fn fill(socket: &mut Connection, most: usize) -> (usize, Error) {
    for taken in 0..most {
        match socket.request(&event().into()).await {
            Ok(_) => {}
            Err(ConnectionError::Answer(error)) => return (taken, error),
            Err(other) => panic!("{other}"),
        }
    }
    panic!("{most} events were taken")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_may_tell_so_many_visits_and_still_chat() {
    let gateway = TestGateway::with(&["--visit-rate", "1", "--visit-burst", "10"]).await;
    let tenant = gateway.tenant("Shop").await;
    let (mut visitor, _) = gateway.visitor(&tenant).await;
    let (taken, error) = fill(&mut visitor, 20).await;
    assert!((10..20).contains(&taken), "{taken}");
    assert!(error.code == ErrorCode::RateLimited && (1..=1_000).contains(&error.retry_ms), "{error:?}");
    let page = Page { url: Some("/next".into()), ..Page::default() };
    assert_eq!(refusal(&mut visitor, page).await.code, ErrorCode::RateLimited);
    crate::delivery::start(&mut visitor).await;
    let (mut other, _) = gateway.visitor(&tenant).await;
    let Done {} = reply!(other, event(), Done);
    gateway.stop().await;
}

/// While Postgres is away, what visitors do fills the room that is theirs, as counted in memory, and no more.
#[tokio::test(flavor = "multi_thread")]
async fn events_that_wait_leave_room_for_messages() {
    let flags = ["--write-behind-mb", "1", "--visit-burst", "100000"];
    let (gateway, mut visitor, _agent, conversation) = talk(&flags).await;
    gateway.database.reachable(false).await;
    // A megabyte holds some 75 of them in three quarters.
    let (taken, error) = fill(&mut visitor, 150).await;
    assert!(taken >= 30 && error.code == ErrorCode::Unavailable, "{taken} {error:?}");
    let said: ClientFrame = text(conversation, "v1", "and still I am heard");
    visitor.request(&said).await.unwrap();
    gateway.database.reachable(true).await;
    assert_eq!(stored(&mut visitor, "v1").await.seq, 1);
    gateway.stop().await;
}
