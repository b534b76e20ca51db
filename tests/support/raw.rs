//! A socket that knows nothing of this build's frames: MessagePack values in and out, as a client of another version, or
//! in another language, has them.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::websocket::{self, Masking};

/// How long a frame may be waited for: a test that waits in vain should fail, not hang.
const PATIENCE: Duration = Duration::from_secs(60);
/// RFC 6455's own example of a key; what it is does not matter to anybody.
const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";

/// A frame as it came.
#[derive(Clone, Debug, PartialEq)]
pub struct RawFrame {
    /// Its first element.
    pub op: u64,
    /// Its second.
    pub reference: u64,
    /// Its third.
    pub body: Value,
}

/// A socket of raw frames.
#[derive(Debug)]
pub struct RawSocket {
    stream: TcpStream,
    held: Vec<u8>,
    frames: VecDeque<RawFrame>,
}

impl RawSocket {
    /// Shakes hands with the gateway at `address`, which must echo the subprotocol.
    pub async fn open(address: SocketAddr) -> Self {
        let mut stream = TcpStream::connect(address).await.expect("the gateway listens");
        let handshake = format!(
            "GET /ws HTTP/1.1\r\nhost: {address}\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\
             sec-websocket-version: 13\r\nsec-websocket-key: {KEY}\r\nsec-websocket-protocol: chatdesk.v1\r\n\r\n"
        );
        stream.write_all(handshake.as_bytes()).await.expect("the gateway reads");
        let mut held = Vec::new();
        let length = loop {
            match websocket::head_length(&held) {
                Some(length) => break length,
                None => assert_ne!(stream.read_buf(&mut held).await.expect("the gateway answers"), 0),
            }
        };
        let head = String::from_utf8_lossy(&held[..length]).to_ascii_lowercase();
        assert!(head.starts_with("http/1.1 101 "), "{head}");
        assert!(head.contains("\r\nsec-websocket-protocol: chatdesk.v1\r\n"), "{head}");
        held.drain(..length);
        Self { stream, held, frames: VecDeque::new() }
    }

    /// Sends a frame, whatever it is, as a message of its own.
    pub async fn say(&mut self, frame: &Value) {
        self.say_bytes(&rmp_serde::to_vec(frame).expect("JSON's values are MessagePack's")).await;
    }

    /// Sends a message of any bytes.
    pub async fn say_bytes(&mut self, message: &[u8]) {
        self.stream.write_all(&websocket::binary(message, Masking::Masked)).await.expect("the gateway reads");
    }

    /// The next frame.
    pub async fn next(&mut self) -> RawFrame {
        timeout(PATIENCE, async {
            loop {
                if let Some(frame) = self.frames.pop_front() {
                    return frame;
                }
                self.read().await;
            }
        })
        .await
        .expect("a frame comes")
    }

    async fn read(&mut self) {
        while let Some(message) = websocket::message(&self.held) {
            self.held.drain(..message.length);
            assert!(message.binary, "the socket was closed: {:?}", String::from_utf8_lossy(&message.payload));
            let mut rest = &message.payload[..];
            while !rest.is_empty() {
                let frame: Value = rmp_serde::from_read(&mut rest).expect("the gateway sends MessagePack");
                let number = |at: usize| frame[at].as_u64().expect("op and ref are numbers");
                self.frames.push_back(RawFrame { op: number(0), reference: number(1), body: frame[2].clone() });
            }
            if !self.frames.is_empty() {
                return;
            }
        }
        assert_ne!(self.stream.read_buf(&mut self.held).await.expect("the gateway speaks"), 0, "the gateway left");
    }
}
