//! The write-behind writer: order, idempotency, what it refuses and how much it holds.

use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, UNIX_EPOCH};

use protocol::id::{ConversationId, EntryId, OrganizationId};
use protocol::value::{Content, ConversationStatus, ParticipantKind, Seq};
use storage::{Committed, Depth, NewEntry, StorageConfig, StoredEntry, Writer, WriterConfig};
use tests::database::TestDatabase;
use tokio::sync::mpsc::UnboundedReceiver;

use super::{Shop, anybody, batches_of, shop, submit, visitor};

/// The receipts of so many entries.
pub(super) async fn receipts(announced: &mut UnboundedReceiver<Committed>, count: usize) -> Vec<StoredEntry> {
    let mut stored = Vec::with_capacity(count);
    while stored.len() < count {
        let committed = announced.recv().await.expect("the writer runs");
        assert_eq!(committed.rejected, []);
        stored.extend(committed.stored);
    }
    assert_eq!(stored.len(), count);
    stored
}

/// A writer that holds so many bytes, whoever's they are.
fn holds(capacity_bytes: usize) -> WriterConfig {
    WriterConfig { capacity_bytes, organization_percent: 100, ..WriterConfig::default() }
}

/// The log as it is in the database: each seq with its entry, in order.
pub(super) async fn log(database: &TestDatabase, conversation: ConversationId) -> Vec<(Seq, EntryId)> {
    let sql = "select seq, id from entries where conversation_id = $1 order by seq";
    let rows = database.client().await.query(sql, &[&conversation.0]).await.unwrap();
    rows.iter().map(|row| (row.get::<_, i64>(0) as Seq, EntryId(row.get(1)))).collect()
}

