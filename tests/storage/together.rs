//! Sessions that come at once share statements, and nothing else.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;

use protocol::value::Seq;
use storage::{Browser, FirstPage, Storage, StorageConfig, StorageError, WidgetSession, Writer};
use tests::database::TestDatabase;
use tests::postgres_line::PostgresLine;

use super::{Shop, batches_of, shop, submit, token};

/// Those who come at once.
const MANY: usize = 50;
/// In the statement that makes sessions, in no other.
const CREATE: &str = "insert into widget_sessions";
/// In the statement that resumes many.
const RESUME: &str = "skip locked";
/// In the statement of one that is waited for.
const RESUME_ALONE: &str = "with resumed as (\n        update widget_sessions";

/// Storage whose way to Postgres leads over a line.
async fn lined(database: &TestDatabase) -> (PostgresLine, Storage) {
    let line = PostgresLine::open(database.url()).await;
    let storage = Storage::connect(StorageConfig::new(line.url())).await.unwrap();
    (line, storage)
}

/// Begins all of them, in order, and waits for none.
async fn begin<T>(asking: &mut [Pin<Box<impl Future<Output = T>>>]) {
    poll_fn(|context| {
        assert!(asking.iter_mut().all(|asked| asked.as_mut().poll(context).is_pending()));
        Poll::Ready(())
    })
    .await;
}

fn ran(line: &PostgresLine, part: &str) -> usize {
    line.work(&["chatdesk_request"]).iter().filter(|sql| sql.contains(part)).count()
}

