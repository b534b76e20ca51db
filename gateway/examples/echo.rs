//! Echoes every message as it came, on the gateway's own accept loop and socket layer: what a WebSocket conformance
//! suite is run against. `cargo run -p gateway --example echo -- 9001` listens on 127.0.0.1, on any path.

use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use bytes::{BufMut, Bytes, BytesMut};
use gateway::http::listen;
use gateway::hub::{QueueLimits, SendQueue, SocketId};
use gateway::socket::{Bounds, Message, Outgoing, Subprotocol, Talker, Upgrade, refuse, serve};
use http::HeaderMap;
use hyper::upgrade::OnUpgrade;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use warp::Filter;
use warp::reply::{Reply, Response};

/// Longest message: conformance suites try up to 16 MiB.
const MESSAGE_BYTES: usize = 64 * 1024 * 1024;
/// What may wait for a peer that sends before it reads.
const QUEUE_BYTES: usize = 4 * MESSAGE_BYTES;

/// How long a handshake's answer may be unread.
const UNREAD: Duration = Duration::from_secs(30);

/// The first byte of what is queued says how it came.
const TEXT: u8 = 0;
const BINARY: u8 = 1;

struct Echo {
    queue: Arc<SendQueue>,
}

impl Echo {
    fn new(id: SocketId) -> Self {
        let limits = QueueLimits { durable_bytes: QUEUE_BYTES, ..QueueLimits::default() };
        Self { queue: Arc::new(SendQueue::new(id, limits)) }
    }

    fn push(&self, kind: u8, payload: &[u8]) {
        let mut frame = BytesMut::with_capacity(1 + payload.len());
        frame.put_u8(kind);
        frame.put_slice(payload);
        self.queue.push(frame.freeze());
    }
}

impl Talker for Echo {
    type Work = Infallible;

    fn queue(&self) -> &Arc<SendQueue> {
        &self.queue
    }

    fn patience(&self) -> Option<Duration> {
        None
    }

    fn receive(&mut self, message: Message<'_>) -> Option<Infallible> {
        match message {
            Message::Text(text) => self.push(TEXT, text.as_bytes()),
            Message::Binary(bytes) => self.push(BINARY, bytes),
        }
        None
    }

    async fn work(&mut self, none: Infallible) {
        match none {}
    }

    fn pack(frames: &[Bytes], out: &mut Outgoing<'_>) {
        for frame in frames {
            let Some((kind, payload)) = frame.split_first() else { continue };
            match str::from_utf8(payload) {
                Ok(text) if *kind == TEXT => out.text(text),
                _ => out.binary(&[payload]),
            }
        }
    }
}

fn route(next_socket: Arc<AtomicU32>) -> impl Filter<Extract = (Response,), Error = Infallible> + Clone {
    warp::header::headers_cloned().and(warp::ext::optional::<OnUpgrade>()).map(
        move |headers: HeaderMap, upgrade: Option<OnUpgrade>| {
            let upgrade = match Upgrade::accept(&headers, upgrade, Subprotocol::Any) {
                Ok(upgrade) => upgrade,
                Err(reason) => return refuse(reason).into_response(),
            };
            let answer = upgrade.answer();
            let echo = Echo::new(next_socket.fetch_add(1, Ordering::Relaxed));
            tokio::spawn(async move {
                if let Some((stream, early)) = upgrade.stream().await {
                    serve(stream, early, Bounds { message_bytes: MESSAGE_BYTES }, echo, ()).await;
                }
            });
            answer.into_response()
        },
    )
}

#[tokio::main]
async fn main() -> ExitCode {
    let port = std::env::args().nth(1).and_then(|port| port.parse().ok());
    let Some(port) = port else {
        eprintln!("usage: echo PORT");
        return ExitCode::FAILURE;
    };
    let listener = match TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await {
        Ok(listener) => listener,
        Err(error) => {
            eprintln!("echo: port {port}: {error}");
            return ExitCode::FAILURE;
        }
    };
    if let Ok(address) = listener.local_addr() {
        println!("ready ws://{address}");
    }
    listen::serve_routes(route(Arc::default()), listener, UNREAD, CancellationToken::new()).await;
    ExitCode::SUCCESS
}
