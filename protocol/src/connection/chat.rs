//! A client that keeps its promises whatever happens to its sockets: an outbox that is sent again by `client_id` until
//! the gateway says `stored`, logs that resume by cursor, and reconnecting with backoff. Crash and resume tests drive
//! it and compare its logs with the database.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use tokio::time::{Instant, sleep_until, timeout_at};
use uuid::Uuid;

use super::backoff::backoff;
use super::log::{Applied, Log};
use super::outbox::Outbox;
use super::{ChatError, Connection, ConnectionError, Options};
use crate::client::{Cursor, Follow, Hello, HelloRole, Start};
use crate::code::ErrorCode;
use crate::frame::{Error, Ref};
use crate::id::{ConversationId, DepartmentId, ParticipantId};
use crate::limit;
use crate::server::{Replay, ServerFrame, Stored, Welcome};
use crate::value::{Answer, Content, Seq, Summary};

/// How long a handshake and its `welcome` may take before the socket is given up.
const WELCOME_WAIT: Duration = Duration::from_secs(10);

/// What a ref stands for.
#[derive(Debug)]
enum Asked {
    Start,
    Send(String),
    Follow,
}

/// A visitor or an agent that survives its sockets. It does nothing by itself: [`Chat::until`] drives it.
#[derive(Debug)]
pub struct Chat {
    url: String,
    options: Options,
    hello: Hello,
    connection: Option<Connection>,
    welcome: Option<Welcome>,
    asked: HashMap<Ref, Asked>,
    logs: BTreeMap<ConversationId, Log>,
    summaries: BTreeMap<ConversationId, Summary>,
    outbox: Outbox,
    starting: Option<Start>,
    started: Option<ConversationId>,
    /// Nothing is asked or sent before, after a retryable error.
    hold: Option<Instant>,
    sockets: u32,
    failures: u32,
}

impl Chat {
    /// A visitor of a widget.
    #[must_use]
    pub fn visitor(url: &str, options: Options, widget_key: &str) -> Self {
        Self::new(url, options, HelloRole::Visitor, Some(widget_key.to_owned()), None)
    }

    /// An agent with a login's token.
    #[must_use]
    pub fn agent(url: &str, options: Options, token: &str) -> Self {
        Self::new(url, options, HelloRole::Agent, None, Some(token.to_owned()))
    }

    fn new(url: &str, options: Options, role: HelloRole, widget_key: Option<String>, token: Option<String>) -> Self {
        Self {
            url: url.to_owned(),
            options,
            hello: Hello { role, widget_key, token, features: vec![], agent: None, page: None, resume: vec![] },
            connection: None,
            welcome: None,
            asked: HashMap::new(),
            logs: BTreeMap::new(),
            summaries: BTreeMap::new(),
            outbox: Outbox::default(),
            starting: None,
            started: None,
            hold: None,
            sockets: 0,
            failures: 0,
        }
    }

    /// The last `welcome`.
    #[must_use]
    pub fn welcome(&self) -> Option<&Welcome> {
        self.welcome.as_ref()
    }

    /// What is held of a conversation that is followed.
    #[must_use]
    pub fn log(&self, conversation: ConversationId) -> Option<&Log> {
        self.logs.get(&conversation)
    }

    /// The newest summary of each conversation that was heard of.
    #[must_use]
    pub fn summaries(&self) -> &BTreeMap<ConversationId, Summary> {
        &self.summaries
    }

    /// What was sent and what became of it.
    #[must_use]
    pub fn outbox(&self) -> &Outbox {
        &self.outbox
    }

    /// How many sockets have been welcomed.
    #[must_use]
    pub fn sockets(&self) -> u32 {
        self.sockets
    }

    /// Follows a conversation from its first entry on.
    pub fn follow(&mut self, conversation: ConversationId) {
        self.logs.entry(conversation).or_default();
    }

    /// Puts an entry into the outbox; it goes out once its conversation is live. Returns its `client_id`.
    pub fn send(&mut self, conversation: ConversationId, content: Content) -> String {
        self.follow(conversation);
        self.outbox.put(conversation, content)
    }

    /// Starts a conversation, once, however many sockets that takes.
    ///
    /// # Errors
    /// The gateway refused it, or this client.
    pub async fn start(
        &mut self,
        department: Option<DepartmentId>,
        answers: Vec<Answer>,
    ) -> Result<ConversationId, ChatError> {
        self.starting = Some(Start { client_id: Uuid::new_v4().to_string(), department, answers });
        self.started = None;
        loop {
            if let Some(conversation) = self.started {
                return Ok(conversation);
            }
            self.step().await?;
        }
    }

