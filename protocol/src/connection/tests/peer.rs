//! A gateway that does as the test says.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::{Request, Response};
use tokio_tungstenite::tungstenite::http::{HeaderMap, HeaderValue, header};
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::{WebSocketStream, accept_hdr_async};

use crate::client::{ClientFrame, Hello, Send};
use crate::code::CloseCode;
use crate::connection::{Connection, Options};
use crate::frame::Ref;
use crate::id::{ConversationId, EntryId, VisitorId};
use crate::server::{Availability, Limits, Replay, ServerFrame, Stored, VisitorWelcome, Welcome};
use crate::value::{
    ConversationStatus, Entry, Form, Participant, ParticipantKind, Position, Priority, Seq, Summary, VisitorSummary,
    WidgetSettings,
};
use crate::{SUBPROTOCOL, codec};

/// No test waits longer than this for anything.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);

pub(super) async fn soon<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, what).await.expect("it takes too long")
}

/// The gateway's side of one socket.
pub(super) struct Peer {
    pub(super) socket: WebSocketStream<TcpStream>,
    pub(super) headers: HeaderMap,
    pub(super) address: SocketAddr,
    pub(super) received: VecDeque<(Ref, ClientFrame)>,
    pub(super) messages: usize,
}

impl Peer {
    pub(super) async fn accept(listener: &TcpListener) -> Self {
        let (stream, address) = listener.accept().await.unwrap();
        let mut headers = HeaderMap::new();
        #[allow(clippy::result_large_err, reason = "tungstenite's signature")]
        let answer = |request: &Request, mut response: Response| {
            headers = request.headers().clone();
            response.headers_mut().insert(header::SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(SUBPROTOCOL));
            Ok(response)
        };
        let socket = accept_hdr_async(stream, answer).await.unwrap();
        Self { socket, headers, address, received: VecDeque::new(), messages: 0 }
    }

    pub(super) async fn next(&mut self) -> (Ref, ClientFrame) {
        while self.received.is_empty() {
            let message = self.socket.next().await.unwrap().unwrap().into_data();
            self.messages += 1;
            for frame in codec::frames(&message) {
                let frame = frame.unwrap();
                self.received.push_back((frame.reference, ClientFrame::decode(&frame).unwrap().unwrap()));
            }
        }
        self.received.pop_front().unwrap()
    }

    /// Sends frames as one message.
    pub(super) async fn say(&mut self, frames: impl IntoIterator<Item = (Ref, ServerFrame)>) {
        let message: Vec<u8> = frames.into_iter().flat_map(|(reference, frame)| frame.encode(reference)).collect();
        self.socket.send(Message::Binary(message.into())).await.unwrap();
    }

    pub(super) async fn close(mut self, code: CloseCode) {
        let frame = CloseFrame { code: code.number().into(), reason: code.reason().into() };
        self.socket.close(Some(frame)).await.unwrap();
        while let Some(Ok(_)) = self.socket.next().await {}
    }

    pub(super) async fn hello(&mut self) -> (Ref, Hello) {
        match self.next().await {
            (reference, ClientFrame::Hello(hello)) => (reference, hello),
            other => panic!("{other:?}"),
        }
    }

    pub(super) async fn send(&mut self) -> (Ref, Send) {
        match self.next().await {
            (reference, ClientFrame::Send(send)) => (reference, send),
            other => panic!("{other:?}"),
        }
    }
}

pub(super) async fn listen() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("ws://{}/ws", listener.local_addr().unwrap());
    (listener, url)
}

pub(super) async fn pair(options: Options) -> (Connection, Peer) {
    let (listener, url) = listen().await;
    let (connection, peer) =
        soon(async { tokio::join!(Connection::open(&url, &options), Peer::accept(&listener)) }).await;
    (connection.unwrap(), peer)
}

pub(super) fn summary(conversation: ConversationId, visitor: VisitorId, head: Seq) -> Summary {
    Summary {
        conversation,
        status: ConversationStatus::Open,
        visitor: VisitorSummary { id: visitor, name: None, email: None, verified: false },
        department: None,
        assignee: None,
        priority: Priority::None,
        rating: None,
        head,
        preview: None,
        visitor_read: 0,
        agent_read: 0,
        created_at: 1,
        updated_at: 1,
        answers: vec![],
    }
}

pub(super) fn welcome(visitor: VisitorId, token: Option<&str>) -> ServerFrame {
    let settings = WidgetSettings {
        primary_color: "#3B82F6".into(),
        position: Position::BottomRight,
        bubble_icon: "chat".into(),
        greeting_message: String::new(),
        offline_message: String::new(),
        auto_open: false,
        auto_open_delay: 5,
        show_agent_avatars: true,
        show_typing_indicator: true,
        ..WidgetSettings::default()
    };
    let visitor = VisitorWelcome {
        visitor,
        name: None,
        token: token.map(Into::into),
        verified: false,
        expires_at: 2,
        settings,
        form: Form::default(),
        departments: vec![],
        availability: Availability::default(),
        transcripts: false,
        conversation: None,
    };
    let limits = Limits {
        frame_bytes: 65536,
        text_bytes: 16384,
        ping_ms: 25_000,
        silence_ms: 60_000,
        unstored_sends: 2,
        ..Limits::default()
    };
    Welcome { now: 1, features: vec![], limits, visitor: Some(visitor), agent: None }.into()
}

pub(super) fn author(visitor: VisitorId) -> Participant {
    Participant { kind: ParticipantKind::Visitor, id: visitor.into(), name: None }
}

pub(super) fn entry(send: &Send, visitor: VisitorId, seq: Option<Seq>) -> Entry {
    Entry {
        conversation: send.conversation,
        id: EntryId::generate(),
        seq,
        sender: author(visitor),
        client_id: send.client_id.clone(),
        at: 1,
        content: send.content.clone(),
    }
}

pub(super) fn stored(send: &Send, visitor: VisitorId, seq: Seq) -> ServerFrame {
    let client_id = send.client_id.clone();
    Stored { conversation: send.conversation, seq, id: EntryId::generate(), sender: author(visitor), client_id, at: 1 }
        .into()
}

pub(super) fn replay(conversation: ConversationId, visitor: VisitorId, entries: Vec<Entry>, more: bool) -> ServerFrame {
    let head = entries.last().and_then(|entry| entry.seq).unwrap_or(0);
    Replay { summary: summary(conversation, visitor, head), reset: false, entries, more, read: vec![] }.into()
}
