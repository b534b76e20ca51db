//! Lists of conversations, and how somebody who holds one learns what has changed.

use std::collections::BTreeMap;

use protocol::id::{ConversationId, OrganizationId, VisitorId};
use protocol::value::{Content, ConversationStatus, Head, Known, Summary};
use storage::{Changes, InboxFilter, InboxPlace, NewEntry, NewRead, Write, Writer, WriterConfig};
use tests::database::TestDatabase;

use super::visit::note;
use super::{Shop, shop, submit, visitor};

fn known(summary: &Summary) -> Known {
    Known { conversation: summary.conversation, head: summary.head, agent_read: summary.agent_read }
}

fn ids(summaries: &[Summary]) -> Vec<ConversationId> {
    summaries.iter().map(|summary| summary.conversation).collect()
}

fn place(summary: &Summary) -> InboxPlace {
    (summary.updated_at, summary.conversation)
}

/// Conversations that were updated one after the other, oldest first.
async fn conversations(database: &TestDatabase, shop: &Shop, count: i32) -> Vec<Summary> {
    let client = database.client().await;
    let mut made = vec![];
    for number in 0..count {
        let conversation = shop.conversation().await;
        // Two of them share a moment.
        let sql = "update conversations set updated_at = to_timestamp(1700000000 + $2 / 2), head_seq = 3 where id = $1";
        client.execute(sql, &[&conversation.0, &number]).await.unwrap();
        made.push(shop.storage.find_conversation(shop.organization, conversation).await.unwrap().unwrap());
    }
    made
}

#[tokio::test]
async fn several_conversations_are_found_and_foreign_ones_left_out() {
    let (_database, shop) = shop().await;
    let other = Shop::open(&shop.storage).await;
    let (one, two, theirs) = (shop.conversation().await, shop.conversation().await, other.conversation().await);
    let wanted = [two, theirs, one, ConversationId::generate()];
    let mut found = ids(&shop.storage.find_conversations(shop.organization, &wanted).await.unwrap());
    found.sort();
    assert_eq!(found, [one, two]);
    assert_eq!(ids(&shop.storage.find_conversations(other.organization, &wanted).await.unwrap()), [theirs]);
    assert_eq!(shop.storage.find_conversations(shop.organization, &[]).await.unwrap(), []);
}

#[tokio::test]
async fn a_visitors_conversations_come_in_pages() {
    let (database, shop) = shop().await;
    let other = Shop::open(&shop.storage).await;
    let visitor = shop.visitor().await;
    shop.conversation().await;
    let client = database.client().await;
    let mut made = vec![];
    for number in 0..9 {
        let conversation = shop.conversation_of(visitor, &number.to_string()).await;
        let sql = "update conversations set updated_at = to_timestamp(1700000000 + $2 / 2),
            status = case when $2 % 3 = 0 then 'resolved' else 'open' end where id = $1";
        client.execute(sql, &[&conversation.0, &number]).await.unwrap();
        made.push((number / 2, conversation));
    }
    made.sort_by_key(|place| std::cmp::Reverse(*place));
    let made: Vec<ConversationId> = made.into_iter().map(|(_, conversation)| conversation).collect();
    let page = async |organization, status, after, limit| {
        shop.storage.conversations_of(organization, visitor, status, after, limit).await.unwrap()
    };
    let (mut all, mut after) = (vec![], None);
    loop {
        let (part, more) = page(shop.organization, None, after, 4).await;
        after = part.last().map(place);
        all.extend(ids(&part));
        if !more {
            break;
        }
    }
    assert_eq!(all, made);
    let (resolved, more) = page(shop.organization, Some(ConversationStatus::Resolved), None, 3).await;
    assert_eq!((resolved.len(), more), (3, false));
    assert!(resolved.iter().all(|summary| summary.status == ConversationStatus::Resolved));
    assert_eq!(page(other.organization, None, None, 10).await, (vec![], false));
    let nobody = shop.storage.conversations_of(shop.organization, VisitorId::generate(), None, None, 10).await;
    assert_eq!(nobody, Ok((vec![], false)));
}

