//! What is one too many is not overtaken by what its sender sent later.

use protocol::connection::Options;
use protocol::connection::chat::Chat;
use protocol::value::Content;
use tests::gateway::TestGateway;

/// Many times what is taken at once; room for one more comes while they are being read.
const LINES: usize = 400;

#[tokio::test(flavor = "multi_thread")]
async fn what_a_bucket_refuses_is_taken_in_its_order_all_the_same() {
    let flags = ["--frame-rate", "2000", "--frame-burst", "10", "--refusal-burst", "1000000"];
    let gateway = TestGateway::with(&flags).await;
    let tenant = gateway.tenant("Shop").await;
    let mut visitor = Chat::visitor(&gateway.ws(), Options::default(), &tenant.widget_key);
    let conversation = visitor.start(None, vec![]).await.unwrap();
    let lines: Vec<String> = (1..=LINES).map(|number| format!("line {number}")).collect();
    for line in &lines {
        visitor.send(conversation, Content::text(line.clone()));
    }
    visitor.until(|chat| chat.outbox().unstored() == 0).await.unwrap();
    let log = visitor.log(conversation).unwrap();
    let texts: Vec<String> = log.entries().iter().filter_map(|entry| entry.content.text.clone()).collect();
    assert_eq!((texts, visitor.sockets()), (lines, 1));
    gateway.stop().await;
}
