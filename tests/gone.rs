//! Conversations that were erased: all who knew of one are told, and nobody gets at it any more.

use protocol::client::{Follow, History, Inbox, Typing};
use protocol::code::ErrorCode;
use protocol::connection::Connection;
use protocol::id::{ConversationId, OrganizationId};
use protocol::server::ServerFrame;
use tests::gateway::TestGateway;

use crate::delivery::{find, follow, start, stored, text, until};
use crate::refusals::refusal;

const ERASE: &str = "delete from conversations where id = $1";

/// Erases a conversation, and tells of it as whoever erases does.
async fn erase(gateway: &TestGateway, organization: OrganizationId, conversation: ConversationId) {
    assert_eq!(gateway.database.client().await.execute(ERASE, &[&conversation.0]).await.unwrap(), 1);
    gateway::service::inbox::gone(gateway.gateway().app(), organization, conversation);
}

async fn gone(socket: &mut Connection) -> ConversationId {
    find(socket, |frame| if let ServerFrame::Gone(gone) = frame { Some(gone.conversation) } else { None }).await
}

#[tokio::test(flavor = "multi_thread")]
async fn all_who_knew_of_it_are_told_and_it_is_not_found_any_more() {
    let gateway = TestGateway::start().await;
    let (tenant, other) = (gateway.tenant("Shop").await, gateway.tenant("Other").await);
    let (mut visitor, _) = gateway.visitor(&tenant).await;
    let (mut agent, mut idle) = (gateway.agent(&tenant).await, gateway.agent(&tenant).await);
    let mut foreign = gateway.agent(&other).await;
    let conversation = start(&mut visitor).await;
    follow(&mut agent, conversation).await;
    visitor.request(&text(conversation, "m1", "hello")).await.unwrap();
    stored(&mut visitor, "m1").await;
    erase(&gateway, tenant.organization(), conversation).await;
    for socket in [&mut visitor, &mut agent, &mut idle] {
        assert_eq!(gone(socket).await, conversation);
    }
    let topic = gateway::hub::Topic::Conversation(tenant.organization(), conversation);
    assert!(!gateway.gateway().app().hub.is_followed(topic));
    // Both have sent or followed before: what they remember of it is forgotten.
    for socket in [&mut visitor, &mut agent] {
        for frame in [
            text(conversation, "m2", "still there?"),
            Follow { conversation, cursor: Some(0) }.into(),
            History { conversation, before: 9, limit: None }.into(),
            Typing { conversation, on: true, draft: None }.into(),
        ] {
            assert_eq!(refusal(socket, frame).await.code, ErrorCode::NotFound);
        }
        assert!(reply!(socket, Inbox::default(), InboxPage).conversations.is_empty());
    }
    // Another organization's agents hear of nothing but their own.
    let (mut theirs, _) = gateway.visitor(&other).await;
    let elsewhere = start(&mut theirs).await;
    until(&mut foreign, |frame| {
        assert!(!matches!(frame, ServerFrame::Gone(_)), "{frame:?}");
        matches!(frame, ServerFrame::Summary(summary) if summary.conversation == elsewhere)
    })
    .await;
    // Nothing keeps the visitor from another one.
    assert_ne!(start(&mut visitor).await, conversation);
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_on_its_way_into_it_is_not_found_either() {
    let gateway = TestGateway::start().await;
    let tenant = gateway.tenant("Shop").await;
    let (mut visitor, _) = gateway.visitor(&tenant).await;
    let conversation = start(&mut visitor).await;
    let mut client = gateway.database.client().await;
    let erasing = client.transaction().await.unwrap();
    erasing.execute(ERASE, &[&conversation.0]).await.unwrap();
    // Routed, and stored no sooner than the log's row is free: by then it is not there.
    visitor.request(&text(conversation, "m1", "too late")).await.unwrap();
    erasing.commit().await.unwrap();
    let error =
        find(&mut visitor, |frame| if let ServerFrame::Error(error) = frame { Some(error) } else { None }).await;
    assert_eq!((error.code, error.retryable), (ErrorCode::NotFound, false));
    assert_eq!(refusal(&mut visitor, text(conversation, "m2", "hello?")).await.code, ErrorCode::NotFound);
    gateway.stop().await;
}

/// A client with an outbox gives up what it had for it, whether it was there to hear of it or not.
#[tokio::test(flavor = "multi_thread")]
async fn clients_that_resume_give_it_up() {
    let gateway = TestGateway::start().await;
    let tenant = gateway.tenant("Shop").await;
    let mut visitor = gateway.visitor_chat(&tenant);
    let mut agent = gateway.agent_chat(&tenant);
    let conversation = visitor.start(None, vec![]).await.unwrap();
    agent.follow(conversation);
    agent.list_inbox().await.unwrap();
    agent.until(|chat| chat.log(conversation).is_some_and(protocol::connection::log::Log::live)).await.unwrap();
    visitor.disconnect();
    erase(&gateway, tenant.organization(), conversation).await;
    for chat in [&mut visitor, &mut agent] {
        chat.until(|chat| chat.lost().contains_key(&conversation)).await.unwrap();
        assert_eq!(chat.lost()[&conversation].code, ErrorCode::NotFound);
        assert!(chat.log(conversation).is_none());
    }
    assert!(!agent.summaries().contains_key(&conversation));
    gateway.stop().await;
}
