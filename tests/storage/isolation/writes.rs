//! What is handed to the writer for one organization with another's ids. Its role sees all tenants, for it commits writes of
//! many together: what holds is that each statement joins by key, organization included, and that composite foreign keys
//! refuse what does not belong together. Pages' sessions and files that were sent are held by the joins alone.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use protocol::value::{Attachment, Content, Priority};
use storage::{
    Committed, Indexer, NewEntry, NewPageView, NewRead, StorageConfig, StoredAttachment, Write, Writer, WriterConfig,
};
use tests::database::TestDatabase;
use tests::postgres_line::{Message, PostgresLine};

use super::filled::Filled;
use super::rows::{Secrets, changed, rows};
use super::stripped::{STRIPPED, Strip, strip};
use super::two;
use crate::storage::visit::note;
use crate::storage::{anybody, submit};

/// An organization's entry in a log, whosever.
fn entry(us: &Filled, log: &Filled, content: Content) -> NewEntry {
    NewEntry { content, ..us.shop.text(log.conversation, &us.visitor(), "probe") }
}

fn naming(file: &StoredAttachment) -> Content {
    Content::attachment(Attachment {
        id: file.id,
        name: "probe.png".into(),
        size: file.size,
        media_type: file.media_type.clone(),
        url: "probe".into(),
    })
}

fn writes(us: &Filled, them: &Filled) -> Vec<Write> {
    let organization = us.id();
    let read = NewRead { organization, conversation: them.conversation, participant: us.visitor(), seq: 1 };
    let view = us.shop.page_view(&them.session, "https://probe.example/");
    vec![
        // Into their log: by one of ours, by one of theirs under a key of theirs, and what would change its summary.
        Write::Entry(entry(us, them, Content::text("probe"))),
        Write::Entry(NewEntry {
            sender: them.visitor(),
            client_id: them.word.clone(),
            ..entry(us, them, Content::text("probe"))
        }),
        Write::Entry(entry(us, them, Content::priority(Priority::Urgent))),
        Write::Entry(entry(us, them, Content::rating(1, None))),
        Write::Read(read),
        Write::Tell(organization, them.conversation),
        // Into our own log, with what is theirs.
        Write::Entry(entry(us, us, Content::assignment(Some(them.agent)))),
        Write::Entry(entry(us, us, naming(&them.unsent))),
        Write::Entry(NewEntry { sender: them.visitor(), ..entry(us, us, Content::text("probe")) }),
        Write::Entry(NewEntry { sender: anybody(), ..entry(us, us, Content::text("probe")) }),
        // Pages and events of their visitor, and of ours in their session.
        Write::PageView(view.clone()),
        Write::PageView(NewPageView { id: uuid::Uuid::now_v7(), visitor: us.session.visitor, ..view }),
        Write::Event(us.shop.event(them.session.visitor, "probe")),
    ]
}

/// A kind of write that is new does not compile here, and then has to be among those above.
const KINDS: usize = 5;

fn kind(write: &Write) -> usize {
    match write {
        Write::Entry(_) => 0,
        Write::Read(_) => 1,
        Write::Tell(..) => 2,
        Write::PageView(_) => 3,
        Write::Event(_) => 4,
    }
}

/// Hands each write in as a batch of its own: all that was announced.
async fn write(config: StorageConfig, writes: Vec<Write>) -> Vec<Committed> {
    let (writer, mut announced) =
        Writer::start(config, WriterConfig { lanes: 1, batch_entries: 1, ..WriterConfig::default() });
    for write in writes {
        match write {
            Write::Entry(entry) => submit(&writer, [entry]),
            write => note(&writer, write),
        }
    }
    writer.close(Duration::from_secs(30)).await.unwrap();
    drop(writer);
    let mut all = vec![];
    while let Some(committed) = announced.recv().await {
        all.push(committed);
    }
    all
}

/// What was told of theirs, or stored in a log of theirs.
fn told(announced: &[Committed], them: &Filled, theirs: &Secrets) -> Vec<String> {
    let mut told = vec![];
    for committed in announced {
        let stored = committed.stored.iter().filter(|stored| stored.conversation == them.conversation);
        told.extend(stored.map(|stored| format!("stored: {stored:?}")));
        let read = committed.read.iter().filter(|read| read.conversation == them.conversation);
        told.extend(read.map(|read| format!("read: {read:?}")));
        // An assignment says whom; all else in a summary is the database's word.
        let summaries = committed.summaries.iter().map(|(_, summary)| format!("{summary:?}"));
        told.extend(summaries.filter(|summary| theirs.told_by(summary).is_some()));
    }
    told
}