#[tokio::test]
async fn heads_are_told_across_organizations_and_only_with_the_right_one() {
    let (database, shop) = shop().await;
    let other = Shop::open(&shop.storage).await;
    let (ours, theirs) = (shop.conversation().await, other.conversation().await);
    let (writer, _announced) = Writer::start(database.config(), WriterConfig::default());
    submit(&writer, (0..3).map(|_| shop.text(ours, &shop.agent(), "hello")));
    writer.close(std::time::Duration::from_secs(10)).await.unwrap();
    let asked = [
        (shop.organization, ours),
        (other.organization, theirs),
        (other.organization, ours),
        (shop.organization, ConversationId::generate()),
        (OrganizationId::generate(), theirs),
    ];
    let mut heads = shop.storage.heads(&asked).await.unwrap();
    heads.sort_by_key(|(_, head)| std::cmp::Reverse(head.head));
    let head = |conversation, head| Head { conversation, head };
    assert_eq!(heads, [(shop.organization, head(ours, 3)), (other.organization, head(theirs, 0))]);
    assert_eq!(shop.storage.heads(&[]).await.unwrap(), []);
}

#[tokio::test]
async fn changes_are_those_that_differ_those_behind_the_newest_and_those_that_are_gone() {
    let (database, shop) = shop().await;
    let other = Shop::open(&shop.storage).await;
    let all = conversations(&database, &shop, 8).await;
    let foreign = other.conversation().await;
    let ask = async |known: &[Known], newest, limit| {
        shop.storage.inbox_changes(shop.organization, known, newest, limit).await.unwrap()
    };
    assert_eq!(ask(&[], None, 10).await, Changes::default());
    let current: Vec<Known> = all.iter().map(known).collect();
    assert_eq!(ask(&current, Some((0, all[0].conversation)), 10).await, Changes::default());

    // Another head, another read mark, nothing of a third; what is not there; what is not theirs.
    let mut held = current[..3].to_vec();
    (held[0].head, held[1].agent_read) = (2, 1);
    let missing = ConversationId::generate();
    held.extend([foreign, missing].map(|conversation| Known { conversation, head: 0, agent_read: 0 }));
    // More than any log can hold is another head like any.
    held.push(Known { head: u64::MAX, ..current[7] });
    let changes = ask(&held, None, 10).await;
    assert_eq!((changes.changed, changes.more), (vec![all[0].clone(), all[1].clone(), all[7].clone()], false));
    let mut gone = vec![foreign, missing];
    gone.sort();
    assert_eq!(changes.gone, gone);

    // Behind the newest place: what shares its moment with a greater id, and all after it, but not what is known.
    let newest = Some(place(&all[4]));
    let changes = ask(&[current[6]], newest, 10).await;
    assert_eq!((changes.changed, changes.more), (vec![all[5].clone(), all[7].clone()], false));
    let changes = ask(&[current[6], held[0]], newest, 2).await;
    assert_eq!((changes.changed, changes.more), (vec![all[0].clone(), all[5].clone()], true));
    // Named twice it comes once, as it was named last.
    assert_eq!(ask(&[held[0], held[0]], None, 10).await.changed, [all[0].clone()]);
    assert_eq!(ask(&[held[0], current[0]], None, 10).await.changed, []);
    // Another organization sees none of it.
    let foreign = shop.storage.inbox_changes(other.organization, &current, Some((0, missing)), 10).await.unwrap();
    assert_eq!((foreign.changed.len(), foreign.gone.len()), (1, 8));
}

/// A small generator of numbers that look random and are the same each time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % sides
    }
}

/// Somebody's list, and how they bring it up to date.
#[derive(Default)]
struct List(BTreeMap<ConversationId, Summary>);

impl List {
    async fn catch_up(&mut self, shop: &Shop, limit: u32) {
        // As a client does: the place is the list's at the beginning, and what was learnt is known the next time.
        let newest = self.0.values().map(place).max().unwrap_or((0, ConversationId(uuid::Uuid::nil())));
        for round in 0.. {
            assert!(round < 100, "it comes to no end");
            let held: Vec<Known> = self.0.values().map(known).collect();
            let changes = shop.storage.inbox_changes(shop.organization, &held, Some(newest), limit).await.unwrap();
            assert!(changes.changed.len() <= limit as usize);
            assert!(changes.changed.is_sorted_by_key(place), "the oldest first");
            assert!(!changes.more || changes.changed.len() == limit as usize);
            for summary in changes.changed {
                self.0.insert(summary.conversation, summary);
            }
            for gone in changes.gone {
                self.0.remove(&gone);
            }
            if !changes.more {
                return;
            }
        }
    }
}