async fn sessions(database: &TestDatabase) -> i64 {
    database.client().await.query_one("select count(*) from widget_sessions", &[]).await.unwrap().get(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn those_who_come_while_others_are_made_are_made_together() {
    let (database, shop) = shop().await;
    let (line, storage) = lined(&database).await;
    // So that the statement is prepared.
    make(&storage, &shop).await;
    line.forget();
    line.hold();
    let (tokens, browser) = ((0..MANY).map(|_| token()).collect::<Vec<_>>(), Browser::default());
    let create = |token| Box::pin(storage.create_widget_session(shop.organization, token, &browser));
    let mut asking: Vec<_> = tokens.iter().map(create).collect();
    begin(&mut asking).await;
    line.runs(CREATE).await;
    line.mend();
    let mut made = Vec::new();
    for asked in asking {
        made.push(asked.await.unwrap());
    }
    assert!(ran(&line, CREATE) <= 2, "{} statements", ran(&line, CREATE));
    // Each has their own.
    for (token, made) in tokens.iter().zip(&made) {
        let resumed = storage.resume_widget_session(shop.organization, token, &browser).await.unwrap().unwrap();
        assert_eq!((resumed.id, resumed.visitor), (made.id, made.visitor));
    }
}

async fn make(storage: &Storage, shop: &Shop) -> WidgetSession {
    storage.create_widget_session(shop.organization, &token(), &Browser::default()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_postgres_refuses_fails_alone() {
    let (database, shop) = shop().await;
    let (line, storage) = lined(&database).await;
    make(&storage, &shop).await;
    let before = sessions(&database).await;
    line.hold();
    let long = "x".repeat(2001);
    let (refused, fine) = (Browser { referrer: Some(&long), ..Browser::default() }, Browser::default());
    let tokens: Vec<_> = (0..MANY).map(|_| token()).collect();
    let create = |(n, token)| {
        let browser = if n % 17 == 5 { &refused } else { &fine };
        Box::pin(storage.create_widget_session(shop.organization, token, browser))
    };
    let mut asking: Vec<_> = tokens.iter().enumerate().map(create).collect();
    begin(&mut asking).await;
    line.mend();
    for (n, asked) in asking.into_iter().enumerate() {
        match asked.await {
            Ok(_) => assert_ne!(n % 17, 5, "{n}"),
            Err(error) => assert!(n % 17 == 5 && matches!(error, StorageError::Fault(_)), "{n}: {error}"),
        }
    }
    assert_eq!(sessions(&database).await - before, 47);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_made_for_those_who_went_away_before_their_turn() {
    let (database, shop) = shop().await;
    let (line, storage) = lined(&database).await;
    make(&storage, &shop).await;
    line.forget();
    let before = sessions(&database).await;
    line.hold();
    let (tokens, browser) = ((0..MANY).map(|_| token()).collect::<Vec<_>>(), Browser::default());
    let create = |token| Box::pin(storage.create_widget_session(shop.organization, token, &browser));
    let mut first = vec![create(&tokens[0])];
    begin(&mut first).await;
    line.runs(CREATE).await;
    let mut rest: Vec<_> = tokens[1..].iter().map(create).collect();
    begin(&mut rest).await;
    let stay = rest.split_off(rest.len() - 10);
    drop(rest);
    line.mend();
    for asked in first.into_iter().chain(stay) {
        asked.await.unwrap();
    }
    assert_eq!((sessions(&database).await - before, ran(&line, CREATE)), (11, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_waits_while_postgres_is_away_is_told_and_later_ones_are_served() {
    let (database, shop) = shop().await;
    let (line, storage) = lined(&database).await;
    make(&storage, &shop).await;
    line.hold();
    let (tokens, browser) = ((0..MANY).map(|_| token()).collect::<Vec<_>>(), Browser::default());
    let create = |token| Box::pin(storage.create_widget_session(shop.organization, token, &browser));
    let mut asking: Vec<_> = tokens.iter().map(create).collect();
    begin(&mut asking).await;
    line.cut();
    for asked in asking {
        assert!(matches!(asked.await, Err(StorageError::Unavailable(_))));
    }
    line.mend();
    make(&storage, &shop).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_somebody_holds_makes_only_its_own_wait() {
    let (database, shop) = shop().await;
    let (line, storage) = lined(&database).await;
    let (tokens, browser) = ((0..MANY).map(|_| token()).collect::<Vec<_>>(), Browser::default());
    for token in &tokens {
        shop.storage.create_widget_session(shop.organization, token, &browser).await.unwrap();
    }
    let mut client = database.client().await;
    let holding = client.transaction().await.unwrap();
    let sql = "select from widget_sessions where session_token = $1 for update";
    assert_eq!(holding.execute(sql, &[&tokens[7].as_slice()]).await.unwrap(), 1);
    // One of them from two tabs.
    let resume = |token| Box::pin(storage.resume_widget_session(shop.organization, token, &browser));
    let mut asking: Vec<_> = tokens.iter().chain([&tokens[3]]).map(resume).collect();
    begin(&mut asking).await;
    let held = asking.remove(7);
    let mut found = Vec::new();
    for asked in asking {
        found.push(asked.await.unwrap().unwrap().id);
    }
    assert_eq!(found[3], found[MANY - 1]);
    let let_go = async {
        line.runs(RESUME_ALONE).await;
        holding.commit().await.unwrap();
    };
    let (held, ()) = tokio::join!(held, let_go);
    assert_eq!(held.unwrap().map(|session| session.expires_at > 0), Some(true));
    assert!(ran(&line, RESUME) < MANY && ran(&line, RESUME_ALONE) >= 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn replays_of_one_conversation_from_different_places_are_each_their_own() {
    let (database, shop) = shop().await;
    let (long, empty) = (shop.conversation().await, shop.conversation().await);
    let (writer, mut announced) = Writer::start(database.config(), batches_of(20));
    submit(&writer, (0..20).map(|n| shop.text(long, &shop.agent(), &n.to_string())));
    announced.recv().await.unwrap();
    let few = FirstPage { newest: 5, most: 8 };
    let all = FirstPage { newest: 20, most: 100 };
    let ask = |n: Seq| {
        let log = if n % 5 == 4 { (empty, None) } else { (long, Some(n % 21)) };
        Box::pin(shop.storage.replay(shop.organization, log, if n.is_multiple_of(2) { few } else { all }))
    };
    let mut asking: Vec<_> = (0..100).map(ask).collect();
    begin(&mut asking).await;
    for (n, asked) in (0..).zip(asking) {
        let found = asked.await.unwrap().unwrap();
        let seqs: Vec<Seq> = found.page.unwrap().entries.iter().filter_map(|entry| entry.seq).collect();
        let (conversation, expected): (_, Vec<Seq>) = match (n % 5 == 4, n % 2 == 0) {
            (true, _) => (empty, vec![]),
            (false, true) => (long, (n % 21 + 1..=20).take(8).collect()),
            (false, false) => (long, (n % 21 + 1..=20).collect()),
        };
        assert_eq!((found.summary.conversation, seqs), (conversation, expected), "{n}");
    }
}
