//! A client that keeps its promises whatever happens to its sockets: an outbox that is sent again by `client_id` until
//! the gateway says `stored`, logs that resume by cursor, uploads that go on where they were, and reconnecting with
//! backoff. Crash and resume tests drive it and compare its logs with the database.

use std::collections::{BTreeMap, HashMap};

use bytes::Bytes;
use tokio::time::Instant;
use uuid::Uuid;

use super::log::{Applied, Log};
use super::outbox::Outbox;
use super::upload::{File, Uploads};
use super::{ChatError, Connection, Options};
use crate::FEATURES;
use crate::client::{ClientFrame, Hello, HelloRole, Identify, Start};
use crate::frame::{Error, Ref};
use crate::id::{ConversationId, DepartmentId, ParticipantId};
use crate::server::{Identified, ServerFrame, Welcome};
use crate::value::{Answer, Content, Seq, Summary};

mod inbox;
mod say;
mod socket;
mod take;

/// What a ref stands for.
#[derive(Debug)]
enum Asked {
    Send(String),
    Follow(ConversationId),
    Upload(String),
}

/// A request that is asked until it is answered.
#[derive(Debug)]
struct Asking {
    frame: ClientFrame,
    /// Its ref on this socket, once it has been asked there.
    reference: Option<Ref>,
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
    asking: Option<Asking>,
    answer: Option<Result<ServerFrame, Error>>,
    logs: BTreeMap<ConversationId, Log>,
    lost: BTreeMap<ConversationId, Error>,
    summaries: BTreeMap<ConversationId, Summary>,
    outbox: Outbox,
    uploads: Uploads,
    /// Logs that are said to go further than what is held, how far, and when that is taken for a gap.
    behind: BTreeMap<ConversationId, (Seq, Instant)>,
    /// Nothing is asked or sent before, after a retryable error or a `throttle`.
    hold: Option<Instant>,
    /// No socket is opened before, after one was closed for sending on against its limits.
    rest: Option<Instant>,
    sockets: u32,
    failures: u32,
}

impl Chat {
    /// A visitor of a widget. Of `options`, pings are answered in any case.
    #[must_use]
    pub fn visitor(url: &str, options: Options, widget_key: &str) -> Self {
        Self::new(url, options, HelloRole::Visitor, Some(widget_key.to_owned()), None)
    }

    /// An agent with a login's token. Of `options`, pings are answered in any case.
    #[must_use]
    pub fn agent(url: &str, options: Options, token: &str) -> Self {
        Self::new(url, options, HelloRole::Agent, None, Some(token.to_owned()))
    }

    fn new(url: &str, options: Options, role: HelloRole, widget_key: Option<String>, token: Option<String>) -> Self {
        let features = FEATURES.iter().map(ToString::to_string).collect();
        Self {
            url: url.to_owned(),
            // By the chat itself, which reads the heads that they carry.
            options: Options { answer_pings: false, ..options },
            hello: Hello { role, widget_key, token, features, agent: None, page: None, resume: vec![] },
            connection: None,
            welcome: None,
            asked: HashMap::new(),
            asking: None,
            answer: None,
            logs: BTreeMap::new(),
            lost: BTreeMap::new(),
            summaries: BTreeMap::new(),
            outbox: Outbox::default(),
            uploads: Uploads::default(),
            behind: BTreeMap::new(),
            hold: None,
            rest: None,
            sockets: 0,
            failures: 0,
        }
    }

    /// The last `welcome`; its visitor is who an `identified` said since.
    #[must_use]
    pub fn welcome(&self) -> Option<&Welcome> {
        self.welcome.as_ref()
    }

    /// What is held of a conversation that is followed.
    #[must_use]
    pub fn log(&self, conversation: ConversationId) -> Option<&Log> {
        self.logs.get(&conversation)
    }

    /// The conversations that were erased or could not be resumed after a reconnect, and why. They are not followed any
    /// more.
    #[must_use]
    pub fn lost(&self) -> &BTreeMap<ConversationId, Error> {
        &self.lost
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

    /// The files on their way, and what became of the others.
    #[must_use]
    pub fn uploads(&self) -> &Uploads {
        &self.uploads
    }

    /// How many sockets have been welcomed.
    #[must_use]
    pub fn sockets(&self) -> u32 {
        self.sockets
    }

    /// Whether the last `throttle` or retryable error still keeps it from sending.
    #[must_use]
    pub fn held_back(&self) -> bool {
        self.hold.is_some_and(|hold| hold > Instant::now())
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

    /// Begins to upload a file, which is sent as an entry when it is whole. Returns the upload's `client_id`.
    pub fn upload(
        &mut self,
        conversation: ConversationId,
        name: &str,
        media_type: &str,
        bytes: impl Into<Bytes>,
    ) -> String {
        self.follow(conversation);
        self.uploads.put(conversation, File { name: name.into(), media_type: media_type.into(), bytes: bytes.into() })
    }

    /// Asks something, again on each next socket until it is answered: what may be done twice. May be dropped while it
    /// waits; another request then takes its place.
    ///
    /// # Errors
    /// The gateway refused it, or this client.
    pub async fn request(&mut self, frame: impl Into<ClientFrame>) -> Result<ServerFrame, ChatError> {
        self.asking = Some(Asking { frame: frame.into(), reference: None });
        self.answer = None;
        loop {
            if let Some(answer) = self.answer.take() {
                return answer.map_err(ChatError::Request);
            }
            self.step().await?;
        }
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
        let start = Start { client_id: Uuid::new_v4().to_string(), department, answers };
        match self.request(start).await? {
            ServerFrame::Started(started) => Ok(started.conversation.conversation),
            other => Err(ChatError::Unanswered { request: "start", answer: other.name() }),
        }
    }

    /// Says who the visitor is. When that makes it another visitor, the logs that were held are forgotten, and what
    /// was not stored yet is refused.
    ///
    /// # Errors
    /// The gateway refused it, or this client.
    pub async fn identify(&mut self, identify: Identify) -> Result<Identified, ChatError> {
        match self.request(identify).await? {
            ServerFrame::Identified(identified) => Ok(identified),
            other => Err(ChatError::Unanswered { request: "identify", answer: other.name() }),
        }
    }

    /// Sends and receives until every upload has ended and the outbox is empty.
    ///
    /// # Errors
    /// The gateway refused this client.
    pub async fn settle(&mut self) -> Result<(), ChatError> {
        self.until(|chat| chat.outbox.unstored() == 0 && chat.uploads.under_way() == 0).await
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
        self.behind.clear();
        self.asked.clear();
        if let Some(asking) = &mut self.asking {
            asking.reference = None;
        }
        self.logs.values_mut().for_each(Log::lost);
        self.outbox.lost();
        self.uploads.lost();
    }

    /// A gap: `say` follows again, from the cursor.
    fn applied(&mut self, conversation: ConversationId, applied: Applied) {
        if let (Applied::Gap, Some(log)) = (applied, self.logs.get_mut(&conversation)) {
            log.lost();
        }
    }

    fn own_id(&self) -> Option<ParticipantId> {
        let welcome = self.welcome.as_ref()?;
        let visitor = welcome.visitor.as_ref().map(|visitor| visitor.visitor.into());
        visitor.or_else(|| welcome.agent.as_ref().map(|agent| agent.member.id.into()))
    }
}
