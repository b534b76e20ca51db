//! Uploads that are cut off: by the network, by another socket, by the gateway's end.

use protocol::client::ClientFrame;
use protocol::code::ErrorCode;
use protocol::connection::Options;
use protocol::connection::chat::Chat;
use protocol::frame::Op;
use protocol::server::ServerFrame;
use tests::database::TestDatabase;
use tests::gateway::{TestGateway, visitor_hello};
use tests::line::{Cut, Line, Place};

use super::{announce, chunk, end, fetch, open, png, send};
use crate::delivery::start;

/// A small generator of a test's own, so that its cuts are the same each time.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u32) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        u32::try_from(self.0 >> 33).unwrap() % bound
    }
}

fn op(name: &str) -> Op {
    let all = ClientFrame::OPS.iter().chain(ServerFrame::OPS);
    all.clone().find(|(_, other)| *other == name).unwrap().0
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_cut_at_ten_random_offsets_completes_with_the_right_hash() {
    const SIZE: usize = 1_500_000;
    const CUTS: usize = 10;
    let gateway = TestGateway::start().await;
    let tenant = gateway.tenant("Shop").await;
    for seed in 1..=5_u64 {
        let mut random = Random(0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(seed));
        let cuts = (0..CUTS).map(|n| {
            // Mostly in the middle of chunks; now and then of what answers them.
            let name = ["upload_chunk", "upload_chunk", "upload_chunk", "upload_credit", "upload_ready"][n % 5];
            let place = [Place::Inside, Place::Behind, Place::Before][random.below(3) as usize];
            let nth = if name == "upload_ready" { 1 } else { 1 + random.below(7) };
            Cut { op: op(name), nth, place, reset: random.below(2) == 0 }
        });
        let cuts: Vec<Cut> = cuts.collect();
        let line = Line::open(gateway.address(), &cuts).await;
        let mut chat = Chat::visitor(&line.ws(), Options::default(), &tenant.widget_key);
        let conversation = chat.start(None, vec![]).await.unwrap();
        let bytes = png(SIZE, u32::try_from(seed).unwrap());
        let client_id = chat.upload(conversation, "fern.png", "image/png", bytes.clone());
        chat.settle().await.unwrap();
        assert_eq!(line.made(), cuts, "every cut was made, in order");
        assert!(chat.sockets() as usize > CUTS);
        let [(finished, attachment)] = chat.uploads().finished() else { panic!("{:?}", chat.uploads().refused()) };
        assert_eq!(finished, &client_id);
        // The gateway checked the hash; here is the file itself.
        assert!(fetch(&gateway, &attachment.url).await.body == bytes, "it is another file");
        let entries = chat.log(conversation).unwrap().entries();
        assert_eq!(entries.len(), 1);
        assert_eq!(entries[0].content.attachment.as_ref(), Some(attachment));
    }
    let client = gateway.database.client().await;
    let row = client.query_one("select count(*), count(done_at) from attachments", &[]).await.unwrap();
    assert_eq!((row.get::<_, i64>(0), row.get::<_, i64>(1)), (5, 5));
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_goes_on_on_another_socket_and_the_first_is_told() {
    let gateway = TestGateway::start().await;
    let tenant = gateway.tenant("Shop").await;
    let (mut first, welcome) = gateway.visitor(&tenant).await;
    let conversation = start(&mut first).await;
    let mut second = gateway.socket().await;
    let session = welcome.visitor.unwrap().token;
    second.hello(visitor_hello(&tenant.widget_key, session.as_deref())).await.unwrap();
    let bytes = png(500_000, 7);
    let request = announce(conversation, "u1", &bytes);
    let ready = open(&mut first, &request).await;
    send(&mut first, &ready, &bytes, |have| have > 30_000).await;

    let taken_over = open(&mut second, &request).await;
    assert_eq!(taken_over.upload, ready.upload);
    assert!(taken_over.offset > 30_000, "{}", taken_over.offset);
    // The first is told at once, or with its next chunk.
    let at = usize::try_from(taken_over.offset).unwrap();
    first.send_frame(&chunk(ready.upload, taken_over.offset, &bytes[at..at + 100]), 0);
    let error = end(&mut first, ready.upload).await;
    assert_eq!((error.code, error.retryable), (ErrorCode::Conflict, false));
    let done = send(&mut second, &taken_over, &bytes, |_| false).await.unwrap();
    assert!(fetch(&gateway, &done.attachment.url).await.body == bytes);
    // And so it is on the first one from then on.
    assert_eq!(reply!(first, request, UploadDone).attachment, done.attachment);
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_goes_on_where_it_was_when_the_gateway_comes_back() {
    let gateway = TestGateway::with(&["--drain-seconds", "5"]).await;
    let tenant = gateway.tenant("Shop").await;
    let (mut visitor, welcome) = gateway.visitor(&tenant).await;
    let session = welcome.visitor.unwrap().token;
    let conversation = start(&mut visitor).await;
    let bytes = png(700_000, 8);
    let request = announce(conversation, "u1", &bytes);
    let ready = open(&mut visitor, &request).await;
    send(&mut visitor, &ready, &bytes, |have| have > 100_000).await;
    let database: TestDatabase = gateway.stop().await;

    let gateway = TestGateway::on(database, &[]).await;
    let mut back = gateway.socket().await;
    back.hello(visitor_hello(&tenant.widget_key, session.as_deref())).await.unwrap();
    let again = open(&mut back, &request).await;
    assert_eq!(again.upload, ready.upload);
    assert!((100_000..700_000).contains(&again.offset), "{}", again.offset);
    let done = send(&mut back, &again, &bytes, |_| false).await.unwrap();
    assert!(fetch(&gateway, &done.attachment.url).await.body == bytes);
    gateway.stop().await;
}
