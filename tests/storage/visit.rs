//! What visitors do on their sites, written behind like entries and beside them.

use std::time::Duration;

use protocol::id::{OrganizationId, VisitorId, WidgetSessionId};
use protocol::value::{Attribute, Attributes, Page};
use storage::{NewEvent, NewPageView, StorageConfig, WidgetSession, Write, Writer, WriterConfig};
use tests::database::TestDatabase;
use uuid::Uuid;

use super::ambiguous::Cutter;
use super::{Shop, batches_of, shop, submit};

impl Shop {
    pub(super) fn page_view(&self, session: &WidgetSession, url: &str) -> NewPageView {
        NewPageView {
            organization: self.organization,
            id: Uuid::now_v7(),
            session: Some(session.id),
            visitor: session.visitor,
            at: 1_700_000_000_000,
            page: Page { url: Some(url.to_owned()), title: Some("Tea".into()), referrer: None },
        }
    }

    pub(super) fn event(&self, visitor: VisitorId, name: &str) -> NewEvent {
        NewEvent {
            organization: self.organization,
            id: Uuid::now_v7(),
            visitor,
            at: 1_700_000_000_000,
            name: name.to_owned(),
            properties: Attributes::from([("price".to_owned(), Attribute::Integer(3))]),
        }
    }
}

/// Hands something in that nobody waits for.
pub(super) fn note(writer: &Writer, write: Write) {
    writer.reserve(OrganizationId::generate(), 1).unwrap().submit(write);
}

async fn count(database: &TestDatabase, table: &str) -> i64 {
    let sql = format!("select count(*) from {table}");
    database.client().await.query_one(&sql, &[]).await.unwrap().get(0)
}

/// Where each session was last seen, and when.
async fn seen(database: &TestDatabase, session: &WidgetSession) -> (Option<String>, i64) {
    let sql =
        "select current_url, (extract(epoch from last_seen_at) * 1000)::bigint from widget_sessions where id = $1";
    let row = database.client().await.query_one(sql, &[&session.id.0]).await.unwrap();
    (row.get(0), row.get(1))
}

#[tokio::test]
async fn the_last_page_of_a_batch_is_where_the_session_is() {
    let (database, shop) = shop().await;
    let (one, other) = (shop.session().await, shop.session().await);
    let far = 4_000_000_000_000;
    let (writer, mut announced) = Writer::start(database.config(), batches_of(6));
    for (session, url, at) in
        [(&one, "first", far), (&one, "second", far + 2), (&one, "third", far + 1), (&other, "theirs", 1_000)]
    {
        note(&writer, Write::PageView(NewPageView { at, ..shop.page_view(session, url) }));
    }
    let nowhere = NewPageView { page: Page::default(), ..shop.page_view(&other, "") };
    note(&writer, Write::PageView(nowhere));
    let long_ago = seen(&database, &other).await;
    note(&writer, Write::Event(shop.event(one.visitor, "bought")));
    announced.recv().await.unwrap();
    assert_eq!(seen(&database, &one).await, (Some("third".into()), far as i64 + 1));
    // A page that tells no address leaves the last one standing, and a clock that is behind turns nothing back.
    assert_eq!(seen(&database, &other).await, (None, long_ago.1));
    assert_eq!((count(&database, "page_views").await, count(&database, "events").await), (5, 1));
}

#[tokio::test]
async fn a_batch_that_is_written_again_is_kept_once() {
    let (database, shop) = shop().await;
    let session = shop.session().await;
    let conversation = shop.conversation_of(session.visitor, "c").await;
    for with_entry in [false, true] {
        let cutter = Cutter::start(database.url(), 3).await;
        let config = WriterConfig { retry_min: Duration::ZERO, ..batches_of(if with_entry { 3 } else { 2 }) };
        let (writer, mut announced) = Writer::start(StorageConfig::new(cutter.url()), config);
        note(&writer, Write::PageView(shop.page_view(&session, "https://shop.example/")));
        note(&writer, Write::Event(shop.event(session.visitor, "bought")));
        if with_entry {
            submit(&writer, [shop.text(conversation, &shop.agent(), "hello")]);
        }
        assert_eq!(announced.recv().await.unwrap().stored.len(), usize::from(with_entry));
        assert_eq!(cutter.left(), 0, "it was committed several times");
    }
    assert_eq!((count(&database, "page_views").await, count(&database, "events").await), (2, 2));
    assert_eq!(count(&database, "entries").await, 1);
}

