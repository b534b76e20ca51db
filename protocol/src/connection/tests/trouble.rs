//! What goes wrong while a chat is under way, and what it makes of it.

use tokio::time::Instant;

use super::peer::*;
use crate::client::{Follow, Identify, Send};
use crate::code::{CloseCode, ErrorCode};
use crate::connection::Options;
use crate::connection::chat::Chat;
use crate::frame::Error;
use crate::id::{ConversationId, VisitorId};
use crate::server::{Identified, Ping, Pong, Scope, ServerFrame, Throttle};
use crate::value::{Content, Head};

fn send(conversation: ConversationId, text: &str) -> Send {
    Send { conversation, client_id: text.into(), content: Content::text(text) }
}

/// A socket that a gateway has welcomed, with the replay of one conversation that holds nothing.
async fn welcomed(listener: &tokio::net::TcpListener, visitor: VisitorId, conversation: ConversationId) -> Peer {
    let mut peer = Peer::accept(listener).await;
    let (reference, _) = peer.hello().await;
    peer.say([
        (reference, welcome(visitor, Some("secret"))),
        (reference, replay(conversation, visitor, vec![], false)),
    ])
    .await;
    peer
}

#[tokio::test]
async fn a_head_beyond_the_cursor_is_a_gap_that_shows_without_a_disconnect() {
    let (listener, url) = listen().await;
    let (visitor, conversation) = (VisitorId::generate(), ConversationId::generate());
    let gateway = async {
        let mut peer = welcomed(&listener, visitor, conversation).await;
        let heads = |head| Ping { heads: vec![Head { conversation, head }] };
        // What it has, what it does not follow, and what it missed.
        let foreign = Head { conversation: ConversationId::generate(), head: 9 };
        peer.say([(0, heads(0).into()), (0, Ping { heads: vec![foreign] }.into()), (0, heads(1).into())]).await;
        for _ in 0..3 {
            assert_eq!(peer.next().await, (0, Pong {}.into()));
        }
        let (reference, follow) = peer.next().await;
        assert_eq!(follow, Follow { conversation, cursor: Some(0) }.into());
        // While a replay is under way nothing is asked twice; what it does not reach is asked for after it.
        peer.say([(0, heads(2).into())]).await;
        assert_eq!(peer.next().await, (0, Pong {}.into()));
        let page = |text, seq| {
            replay(conversation, visitor, vec![entry(&send(conversation, text), visitor, Some(seq))], false)
        };
        peer.say([(reference, page("missed", 1))]).await;
        let (reference, follow) = peer.next().await;
        assert_eq!(follow, Follow { conversation, cursor: Some(1) }.into());
        peer.say([(reference, page("as well", 2))]).await;
        // What was on its way when a head was read is no gap; what is further than that is.
        let late = send(conversation, "late");
        peer.say([(0, heads(3).into()), (0, entry(&late, visitor, None).into()), (0, stored(&late, visitor, 3))]).await;
        peer.say([(0, heads(4).into())]).await;
        for _ in 0..2 {
            assert_eq!(peer.next().await, (0, Pong {}.into()));
        }
        let (reference, follow) = peer.next().await;
        assert_eq!(follow, Follow { conversation, cursor: Some(3) }.into());
        peer.say([(reference, page("further", 4))]).await;
        peer
    };
    let client = async {
        let mut chat = Chat::visitor(&url, Options::default(), "wk_test");
        chat.follow(conversation);
        chat.until(|chat| chat.log(conversation).is_some_and(|log| log.cursor() == 4)).await.unwrap();
        assert_eq!(chat.sockets(), 1);
    };
    soon(async { tokio::join!(gateway, client) }).await;
}

#[tokio::test]
async fn of_many_that_are_resumed_one_may_fail_and_the_others_go_on() {
    let (listener, url) = listen().await;
    let visitor = VisitorId::generate();
    let [gone, busy, fine] = [(); 3].map(|()| ConversationId::generate());
    let gateway = async {
        let mut peer = Peer::accept(&listener).await;
        let (reference, hello) = peer.hello().await;
        assert_eq!(hello.resume.len(), 3);
        let missing = Error::new(ErrorCode::NotFound, "there is no such conversation").about(gone);
        let away = Error::new(ErrorCode::Unavailable, "the store is away").retry_after(1).about(busy);
        peer.say([
            (reference, welcome(visitor, Some("secret"))),
            (reference, missing.into()),
            (reference, replay(fine, visitor, vec![], false)),
            (reference, away.into()),
        ])
        .await;
        let mut asked = Vec::new();
        while asked.len() < 2 {
            let (reference, frame) = peer.next().await;
            if let crate::client::ClientFrame::Send(sent) = &frame {
                peer.say([(0, stored(sent, visitor, 1))]).await;
            } else {
                assert_eq!(frame, Follow { conversation: busy, cursor: Some(0) }.into());
                peer.say([(reference, replay(busy, visitor, vec![], false))]).await;
            }
            asked.push(frame.op());
        }
        peer
    };
    let client = async {
        let mut chat = Chat::visitor(&url, Options::default(), "wk_test");
        chat.follow(busy);
        let lost = chat.send(gone, Content::text("to nobody"));
        chat.send(fine, Content::text("hello"));
        chat.until(|chat| chat.log(busy).unwrap().live() && chat.outbox().unstored() == 0).await.unwrap();
        assert_eq!(chat.lost().keys().collect::<Vec<_>>(), [&gone]);
        assert!(chat.log(gone).is_none());
        let [(client_id, error)] = chat.outbox().refused() else { panic!("{:?}", chat.outbox()) };
        assert_eq!((client_id, error.code), (&lost, ErrorCode::NotFound));
    };
    soon(async { tokio::join!(gateway, client) }).await;
}

