//! The gateway's process is killed and stopped while people write. Nothing that was acknowledged is lost, nothing is
//! stored twice.

use std::collections::HashMap;

use protocol::connection::Options;
use protocol::connection::chat::Chat;
use protocol::id::ConversationId;
use protocol::value::{Content, Seq};
use serde_json::json;
use tests::database::TestDatabase;
use tests::gateway::cookie;
use tests::http;
use tests::process::Process;

use crate::uploads::png;

/// Signs an organization up: the owner's token and the widget's key.
async fn tenant(process: &Process) -> (String, String) {
    let body = json!({"organization": "Shop", "name": "Ada", "email": "ada@shop.example", "password": "correct horse"});
    let made = http::request(process.address, "POST", "/api/signup", &[], Some(&body)).await;
    let token = made.cookie("chatdesk_agent").unwrap().to_owned();
    let config =
        http::request(process.address, "GET", "/api/settings/widget", &[("cookie", &cookie(&token))], None).await;
    (token, config.json()["widget_key"].as_str().unwrap().to_owned())
}

/// The log as a client holds it.
fn held(chat: &Chat, conversation: ConversationId) -> Vec<(Seq, String, String)> {
    let entries = chat.log(conversation).unwrap().entries().iter();
    entries
        .map(|entry| (entry.seq.unwrap(), entry.client_id.clone(), entry.content.text.clone().unwrap_or_default()))
        .collect()
}

/// Every acknowledged message stands in the log once, at the seq that was acknowledged, and the log has no gaps.
fn check(log: &[(Seq, String, String)], chats: &[&Chat]) {
    assert_eq!(log.iter().map(|(seq, ..)| *seq).collect::<Vec<_>>(), (1..=log.len() as Seq).collect::<Vec<_>>());
    let mut places: HashMap<&str, Vec<Seq>> = HashMap::new();
    for (seq, client_id, _) in log {
        places.entry(client_id).or_default().push(*seq);
    }
    for acknowledged in chats.iter().flat_map(|chat| chat.outbox().acknowledged()) {
        assert_eq!(places.get(acknowledged.client_id.as_str()), Some(&vec![acknowledged.seq]), "{acknowledged:?}");
    }
    assert!(places.values().all(|seqs| seqs.len() == 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn killing_the_gateway_in_a_stream_of_sends_loses_and_doubles_nothing() {
    const KILLS: usize = 5;
    const BETWEEN: usize = 120;
    let database = TestDatabase::new();
    let flags = ["--database-url", database.url()];
    let mut process = Process::start(&flags);
    let (token, widget_key) = tenant(&process).await;
    let mut visitor = Chat::visitor(&process.ws(), Options::default(), &widget_key);
    let mut agent = Chat::agent(&process.ws(), Options::default(), &token);
    let conversation = visitor.start(None, vec![]).await.unwrap();
    agent.follow(conversation);

    for round in 0..KILLS {
        for n in 0..BETWEEN {
            visitor.send(conversation, Content::text(format!("visitor {round}.{n}")));
            agent.send(conversation, Content::text(format!("agent {round}.{n}")));
        }
        // Cut in the middle: some are acknowledged, some stored and not yet acknowledged, some nowhere.
        let goal = round * BETWEEN + 1 + (round * 23) % BETWEEN;
        let sockets = u32::try_from(round).unwrap();
        let cut = |chat: &Chat| chat.sockets() > sockets && chat.outbox().acknowledged().len() >= goal;
        tokio::select! {
            outcome = visitor.until(cut) => outcome.unwrap(),
            outcome = agent.until(|_| false) => outcome.unwrap(),
        }
        let address = process.kill();
        process = Process::start_at(address, &flags);
    }
    let total = 2 * KILLS * BETWEEN;
    let all = |chat: &Chat| chat.outbox().unstored() == 0 && chat.log(conversation).unwrap().entries().len() >= total;
    let (one, two) = tokio::join!(visitor.until(all), agent.until(all));
    one.and(two).unwrap();

    let log = database.entries(conversation).await;
    assert_eq!(log.len(), total);
    check(&log, &[&visitor, &agent]);
    assert_eq!(held(&visitor, conversation), log);
    assert_eq!(held(&agent, conversation), log);
    let written: Vec<String> =
        log.iter().map(|(.., text)| text.clone()).filter(|text| text.starts_with("visitor")).collect();
    let expected: Vec<String> =
        (0..KILLS).flat_map(|round| (0..BETWEEN).map(move |n| format!("visitor {round}.{n}"))).collect();
    assert_eq!(written, expected, "a sender's order is kept over every kill");
}

/// What of a file has come outlives the process as well.
#[tokio::test(flavor = "multi_thread")]
async fn killing_the_gateway_in_the_middle_of_uploads_loses_no_byte_of_them() {
    const KILLS: u32 = 4;
    const SIZE: usize = 3_000_000;
    let database = TestDatabase::new();
    let data = database.folder().to_string_lossy().into_owned();
    let flags = ["--database-url", database.url(), "--data", &data];
    let mut process = Process::start(&flags);
    let (_, widget_key) = tenant(&process).await;
    let mut visitor = Chat::visitor(&process.ws(), Options::default(), &widget_key);
    let conversation = visitor.start(None, vec![]).await.unwrap();
    let files: Vec<Vec<u8>> = (0..2).map(|seed| png(SIZE, seed)).collect();
    for bytes in &files {
        visitor.upload(conversation, "fern.png", "image/png", bytes.clone());
    }
    for round in 1..=KILLS {
        let goal = u64::from(round) * 1_000_000;
        visitor.until(|chat| chat.sockets() >= round && chat.uploads().credited() >= goal).await.unwrap();
        let address = process.kill();
        process = Process::start_at(address, &flags);
    }
    visitor.settle().await.unwrap();
    assert_eq!(visitor.uploads().finished().len(), files.len(), "{:?}", visitor.uploads().refused());
    assert!(visitor.sockets() > KILLS);
    for (_, attachment) in visitor.uploads().finished() {
        let answer = http::request(process.address, "GET", &attachment.url, &[], None).await;
        assert!(files.contains(&answer.body), "a file came out otherwise");
    }
    assert_eq!(database.entries(conversation).await.len(), files.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn sigterm_stores_and_acknowledges_what_was_taken_and_ends_cleanly() {
    let database = TestDatabase::new();
    let process = Process::start(&["--database-url", database.url()]);
    let (_, widget_key) = tenant(&process).await;
    let mut visitor = Chat::visitor(&process.ws(), Options::default(), &widget_key);
    let conversation = visitor.start(None, vec![]).await.unwrap();
    for n in 0..200 {
        visitor.send(conversation, Content::text(format!("line {n}")));
    }
    visitor.until(|chat| !chat.outbox().acknowledged().is_empty()).await.unwrap();
    let ending = tokio::task::spawn_blocking(move || process.terminate());
    // The client goes on reading, as one does that has not been told yet.
    let status = tokio::select! {
        status = ending => status.unwrap(),
        outcome = visitor.until(|_| false) => panic!("{outcome:?}"),
    };
    assert!(status.success(), "{status}");
    let log = database.entries(conversation).await;
    check(&log, &[&visitor]);
}
