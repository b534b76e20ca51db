//! What a client is told when it comes back, in one statement: the same as the statements for each part of it.

use protocol::id::{ConversationId, OrganizationId};
use protocol::value::{Participant, Seq};
use storage::{FirstPage, LogPage, PAGE_BYTES, Writer};

use super::{Shop, batches_of, shop, submit, visitor};

const PAGE: FirstPage = FirstPage { newest: 5, most: 8 };

/// The one that is asked for alone, with its page.
async fn replayed(shop: &Shop, conversation: ConversationId, cursor: Option<Seq>) -> LogPage {
    let replayed = shop.storage.replay(shop.organization, (conversation, cursor), PAGE).await.unwrap().unwrap();
    let summary = shop.storage.find_conversation(shop.organization, conversation).await.unwrap();
    assert_eq!(Some(replayed.summary), summary);
    replayed.page.unwrap()
}

fn seqs(page: &LogPage) -> Vec<Seq> {
    page.entries.iter().map(|entry| entry.seq.unwrap()).collect()
}

#[tokio::test]
async fn a_replay_begins_at_its_cursor_or_before_the_head_and_is_bounded() {
    let (database, shop) = shop().await;
    let guest = shop.visitor().await;
    let conversation = shop.conversation_of(guest, "c").await;
    assert_eq!(replayed(&shop, conversation, None).await, LogPage { entries: vec![], more: false });
    let (writer, mut announced) = Writer::start(database.config(), batches_of(20));
    let senders = [shop.agent(), visitor(guest)];
    submit(&writer, (0..20).map(|n| shop.text(conversation, &senders[n % 2], &n.to_string())));
    announced.recv().await.unwrap();
    let read = shop.receipts(conversation).await.into_iter().map(|read| (read.participant, read.seq));
    let olga = Participant { name: Some("Olga".into()), ..senders[0].clone() };
    assert_eq!(read.collect::<Vec<_>>(), [(senders[1].clone(), 20), (olga, 19)], "who writes has read what is before");
    for (cursor, expected, more) in [
        (Some(20), vec![], false),
        (Some(18), vec![19, 20], false),
        (Some(12), (13..=20).collect(), false),
        (Some(11), (12..=19).collect(), true),
        (Some(0), (1..=8).collect(), true),
        // No place in this log: from a few before its head.
        (None, (16..=20).collect(), false),
        (Some(21), (16..=20).collect(), false),
        (Some(Seq::MAX), (16..=20).collect(), false),
    ] {
        let page = replayed(&shop, conversation, cursor).await;
        assert_eq!((seqs(&page), page.more), (expected, more), "{cursor:?}");
        let from = cursor.filter(|cursor| *cursor <= 20).unwrap_or(15);
        let alone = shop.storage.entries_after(shop.organization, conversation, from, PAGE.most).await.unwrap();
        assert_eq!(page, alone, "as it is read alone, names and contents too");
    }
}

#[tokio::test]
async fn long_texts_make_short_pages_and_one_that_is_longer_comes_alone() {
    let (database, shop) = shop().await;
    let conversation = shop.conversation().await;
    let (writer, mut announced) = Writer::start(database.config(), batches_of(4));
    let texts = [PAGE_BYTES * 2, PAGE_BYTES / 3, PAGE_BYTES / 3, PAGE_BYTES / 3].map(|bytes| "x".repeat(bytes));
    submit(&writer, texts.iter().map(|text| shop.text(conversation, &shop.agent(), text)));
    announced.recv().await.unwrap();
    for (cursor, expected, more) in [(0, vec![1], true), (1, vec![2, 3], true), (3, vec![4], false)] {
        let page = replayed(&shop, conversation, Some(cursor)).await;
        assert_eq!((seqs(&page), page.more), (expected, more));
    }
}

#[tokio::test]
async fn several_come_together_without_pages_and_foreign_ones_are_missing() {
    let (_database, shop) = shop().await;
    let other = Shop::open(&shop.storage).await;
    let (one, two, theirs) = (shop.conversation().await, shop.conversation().await, other.conversation().await);
    let logs = [(one, Some(0)), (theirs, None), (two, None), (ConversationId::generate(), None)];
    let found = shop.storage.replays(shop.organization, &logs, None).await.unwrap();
    assert!(found.iter().all(|replayed| replayed.page.is_none()));
    let mut ids: Vec<_> = found.into_iter().map(|replayed| replayed.summary.conversation).collect();
    ids.sort();
    let mut wanted = vec![one, two];
    wanted.sort();
    assert_eq!(ids, wanted);
    let nobody = OrganizationId::generate();
    assert_eq!(shop.storage.replays(nobody, &logs, Some(PAGE)).await.unwrap(), vec![]);
    assert_eq!(shop.storage.team(nobody, shop.owner.id, 10).await.unwrap(), None);
    assert_eq!(shop.storage.team(shop.organization, other.owner.id, 10).await.unwrap(), None);
}

#[tokio::test]
async fn whoever_asks_is_of_the_team_however_many_there_are() {
    let (_database, shop) = shop().await;
    let new =
        |name, email| storage::NewMember { name, email, password_hash: "$none$", role: protocol::value::Role::Agent };
    let abel = shop.storage.create_member(shop.organization, &new("abel", "abel@shop.example")).await.unwrap();
    let zoe = shop.storage.create_member(shop.organization, &new("Zoe", "zoe@shop.example")).await.unwrap();
    let shop = &shop;
    let team = |member, limit| async move {
        let team = shop.storage.team(shop.organization, member, limit).await.unwrap().unwrap();
        let names: Vec<String> = team.members.iter().map(|(card, _)| card.name.clone()).collect();
        assert_eq!(team.members[team.own].0.id, member);
        (names, team.departments)
    };
    assert_eq!(team(zoe.id, 10).await, (vec!["abel".into(), "Olga".into(), "Zoe".into()], vec![]));
    assert_eq!(team(zoe.id, 1).await, (vec!["abel".into(), "Zoe".into()], vec![]));
    assert_eq!(team(abel.id, 1).await, (vec!["abel".into()], vec![]));
}