#[tokio::test]
async fn one_id_twice_in_a_batch_is_kept_once() {
    let (database, shop) = shop().await;
    let session = shop.session().await;
    let (view, event) = (shop.page_view(&session, "here"), shop.event(session.visitor, "bought"));
    let (writer, mut announced) = Writer::start(database.config(), batches_of(4));
    for _ in 0..2 {
        note(&writer, Write::PageView(view.clone()));
        note(&writer, Write::Event(event.clone()));
    }
    announced.recv().await.unwrap();
    assert_eq!((count(&database, "page_views").await, count(&database, "events").await), (1, 1));
}

#[tokio::test]
async fn what_cannot_be_kept_harms_nothing_else() {
    let (database, shop) = shop().await;
    let other = Shop::open(&shop.storage).await;
    let (session, foreign) = (shop.session().await, other.session().await);
    let conversation = shop.conversation_of(session.visitor, "c").await;
    let view = |session: &WidgetSession, url: &str| shop.page_view(session, url);
    let gone = NewPageView { visitor: VisitorId::generate(), ..view(&session, "of a visitor who is gone") };
    let theirs = view(&foreign, "of another organization's visitor");
    let nobodys = NewPageView { organization: OrganizationId::generate(), ..view(&session, "of no organization") };
    let no_session =
        NewPageView { session: Some(WidgetSessionId::generate()), ..view(&session, "of a session that is gone") };
    let (nul, long) = (view(&session, "nul \0"), view(&session, &"x".repeat(2_001)));
    let (writer, mut announced) = Writer::start(database.config(), batches_of(12));
    submit(&writer, [shop.text(conversation, &shop.agent(), "before")]);
    for view in [gone, theirs, nobodys, no_session, nul, long, view(&session, "here")] {
        note(&writer, Write::PageView(view));
    }
    for event in [
        NewEvent { visitor: VisitorId::generate(), ..shop.event(session.visitor, "gone") },
        NewEvent { name: String::new(), ..shop.event(session.visitor, "") },
        shop.event(session.visitor, "bought"),
    ] {
        note(&writer, Write::Event(event));
    }
    submit(&writer, [shop.text(conversation, &shop.agent(), "after")]);
    let mut stored = vec![];
    while stored.len() < 2 {
        let committed = announced.recv().await.unwrap();
        assert_eq!(committed.rejected, []);
        stored.extend(committed.stored.into_iter().map(|receipt| (receipt.seq, receipt.content.text.unwrap())));
    }
    assert_eq!(stored, [(1, "before".to_owned()), (2, "after".to_owned())]);
    writer.close(Duration::from_secs(10)).await.unwrap();
    let profile = shop.storage.visitor_profile(shop.organization, session.visitor).await.unwrap().unwrap();
    let mut urls: Vec<_> = profile.pages.into_iter().map(|view| view.page.url.unwrap()).collect();
    urls.sort();
    // The visitor saw it, though the session that tells so is gone.
    assert_eq!(urls, ["here", "of a session that is gone"]);
    assert_eq!(profile.events.into_iter().map(|event| event.name).collect::<Vec<_>>(), ["bought"]);
    assert_eq!((count(&database, "page_views").await, count(&database, "events").await), (2, 1));
    assert_eq!(seen(&database, &session).await.0.as_deref(), Some("here"));
    assert_eq!(seen(&database, &foreign).await.0, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_writers_that_share_sessions_and_logs_do_not_get_stuck() {
    let (database, shop) = shop().await;
    let mut sessions = vec![];
    for _ in 0..10 {
        let session = shop.session().await;
        let conversation = shop.conversation_of(session.visitor, "c").await;
        sessions.push((session, conversation));
    }
    let writers = [0, 1].map(|_| Writer::start(database.config(), WriterConfig::default()));
    for round in 0..100 {
        for (number, (writer, _)) in writers.iter().enumerate() {
            // Each goes its own way through the sessions.
            let (session, conversation) = &sessions[(round * (number * 2 + 1)) % sessions.len()];
            note(writer, Write::PageView(shop.page_view(session, &round.to_string())));
            submit(writer, [shop.text(*conversation, &shop.agent(), "hello")]);
        }
        tokio::task::yield_now().await;
    }
    for (writer, _) in &writers {
        writer.close(Duration::from_secs(30)).await.unwrap();
    }
    assert_eq!((count(&database, "page_views").await, count(&database, "entries").await), (200, 200));
}