/// What was changed, but for the words that any writer's indexer makes of anybody's entries.
fn written(before: &BTreeMap<String, Vec<String>>, after: &BTreeMap<String, Vec<String>>) -> Vec<String> {
    let mut changed = changed(before, after);
    changed.retain(|line| !line.starts_with("entry_search: ") && !line.starts_with("search_queue: "));
    changed
}

#[tokio::test]
async fn nothing_is_written_into_another_organization() {
    for us_first in [true, false] {
        let (database, _, one, other) = two().await;
        let (us, them) = if us_first { (one, other) } else { (other, one) };
        let theirs = Secrets::of(&database, &them, &us).await;
        let before = rows(&database, &them).await;
        let writes = writes(&us, &them);
        assert_eq!(writes.iter().map(kind).collect::<BTreeSet<_>>().len(), KINDS);
        let announced = write(database.config(), writes).await;
        let mut broken = told(&announced, &them, &theirs);
        broken.extend(written(&before, &rows(&database, &them).await));
        assert!(broken.is_empty(), "\n{}", broken.join("\n"));
        let rejected: usize = announced.iter().map(|committed| committed.rejected.len()).sum();
        assert_eq!(rejected, 5, "four entries in their log and one that gives ours to their agent: {announced:?}");
        // What was said of our own stands, seen by us alone.
        let stored: usize = announced.iter().map(|committed| committed.stored.len()).sum();
        assert_eq!(stored, 3, "{announced:?}");
    }
}

/// With the organization taken out of the joins a log of theirs is found: the foreign keys refuse what is then written.
#[tokio::test]
async fn foreign_keys_hold_where_joins_forget_the_organization() {
    let (database, _, us, them) = two().await;
    let line = joinless(&database).await;
    let before = rows(&database, &them).await;
    let organization = us.id();
    let read = NewRead { organization, conversation: them.conversation, participant: us.visitor(), seq: 1 };
    let view = us.shop.page_view(&them.session, "https://probe.example/");
    let writes = vec![
        Write::Entry(entry(&us, &them, Content::text("probe"))),
        Write::Entry(entry(&us, &them, Content::priority(Priority::Urgent))),
        Write::Entry(entry(&us, &us, Content::assignment(Some(them.agent)))),
        Write::Read(read),
        Write::PageView(view),
        Write::Event(us.shop.event(them.session.visitor, "probe")),
    ];
    write(StorageConfig::new(line.url()), writes).await;
    let broken = written(&before, &rows(&database, &them).await);
    assert!(broken.is_empty(), "\n{}", broken.join("\n"));
    let ran: BTreeSet<String> =
        line.ran().into_iter().map(|ran| ran.sql).filter(|sql| sql.starts_with(STRIPPED)).collect();
    assert!(ran.len() >= 5, "{ran:?}");
}

async fn joinless(database: &TestDatabase) -> PostgresLine {
    let hook = move |message: &mut Message| {
        if let Some(stripped) = message.sql().and_then(|sql| strip(sql, Strip::Joins)) {
            message.set_sql(&stripped);
        }
    };
    PostgresLine::with(database.url(), hook).await
}

/// Whatever an organization's queue names, words are made of its own entries only, and kept as its own.
#[tokio::test]
async fn words_are_made_of_ones_own_entries() {
    let (database, _, us, them) = two().await;
    let client = database.client().await;
    client.batch_execute("delete from search_queue; delete from entry_search").await.unwrap();
    let queue = "insert into search_queue select $1, gen_random_uuid(), array[$2::uuid, $3], array[1::bigint, 1],
        array[99::bigint, 99]";
    client.execute(queue, &[&us.id().0, &us.conversation.0, &them.conversation.0]).await.unwrap();
    assert_eq!(Indexer::new(database.config()).index_pending(10).await, Ok(1));
    let sql = "select organization_id, conversation_id from entry_search";
    let made = client.query(sql, &[]).await.unwrap();
    let ours = |row: &tokio_postgres::Row| (row.get(0), row.get(1)) == (us.id().0, us.conversation.0);
    assert!(!made.is_empty() && made.iter().all(ours), "{made:?}");
}
