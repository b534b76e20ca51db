//! A conversation whose row somebody else holds, organizations that flood, entries that Postgres refuses.

use std::time::Duration;

use protocol::value::{Content, Priority};
use storage::{Committed, Depth, NewEntry, NewRead, StorageConfig, Write, Writer, WriterConfig};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::task::yield_now;

use super::writer::{check_logs, log, receipts};
use super::{Shop, anybody, batches_of, shop, submit};

/// One lane, and little patience with rows that are held.
fn one_lane() -> WriterConfig {
    let pauses = Duration::from_millis(5);
    WriterConfig {
        lanes: 1,
        lock_patience: pauses,
        retry_min: pauses,
        retry_max: pauses * 4,
        ..WriterConfig::default()
    }
}

/// The value of a counter of the writer's.
fn counted(writer: &Writer, name: &str) -> u64 {
    let text = writer.metrics().unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix(&format!("chatdesk_writer_{name} ")));
    line.unwrap_or_else(|| panic!("{name} in {text}")).parse().unwrap()
}

async fn next(announced: &mut UnboundedReceiver<Committed>) -> Committed {
    announced.recv().await.expect("the writer runs")
}

#[tokio::test]
async fn a_conversation_that_is_held_stops_no_others_and_keeps_its_order() {
    let (database, shop) = shop().await;
    let (held, free) = (shop.conversation().await, shop.conversation().await);
    let (writer, mut announced) = Writer::start(database.config(), one_lane());
    let holder = database.client().await;
    holder.batch_execute(&format!("begin; select from conversations where id = '{held}' for update")).await.unwrap();

    let sender = anybody();
    let text = |conversation, n: usize| shop.text(conversation, &sender, &n.to_string());
    let (mut waiting, mut stored) = (vec![], vec![]);
    // Many batches, each with something for both: what is held falls ever further behind.
    for round in 0..20 {
        let (behind, ahead) = (text(held, round), text(free, round));
        waiting.push(behind.clone());
        submit(&writer, [behind, ahead.clone()]);
        let receipt = receipts(&mut announced, 1).await.remove(0);
        assert_eq!((receipt.id, receipt.seq), (ahead.id, round as u64 + 1));
        stored.push(receipt);
    }
    let read = NewRead { organization: shop.organization, conversation: held, participant: shop.agent(), seq: 3 };
    writer.reserve(shop.organization, 1).unwrap().submit(Write::Read(read.clone()));
    writer.reserve(shop.organization, 1).unwrap().submit(Write::Tell(shop.organization, held));
    submit(&writer, [text(free, 20)]);
    receipts(&mut announced, 1).await;
    assert_eq!(log(&database, held).await, []);
    assert_eq!(writer.depth().entries, 22, "what waits counts");
    assert!(counted(&writer, "deferred_total") >= 20);

    holder.batch_execute("rollback").await.unwrap();
    let (mut late, mut reads, mut told) = (vec![], vec![], 0);
    while writer.depth().entries > 0 || late.len() < 20 || reads.is_empty() {
        let committed = next(&mut announced).await;
        told += committed.summaries.iter().filter(|(_, summary)| summary.conversation == held).count();
        reads.extend(committed.read.clone());
        late.extend(committed.stored.clone());
    }
    assert_eq!(
        late.iter().map(|receipt| receipt.id).collect::<Vec<_>>(),
        waiting.iter().map(|e| e.id).collect::<Vec<_>>()
    );
    assert_eq!((reads, told > 0), (vec![read], true));
    check_logs(&database, &[waiting], &late).await;
    assert_eq!(counted(&writer, "retries_total"), 0, "it is no failure");
}

#[tokio::test]
async fn closing_waits_for_what_is_held_until_its_deadline() {
    let (database, shop) = shop().await;
    let held = shop.conversation().await;
    let (writer, mut announced) = Writer::start(database.config(), one_lane());
    let holder = database.client().await;
    holder.batch_execute(&format!("begin; select from conversations where id = '{held}' for update")).await.unwrap();
    submit(&writer, [shop.text(held, &anybody(), "late")]);
    while counted(&writer, "deferred_total") == 0 {
        yield_now().await;
    }
    let left = writer.close(Duration::from_millis(20)).await.unwrap_err();
    assert_eq!(left.entries, 1);
    holder.batch_execute("rollback").await.unwrap();
    writer.close(Duration::from_secs(10)).await.unwrap();
    assert_eq!(next(&mut announced).await.stored.len(), 1);
    drop(writer);
    assert_eq!(announced.recv().await, None, "the lanes have ended");
}

#[tokio::test]
async fn what_is_held_is_stored_when_the_writer_is_gone() {
    let (database, shop) = shop().await;
    let held = shop.conversation().await;
    let (writer, mut announced) = Writer::start(database.config(), one_lane());
    let holder = database.client().await;
    holder.batch_execute(&format!("begin; select from conversations where id = '{held}' for update")).await.unwrap();
    submit(&writer, [shop.text(held, &anybody(), "late")]);
    while counted(&writer, "deferred_total") == 0 {
        yield_now().await;
    }
    drop(writer);
    holder.batch_execute("rollback").await.unwrap();
    receipts(&mut announced, 1).await;
    assert_eq!(announced.recv().await, None);
    assert_eq!(log(&database, held).await.len(), 1);
}

