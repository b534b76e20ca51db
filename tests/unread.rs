//! A session whose reader does not read: what waits for the reader holds up nothing else that the session is asked for.
//! There is no socket here; what one would write is looked at in the queue.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use gateway::auth::peer::Peer;
use gateway::hub::SendQueue;
use gateway::session::Session;
use protocol::client::{ClientFrame, Follow, Identify, Ping};
use protocol::code::ErrorCode;
use protocol::codec;
use protocol::connection::Connection;
use protocol::frame::{Error, Ref};
use protocol::id::ConversationId;
use protocol::server::ServerFrame;
use protocol::value::Seq;
use serde_json::json;
use tests::gateway::{TestGateway, agent_hello, visitor_hello};
use tests::identity::token;
use tokio::time::timeout;

use crate::delivery::{stored, text};

/// How long a session may take over one frame: whoever waits for a reader here waits for ever.
const PATIENCE: Duration = Duration::from_secs(30);
/// Together more than what a queue may hold when a page is added to it.
const FILLERS: usize = 4;
const FILLER_BYTES: usize = 32 * 1024;

/// A session without a socket.
struct Unread {
    session: Session,
    queue: Arc<SendQueue>,
    next: Ref,
}

impl Unread {
    async fn greeted(gateway: &TestGateway, hello: protocol::client::Hello) -> Self {
        let peer = Peer {
            address: IpAddr::V4(Ipv4Addr::LOCALHOST),
            origin: None,
            host: None,
            agent_token: None,
            user_agent: None,
        };
        let session = Session::open(Arc::clone(gateway.gateway().app()), peer);
        let queue = Arc::clone(session.queue());
        let mut unread = Self { session, queue, next: 0 };
        unread.ask(hello).await;
        let greeted = unread.read();
        assert!(matches!(greeted[0].1, ServerFrame::Welcome(_)), "{greeted:?}");
        // From here on, as much waits as makes replays wait for the reader.
        let filler = ServerFrame::from(Error::new(ErrorCode::Internal, "x".repeat(FILLER_BYTES))).encode(0);
        (0..FILLERS).for_each(|_| unread.queue.push(filler.clone()));
        unread
    }

    /// Hands the session a frame, which it must take without anybody reading. Answers with the frame's ref.
    async fn ask(&mut self, request: impl Into<ClientFrame>) -> Ref {
        self.next += 1;
        let message = request.into().encode(self.next);
        if let Some(work) = self.session.receive(&message) {
            timeout(PATIENCE, self.session.work(work)).await.expect("the session waits for its reader");
        }
        self.next
    }

    /// Reads what is queued now.
    fn read(&self) -> Vec<(Ref, ServerFrame)> {
        let mut read = Vec::new();
        loop {
            let taken = self.queue.take_now();
            if taken.frames.is_empty() {
                return read;
            }
            self.queue.written(taken.bytes);
            for bytes in taken.frames {
                let frames = codec::frames(&bytes).map(|frame| frame.expect("the gateway's frames are good"));
                read.extend(frames.filter_map(|frame| Some((frame.reference, ServerFrame::decode(&frame)?.unwrap()))));
            }
        }
    }

    /// Reads until `done`; everything that came.
    async fn read_until(&self, done: impl Fn(&[(Ref, ServerFrame)]) -> bool) -> Vec<(Ref, ServerFrame)> {
        let mut all = Vec::new();
        let reading = async {
            while !done(&all) {
                all.extend(self.read());
                tokio::task::yield_now().await;
            }
        };
        timeout(PATIENCE, reading).await.expect("what is waited for comes");
        all
    }
}

/// Starts conversations with one entry each.
async fn conversations(visitor: &mut Connection, count: usize) -> Vec<ConversationId> {
    let mut conversations = Vec::new();
    for n in 0..count {
        let request = protocol::client::Start { client_id: format!("c{n}"), department: None, answers: vec![] };
        let conversation = reply!(visitor, request, Started).conversation.conversation;
        visitor.request(&text(conversation, "one", "hello")).await.unwrap();
        stored(visitor, "one").await;
        conversations.push(conversation);
    }
    conversations
}