/// Whatever happens between two times that somebody asks, they end with the whole inbox.
#[tokio::test]
async fn a_list_that_catches_up_is_the_whole_inbox() {
    let (database, shop) = shop().await;
    let client = database.client().await;
    let (writer, _announced) = Writer::start(database.config(), WriterConfig::default());
    let mut dice = Dice(7);
    let (mut list, mut logs) = (List::default(), vec![]);
    for round in 0..30 {
        for _ in 0..dice.roll(12) {
            match dice.roll(8) {
                0 | 1 => {
                    let guest = shop.visitor().await;
                    logs.push((shop.conversation_of(guest, "c").await, guest));
                }
                2 if !logs.is_empty() => {
                    let (gone, _) = logs.swap_remove(dice.roll(logs.len()));
                    client.execute("delete from conversations where id = $1", &[&gone.0]).await.unwrap();
                }
                3 if !logs.is_empty() => {
                    let (conversation, _) = logs[dice.roll(logs.len())];
                    let (organization, participant) = (shop.organization, shop.agent());
                    let seq = dice.roll(5) as u64;
                    note(&writer, Write::Read(NewRead { organization, conversation, participant, seq }));
                }
                kind if !logs.is_empty() => {
                    let (conversation, guest) = logs[dice.roll(logs.len())];
                    let content = match kind {
                        4 => Content::status([ConversationStatus::Resolved, ConversationStatus::Open][dice.roll(2)]),
                        5 => Content::rating(1 + dice.roll(5) as u8, None),
                        6 => Content::assignment(Some(shop.owner.id)),
                        _ => Content::text("hello"),
                    };
                    let at = std::time::UNIX_EPOCH.elapsed().unwrap().as_millis() as u64;
                    submit(&writer, [NewEntry { content, at, ..shop.text(conversation, &visitor(guest), "") }]);
                }
                _ => {}
            }
        }
        while writer.depth().entries > 0 {
            tokio::task::yield_now().await;
        }
        list.catch_up(&shop, 1 + dice.roll(7) as u32).await;
        let (inbox, more) = shop.storage.inbox(shop.organization, &InboxFilter::default(), None, 1_000).await.unwrap();
        assert!(!more);
        let mut held: Vec<_> = list.0.values().cloned().collect();
        held.sort_by_key(|summary| std::cmp::Reverse(place(summary)));
        // A visitor's own read mark is no agent's business.
        let aside = |summary: Summary| Summary { visitor_read: 0, ..summary };
        let (held, inbox): (Vec<_>, Vec<_>) =
            (held.into_iter().map(aside).collect(), inbox.into_iter().map(aside).collect());
        assert_eq!(held, inbox, "round {round}");
    }
    assert!(list.0.len() > 10, "much happened");
}

/// Rows that a message writes anew stay where they are, and in the indexes, as long as it is the same minute. A message that
/// moved its conversation would leave a dead row behind in each of them, for all later ones to go through.
#[tokio::test]
async fn a_message_moves_its_conversation_in_no_index_within_a_minute() {
    let (database, shop) = shop().await;
    let conversation = shop.conversation().await;
    let mut client = database.client().await;
    let transaction = client.transaction().await.unwrap();
    let mut stayed = vec![];
    for at in ["12:00:58", "12:00:59", "12:01:00", "12:01:01"] {
        let sql = format!(
            "update conversations set head_seq = head_seq + 1, preview_from = 'visitor', preview_text = 'hello {at}',
                 updated_at = '2030-01-01 {at}Z' where id = '{conversation}'"
        );
        transaction.batch_execute(&sql).await.unwrap();
        let sql = "select pg_stat_get_xact_tuples_hot_updated('conversations'::regclass)";
        stayed.push(transaction.query_one(sql, &[]).await.unwrap().get::<_, i64>(0));
    }
    assert_eq!(stayed, [0, 1, 1, 2]);
}
