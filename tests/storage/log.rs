//! Reading logs in pages.

use protocol::id::ConversationId;
use protocol::value::{Content, EntryKind, Seq};
use storage::{LogPage, NewConversation, NewEntry, PAGE_BYTES, Writer, WriterConfig};
use tests::database::TestDatabase;

use super::{Shop, shop, submit, visitor};

/// Stores texts of these sizes, and returns their log.
async fn log(database: &TestDatabase, shop: &Shop, sizes: &[usize]) -> ConversationId {
    let conversation = shop.conversation().await;
    let (writer, mut announced) = Writer::start(database.config(), WriterConfig::default());
    submit(&writer, sizes.iter().map(|size| shop.text(conversation, &shop.agent(), &"x".repeat(*size))));
    let mut stored = 0;
    while stored < sizes.len() {
        stored += announced.recv().await.unwrap().stored.len();
    }
    conversation
}

fn seqs(page: &LogPage) -> Vec<Seq> {
    page.entries.iter().map(|entry| entry.seq.unwrap()).collect()
}

#[tokio::test]
async fn pages_end_at_the_limit() {
    let (database, shop) = shop().await;
    let conversation = log(&database, &shop, &[1; 10]).await;
    let after = async |cursor, limit| {
        let page = shop.storage.entries_after(shop.organization, conversation, cursor, limit).await.unwrap();
        (seqs(&page), page.more)
    };
    assert_eq!(after(0, 4).await, (vec![1, 2, 3, 4], true));
    assert_eq!(after(4, 6).await, (vec![5, 6, 7, 8, 9, 10], false));
    assert_eq!(after(9, 6).await, (vec![10], false));
    assert_eq!(after(10, 6).await, (vec![], false));
    assert_eq!(after(u64::MAX, 6).await, (vec![], false));
    let before = async |before, limit| {
        let page = shop.storage.entries_before(shop.organization, conversation, before, limit).await.unwrap();
        (seqs(&page), page.more)
    };
    assert_eq!(before(11, 4).await, (vec![7, 8, 9, 10], true));
    assert_eq!(before(u64::MAX, 10).await, ((1..=10).collect(), false));
    assert_eq!(before(3, 4).await, (vec![1, 2], false));
    assert_eq!(before(1, 4).await, (vec![], false));
}

#[tokio::test]
async fn pages_end_before_they_grow_too_large_and_are_never_empty() {
    let (database, shop) = shop().await;
    let large = PAGE_BYTES / 2 - 1_000;
    let conversation = log(&database, &shop, &[large, large, large, PAGE_BYTES + 1, 1, 1]).await;
    let (mut cursor, mut pages) = (0, vec![]);
    loop {
        let page = shop.storage.entries_after(shop.organization, conversation, cursor, 100).await.unwrap();
        cursor = *seqs(&page).last().unwrap();
        pages.push(seqs(&page));
        if !page.more {
            break;
        }
    }
    assert_eq!(pages, [vec![1, 2], vec![3], vec![4], vec![5, 6]]);
    let (mut before, mut pages) = (7, vec![]);
    loop {
        let page = shop.storage.entries_before(shop.organization, conversation, before, 100).await.unwrap();
        before = seqs(&page)[0];
        pages.push(seqs(&page));
        if !page.more {
            break;
        }
    }
    assert_eq!(pages, [vec![5, 6], vec![4], vec![2, 3], vec![1]]);
}

#[tokio::test]
async fn what_is_no_text_counts_as_well() {
    let (database, shop) = shop().await;
    let guest = shop.visitor().await;
    let conversation = shop.conversation_of(guest, "c").await;
    let (writer, _announced) = Writer::start(database.config(), WriterConfig::default());
    let rating = Content::rating(1, Some("x".repeat(2_000)));
    submit(
        &writer,
        (0..20).map(|_| NewEntry { content: rating.clone(), ..shop.text(conversation, &visitor(guest), "") }),
    );
    writer.close(std::time::Duration::from_secs(10)).await.unwrap();
    let page = shop.storage.entries_after(shop.organization, conversation, 0, 100).await.unwrap();
    assert!(page.more);
    assert!((10..=PAGE_BYTES / 2_000).contains(&page.entries.len()), "{}", page.entries.len());
    assert_eq!(page.entries[0].content, rating);
}

#[tokio::test]
async fn an_entry_comes_back_as_it_was_with_its_senders_name_of_today() {
    let (database, shop) = shop().await;
    let guest = shop.visitor().await;
    let conversation = shop.conversation_of(guest, "c").await;
    let mut text = shop.text(conversation, &visitor(guest), "Grüße 👋 \"quoted\" \\ \u{7f}");
    text.at = 1_700_000_000_123;
    let mut note = shop.text(conversation, &shop.agent(), "");
    note.content = Content::note("only us");
    let (writer, mut announced) = Writer::start(database.config(), WriterConfig::default());
    submit(&writer, [text.clone(), note.clone()]);
    writer.close(std::time::Duration::from_secs(10)).await.unwrap();
    assert_eq!(announced.recv().await.unwrap().stored.len(), 2);

    let read = async || shop.storage.entries_after(shop.organization, conversation, 0, 10).await.unwrap().entries;
    let entries = read().await;
    for (entry, sent) in entries.iter().zip([&text, &note]) {
        assert_eq!((entry.id, &entry.client_id, entry.at), (sent.id, &sent.client_id, sent.at));
        assert_eq!((entry.content.clone(), entry.conversation), (sent.content.clone(), conversation));
        assert_eq!((entry.sender.kind, entry.sender.id), (sent.sender.kind, sent.sender.id));
    }
    assert_eq!(entries[1].content.kind, EntryKind::Note);
    assert_eq!((&entries[0].sender.name, entries[1].sender.name.as_deref()), (&None, Some("Olga")));

    let answers = [protocol::value::Answer { key: "name".into(), value: "Ada".into() }];
    let new = NewConversation { visitor: guest, client_id: "c2", department: None, answers: &answers };
    shop.storage.start_conversation(shop.organization, &new).await.unwrap();
    assert_eq!(read().await[0].sender.name.as_deref(), Some("Ada"));
}
