//! A visitor's earlier conversations, as a widget shows them: listed, read, rated late, and gone on with.

use protocol::client::{Follow, History, Inbox, Send};
use protocol::value::{Content, ConversationStatus, EntryKind};
use tests::gateway::{TestGateway, visitor_hello};

use crate::delivery::{find, follow, start, stored, text};

#[tokio::test(flavor = "multi_thread")]
async fn what_was_ended_is_found_again_read_rated_and_gone_on_with() {
    let gateway = TestGateway::start().await;
    let tenant = gateway.tenant("Shop").await;
    let (mut visitor, welcome) = gateway.visitor(&tenant).await;
    let session = welcome.visitor.unwrap().token;
    let ended = start(&mut visitor).await;
    let mut agent = gateway.agent(&tenant).await;
    follow(&mut agent, ended).await;
    visitor.request(&text(ended, "v1", "Is there tea?")).await.unwrap();
    stored(&mut visitor, "v1").await;
    let note = Send { conversation: ended, client_id: "a1".into(), content: Content::note("ask Ada") };
    reply!(agent, note, Routed);
    agent.request(&text(ended, "a2", "There is.")).await.unwrap();
    stored(&mut agent, "a2").await;
    let end = Content::status(ConversationStatus::Resolved);
    reply!(visitor, Send { conversation: ended, client_id: "v2".into(), content: end }, Routed);
    stored(&mut visitor, "v2").await;
    drop(visitor);

    // The same browser, later: nothing is open, and nothing is lost.
    let mut visitor = gateway.socket().await;
    let welcome = visitor.hello(visitor_hello(&tenant.widget_key, session.as_deref())).await.unwrap();
    assert!(welcome.visitor.unwrap().conversation.is_none(), "what is resolved is not open");
    let listed = reply!(visitor, Inbox::default(), InboxPage).conversations;
    let [summary] = listed.as_slice() else { panic!("{listed:?}") };
    assert_eq!((summary.conversation, summary.status, summary.head), (ended, ConversationStatus::Resolved, 4));
    assert_eq!(summary.preview.as_ref().map(|preview| preview.text.as_str()), Some("There is."));
    let kinds = [EntryKind::Text, EntryKind::Hidden, EntryKind::Text, EntryKind::Status];
    let replay = reply!(visitor, Follow { conversation: ended, cursor: Some(0) }, Replay);
    assert_eq!(replay.entries.iter().map(|entry| entry.content.kind).collect::<Vec<_>>(), kinds);
    let page = reply!(visitor, History { conversation: ended, before: 4, limit: Some(2) }, HistoryPage);
    assert_eq!(page.entries.iter().map(|entry| entry.content.kind).collect::<Vec<_>>(), kinds[1..3]);
    assert!(page.more);

    // Rated afterwards: it stays as it is.
    let rating = Content::rating(5, Some("Quick!".into()));
    reply!(visitor, Send { conversation: ended, client_id: "v3".into(), content: rating }, Routed);
    stored(&mut visitor, "v3").await;
    let listed = reply!(visitor, Inbox::default(), InboxPage).conversations;
    assert_eq!((listed[0].rating, listed[0].status), (Some(5), ConversationStatus::Resolved));

    // Beside a new one it is still there; and it is open again once something is said in it.
    let new = protocol::client::Start { client_id: "again".into(), department: None, answers: vec![] };
    let new = reply!(visitor, new, Started).conversation.conversation;
    assert_ne!(new, ended);
    visitor.request(&text(ended, "v4", "And cake?")).await.unwrap();
    let summary = find(&mut agent, |frame| match frame {
        protocol::server::ServerFrame::Summary(summary) if summary.head == 6 => Some(summary),
        _ => None,
    })
    .await;
    assert_eq!((summary.conversation, summary.status), (ended, ConversationStatus::Open));
    let listed = reply!(visitor, Inbox::default(), InboxPage).conversations;
    assert_eq!(listed.iter().map(|summary| summary.conversation).collect::<Vec<_>>(), [ended, new]);
    gateway.stop().await;
}