#[tokio::test]
async fn a_flood_of_one_organization_is_refused_to_that_one_only() {
    let config = WriterConfig { capacity_bytes: 1_000, ..WriterConfig::default() };
    let (writer, _announced) = Writer::start(StorageConfig::new("postgres://nobody@127.0.0.1:1/none"), config);
    let [flooding, other, third] = [(); 3].map(|()| protocol::id::OrganizationId::generate());
    let flood: Vec<_> = std::iter::from_fn(|| writer.reserve(flooding, 10).ok()).collect();
    assert_eq!(flood.len(), 50, "half of it");
    assert!(writer.reserve(flooding, 1).is_err() && writer.reserve_visit(flooding, 1).is_err());
    let others = writer.reserve(other, 500).unwrap();
    assert!(writer.reserve(third, 1).is_err(), "all of it is taken");
    drop(flood);
    assert_eq!(writer.depth(), Depth { entries: 1, bytes: 500 });
    assert!(writer.reserve(other, 1).is_err() && writer.reserve(flooding, 500).is_ok());
    drop(others);
    assert!(writer.reserve(other, 500).is_ok());
}

#[tokio::test]
async fn a_poisoned_entry_among_many_is_set_aside_with_its_reason() {
    let (database, shop) = shop().await;
    let conversation = shop.conversation().await;
    let sender = anybody();
    let text = |text: &str| shop.text(conversation, &sender, text);
    let poisoned = NewEntry { client_id: "nul \0".into(), content: Content::text("what \0 was written"), ..text("") };
    let homeless = NewEntry { conversation: protocol::id::ConversationId::generate(), ..text("to nowhere") };
    let good: Vec<NewEntry> = (0..400).map(|n| text(&n.to_string())).collect();
    let mut batch = good.clone();
    batch.insert(123, poisoned.clone());
    batch.insert(321, homeless.clone());
    let (writer, mut announced) = Writer::start(database.config(), batches_of(402));
    submit(&writer, batch);
    let (mut stored, mut rejected) = (vec![], vec![]);
    while stored.len() + rejected.len() < 402 {
        let committed = next(&mut announced).await;
        stored.extend(committed.stored.clone());
        rejected.extend(committed.rejected.clone());
    }
    check_logs(&database, &[good], &stored).await;
    writer.close(Duration::from_secs(10)).await.unwrap();
    let ids: Vec<_> = rejected.iter().map(|rejected| rejected.entry.id).collect();
    assert_eq!(ids, [poisoned.id, homeless.id]);
    drop(writer);
    assert_eq!(announced.recv().await, None, "the lane has set aside what it had to");
    let sql = "select organization_id, id, conversation_id, sender_kind, sender_id, client_id, content, reason
        from rejected_entries";
    let rows = database.client().await.query(sql, &[]).await.unwrap();
    assert_eq!(rows.len(), 1, "what belongs nowhere is not kept");
    let row = &rows[0];
    let ids: [uuid::Uuid; 4] = [row.get(0), row.get(1), row.get(2), row.get(4)];
    assert_eq!(ids, [shop.organization.0, poisoned.id.0, conversation.0, sender.id.0]);
    assert_eq!((row.get::<_, &str>(3), row.get::<_, &str>(5)), ("agent", "nul \u{fffd}"));
    assert_eq!(serde_json::from_slice::<Content>(row.get(6)).unwrap(), poisoned.content, "as it was written");
    assert!(row.get::<_, &str>(7).contains("0x00"), "{}", row.get::<_, &str>(7));
}

#[tokio::test]
async fn receipts_of_one_reader_fill_no_batch() {
    let (database, shop) = shop().await;
    let conversation = shop.conversation().await;
    let (writer, mut announced) = Writer::start(database.config(), batches_of(4));
    let hand_in = |write| writer.reserve(shop.organization, 1).unwrap().submit(write);
    let text = |text: &str| shop.text(conversation, &anybody(), text);
    submit(&writer, [text("one")]);
    for seq in [0, 1, 9, 1] {
        let participant = shop.agent();
        hand_in(Write::Read(NewRead { organization: shop.organization, conversation, participant, seq }));
        hand_in(Write::Tell(shop.organization, conversation));
    }
    // The first, the reads as one, the tellings as one, and this: full.
    submit(&writer, [text("two")]);
    let committed = next(&mut announced).await;
    assert_eq!((committed.stored.len(), committed.summaries.len()), (2, 1));
    let reads: Vec<_> = committed.read.iter().map(|read| (read.participant.id, read.seq)).collect();
    assert_eq!(reads, [(shop.agent().id, 1)], "as far as the log went then");
    assert_eq!(writer.depth().entries, 0);
}

