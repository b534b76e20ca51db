//! One visitor with two sockets, a message on both at once.

use std::collections::HashMap;

use protocol::connection::Connection;
use protocol::id::EntryId;
use protocol::server::{ServerFrame, Welcome};
use protocol::value::Seq;
use tests::gateway::{TestGateway, visitor_hello};

use crate::delivery::{follow, start, text, until};

const TIMES: u64 = 1_000;
/// Each socket sends as fast as it is answered: no bucket is to stop that.
const FLAGS: [&str; 4] = ["--frame-rate", "100000", "--frame-burst", "100000"];

/// What a socket was told of each key: always the same.
#[derive(Default)]
struct Told(HashMap<String, (Seq, EntryId)>);

impl Told {
    /// Reads until the key's place is known.
    async fn of(&mut self, socket: &mut Connection, key: &str) -> (Seq, EntryId) {
        while !self.0.contains_key(key) {
            let frame = until(socket, |frame| matches!(frame, ServerFrame::Stored(_) | ServerFrame::Error(_))).await;
            let ServerFrame::Stored(stored) = frame else { panic!("{frame:?}") };
            let place = (stored.seq, stored.id);
            let before = self.0.insert(stored.client_id, place);
            assert!(before.is_none_or(|before| before == place), "{before:?} became {place:?}");
        }
        self.0[key]
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_key_on_two_sockets_at_once_is_stored_once_and_both_are_told_the_same() {
    let gateway = TestGateway::with(&FLAGS).await;
    let tenant = gateway.tenant("Shop").await;
    let (mut one, welcome) = gateway.visitor(&tenant).await;
    let conversation = start(&mut one).await;
    let Welcome { visitor, .. } = welcome;
    let token = visitor.and_then(|visitor| visitor.token).expect("a new visitor gets a token");
    let mut other = gateway.socket().await;
    other.hello(visitor_hello(&tenant.widget_key, Some(&token))).await.unwrap();
    follow(&mut other, conversation).await;

    let (mut told_one, mut told_other) = (Told::default(), Told::default());
    for n in 1..=TIMES {
        let key = format!("k{n}");
        for socket in [&mut one, &mut other] {
            let reference = socket.reference();
            socket.send_frame(&text(conversation, &key, &format!("message {n}")), reference);
        }
        let (first, second) = tokio::join!(one.flush(), other.flush());
        first.and(second).unwrap();
        let (a, b) = tokio::join!(told_one.of(&mut one, &key), told_other.of(&mut other, &key));
        assert_eq!(a, b);
        assert_eq!(a.0, n);
    }
    let log = gateway.database.entries(conversation).await;
    assert_eq!(log.len() as u64, TIMES);
    for ((seq, key, text), n) in log.into_iter().zip(1..) {
        assert_eq!((seq, key, text), (n, format!("k{n}"), format!("message {n}")));
    }
    gateway.stop().await;
}