    /// Sends and receives until the outbox is empty.
    ///
    /// # Errors
    /// The gateway refused this client.
    pub async fn settle(&mut self) -> Result<(), ChatError> {
        self.until(|chat| chat.outbox.unstored() == 0).await
    }

    /// Sends and receives, over as many sockets as it takes, until `done`. May be dropped while it waits.
    ///
    /// # Errors
    /// The gateway refused this client.
    pub async fn until(&mut self, mut done: impl FnMut(&Self) -> bool) -> Result<(), ChatError> {
        while !done(self) {
            self.step().await?;
        }
        Ok(())
    }

    /// Drops the socket as if the network had; the next step opens another.
    pub fn disconnect(&mut self) {
        self.connection = None;
        self.hold = None;
        self.asked.clear();
        self.logs.values_mut().for_each(Log::lost);
        self.outbox.lost();
    }

    /// One frame in, or one socket opened.
    async fn step(&mut self) -> Result<(), ChatError> {
        self.say();
        let Some(connection) = self.connection.as_mut() else { return self.connect().await };
        let silence_ms = self.welcome.as_ref().map(|welcome| u64::from(welcome.limits.silence_ms));
        let silent = Instant::now() + silence_ms.map_or(WELCOME_WAIT, Duration::from_millis);
        let wake = self.hold.map_or(silent, |hold| hold.min(silent));
        match timeout_at(wake, connection.next()).await {
            Ok(Ok((reference, frame))) => self.take(reference, frame),
            Ok(Err(error)) => self.lost(error),
            Err(_) if wake < silent => Ok(()),
            Err(_) => {
                self.disconnect();
                Ok(())
            }
        }
    }

    async fn connect(&mut self) -> Result<(), ChatError> {
        if self.failures > 0 {
            sleep_until(Instant::now() + backoff(self.failures)).await;
        }
        let cursors = self.logs.iter().take(limit::RESUME_CURSORS);
        self.hello.resume =
            cursors.map(|(&conversation, log)| Cursor { conversation, cursor: Some(log.cursor()) }).collect();
        // Counted before waiting: a future that is dropped while it waits has not connected either.
        self.failures = self.failures.saturating_add(1);
        let opened = timeout_at(Instant::now() + WELCOME_WAIT, async {
            let mut connection = Connection::open(&self.url, &self.options).await?;
            let welcome = match connection.hello(self.hello.clone()).await {
                Err(ConnectionError::Answer(error))
                    if error.code == ErrorCode::Unauthenticated && self.hello.token.is_some() =>
                {
                    if self.hello.role == HelloRole::Agent {
                        return Err(ConnectionError::Answer(error));
                    }
                    self.hello.token = None;
                    self.hello.resume.clear();
                    self.logs.clear();
                    connection.hello(self.hello.clone()).await?
                }
                other => other?,
            };
            Ok((connection, welcome))
        });
        match opened.await {
            Ok(Ok((connection, welcome))) => {
                self.welcomed(connection, welcome);
                Ok(())
            }
            Ok(Err(error)) => self.lost(error),
            Err(_) => Ok(()),
        }
    }

    fn welcomed(&mut self, connection: Connection, welcome: Welcome) {
        // Not 0: a gateway that welcomes and hangs up is not to be hammered.
        self.failures = 1;
        self.sockets += 1;
        if let Some(visitor) = &welcome.visitor {
            if visitor.token.is_some() {
                self.hello.token.clone_from(&visitor.token);
            }
            if let Some(summary) = &visitor.conversation {
                self.logs.entry(summary.conversation).or_default().asked();
            }
        }
        for cursor in &self.hello.resume {
            self.logs.entry(cursor.conversation).or_default().asked();
        }
        self.welcome = Some(welcome);
        self.connection = Some(connection);
    }

    /// Sends what can be sent now: follows, the start, and the outbox in its order.
    fn say(&mut self) {
        let Some(connection) = self.connection.as_mut() else { return };
        if self.hold.is_some_and(|hold| hold > Instant::now()) {
            return;
        }
        self.hold = None;
        for (&conversation, log) in self.logs.iter_mut().filter(|(_, log)| !log.live() && !log.is_asked()) {
            let reference = connection.reference();
            connection.send_frame(&Follow { conversation, cursor: Some(log.cursor()) }.into(), reference);
            log.asked();
            self.asked.insert(reference, Asked::Follow);
        }
        if let Some(start) = &self.starting
            && !self.asked.values().any(|asked| matches!(asked, Asked::Start))
        {
            let reference = connection.reference();
            connection.send_frame(&start.clone().into(), reference);
            self.asked.insert(reference, Asked::Start);
        }
        let window = self.welcome.as_ref().map_or(1, |welcome| welcome.limits.unstored_sends as usize);
        for send in self.outbox.due(window, |conversation| self.logs.get(&conversation).is_some_and(Log::live)) {
            let reference = connection.reference();
            self.asked.insert(reference, Asked::Send(send.client_id.clone()));
            connection.send_frame(&send.into(), reference);
        }
    }