/// Checks that logs have no gaps and hold what the receipts say, and each sender's entries in the order of sending.
pub(super) async fn check_logs(database: &TestDatabase, sent: &[Vec<NewEntry>], stored: &[StoredEntry]) {
    let receipts: HashMap<EntryId, &StoredEntry> = stored.iter().map(|receipt| (receipt.id, receipt)).collect();
    assert_eq!(receipts.len(), sent.iter().map(Vec::len).sum::<usize>());
    let mut logs: BTreeMap<ConversationId, BTreeMap<Seq, EntryId>> = BTreeMap::new();
    for entries in sent {
        let mut last: HashMap<ConversationId, Seq> = HashMap::new();
        for entry in entries {
            let receipt = receipts[&entry.id];
            assert!(!receipt.duplicate);
            let before = last.insert(entry.conversation, receipt.seq);
            assert!(before < Some(receipt.seq), "{:?} came after {}", before, receipt.seq);
            logs.entry(entry.conversation).or_default().insert(receipt.seq, entry.id);
        }
    }
    for (conversation, expected) in logs {
        assert_eq!(log(database, conversation).await, expected.into_iter().collect::<Vec<_>>());
        let rows = "select c.head_seq, count(e.seq), max(e.seq) from conversations c join entries e
            on e.organization_id = c.organization_id and e.conversation_id = c.id where c.id = $1 group by c.head_seq";
        let row = database.client().await.query_one(rows, &[&conversation.0]).await.unwrap();
        let (head, count, max): (i64, i64, i64) = (row.get(0), row.get(1), row.get(2));
        assert_eq!((head, max), (count, count), "the log of {conversation} has gaps");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn logs_have_no_gaps_with_many_senders_and_two_writers() {
    let (database, shop) = shop().await;
    let mut conversations = vec![];
    for _ in 0..5 {
        conversations.push(shop.conversation().await);
    }
    let writers = [0, 1].map(|_| Writer::start(database.config(), WriterConfig::default()));
    // Each sender stays with one writer and writes to all conversations in turn.
    let sent: Vec<Vec<NewEntry>> = (0..16)
        .map(|_| {
            let sender = anybody();
            (0..125).map(|n| shop.text(conversations[n % conversations.len()], &sender, &n.to_string())).collect()
        })
        .collect();
    let mut tasks = vec![];
    for (number, entries) in sent.iter().enumerate() {
        let (writer, entries) = (writers[number % 2].0.clone(), entries.clone());
        tasks.push(tokio::spawn(async move {
            for entry in entries {
                submit(&writer, [entry]);
                tokio::task::yield_now().await;
            }
        }));
    }
    let mut stored = vec![];
    for (_, mut announced) in writers {
        stored.extend(receipts(&mut announced, 1000).await);
    }
    check_logs(&database, &sent, &stored).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_key_from_two_writers_at_once_is_stored_once() {
    let (database, shop) = shop().await;
    let conversation = shop.conversation().await;
    let config = WriterConfig { linger: Duration::ZERO, ..WriterConfig::default() };
    let (one, mut of_one) = Writer::start(database.config(), config.clone());
    let (other, mut of_other) = Writer::start(database.config(), config);
    for round in 1..=1_000 {
        let first = shop.text(conversation, &shop.agent(), "from one");
        let second = NewEntry { id: EntryId::generate(), at: first.at + 1, origin: 7, ..first.clone() };
        submit(&one, [first.clone()]);
        submit(&other, [second.clone()]);
        let (a, b) = (receipts(&mut of_one, 1).await.remove(0), receipts(&mut of_other, 1).await.remove(0));
        assert_eq!((a.seq, a.id, a.at), (b.seq, b.id, b.at), "round {round}");
        assert_eq!(a.seq, round);
        let winner = if a.id == first.id { &first } else { &second };
        assert_eq!((a.id, a.at), (winner.id, winner.at));
        assert_eq!((a.duplicate, b.duplicate), (a.id != first.id, a.id == first.id));
        assert_eq!((a.origin, b.origin), (0, 7));
    }
    assert_eq!(log(&database, conversation).await.len(), 1_000);
}

#[tokio::test]
async fn one_key_twice_in_a_batch_is_stored_once() {
    let (database, shop) = shop().await;
    let conversation = shop.conversation().await;
    let first = shop.text(conversation, &shop.agent(), "once");
    let again = NewEntry { id: EntryId::generate(), ..first.clone() };
    let elsewhere = NewEntry { conversation: shop.conversation().await, id: EntryId::generate(), ..first.clone() };
    let anothers = NewEntry { sender: anybody(), id: EntryId::generate(), ..first.clone() };
    let (writer, mut announced) = Writer::start(database.config(), batches_of(4));
    submit(&writer, [first.clone(), again, elsewhere.clone(), anothers.clone()]);
    let stored = receipts(&mut announced, 4).await;
    let told: Vec<_> = stored.iter().map(|receipt| (receipt.seq, receipt.id, receipt.duplicate)).collect();
    assert_eq!(
        told,
        [(1, first.id, false), (1, first.id, true), (1, elsewhere.id, false), (2, anothers.id, false)],
        "a key belongs to its sender and its log"
    );
}

#[tokio::test]
async fn what_comes_again_among_what_is_new_keeps_its_place() {
    let (database, shop) = shop().await;
    let conversation = shop.conversation().await;
    let sent: Vec<NewEntry> =
        (0..6).map(|number| shop.text(conversation, &shop.agent(), &number.to_string())).collect();
    let again = |index: usize| NewEntry { id: EntryId::generate(), ..sent[index].clone() };
    let (writer, mut announced) = Writer::start(database.config(), batches_of(3));
    // The first repeats are found out by the batch's failure, the second ones are looked for.
    for (batch, told) in [
        ([sent[0].clone(), sent[1].clone(), sent[2].clone()], [(1, false), (2, false), (3, false)]),
        ([again(0), sent[3].clone(), again(2)], [(1, true), (4, false), (3, true)]),
        ([sent[4].clone(), again(3), sent[5].clone()], [(5, false), (4, true), (6, false)]),
    ] {
        submit(&writer, batch);
        let stored = receipts(&mut announced, 3).await;
        assert_eq!(stored.iter().map(|receipt| (receipt.seq, receipt.duplicate)).collect::<Vec<_>>(), told);
    }
    let expected: Vec<_> = (1..).zip(&sent).map(|(seq, entry)| (seq, entry.id)).collect();
    assert_eq!(log(&database, conversation).await, expected);
}

#[tokio::test]
async fn what_cannot_be_stored_is_rejected_and_the_rest_is_stored() {
    let (database, shop) = shop().await;
    let other = Shop::open(&shop.storage).await;
    let (conversation, foreign) = (shop.conversation().await, other.conversation().await);
    let text = |conversation, text: &str| shop.text(conversation, &shop.agent(), text);
    let unknown = text(ConversationId::generate(), "to nowhere");
    let theirs = text(foreign, "to somebody else's");
    // jsonb has no NUL, and neither has text.
    let nul = text(conversation, "nul \0");
    let bad_key = NewEntry { client_id: "\0".into(), ..text(conversation, "bad key") };
    let no_key = NewEntry { client_id: String::new(), ..text(conversation, "no key") };
    let good: Vec<NewEntry> = (0..5).map(|number| text(conversation, &number.to_string())).collect();
    let mut batch = vec![unknown.clone(), good[0].clone(), nul.clone(), good[1].clone(), good[2].clone()];
    batch.extend([bad_key.clone(), theirs.clone(), good[3].clone(), no_key.clone(), good[4].clone()]);
    let (writer, mut announced) = Writer::start(database.config(), batches_of(10));
    submit(&writer, batch);
    let (mut stored, mut rejected) = (vec![], vec![]);
    while stored.len() + rejected.len() < 10 {
        let committed = announced.recv().await.unwrap();
        stored.extend(committed.stored.iter().map(|receipt| (receipt.seq, receipt.id)));
        rejected.extend(committed.rejected);
    }
    assert_eq!(stored, (1..).zip(&good).map(|(seq, entry)| (seq, entry.id)).collect::<Vec<_>>());
    let refused: Vec<_> = rejected.iter().map(|rejected| rejected.entry.clone()).collect();
    assert_eq!(refused, [unknown, nul, bad_key, theirs, no_key]);
    for (rejected, reason) in rejected.iter().zip(["no such", "\\u0000", "0x00", "no such", "client_id"]) {
        assert!(rejected.reason.contains(reason), "{}", rejected.reason);
    }
    assert_eq!(writer.depth(), Depth::default());
    assert_eq!(log(&database, foreign).await, []);
}

#[tokio::test]
async fn a_summary_follows_its_log() {
    let (database, shop) = shop().await;
    let guest = shop.visitor().await;
    let conversation = shop.conversation_of(guest, "c").await;
    let (writer, mut announced) = Writer::start(database.config(), batches_of(1));
    let mut say = async |sender: &protocol::value::Participant, content: Content, at| {
        submit(&writer, [NewEntry { content, at, ..shop.text(conversation, sender, "") }]);
        let committed = announced.recv().await.unwrap();
        let (organization, summary) = committed.summaries[0].clone();
        assert_eq!(organization, shop.organization);
        assert_eq!(Some(&summary), shop.storage.find_conversation(organization, conversation).await.unwrap().as_ref());
        summary
    };
    let (guest, agent) = (visitor(guest), shop.agent());
    let now = || u64::try_from(UNIX_EPOCH.elapsed().unwrap().as_millis()).unwrap();
    let (before, far) = (now(), 4_000_000_000_000);
    let summary = say(&guest, Content::text("ä".repeat(200)), far).await;
    let preview = summary.preview.unwrap();
    assert_eq!((preview.from, preview.text), (ParticipantKind::Visitor, "ä".repeat(140)));
    assert_eq!((summary.head, summary.visitor_read, summary.agent_read), (1, 1, 0));
    assert!((before..=now()).contains(&summary.updated_at), "when it was stored, whenever it was taken");
    let sql = format!("update conversations set updated_at = to_timestamp({})", far / 1000);
    database.client().await.batch_execute(&sql).await.unwrap();
    let summary = say(&agent, Content::note("a secret"), 1).await;
    assert_eq!(summary.preview.unwrap().from, ParticipantKind::Visitor, "notes do not show");
    assert_eq!((summary.head, summary.agent_read, summary.updated_at), (2, 2, far), "time does not go back");
    let summary = say(&agent, Content::status(ConversationStatus::Resolved), far).await;
    assert_eq!(summary.status, ConversationStatus::Resolved);
    let summary = say(&agent, Content::text("bye"), far).await;
    assert_eq!(summary.status, ConversationStatus::Resolved);
    let summary = say(&guest, Content::text("one more thing"), far).await;
    assert_eq!(summary.status, ConversationStatus::Open);
}

#[tokio::test]
async fn a_full_writer_refuses_and_a_closed_one_too() {
    let (database, shop) = shop().await;
    let conversation = shop.conversation().await;
    let config = WriterConfig { linger: Duration::from_secs(60), ..holds(100) };
    let (writer, mut announced) = Writer::start(database.config(), config);
    let first = writer.reserve(shop.organization, 60).unwrap();
    assert!(writer.reserve(shop.organization, 41).is_err());
    let second = writer.reserve(shop.organization, 40).unwrap();
    assert_eq!(writer.depth(), Depth { entries: 2, bytes: 100 });
    assert!(writer.reserve(shop.organization, 1).is_err());
    drop(first);
    assert_eq!(writer.depth(), Depth { entries: 1, bytes: 40 });
    second.submit(storage::Write::Entry(shop.text(conversation, &shop.agent(), "last")));
    // Closing does not wait for the linger, and announces before it returns.
    writer.close(Duration::from_secs(10)).await.unwrap();
    assert_eq!(announced.try_recv().unwrap().stored.len(), 1);
    assert!(writer.reserve(shop.organization, 1).is_err());
    assert_eq!(writer.depth(), Depth::default());
}

#[tokio::test]
async fn visits_leave_a_quarter_of_the_room_to_entries() {
    let (writer, _announced) = Writer::start(StorageConfig::new("postgres://nobody@127.0.0.1:1/none"), holds(100));
    let organization = OrganizationId::generate();
    let visits: Vec<_> = std::iter::from_fn(|| writer.reserve_visit(organization, 5).ok()).collect();
    assert_eq!(visits.len(), 15);
    let entry = writer.reserve(organization, 25).unwrap();
    assert!(writer.reserve(organization, 1).is_err());
    drop(visits);
    // What entries take counts as well.
    assert!(writer.reserve_visit(organization, 51).is_err() && writer.reserve_visit(organization, 50).is_ok());
    drop(entry);
}

#[tokio::test]
async fn what_is_stored_takes_room_until_it_has_been_announced() {
    let (database, shop) = shop().await;
    let conversation = shop.conversation().await;
    let (writer, mut announced) = Writer::start(database.config(), holds(100));
    for n in 0..2 {
        writer.reserve(shop.organization, 50).unwrap().submit(storage::Write::Entry(shop.text(
            conversation,
            &shop.agent(),
            &n.to_string(),
        )));
    }
    while writer.depth().entries > 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(writer.depth(), Depth { entries: 0, bytes: 100 });
    let mut commits = vec![];
    while commits.iter().map(|commit: &Committed| commit.stored.len()).sum::<usize>() < 2 {
        commits.push(announced.recv().await.unwrap());
    }
    assert!(writer.reserve(shop.organization, 1).is_err(), "it is being announced");
    commits.clear();
    assert!(writer.reserve(shop.organization, 100).is_ok());
    // What nobody announces any more takes none.
    drop(announced);
    writer.reserve(shop.organization, 100).unwrap().submit(storage::Write::Entry(shop.text(
        conversation,
        &shop.agent(),
        "late",
    )));
    while writer.depth() != Depth::default() {
        tokio::task::yield_now().await;
    }
    assert_eq!(log(&database, conversation).await.len(), 3);
}

#[tokio::test]
async fn closing_stores_everything_that_was_handed_in() {
    let (database, shop) = shop().await;
    let conversation = shop.conversation().await;
    let (writer, mut announced) = Writer::start(database.config(), WriterConfig::default());
    let sent: Vec<NewEntry> = (0..2_000).map(|n| shop.text(conversation, &shop.agent(), &n.to_string())).collect();
    submit(&writer, sent.clone());
    writer.close(Duration::from_secs(30)).await.unwrap();
    assert_eq!(log(&database, conversation).await.len(), 2_000);
    let stored = receipts(&mut announced, 2_000).await;
    check_logs(&database, &[sent], &stored).await;
    drop(writer);
    assert_eq!(announced.recv().await, None, "the lanes have ended");
}

#[tokio::test]
async fn dropping_the_writer_loses_nothing() {
    let (database, shop) = shop().await;
    let conversation = shop.conversation().await;
    let (writer, mut announced) = Writer::start(database.config(), WriterConfig::default());
    submit(&writer, (0..1_000).map(|n| shop.text(conversation, &shop.agent(), &n.to_string())));
    drop(writer);
    receipts(&mut announced, 1_000).await;
    assert_eq!(announced.recv().await, None, "the lanes have ended");
}

#[tokio::test]
async fn closing_without_a_database_tells_what_is_left() {
    let (_database, shop) = shop().await;
    let nowhere = StorageConfig::new("postgres://nobody:nothing@127.0.0.1:1/nowhere");
    let (writer, _announced) = Writer::start(nowhere, WriterConfig::default());
    submit(&writer, [shop.text(ConversationId::generate(), &shop.agent(), "12345")]);
    assert_eq!(writer.close(Duration::from_millis(100)).await, Err(Depth { entries: 1, bytes: 5 }));
}
