use super::peer::*;
use crate::client::{ClientFrame, Cursor, Follow, Send, Start};
use crate::code::{CloseCode, ErrorCode};
use crate::connection::chat::Chat;
use crate::connection::{ChatError, Options};
use crate::frame::Error;
use crate::id::{ConversationId, EntryId, VisitorId};
use crate::server::{Routed, Started};
use crate::value::Content;

/// A visitor's whole life: starts, sends three, loses the socket after the first is stored and the second may be,
/// resumes, and sends only what the replay does not hold.
#[tokio::test]
async fn a_chat_resumes_and_sends_again_only_what_is_not_stored() {
    let (listener, url) = listen().await;
    let (visitor, conversation) = (VisitorId::generate(), ConversationId::generate());
    let gateway = async {
        let mut peer = Peer::accept(&listener).await;
        let (reference, hello) = peer.hello().await;
        assert_eq!((hello.token, hello.resume), (None, vec![]));
        peer.say([(reference, welcome(visitor, Some("secret")))]).await;
        let (reference, start) = peer.next().await;
        let ClientFrame::Start(Start { client_id, .. }) = start else { panic!("{start:?}") };
        let started = Started { client_id, conversation: summary(conversation, visitor, 0) };
        peer.say([(reference, started.into()), (reference, replay(conversation, visitor, vec![], false))]).await;

        let (one, first) = peer.send().await;
        let (_, second) = peer.send().await;
        let routed = Routed { conversation, client_id: first.client_id.clone(), id: EntryId::generate(), at: 1 };
        // `stored` may overtake `routed`.
        peer.say([(0, stored(&first, visitor, 1)), (one, routed.into())]).await;
        // At most two were to be under way: the third came only when the first was stored.
        let (_, third) = peer.send().await;
        drop(peer);

        let mut peer = Peer::accept(&listener).await;
        let (reference, hello) = peer.hello().await;
        assert_eq!(hello.token.as_deref(), Some("secret"));
        assert_eq!(hello.resume, [Cursor { conversation, cursor: Some(1) }]);
        peer.say([(reference, welcome(visitor, None))]).await;
        // Nothing is sent before the replay has ended: what it holds need not be.
        let held = vec![entry(&second, visitor, Some(2))];
        peer.say([(reference, replay(conversation, visitor, held, false))]).await;
        let (_, again) = peer.send().await;
        assert_eq!(again, third);
        peer.say([(0, stored(&again, visitor, 3))]).await;
        peer
    };
    let client = async {
        let mut chat = Chat::visitor(&url, Options::default(), "wk_test");
        let started = chat.start(None, vec![]).await.unwrap();
        assert_eq!(started, conversation);
        let ids = ["one", "two", "three"].map(|text| chat.send(conversation, Content::text(text)));
        chat.settle().await.unwrap();
        let log = chat.log(conversation).unwrap();
        let texts: Vec<_> = log.entries().iter().map(|entry| entry.content.text.as_deref().unwrap()).collect();
        assert_eq!(texts, ["one", "two", "three"]);
        assert_eq!((log.cursor(), log.pending().len(), chat.sockets()), (3, 0, 2));
        let acknowledged: Vec<_> =
            chat.outbox().acknowledged().iter().map(|ack| (ack.client_id.clone(), ack.seq)).collect();
        assert_eq!(acknowledged, ids.into_iter().zip(1..).collect::<Vec<_>>());
    };
    soon(async { tokio::join!(gateway, client) }).await;
}

#[tokio::test]
async fn a_gap_is_asked_for_from_the_cursor() {
    let (listener, url) = listen().await;
    let (visitor, conversation) = (VisitorId::generate(), ConversationId::generate());
    let other = |text: &str| Send { conversation, client_id: text.into(), content: Content::text(text) };
    let (a, b, c) = (other("a"), other("b"), other("c"));
    let gateway = async {
        let mut peer = Peer::accept(&listener).await;
        let (reference, hello) = peer.hello().await;
        assert_eq!(hello.resume, [Cursor { conversation, cursor: Some(0) }]);
        peer.say([(reference, welcome(visitor, Some("secret")))]).await;
        let held = vec![entry(&a, visitor, Some(1))];
        peer.say([(reference, replay(conversation, visitor, held, false))]).await;
        // Pending and then stored; one that is stored without having been seen; and one beyond it.
        peer.say([
            (0, entry(&b, visitor, None).into()),
            (0, stored(&b, visitor, 2)),
            (0, stored(&other("unseen"), visitor, 3)),
            (0, entry(&c, visitor, Some(4)).into()),
        ])
        .await;
        let (reference, follow) = peer.next().await;
        assert_eq!(follow, Follow { conversation, cursor: Some(2) }.into());
        let pages = [vec![entry(&other("unseen"), visitor, Some(3))], vec![entry(&c, visitor, Some(4))]];
        let [first, last] = pages;
        peer.say([
            (reference, replay(conversation, visitor, first, true)),
            (reference, replay(conversation, visitor, last, false)),
        ])
        .await;
        peer
    };
    let client = async {
        let mut chat = Chat::visitor(&url, Options::default(), "wk_test");
        chat.follow(conversation);
        chat.until(|chat| chat.log(conversation).is_some_and(|log| log.cursor() == 4)).await.unwrap();
        let log = chat.log(conversation).unwrap();
        assert_eq!(log.entries().iter().map(|entry| entry.seq.unwrap()).collect::<Vec<_>>(), [1, 2, 3, 4]);
    };
    soon(async { tokio::join!(gateway, client) }).await;
}