#[tokio::test]
async fn who_is_throttled_says_nothing_until_the_time_is_over() {
    const RETRY_MS: u32 = 150;
    let (listener, url) = listen().await;
    let (visitor, conversation) = (VisitorId::generate(), ConversationId::generate());
    let gateway = async {
        let mut peer = welcomed(&listener, visitor, conversation).await;
        let (_, first) = peer.send().await;
        peer.say([(0, Throttle { scope: Scope::Session, retry_ms: RETRY_MS }.into()), (0, Ping::default().into())])
            .await;
        let throttled = Instant::now();
        // Alive all the same.
        assert_eq!(peer.next().await, (0, Pong {}.into()));
        peer.say([(0, stored(&first, visitor, 1))]).await;
        let (_, second) = peer.send().await;
        assert!(throttled.elapsed().as_millis() >= u128::from(RETRY_MS) - 1, "{:?}", throttled.elapsed());
        peer.say([(0, stored(&second, visitor, 2))]).await;
        peer
    };
    let client = async {
        let mut chat = Chat::visitor(&url, Options::default(), "wk_test");
        chat.send(conversation, Content::text("one"));
        chat.until(Chat::held_back).await.unwrap();
        chat.send(conversation, Content::text("two"));
        chat.settle().await.unwrap();
        assert_eq!(chat.sockets(), 1);
    };
    soon(async { tokio::join!(gateway, client) }).await;
}

#[tokio::test]
async fn who_was_closed_for_going_on_against_a_limit_comes_back_after_a_rest() {
    let (listener, url) = listen().await;
    let (visitor, conversation) = (VisitorId::generate(), ConversationId::generate());
    let gateway = async {
        let mut peer = welcomed(&listener, visitor, conversation).await;
        let (_, sent) = peer.send().await;
        peer.close(CloseCode::RateLimited).await;
        let closed = Instant::now();
        let mut peer = welcomed(&listener, visitor, conversation).await;
        assert!(closed.elapsed().as_millis() > 900, "{:?}", closed.elapsed());
        assert_eq!(peer.send().await.1, sent);
        peer.say([(0, stored(&sent, visitor, 1))]).await;
        peer
    };
    let client = async {
        let mut chat = Chat::visitor(&url, Options::default(), "wk_test");
        chat.send(conversation, Content::text("on and on"));
        chat.settle().await.unwrap();
    };
    soon(async { tokio::join!(gateway, client) }).await;
}

/// Identified as somebody else: here, with the new visitor's own conversation; and by another tab, which closes the
/// socket.
#[tokio::test]
async fn another_visitors_logs_are_forgotten_and_what_was_for_them_is_refused() {
    let (listener, url) = listen().await;
    let [anonymous, known, third] = [(); 3].map(|()| VisitorId::generate());
    let [first, second] = [(); 2].map(|()| ConversationId::generate());
    let gateway = async {
        let mut peer = welcomed(&listener, anonymous, first).await;
        let (_, sent) = peer.send().await;
        assert_eq!(sent.conversation, first);
        let (reference, identify) = peer.next().await;
        assert_eq!(identify, Identify { token: Some("jwt".into()), ..Identify::default() }.into());
        let open = Some(summary(second, known, 1));
        let held = vec![entry(&send(second, "before"), known, Some(1))];
        let identified = Identified { visitor: known, verified: true, name: Some("Ada".into()), conversation: open };
        peer.say([
            (reference, identified.into()),
            (reference, replay(second, known, held, false)),
            // Late, and nobody's any more.
            (0, entry(&send(first, "late"), anonymous, Some(1)).into()),
            (0, replay(first, anonymous, vec![], false)),
        ])
        .await;
        let (_, sent) = peer.send().await;
        assert_eq!(sent.conversation, second);
        peer.say([(0, stored(&sent, known, 2))]).await;
        peer.close(CloseCode::Identified).await;
        let mut peer = Peer::accept(&listener).await;
        let (reference, hello) = peer.hello().await;
        assert_eq!((hello.token.as_deref(), hello.resume.len()), (Some("secret"), 1));
        let missing = Error::new(ErrorCode::NotFound, "there is no such conversation").about(second);
        peer.say([(reference, welcome(third, None)), (reference, ServerFrame::from(missing))]).await;
        peer
    };
    let client = async {
        let mut chat = Chat::visitor(&url, Options::default(), "wk_test");
        chat.follow(first);
        chat.until(|chat| chat.log(first).is_some_and(|log| log.live())).await.unwrap();
        let lost = chat.send(first, Content::text("to the first"));
        let identify = Identify { token: Some("jwt".into()), ..Identify::default() };
        let identified = chat.identify(identify).await.unwrap();
        assert_eq!((identified.visitor, identified.name.as_deref()), (known, Some("Ada")));
        assert!(chat.log(first).is_none() && !chat.summaries().contains_key(&first));
        let [(client_id, error)] = chat.outbox().refused() else { panic!("{:?}", chat.outbox()) };
        assert_eq!((client_id, error.code), (&lost, ErrorCode::NotFound));
        assert_eq!(chat.welcome().unwrap().visitor.as_ref().unwrap().visitor, known);

        chat.send(second, Content::text("to the second"));
        chat.settle().await.unwrap();
        assert_eq!(chat.log(second).unwrap().cursor(), 2);
        chat.until(|chat| chat.sockets() == 2).await.unwrap();
        assert!(chat.log(second).is_none() && chat.log(first).is_none());
    };
    soon(async { tokio::join!(gateway, client) }).await;
}
