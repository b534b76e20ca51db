//! What entries that are no texts make of a conversation's summary.

use protocol::id::{AttachmentId, MemberId};
use protocol::value::{Attachment, Content, ConversationStatus, Participant, ParticipantKind, Summary};
use storage::{Committed, NewEntry, Writer};
use tokio::sync::mpsc::UnboundedReceiver;

use super::{Shop, batches_of, shop, submit, visitor};

fn file(name: &str) -> Content {
    Content::attachment(Attachment {
        id: AttachmentId::generate(),
        name: name.into(),
        size: 1,
        media_type: "image/png".into(),
        url: "/files/x".into(),
    })
}

/// Says something and returns what became of the summary, as announced and as stored.
async fn say(
    shop: &Shop,
    (writer, announced): &mut (Writer, UnboundedReceiver<Committed>),
    entry: NewEntry,
) -> Summary {
    let conversation = entry.conversation;
    submit(writer, [entry]);
    let committed = announced.recv().await.unwrap();
    let (organization, summary) = committed.summaries[0].clone();
    assert_eq!(organization, shop.organization);
    let stored = shop.storage.find_conversation(organization, conversation).await.unwrap();
    assert_eq!(Some(&summary), stored.as_ref());
    summary
}

#[tokio::test]
async fn assignments_ratings_and_files_show() {
    let (database, shop) = shop().await;
    let guest = shop.visitor().await;
    let conversation = shop.conversation_of(guest, "c").await;
    let (guest, agent) = (visitor(guest), shop.agent());
    let mut writer = Writer::start(database.config(), batches_of(1));
    let mut say = async |sender: &Participant, content| {
        say(&shop, &mut writer, NewEntry { content, ..shop.text(conversation, sender, "") }).await
    };
    let summary = say(&agent, Content::assignment(Some(shop.owner.id))).await;
    assert_eq!((summary.assignee, &summary.preview, summary.head), (Some(shop.owner.id), &None, 1));
    let summary = say(&guest, file(&"ä".repeat(90))).await;
    let preview = summary.preview.clone().unwrap();
    assert_eq!((preview.from, preview.text), (ParticipantKind::Visitor, "ä".repeat(90)));
    assert_eq!(summary.assignee, Some(shop.owner.id), "it stays");

    say(&agent, Content::status(ConversationStatus::Resolved)).await;
    let summary = say(&guest, Content::rating(2, Some("hm".into()))).await;
    assert_eq!((summary.status, summary.rating), (ConversationStatus::Resolved, Some(2)), "a rating does not reopen");
    assert_eq!(summary.preview.as_ref().unwrap().text, "ä".repeat(90));
    let summary = say(&guest, Content::rating(5, None)).await;
    assert_eq!(summary.rating, Some(5), "the newest counts");
    let summary = say(&agent, file("bill.pdf")).await;
    assert_eq!((summary.status, summary.preview.unwrap().text.as_str()), (ConversationStatus::Resolved, "bill.pdf"));
    let summary = say(&guest, file("receipt.png")).await;
    assert_eq!(summary.status, ConversationStatus::Open, "a visitor's file does");
    let summary = say(&agent, Content::assignment(None)).await;
    assert_eq!((summary.assignee, summary.rating, summary.head), (None, Some(5), 8));
}

#[tokio::test]
async fn an_assignment_to_nobody_that_is_there_is_rejected_alone() {
    let (database, shop) = shop().await;
    let other = Shop::open(&shop.storage).await;
    let (one, two) = (shop.conversation().await, shop.conversation().await);
    let agent = shop.agent();
    let assign = |conversation, member| {
        let content = Content::assignment(Some(member));
        NewEntry { content, ..shop.text(conversation, &agent, "") }
    };
    let (gone, foreign) = (assign(one, MemberId::generate()), assign(two, other.owner.id));
    let score = NewEntry { content: Content::rating(6, None), ..shop.text(two, &agent, "") };
    let (writer, mut announced) = Writer::start(database.config(), batches_of(7));
    let texts: Vec<NewEntry> = [one, two, one].map(|log| shop.text(log, &agent, "hello")).into();
    let batch = [&texts[0], &gone, &foreign, &texts[1], &score, &texts[2], &assign(one, shop.owner.id)];
    submit(&writer, batch.map(Clone::clone));
    let (mut stored, mut rejected) = (vec![], vec![]);
    while stored.len() + rejected.len() < 7 {
        let committed = announced.recv().await.unwrap();
        stored.extend(committed.stored.into_iter().map(|receipt| (receipt.conversation, receipt.seq)));
        rejected.extend(committed.rejected);
    }
    assert_eq!(stored, [(one, 1), (two, 1), (one, 2), (one, 3)]);
    for (rejected, (entry, reason)) in
        rejected.iter().zip([(gone, "assignee"), (foreign, "assignee"), (score, "rating")])
    {
        assert_eq!(rejected.entry, entry);
        assert!(rejected.reason.contains(reason), "{}", rejected.reason);
    }
    let found = shop.storage.find_conversation(shop.organization, one).await.unwrap().unwrap();
    assert_eq!((found.assignee, found.head), (Some(shop.owner.id), 3));
}

#[tokio::test]
async fn a_member_who_goes_leaves_conversations_to_nobody() {
    let (database, shop) = shop().await;
    let conversation = shop.conversation().await;
    let new = storage::NewMember {
        name: "Abel",
        email: "abel@shop.example",
        password_hash: "hash",
        role: protocol::value::Role::Agent,
    };
    let abel = shop.storage.create_member(shop.organization, &new).await.unwrap().id;
    let mut writer = Writer::start(database.config(), batches_of(1));
    let assign = NewEntry { content: Content::assignment(Some(abel)), ..shop.text(conversation, &shop.agent(), "") };
    assert_eq!(say(&shop, &mut writer, assign).await.assignee, Some(abel));
    database.client().await.execute("delete from members where id = $1", &[&abel.0]).await.unwrap();
    let summary = say(&shop, &mut writer, shop.text(conversation, &shop.agent(), "who has it?")).await;
    assert_eq!((summary.assignee, summary.head), (None, 2));
}