/// What comes by in the middle of a replay and is not in it is missed by nobody.
#[tokio::test]
async fn what_a_replay_leaves_out_is_asked_for() {
    let (listener, url) = listen().await;
    let (visitor, conversation) = (VisitorId::generate(), ConversationId::generate());
    let other = |text: &str| Send { conversation, client_id: text.into(), content: Content::text(text) };
    let (a, b, c) = (other("a"), other("b"), other("c"));
    let gateway = async {
        let mut peer = Peer::accept(&listener).await;
        let (reference, _) = peer.hello().await;
        let page = |entries, more| (reference, replay(conversation, visitor, entries, more));
        peer.say([
            (reference, welcome(visitor, Some("secret"))),
            page(vec![entry(&a, visitor, Some(1))], true),
            (0, stored(&c, visitor, 3)),
            page(vec![entry(&b, visitor, Some(2))], false),
        ])
        .await;
        let (reference, follow) = peer.next().await;
        assert_eq!(follow, Follow { conversation, cursor: Some(2) }.into());
        peer.say([(reference, replay(conversation, visitor, vec![entry(&c, visitor, Some(3))], false))]).await;
        // A resend that was routed once more: known already, so not pending; and its `stored` changes nothing.
        peer.say([(0, entry(&a, visitor, None).into()), (0, entry(&other("d"), visitor, None).into())]).await;
        peer.say([(0, stored(&a, visitor, 1))]).await;
        peer
    };
    let client = async {
        let mut chat = Chat::visitor(&url, Options::default(), "wk_test");
        chat.follow(conversation);
        chat.until(|chat| chat.log(conversation).is_some_and(|log| !log.pending().is_empty())).await.unwrap();
        let log = chat.log(conversation).unwrap();
        assert_eq!((log.cursor(), log.live()), (3, true));
        let pending: Vec<_> = log.pending().iter().map(|entry| entry.client_id.as_str()).collect();
        assert_eq!(pending, ["d"]);
    };
    soon(async { tokio::join!(gateway, client) }).await;
}

#[tokio::test]
async fn a_retryable_error_is_waited_out_and_another_is_final() {
    let (listener, url) = listen().await;
    let (visitor, conversation) = (VisitorId::generate(), ConversationId::generate());
    let gateway = async {
        let mut peer = Peer::accept(&listener).await;
        let (reference, hello) = peer.hello().await;
        assert_eq!(hello.resume, [Cursor { conversation, cursor: Some(0) }]);
        peer.say([(reference, welcome(visitor, Some("secret")))]).await;
        peer.say([(reference, replay(conversation, visitor, vec![], false))]).await;
        let (one, first) = peer.send().await;
        let (two, _) = peer.send().await;
        let full = Error::new(ErrorCode::Unavailable, "the store is away").retry_after(1);
        peer.say([(one, full.into()), (two, Error::new(ErrorCode::Forbidden, "not you").into())]).await;
        let (_, again) = peer.send().await;
        assert_eq!(again, first);
        peer.say([(0, stored(&again, visitor, 1))]).await;
        peer
    };
    let client = async {
        let mut chat = Chat::visitor(&url, Options::default(), "wk_test");
        let _first = chat.send(conversation, Content::text("one"));
        let second = chat.send(conversation, Content::text("two"));
        chat.settle().await.unwrap();
        assert_eq!(chat.outbox().acknowledged().len(), 1);
        let [(client_id, error)] = chat.outbox().refused() else { panic!("{:?}", chat.outbox()) };
        assert_eq!((client_id, error.code), (&second, ErrorCode::Forbidden));
    };
    soon(async { tokio::join!(gateway, client) }).await;
}

#[tokio::test]
async fn a_close_code_decides_whether_a_chat_comes_back() {
    let (listener, url) = listen().await;
    let visitor = VisitorId::generate();
    let gateway = async {
        for code in [CloseCode::Draining, CloseCode::NoWidget] {
            let mut peer = Peer::accept(&listener).await;
            let (reference, _) = peer.hello().await;
            peer.say([(reference, welcome(visitor, Some("secret")))]).await;
            peer.close(code).await;
        }
    };
    let client = async {
        let mut chat = Chat::visitor(&url, Options::default(), "wk_test");
        let error = chat.until(|_| false).await.unwrap_err();
        assert!(matches!(error, ChatError::Refused { code: 4504, .. }), "{error}");
        assert_eq!(chat.sockets(), 2);
    };
    soon(async { tokio::join!(gateway, client) }).await;
}

#[tokio::test]
async fn a_visitor_whose_token_is_refused_starts_anew_on_the_same_socket() {
    let (listener, url) = listen().await;
    let gateway = async {
        let mut peer = Peer::accept(&listener).await;
        let (reference, _) = peer.hello().await;
        peer.say([(reference, welcome(VisitorId::generate(), Some("old")))]).await;
        peer.close(CloseCode::Draining).await;
        let mut peer = Peer::accept(&listener).await;
        let (reference, hello) = peer.hello().await;
        assert_eq!(hello.token.as_deref(), Some("old"));
        peer.say([(reference, Error::new(ErrorCode::Unauthenticated, "expired").into())]).await;
        let (reference, hello) = peer.hello().await;
        assert_eq!(hello.token, None);
        peer.say([(reference, welcome(VisitorId::generate(), Some("new")))]).await;
        peer
    };
    let client = async {
        let mut chat = Chat::visitor(&url, Options::default(), "wk_test");
        chat.until(|chat| chat.sockets() == 2).await.unwrap();
    };
    soon(async { tokio::join!(gateway, client) }).await;
}
