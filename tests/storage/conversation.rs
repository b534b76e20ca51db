//! Conversations and the inbox.

use protocol::id::{ConversationId, DepartmentId, VisitorId};
use protocol::value::{Answer, ConversationStatus};
use storage::{InboxFilter, NewConversation, StorageError};

use super::{Shop, shop};

fn answer(key: &str, value: &str) -> Answer {
    Answer { key: key.into(), value: value.into() }
}

#[tokio::test]
async fn answers_are_kept_and_name_the_visitor() {
    let (_database, shop) = shop().await;
    let visitor = shop.visitor().await;
    let answers = [answer("topic", "Tea"), answer("name", "Ada"), answer("email", "ada@home.example")];
    let new = NewConversation { visitor, client_id: "c1", department: None, answers: &answers };
    let started = shop.storage.start_conversation(shop.organization, &new).await.unwrap();
    assert!(started.created);
    let summary = started.summary;
    assert_eq!(summary.answers, answers);
    assert_eq!(summary.visitor.name.as_deref(), Some("Ada"));
    assert_eq!(summary.visitor.email.as_deref(), Some("ada@home.example"));
    assert_eq!((summary.status, summary.head, &summary.preview), (ConversationStatus::Open, 0, &None));

    // The same again, whatever else it says, is the same conversation as it stands.
    let again = NewConversation { answers: &[answer("name", "Bob")], ..new };
    let again = shop.storage.start_conversation(shop.organization, &again).await.unwrap();
    assert!(!again.created);
    assert_eq!(again.summary, summary);

    // A later one that leaves something out does not take it away.
    let later = NewConversation { client_id: "c2", answers: &[answer("name", ""), answer("phone", "123")], ..new };
    let later = shop.storage.start_conversation(shop.organization, &later).await.unwrap().summary;
    assert_eq!(later.visitor.name.as_deref(), Some("Ada"));
}

#[tokio::test]
async fn two_starts_at_once_make_one_conversation() {
    let (_database, shop) = shop().await;
    let visitor = shop.visitor().await;
    for round in 0..100 {
        let client_id = format!("round-{round}");
        let new =
            NewConversation { visitor, client_id: &client_id, department: None, answers: &[answer("name", "Ada")] };
        let (one, other) = tokio::join!(
            shop.storage.start_conversation(shop.organization, &new),
            shop.storage.start_conversation(shop.organization, &new),
        );
        let (one, other) = (one.unwrap(), other.unwrap());
        assert_eq!(one.summary.conversation, other.summary.conversation, "round {round}");
        assert!(one.created ^ other.created, "round {round}: {} and {}", one.created, other.created);
    }
}

#[tokio::test]
async fn strangers_are_refused() {
    let (_database, shop) = shop().await;
    let visitor = shop.visitor().await;
    let department = Some(DepartmentId::generate());
    let new = NewConversation { visitor, client_id: "c", department, answers: &[] };
    let refused = shop.storage.start_conversation(shop.organization, &new).await;
    assert_eq!(refused, Err(StorageError::Conflict("department")));
    let new = NewConversation { visitor: VisitorId::generate(), client_id: "c", department: None, answers: &[] };
    let refused = shop.storage.start_conversation(shop.organization, &new).await;
    assert_eq!(refused, Err(StorageError::Conflict("visitor")));
}

#[tokio::test]
async fn another_organizations_conversation_looks_missing() {
    let (_database, shop) = shop().await;
    let other = Shop::open(&shop.storage).await;
    let visitor = shop.visitor().await;
    let conversation = shop.conversation_of(visitor, "c").await;
    let (storage, foreign) = (&shop.storage, other.organization);
    assert!(storage.find_conversation(shop.organization, conversation).await.unwrap().is_some());
    assert_eq!(storage.find_conversation(foreign, conversation).await.unwrap(), None);
    assert_eq!(storage.open_conversation_of(foreign, visitor).await.unwrap(), None);
    assert_eq!(storage.inbox(foreign, &InboxFilter::default(), None, 10).await.unwrap(), (vec![], false));
    assert_eq!(storage.replays(foreign, &[(conversation, Some(0))], None).await.unwrap(), vec![]);
    assert!(storage.entries_after(foreign, conversation, 0, 10).await.unwrap().entries.is_empty());
}

#[tokio::test]
async fn the_open_one_is_the_newest_that_is_not_resolved() {
    let (database, shop) = shop().await;
    let visitor = shop.visitor().await;
    assert_eq!(shop.storage.open_conversation_of(shop.organization, visitor).await.unwrap(), None);
    let mut made = vec![];
    for client_id in ["a", "b", "c"] {
        made.push(shop.conversation_of(visitor, client_id).await);
    }
    let client = database.client().await;
    let resolve = "update conversations set status = 'resolved' where id = $1";
    for newest in made.into_iter().rev() {
        let open = shop.storage.open_conversation_of(shop.organization, visitor).await.unwrap().unwrap();
        assert_eq!(open.conversation, newest);
        client.execute(resolve, &[&newest.0]).await.unwrap();
    }
    assert_eq!(shop.storage.open_conversation_of(shop.organization, visitor).await.unwrap(), None);
}

#[tokio::test]
async fn the_inbox_pages_through_everything_once() {
    let (database, shop) = shop().await;
    let mut made = vec![];
    for number in 0..23 {
        made.push((number, shop.conversation().await));
    }
    let client = database.client().await;
    // Several share a moment, so that ids have to decide; statuses take turns.
    let sql = "update conversations set updated_at = to_timestamp(1700000000 + $2 / 5), status =
        (array['open', 'pending', 'snoozed', 'resolved'])[1 + $2 % 4] where id = $1";
    for (number, conversation) in &made {
        client.execute(sql, &[&conversation.0, number]).await.unwrap();
    }
    let newest_first = |chosen: &dyn Fn(i32) -> bool| -> Vec<ConversationId> {
        let mut wanted: Vec<_> = made.iter().filter(|(number, _)| chosen(*number)).collect();
        wanted.sort_by_key(|(number, conversation)| std::cmp::Reverse((number / 5, *conversation)));
        wanted.into_iter().map(|(_, conversation)| *conversation).collect()
    };
    let open = Some(ConversationStatus::Open);
    assert_eq!(pages(&shop, None, 4).await, newest_first(&|_| true));
    assert_eq!(pages(&shop, open, 4).await, newest_first(&|number| number % 4 == 0));
    assert_eq!(pages(&shop, open, 100).await, newest_first(&|number| number % 4 == 0));
}

async fn pages(shop: &Shop, status: Option<ConversationStatus>, limit: u32) -> Vec<ConversationId> {
    let (mut all, mut after) = (vec![], None);
    let filter = InboxFilter { status, ..InboxFilter::default() };
    loop {
        let (page, more) = shop.storage.inbox(shop.organization, &filter, after, limit).await.unwrap();
        assert!(page.len() <= limit as usize);
        all.extend(page.iter().map(|summary| summary.conversation));
        after = page.last().map(|last| (last.updated_at, last.conversation));
        if !more {
            return all;
        }
    }
}