    fn take(&mut self, reference: Ref, frame: ServerFrame) -> Result<(), ChatError> {
        match frame {
            ServerFrame::Started(started) => {
                self.asked.remove(&reference);
                self.starting = None;
                self.started = Some(started.conversation.conversation);
                self.logs.entry(started.conversation.conversation).or_default().asked();
                self.heard(started.conversation);
            }
            ServerFrame::Replay(page) => self.replayed(reference, page),
            ServerFrame::Entry(entry) => {
                if let Some(log) = self.logs.get_mut(&entry.conversation) {
                    let conversation = entry.conversation;
                    let applied = log.entry(entry);
                    self.applied(conversation, applied);
                }
            }
            ServerFrame::Stored(stored) => self.stored(&stored),
            ServerFrame::Routed(_) => {
                self.asked.remove(&reference);
            }
            ServerFrame::Summary(summary) => self.heard(summary),
            ServerFrame::Error(error) => return self.failed(reference, error),
            // `goaway` too: the socket is kept until the gateway closes it, so that less has to be replayed.
            _ => {}
        }
        Ok(())
    }

    fn heard(&mut self, summary: Summary) {
        self.summaries.insert(summary.conversation, summary);
    }

    fn replayed(&mut self, reference: Ref, page: Replay) {
        let conversation = page.summary.conversation;
        if !page.more {
            self.asked.remove(&reference);
        }
        let applied = self.logs.entry(conversation).or_default().replay(&page);
        for entry in &page.entries {
            self.acknowledge(conversation, entry.sender.id, &entry.client_id, entry.seq.unwrap_or_default());
        }
        self.applied(conversation, applied);
        self.heard(page.summary);
    }

    fn stored(&mut self, stored: &Stored) {
        let own = self.acknowledge(stored.conversation, stored.sender.id, &stored.client_id, stored.seq);
        if let Some(log) = self.logs.get_mut(&stored.conversation) {
            let applied = log.stored(stored, own);
            self.applied(stored.conversation, applied);
        }
    }

    /// A gap: `say` follows again, from the cursor.
    fn applied(&mut self, conversation: ConversationId, applied: Applied) {
        if applied == Applied::Gap {
            self.logs.entry(conversation).or_default().lost();
        }
    }

    fn acknowledge(
        &mut self,
        conversation: ConversationId,
        sender: ParticipantId,
        client_id: &str,
        seq: Seq,
    ) -> Option<Content> {
        if Some(sender) == self.own_id() { self.outbox.stored(conversation, client_id, seq) } else { None }
    }

    fn own_id(&self) -> Option<ParticipantId> {
        let welcome = self.welcome.as_ref()?;
        let visitor = welcome.visitor.as_ref().map(|visitor| visitor.visitor.into());
        visitor.or_else(|| welcome.agent.as_ref().map(|agent| agent.member.id.into()))
    }

    fn failed(&mut self, reference: Ref, error: Error) -> Result<(), ChatError> {
        if error.retryable {
            self.hold = Some(Instant::now() + Duration::from_millis(u64::from(error.retry_ms)));
        }
        match self.asked.remove(&reference) {
            Some(Asked::Send(client_id)) => self.outbox.failed(client_id, error),
            // Asked for again by `say`: the start because its ref is gone, the logs because none is live.
            Some(Asked::Follow) if error.retryable => {
                self.logs.values_mut().filter(|log| !log.live()).for_each(Log::lost);
            }
            Some(Asked::Start) | None if error.retryable => {}
            _ => return Err(ChatError::Request(error)),
        }
        Ok(())
    }

    /// The socket is gone: connect again, unless the gateway said not to.
    fn lost(&mut self, error: ConnectionError) -> Result<(), ChatError> {
        self.disconnect();
        match error {
            ConnectionError::Closed { code: Some(code), reason } if code >= 4500 => {
                Err(ChatError::Refused { code, reason })
            }
            ConnectionError::Answer(error) if !error.retryable => Err(ChatError::Request(error)),
            ConnectionError::Connect(_)
            | ConnectionError::Closed { .. }
            | ConnectionError::Socket(_)
            | ConnectionError::Answer(_) => Ok(()),
            ConnectionError::Refused { status, .. } if status >= 500 || status == 429 => Ok(()),
            other => Err(ChatError::Connection(other)),
        }
    }
}
