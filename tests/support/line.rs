//! A line between a client and a gateway that breaks where a test says: before, inside or behind a certain frame. It
//! reads along, so that it knows the frames, and passes each on as a message of its own, so that it can break between
//! two that were sent together.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use protocol::codec;
use protocol::frame::Op;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

use crate::websocket::{self, Masking};

/// Where a line breaks, as seen from a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// The frame is not passed on.
    Before,
    /// Half of its bytes are.
    Inside,
    /// All of it is, and nothing after it.
    Behind,
}

/// A break of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cut {
    /// At a frame of this kind, whichever way it goes.
    pub op: Op,
    /// At which of them, counted from the cut before: 1 is the next.
    pub nth: u32,
    /// Where.
    pub place: Place,
    /// Whether both ends are told by a reset, which may take with it what they have not read; otherwise they read an
    /// end.
    pub reset: bool,
}

/// The cuts that are still to come, in order, and those that have been.
#[derive(Debug)]
struct Plan {
    coming: VecDeque<Cut>,
    seen: u32,
    made: Vec<Cut>,
}

impl Plan {
    /// A frame is about to be passed on: whether the line breaks there.
    fn meet(&mut self, op: Op) -> Option<Cut> {
        let cut = self.coming.front().copied().filter(|cut| cut.op == op)?;
        self.seen += 1;
        if self.seen < cut.nth {
            return None;
        }
        self.seen = 0;
        self.coming.pop_front();
        self.made.push(cut);
        Some(cut)
    }
}

/// A listener that passes on to a gateway. Every connection through it ends with it.
#[derive(Debug)]
pub struct Line {
    address: SocketAddr,
    plan: Arc<Mutex<Plan>>,
    passing: JoinHandle<()>,
}

impl Line {
    /// A line to `gateway` that is cut as planned, each cut armed when the one before it was made.
    pub async fn open(gateway: SocketAddr, cuts: &[Cut]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let address = listener.local_addr().expect("a listener has an address");
        let plan = Plan { coming: cuts.iter().copied().collect(), seen: 0, made: Vec::new() };
        let plan = Arc::new(Mutex::new(plan));
        let passing = tokio::spawn(accept(listener, gateway, Arc::clone(&plan)));
        Self { address, plan, passing }
    }

    /// The WebSocket endpoint at its near end.
    #[must_use]
    pub fn ws(&self) -> String {
        format!("ws://{}/ws", self.address)
    }

    /// The cuts that were made.
    #[must_use]
    pub fn made(&self) -> Vec<Cut> {
        self.plan.lock().unwrap_or_else(PoisonError::into_inner).made.clone()
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.passing.abort();
    }
}

async fn accept(listener: TcpListener, gateway: SocketAddr, plan: Arc<Mutex<Plan>>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let (near, _) = accepted.expect("the line listens");
                connections.spawn(pass(near, gateway, Arc::clone(&plan)));
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

/// Passes bytes both ways until one end is gone, or the line is cut.
async fn pass(near: TcpStream, gateway: SocketAddr, plan: Arc<Mutex<Plan>>) {
    // A gateway that is away looks like one that hangs up.
    let Ok(far) = TcpStream::connect(gateway).await else { return };
    for end in [&near, &far] {
        end.set_nodelay(true).expect("a socket takes its options");
    }
    let ((near_in, near_out), (far_in, far_out)) = (near.into_split(), far.into_split());
    let mut up = Direction { from: near_in, to: far_out, masking: Masking::Masked };
    let mut down = Direction { from: far_in, to: near_out, masking: Masking::Plain };
    let cut = tokio::select! {
        cut = up.run(&plan) => cut,
        cut = down.run(&plan) => cut,
    };
    if cut.is_some_and(|cut| cut.reset) {
        for end in [&up.to, &down.to] {
            // It may be gone already, which is what is wanted.
            let _ = end.as_ref().set_zero_linger();
        }
    }
}

/// One way through a line.
struct Direction {
    from: OwnedReadHalf,
    to: OwnedWriteHalf,
    masking: Masking,
}

impl Direction {
    /// Passes on until the line is cut; `None` when an end is gone.
    async fn run(&mut self, plan: &Mutex<Plan>) -> Option<Cut> {
        let mut held = Vec::new();
        while websocket::head_length(&held).is_none() {
            self.read(&mut held).await?;
        }
        let head = websocket::head_length(&held).unwrap_or_default();
        self.write(&held[..head]).await?;
        held.drain(..head);
        loop {
            while let Some(message) = websocket::message(&held) {
                let raw = held.drain(..message.length).collect::<Vec<u8>>();
                if !message.binary {
                    self.write(&raw).await?;
                    continue;
                }
                if let Some(cut) = self.frames(&message.payload, plan).await? {
                    return Some(cut);
                }
            }
            self.read(&mut held).await?;
        }
    }

    /// Passes on each frame of a message; the cut, if there is one.
    async fn frames(&mut self, payload: &[u8], plan: &Mutex<Plan>) -> Option<Option<Cut>> {
        let mut begin = 0;
        for frame in codec::frames(payload) {
            let frame = frame.expect("both ends send frames");
            // The body is the frame's last element, at either end.
            let end = frame.body.as_ptr_range().end as usize - payload.as_ptr() as usize;
            let bytes = websocket::binary(&payload[begin..end], self.masking);
            begin = end;
            let cut = plan.lock().unwrap_or_else(PoisonError::into_inner).meet(frame.op);
            let passed = match cut.map(|cut| cut.place) {
                Some(Place::Before) => 0,
                Some(Place::Inside) => bytes.len() / 2,
                Some(Place::Behind) | None => bytes.len(),
            };
            self.write(&bytes[..passed]).await?;
            if cut.is_some() {
                return Some(cut);
            }
        }
        Some(None)
    }

    async fn read(&mut self, held: &mut Vec<u8>) -> Option<()> {
        match self.from.read_buf(held).await {
            Ok(0) | Err(_) => None,
            Ok(_) => Some(()),
        }
    }

    async fn write(&mut self, bytes: &[u8]) -> Option<()> {
        self.to.write_all(bytes).await.ok()
    }
}
