//! A file over a slow link, and a chat beside it.

use protocol::client::ClientFrame;
use protocol::connection::Options;
use protocol::connection::chat::Chat;
use protocol::value::Content;
use tests::gateway::TestGateway;
use tests::narrow::Narrow;

use super::{fetch, png};

/// A link of 1 Mbit/s, in bytes a second.
const LINK: u32 = 125_000;
/// What it passes in 300 ms: more may not stand before a message.
const BEFORE_MESSAGE: u64 = LINK as u64 * 300 / 1_000;
/// A file for which that link takes more than a minute.
const FILE_BYTES: usize = 10 * 1024 * 1024;
/// A message is sent each time that so many bytes have passed.
const EVERY: u64 = 200_000;
/// Messages that are.
const MESSAGES: u64 = 12;

/// Measured in bytes that pass before the message, which is what it waits for: a busy machine does not change it.
#[tokio::test(flavor = "multi_thread")]
async fn a_message_in_the_middle_of_a_large_file_on_a_slow_link_is_not_held_up() {
    let gateway = TestGateway::start().await;
    let tenant = gateway.tenant("Shop").await;
    let mut link = Narrow::open(gateway.address(), LINK).await;
    let mut chat = Chat::visitor(&link.ws(), Options::default(), &tenant.widget_key);
    let conversation = chat.start(None, vec![]).await.unwrap();
    let bytes = png(FILE_BYTES, 9);
    chat.upload(conversation, "large.png", "image/png", bytes.clone());
    let send = ClientFrame::OPS.iter().find(|(_, name)| *name == "send").unwrap().0;
    let mut waits = Vec::new();
    for n in 1..=MESSAGES {
        // At any moment, not only when a credit has come.
        tokio::select! {
            () = link.passes(n * EVERY) => {}
            outcome = chat.until(|_| false) => panic!("{outcome:?}"),
        }
        link.forget();
        let before = link.passed();
        chat.send(conversation, Content::text(format!("message {n}")));
        let passed = tokio::select! {
            passed = link.next(send) => passed,
            outcome = chat.until(|_| false) => panic!("{outcome:?}"),
        };
        waits.push(passed.at - before);
        chat.until(|chat| chat.outbox().unstored() == 0).await.unwrap();
    }
    println!("bytes before each message: {waits:?}");
    assert!(waits.iter().all(|wait| *wait <= BEFORE_MESSAGE), "more than {BEFORE_MESSAGE} bytes: {waits:?}");
    assert_eq!((chat.uploads().under_way(), chat.sockets()), (1, 1));

    // On a link that takes it, the rest is there soon.
    link.widen();
    chat.settle().await.unwrap();
    let [(_, attachment)] = chat.uploads().finished() else { panic!("{:?}", chat.uploads().refused()) };
    assert!(fetch(&gateway, &attachment.url).await.body == bytes, "it is another file");
    gateway.stop().await;
}
