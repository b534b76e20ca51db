//! The client against a gateway that does as the test says.

use futures_util::SinkExt;
use tokio_tungstenite::tungstenite::Message;

use super::*;
use crate::client::{Follow, Ping, Typing};
use crate::code::{CloseCode, ErrorCode};
use crate::codec::CodecError;
use crate::frame::Error;
use crate::id::ConversationId;
use crate::server::Done;

mod chat;
mod inbox;
mod peer;
mod trouble;
mod upload;

use peer::*;

#[tokio::test]
async fn the_handshake_carries_what_was_asked_for() {
    let options = Options {
        origin: Some("https://shop.example".into()),
        headers: vec![("cookie".into(), "chatdesk_agent=t".into())],
        local_address: Some("127.0.0.7".parse().unwrap()),
        ..Options::default()
    };
    let (_connection, peer) = pair(options).await;
    assert_eq!(peer.headers["sec-websocket-protocol"], SUBPROTOCOL);
    assert_eq!(peer.headers["origin"], "https://shop.example");
    assert_eq!(peer.headers["cookie"], "chatdesk_agent=t");
    assert_eq!(peer.address.ip().to_string(), "127.0.0.7");
}

#[tokio::test]
async fn frames_share_messages_up_to_the_bound() {
    let (mut connection, mut peer) = pair(Options::default()).await;
    let conversation = ConversationId::generate();
    let typing: ClientFrame = Typing { conversation, on: true, draft: None }.into();
    let frames = limit::FRAME_BYTES / typing.encode(1).len() + 1;
    for _ in 0..frames {
        connection.send_frame(&typing, 1);
    }
    soon(async {
        connection.flush().await.unwrap();
        for _ in 0..frames {
            assert_eq!(peer.next().await, (1, typing.clone()));
        }
    })
    .await;
    assert_eq!(peer.messages, 2);
}

#[tokio::test]
async fn a_reply_is_found_among_pushes_and_the_pushes_are_kept() {
    let (mut connection, mut peer) = pair(Options::default()).await;
    let gateway = async {
        let (reference, _) = peer.next().await;
        let unknown: ServerFrame = Done {}.into();
        peer.say([
            (0, Ping::default().into()),
            (99, unknown),
            (reference, Pong {}.into()),
            (reference, Pong {}.into()),
        ])
        .await;
        assert_eq!(peer.next().await, (0, Pong {}.into()), "a ping is answered in passing");
        let error = Error::new(ErrorCode::NotFound, "no such conversation");
        let (reference, _) = peer.next().await;
        peer.say([(reference, error.into())]).await;
    };
    let client = async {
        assert_eq!(connection.request(&Ping::default().into()).await.unwrap(), Pong {}.into());
        assert_eq!(connection.next().await.unwrap(), (99, Done {}.into()));
        assert_eq!(connection.next().await.unwrap(), (1, Pong {}.into()));
        let follow = Follow { conversation: ConversationId::generate(), cursor: None };
        match connection.request(&follow.into()).await {
            Err(ConnectionError::Answer(error)) => assert_eq!(error.code, ErrorCode::NotFound),
            other => panic!("{other:?}"),
        }
    };
    soon(async { tokio::join!(gateway, client) }).await;
}

#[tokio::test]
async fn ops_from_later_are_passed_over_and_what_is_no_frame_is_an_error() {
    let (mut connection, mut peer) = pair(Options::default()).await;
    soon(async {
        let mut message = crate::frame::encode(999, 0, &Ping::default()).to_vec();
        message.extend(ServerFrame::from(Done {}).encode(5));
        peer.socket.send(Message::Binary(message.into())).await.unwrap();
        assert_eq!(connection.next().await.unwrap(), (5, Done {}.into()));
        peer.socket.send(Message::Binary(vec![0xc1].into())).await.unwrap();
        assert!(matches!(connection.next().await, Err(ConnectionError::BadMessage(CodecError::BadByte))));
        peer.socket.send(Message::text("hello")).await.unwrap();
        assert!(matches!(connection.next().await, Err(ConnectionError::Text)));
    })
    .await;
}

#[tokio::test]
async fn the_close_code_is_told_and_told_again() {
    let (mut connection, peer) = pair(Options::default()).await;
    let gateway = peer.close(CloseCode::Slow);
    let client = async {
        assert_eq!(connection.closed().await.unwrap(), (Some(4001), "slow, resume".into()));
        assert!(matches!(connection.next().await, Err(ConnectionError::Closed { code: Some(4001), .. })));
    };
    soon(async { tokio::join!(gateway, client) }).await;
}

#[tokio::test]
async fn a_peer_that_vanishes_is_a_close_without_code() {
    let (mut connection, peer) = pair(Options::default()).await;
    drop(peer);
    assert_eq!(soon(connection.closed()).await.unwrap(), (None, String::new()));
}

#[tokio::test]
async fn a_handshake_that_is_refused_tells_its_status() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let (listener, url) = listen().await;
    let gateway = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = [0; 1024];
        assert!(stream.read(&mut request).await.unwrap() > 0);
        let answer = b"HTTP/1.1 400 Bad Request\r\ncontent-length: 3\r\n\r\nno!";
        stream.write_all(answer).await.unwrap();
    };
    let options = Options::default();
    let (_, opened) = soon(async { tokio::join!(gateway, Connection::open(&url, &options)) }).await;
    assert!(matches!(opened, Err(ConnectionError::Refused { status: 400, .. })), "{opened:?}");
}

#[tokio::test]
async fn a_target_that_is_none_is_named() {
    for url in ["http://127.0.0.1/ws", "wss://127.0.0.1/ws", "nonsense"] {
        let opened = Connection::open(url, &Options::default()).await;
        assert!(matches!(opened, Err(ConnectionError::BadTarget(_))), "{url}: {opened:?}");
    }
}
