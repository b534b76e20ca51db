//! A link of little bandwidth: what clients send waits before it, as at a slow modem, and how much of it has passed is
//! counted.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use protocol::codec;
use protocol::frame::Op;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until};

use crate::websocket;

/// Bytes that pass at a time.
const PIECE_BYTES: usize = 625;
/// What the link makes up for when the machine was too busy to pass something on in time.
const JITTER: Duration = Duration::from_millis(20);
/// What the link takes in before it passes it on. The system makes of it what it can; the least that there is will do.
const BUFFER_BYTES: u32 = 4 * 1024;
/// Bytes at a time once the link is wide.
const WIDE_BYTES: usize = 64 * 1024;

/// A frame that has passed the link, on its way to the gateway.
#[derive(Clone, Copy, Debug)]
pub struct Passed {
    /// What it was.
    pub op: Op,
    /// Bytes that had passed when the message that it was in was through.
    pub at: u64,
}

/// A listener that passes one connection on to a gateway: slowly up, at once down.
#[derive(Debug)]
pub struct Narrow {
    address: SocketAddr,
    passed: watch::Receiver<u64>,
    wide: Arc<AtomicBool>,
    frames: UnboundedReceiver<Passed>,
    passing: JoinHandle<()>,
}

impl Narrow {
    /// A link to `gateway` that takes so many bytes in a second.
    pub async fn open(gateway: SocketAddr, bytes_a_second: u32) -> Self {
        let socket = TcpSocket::new_v4().expect("there are sockets");
        // Accepted ones inherit it.
        socket.set_recv_buffer_size(BUFFER_BYTES).expect("a socket takes its options");
        socket.bind(SocketAddr::from(([127, 0, 0, 1], 0))).expect("a port is free");
        let listener = socket.listen(1).expect("it listens");
        let address = listener.local_addr().expect("a listener has an address");
        let wide = Arc::new(AtomicBool::new(false));
        let ((count, passed), (tell, frames)) = (watch::channel(0), unbounded_channel());
        let passing = tokio::spawn({
            let wide = Arc::clone(&wide);
            async move {
                let (near, _) = listener.accept().await.expect("it listens");
                let far = TcpStream::connect(gateway).await.expect("the gateway listens");
                far.set_nodelay(true).expect("a socket takes its options");
                near.set_nodelay(true).expect("a socket takes its options");
                let ((near_in, mut near_out), (mut far_in, far_out)) = (near.into_split(), far.into_split());
                tokio::select! {
                    () = up(near_in, far_out, bytes_a_second, &wide, (&count, &tell)) => {}
                    _ = tokio::io::copy(&mut far_in, &mut near_out) => {}
                }
            }
        });
        Self { address, passed, wide, frames, passing }
    }

    /// The WebSocket endpoint at its near end.
    #[must_use]
    pub fn ws(&self) -> String {
        format!("ws://{}/ws", self.address)
    }

    /// Bytes that have passed on their way to the gateway.
    #[must_use]
    pub fn passed(&self) -> u64 {
        *self.passed.borrow()
    }

    /// Waits until so many bytes have passed.
    pub async fn passes(&self, bytes: u64) {
        self.passed.clone().wait_for(|passed| *passed >= bytes).await.expect("the link holds");
    }

    /// Forgets the frames that have passed so far, so that the next are those that come from here on.
    pub fn forget(&mut self) {
        while self.frames.try_recv().is_ok() {}
    }

    /// Waits for the next frame of a kind that passes.
    pub async fn next(&mut self, op: Op) -> Passed {
        loop {
            let passed = self.frames.recv().await.expect("the link holds");
            if passed.op == op {
                return passed;
            }
        }
    }

    /// From now on it passes everything at once.
    pub fn widen(&self) {
        self.wide.store(true, Ordering::SeqCst);
    }
}

impl Drop for Narrow {
    fn drop(&mut self) {
        self.passing.abort();
    }
}

async fn up(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    bytes_a_second: u32,
    wide: &AtomicBool,
    (count, tell): (&watch::Sender<u64>, &UnboundedSender<Passed>),
) {
    let mut free = Instant::now();
    let (mut buffer, mut held, mut shaken) = (vec![0; WIDE_BYTES], Vec::new(), false);
    loop {
        let wide = wide.load(Ordering::SeqCst);
        let most = if wide { WIDE_BYTES } else { PIECE_BYTES };
        if !wide {
            sleep_until(free).await;
        }
        let Ok(read @ 1..) = from.read(&mut buffer[..most]).await else { return };
        if to.write_all(&buffer[..read]).await.is_err() {
            return;
        }
        // An idle link saves nothing up.
        let taken = Duration::from_secs_f64(read as f64 / f64::from(bytes_a_second));
        free = free.max(Instant::now() - JITTER) + taken;
        held.extend_from_slice(&buffer[..read]);
        let passed = *count.borrow() + read as u64;
        count.send_replace(passed);
        if !shaken && let Some(head) = websocket::head_length(&held) {
            held.drain(..head);
            shaken = true;
        }
        while shaken && let Some(message) = websocket::message(&held) {
            held.drain(..message.length);
            let frames = codec::frames(&message.payload).filter(|_| message.binary).filter_map(Result::ok);
            for frame in frames {
                // Nobody may listen any more.
                let _ = tell.send(Passed { op: frame.op, at: passed - held.len() as u64 });
            }
        }
    }
}