#[tokio::test]
async fn priorities_and_ratings_are_kept_with_the_conversation() {
    let (database, shop) = shop().await;
    let conversation = shop.conversation().await;
    let (writer, mut announced) = Writer::start(database.config(), batches_of(1));
    let mut say = async |content: Content, at| {
        submit(&writer, [NewEntry { content, at, ..shop.text(conversation, &shop.agent(), "") }]);
        let committed = next(&mut announced).await;
        assert_eq!(committed.rejected, []);
        let found = shop.storage.find_conversation(shop.organization, conversation).await.unwrap();
        assert_eq!(Some(&committed.summaries[0].1), found.as_ref());
        found.unwrap()
    };
    let summary = say(Content::priority(Priority::Urgent), 1_000).await;
    assert_eq!((summary.priority, summary.rating), (Priority::Urgent, None));
    let summary = say(Content::rating(2, Some("slow".into())), 2_000).await;
    assert_eq!((summary.priority, summary.rating), (Priority::Urgent, Some(2)));
    say(Content::text("sorry"), 3_000).await;
    let rated = async || {
        let sql =
            "select rating_comment, (extract(epoch from rated_at) * 1000)::bigint from conversations where id = $1";
        let row = database.client().await.query_one(sql, &[&conversation.0]).await.unwrap();
        (row.get::<_, Option<String>>(0), row.get::<_, Option<i64>>(1))
    };
    assert_eq!(rated().await, (Some("slow".into()), Some(2_000)), "a message changes neither");
    let summary = say(Content::rating(5, None), 4_000).await;
    assert_eq!((summary.rating, rated().await), (Some(5), (None, Some(4_000))), "the newest counts, comment and all");
    let summary = say(Content::priority(Priority::None), 5_000).await;
    assert_eq!((summary.priority, summary.rating), (Priority::None, Some(5)));
}

#[tokio::test]
async fn words_are_made_behind_the_entries() {
    let (database, shop) = shop().await;
    let conversation = shop.conversation().await;
    let other = Shop::open(&shop.storage).await;
    let theirs = other.conversation().await;
    let (writer, mut announced) = Writer::start(database.config(), WriterConfig::default());
    let entries = [
        shop.text(conversation, &shop.agent(), "the porcelain teapot"),
        NewEntry { content: Content::priority(Priority::Low), ..shop.text(conversation, &shop.agent(), "") },
        shop.text(conversation, &shop.agent(), "a kettle"),
        NewEntry {
            content: Content::rating(4, Some("lovely teapot".into())),
            ..shop.text(conversation, &shop.agent(), "")
        },
        other.text(theirs, &other.agent(), "another teapot"),
    ];
    submit(&writer, entries);
    receipts(&mut announced, 5).await;
    let found = async |shop: &Shop, query: &str| {
        let (hits, _) = shop.storage.search_entries(shop.organization, query, None, 10).await.unwrap();
        hits.into_iter().map(|hit| (hit.conversation, hit.seq)).collect::<Vec<_>>()
    };
    // The last that is made; the indexer is woken by the commit and not waited for.
    while found(&other, "teapot").await.is_empty() || found(&shop, "lovely").await.is_empty() {
        yield_now().await;
    }
    let mut seqs = found(&shop, "teapot").await;
    seqs.sort_unstable();
    assert_eq!(seqs, [(conversation, 1), (conversation, 4)]);
    assert_eq!(found(&shop, "kettle").await, [(conversation, 3)]);
    assert_eq!(found(&other, "kettle").await, []);
    while counted(&writer, "indexed_parts_total") < 2 {
        yield_now().await;
    }
}

/// Two that wait for each other: Postgres ends one of them, here the writer's, which tries again.
#[tokio::test]
async fn a_deadlock_is_tried_again() {
    let (database, shop) = shop().await;
    let conversation = shop.conversation().await;
    let config = WriterConfig { lock_patience: Duration::from_secs(60), ..one_lane() };
    let (writer, mut announced) = Writer::start(database.config(), config);
    // Agents who overtake each other, so that an append writes a participant's row behind the conversation's.
    let (one, other) = (shop.agent(), anybody());
    let mut sent = vec![];
    let mut stored = vec![];
    for (sender, words) in [(&one, "first"), (&other, "second"), (&one, "third")] {
        sent.push(shop.text(conversation, sender, words));
        submit(&writer, sent.last().cloned());
        stored.extend(receipts(&mut announced, 1).await);
    }

    let (rival, watcher) = (database.client().await, database.client().await);
    // The rival waits longer than Postgres takes to notice, so that it is not the one who is ended.
    let hold = format!(
        "set deadlock_timeout = '1min'; begin; select from participants where conversation_id = '{conversation}' for update"
    );
    rival.batch_execute(&hold).await.unwrap();
    sent.push(shop.text(conversation, &other, "fourth"));
    submit(&writer, sent.last().cloned());
    let waiting =
        "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
    while watcher.query_one(waiting, &[]).await.unwrap().get::<_, i64>(0) == 0 {
        yield_now().await;
    }
    rival.batch_execute(&format!("select from conversations where id = '{conversation}' for update")).await.unwrap();
    assert_eq!(log(&database, conversation).await.len(), 3);
    rival.batch_execute("rollback").await.unwrap();
    stored.extend(receipts(&mut announced, 1).await);
    assert!(counted(&writer, "retries_total") >= 1);
    check_logs(&database, &[sent], &stored).await;
}