#[tokio::test(flavor = "multi_thread")]
async fn many_follows_wait_for_the_reader_and_a_ping_does_not() {
    const FOLLOWED: usize = 20;
    let gateway = TestGateway::start().await;
    let tenant = gateway.tenant("Shop").await;
    let (mut visitor, _) = gateway.visitor(&tenant).await;
    let conversations = conversations(&mut visitor, FOLLOWED).await;
    let mut agent = Unread::greeted(&gateway, agent_hello(&tenant.token)).await;
    for conversation in &conversations {
        agent.ask(Follow { conversation: *conversation, cursor: Some(0) }).await;
    }
    let pinged = agent.ask(Ping::default()).await;
    let first = agent.queue.take_now();
    agent.queue.written(first.bytes);
    let pong = codec::frames(&first.frames[0]).next().unwrap().unwrap();
    assert_eq!(pong.reference, pinged);
    assert!(matches!(ServerFrame::decode(&pong), Some(Ok(ServerFrame::Pong(_)))));

    // Once it is read, all of them come, each with what it was asked for.
    let replayed = |frames: &[(Ref, ServerFrame)]| -> Vec<(ConversationId, Seq)> {
        let page = |frame: &(Ref, ServerFrame)| match &frame.1 {
            ServerFrame::Replay(page) => Some((page.summary.conversation, page.entries[0].seq?)),
            _ => None,
        };
        frames.iter().filter_map(page).collect()
    };
    let all = agent.read_until(|frames| replayed(frames).len() == FOLLOWED).await;
    let mut got = replayed(&all);
    got.sort();
    let mut wanted: Vec<_> = conversations.iter().map(|conversation| (*conversation, 1)).collect();
    wanted.sort();
    assert_eq!(got, wanted);
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn as_many_follows_wait_as_may_be_followed() {
    /// Of one conversation, which may be asked for again and again.
    const ASKED: usize = 40;
    let gateway = TestGateway::with(&["--followed", "10"]).await;
    let tenant = gateway.tenant("Shop").await;
    let (mut visitor, _) = gateway.visitor(&tenant).await;
    let conversation = conversations(&mut visitor, 1).await[0];
    let mut agent = Unread::greeted(&gateway, agent_hello(&tenant.token)).await;
    for _ in 0..ASKED {
        agent.ask(Follow { conversation, cursor: Some(0) }).await;
    }
    let answered = agent.read_until(|frames| frames.len() > ASKED).await;
    let refused = answered.iter().filter(|(_, frame)| {
        matches!(frame, ServerFrame::Error(error)
            if error.code == ErrorCode::RateLimited && error.retry_ms > 0 && error.conversation == Some(conversation))
    });
    // Eight are under way.
    assert_eq!(refused.count(), ASKED - 8 - 10);
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_becomes_somebody_else_is_replayed_nothing_more_of_who_they_were() {
    let gateway = TestGateway::start().await;
    let tenant = gateway.tenant("Shop").await;
    let secret = gateway.database.identity_secret(&tenant).await;
    let (mut socket, welcome) = gateway.visitor(&tenant).await;
    let session = welcome.visitor.unwrap().token.unwrap();
    let conversations = conversations(&mut socket, 12).await;
    let mut visitor = Unread::greeted(&gateway, visitor_hello(&tenant.widget_key, Some(&session))).await;
    for conversation in &conversations {
        visitor.ask(Follow { conversation: *conversation, cursor: Some(0) }).await;
    }
    let claims = json!({"sub": "shop-7", "exp": std::time::UNIX_EPOCH.elapsed().unwrap().as_secs() + 600});
    let token = token(&secret, &json!({"alg": "HS256"}), &claims);
    let identified = visitor.ask(Identify { token: Some(token), ..Identify::default() }).await;
    let pinged = visitor.ask(Ping::default()).await;
    let read = visitor.read_until(|frames| frames.iter().any(|(reference, _)| *reference == identified)).await;
    assert!(read.iter().any(|(reference, _)| *reference == pinged));
    let (last, frame) = read.last().unwrap();
    assert!(*last == identified && matches!(frame, ServerFrame::Identified(known) if known.verified), "{frame:?}");
    // Nor anything that is said there from now on.
    let mut agent = gateway.agent(&tenant).await;
    agent.request(&text(conversations[0], "late", "are you there?")).await.unwrap();
    stored(&mut agent, "late").await;
    let heard = visitor.read();
    let said = |frame: &ServerFrame| matches!(frame, ServerFrame::Entry(_) | ServerFrame::Stored(_));
    assert!(!heard.iter().any(|(_, frame)| said(frame)), "{heard:?}");
    gateway.stop().await;
}
