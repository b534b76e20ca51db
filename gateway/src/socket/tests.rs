use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use protocol::code::CloseCode;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::Role;

use super::*;
use crate::hub::{QueueLimits, SendQueue};

/// Keeps quiet but for what a test pushes.
struct Quiet(Arc<SendQueue>);

impl Talker for Quiet {
    type Work = Infallible;

    fn queue(&self) -> &Arc<SendQueue> {
        &self.0
    }

    fn patience(&self) -> Option<Duration> {
        None
    }

    fn receive(&mut self, message: super::Message<'_>) -> Option<Infallible> {
        if matches!(message, super::Message::Text(_)) {
            self.0.close(CloseCode::BadFrame);
        }
        None
    }

    async fn work(&mut self, none: Infallible) {
        match none {}
    }

    fn pack(frames: &[Bytes], out: &mut Outgoing<'_>) {
        frames.iter().for_each(|frame| out.binary(&[frame]));
    }
}

/// A served socket: its queue, its peer, and its end.
async fn served(limits: QueueLimits) -> (Arc<SendQueue>, TcpStream, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let peer = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    let (stream, _) = listener.accept().await.unwrap();
    let queue = Arc::new(SendQueue::new(1, limits));
    let talker = Quiet(Arc::clone(&queue));
    let serving = tokio::spawn(serve(stream, Vec::new(), Bounds { message_bytes: 1_000 }, talker, ()));
    (queue, peer, serving)
}

async fn client(peer: TcpStream) -> WebSocketStream<TcpStream> {
    WebSocketStream::from_raw_socket(peer, Role::Client, None).await
}

/// Reads to the end: the payloads, and the close code.
async fn read_all(socket: &mut WebSocketStream<TcpStream>) -> (Vec<Bytes>, Option<u16>) {
    let (mut payloads, mut code) = (Vec::new(), None);
    while let Some(Ok(message)) = socket.next().await {
        match message {
            Message::Binary(bytes) => payloads.push(bytes),
            Message::Close(Some(frame)) => code = Some(frame.code.into()),
            _ => {}
        }
    }
    (payloads, code)
}

#[tokio::test]
async fn a_stalled_reader_holds_bounded_memory_and_learns_why_it_was_closed() {
    let limits = QueueLimits { durable_bytes: 256 * 1024, ..QueueLimits::default() };
    let (queue, peer, serving) = served(limits).await;
    let mut pushed = 0_u32;
    while !queue.closing() {
        let mut frame = vec![0; 10_000];
        frame[..4].copy_from_slice(&pushed.to_be_bytes());
        queue.push(frame.into());
        pushed += 1;
        assert!(queue.held_bytes() <= limits.durable_bytes);
        // The writer gets its turn: it fills what the system takes for a peer that does not read.
        tokio::task::yield_now().await;
    }
    let mut socket = client(peer).await;
    let (payloads, code) = read_all(&mut socket).await;
    assert_eq!(code, Some(CloseCode::Slow.number()));
    let numbers: Vec<u32> = payloads.iter().map(|bytes| u32::from_be_bytes(bytes[..4].try_into().unwrap())).collect();
    assert!(numbers.iter().copied().eq(0..u32::try_from(numbers.len()).unwrap()), "what it got has no gap");
    assert!(numbers.len() < usize::try_from(pushed).unwrap(), "the rest was dropped");
    assert_eq!(queue.held_bytes(), 0);
    drop(socket);
    serving.await.unwrap();
}

#[tokio::test]
async fn what_was_queued_before_a_close_is_read_before_it() {
    let (queue, peer, serving) = served(QueueLimits::default()).await;
    let mut socket = client(peer).await;
    // Bytes that the talker never sees: closing with them unread would reset the connection.
    socket.send(Message::text("goodbye")).await.unwrap();
    for _ in 0..50 {
        socket.feed(Message::binary(vec![1; 1_000])).await.unwrap();
    }
    socket.flush().await.unwrap();
    queue.push(Bytes::from_static(b"last words"));
    let (payloads, code) = read_all(&mut socket).await;
    assert_eq!(code, Some(CloseCode::BadFrame.number()));
    // Both orders are right: the text may be taken before the words are pushed.
    assert!(payloads.is_empty() || payloads == [Bytes::from_static(b"last words")]);
    drop(socket);
    serving.await.unwrap();
}

#[tokio::test]
async fn whoever_goes_on_sending_to_a_closing_socket_is_dropped() {
    let (queue, peer, serving) = served(QueueLimits::default()).await;
    let mut socket = client(peer).await;
    queue.close(CloseCode::Draining);
    // Far more than the system takes for a socket that nobody reads.
    let mut sent = 0_usize;
    while socket.send(Message::binary(vec![1; 1_000])).await.is_ok() {
        sent += 1;
        assert!(sent < 100_000, "it is read for ever");
    }
    serving.await.unwrap();
}

#[tokio::test]
async fn a_broken_protocol_is_answered_with_its_close_code() {
    let unmasked = vec![0x82, 0x01, 0x00];
    let reserved = vec![0xF2, 0x80, 0, 0, 0, 0];
    let not_utf8 = vec![0x81, 0x81, 0, 0, 0, 0, 0xFF];
    let too_long = [&[0x82, 0xFE, 0x03, 0xE9, 0, 0, 0, 0][..], &[0; 1_001]].concat();
    for (bytes, expected) in [(unmasked, 1002), (reserved, 1002), (not_utf8, 1007), (too_long, 1009)] {
        let (_, mut peer, serving) = served(QueueLimits::default()).await;
        peer.write_all(&bytes).await.unwrap();
        let mut socket = client(peer).await;
        assert_eq!(read_all(&mut socket).await.1, Some(expected), "{bytes:x?}");
        drop(socket);
        serving.await.unwrap();
    }
}
