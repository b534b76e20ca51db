//! A visitor: says hello, starts a conversation, sends what is due, and hears what became of it.

use std::sync::Arc;
use std::time::Instant;

use protocol::client::{ClientFrame, Hello, HelloRole, Page, Send, Start, Typing};
use protocol::connection::{Connection, Options};
use protocol::server::ServerFrame;
use protocol::value::Content;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::watch;

use super::{AGENT, ClientError, Pair, client_id, form, number_of};
use crate::record::{Kind, Recorder, Side, typing};
use crate::schedule::Schedule;
use crate::target::Target;
use crate::text::Texts;

/// The `client_id` of the conversation: one for each visitor, and each run's visitors are new.
const START_CLIENT_ID: &str = "bench-start";
/// The page that visitors say they are on.
const PAGE_URL: &str = "https://shop.example/plants/fiddle-leaf-fig";
/// Its title.
const PAGE_TITLE: &str = "Fiddle-leaf fig — Fern & Clay";

/// What visitors send, and where it is noted.
#[derive(Clone, Debug)]
pub(crate) struct Script {
    /// Messages or typing frames.
    pub(crate) kind: Kind,
    /// What messages say.
    pub(crate) texts: Arc<Texts>,
    /// Whose turn it is.
    pub(crate) schedule: Schedule,
    /// Where it is noted.
    pub(crate) recorder: Recorder,
}

/// A visitor with a conversation.
#[derive(Debug)]
pub(crate) struct Visitor {
    connection: Connection,
    pair: Pair,
    script: Script,
}

impl Visitor {
    /// Connects, says hello, answers the form and starts the conversation.
    ///
    /// # Errors
    /// What the gateway refused, or that it cannot be reached.
    pub(crate) async fn open(target: Target, key: &str, index: usize, script: Script) -> Result<Self, ClientError> {
        let options = Options { local_address: target.source(index), ..Options::default() };
        let mut connection = Connection::open(&target.url(), &options).await?;
        let page = Page { url: Some(PAGE_URL.into()), title: Some(PAGE_TITLE.into()), referrer: None };
        let welcome = connection.hello(Hello {
            role: HelloRole::Visitor,
            widget_key: Some(key.into()),
            token: None,
            features: Vec::new(),
            agent: Some(AGENT.into()),
            page: Some(page),
            resume: Vec::new(),
        });
        let welcome = welcome.await?.visitor;
        let welcome =
            welcome.ok_or(ClientError::Unanswered { request: "a visitor's hello", answer: "an agent's welcome" })?;
        let department = welcome.departments.get(index % welcome.departments.len().max(1));
        let start = Start {
            client_id: START_CLIENT_ID.into(),
            department: department.and_then(|department| department.id),
            answers: form::answers(&welcome.form, index),
        };
        let started = match connection.request(&start.into()).await? {
            ServerFrame::Started(started) => started.conversation,
            other => return Err(ClientError::Unanswered { request: "start", answer: other.name() }),
        };
        let visitor = u64::try_from(index).unwrap_or(u64::MAX);
        script.recorder.with(|record| record.followed(visitor, Side::Visitor, started.head));
        let pair = Pair { index, conversation: started.conversation, visitor: welcome.visitor.into() };
        Ok(Self { connection, pair, script })
    }

    /// The conversation.
    pub(crate) fn pair(&self) -> Pair {
        self.pair
    }

    /// Sends the messages whose numbers come, as they come, and hears the rest, until `stop`'s sender goes.
    ///
    /// # Errors
    /// The socket has ended.
    pub(crate) async fn run(
        mut self,
        mut due: UnboundedReceiver<u64>,
        mut stop: watch::Receiver<()>,
    ) -> Result<(), ClientError> {
        loop {
            // `next` also writes what was sent: a gateway that does not read holds up the writing, not the schedule.
            tokio::select! {
                biased;
                Some(number) = due.recv() => self.send(number),
                frame = self.connection.next() => self.hear(frame?.1)?,
                _ = stop.changed() => return Ok(self.connection.close().await?),
            }
        }
    }

    fn send(&mut self, number: u64) {
        let conversation = self.pair.conversation;
        let Script { kind, texts, schedule, recorder } = &self.script;
        let (frame, reference): (ClientFrame, _) = match kind {
            Kind::Text => {
                let content = Content::text(texts.of(number));
                let send = Send { conversation, client_id: client_id(number), content };
                // As a widget does, which has to know which message an error is about.
                (send.into(), self.connection.reference())
            }
            Kind::Typing => {
                let on = typing::on(schedule.place_of(number));
                (Typing { conversation, on, draft: None }.into(), 0)
            }
        };
        recorder.with(|record| record.sent(number, Instant::now()));
        self.connection.send_frame(&frame, reference);
    }

    fn hear(&self, frame: ServerFrame) -> Result<(), ClientError> {
        let recorder = &self.script.recorder;
        match frame {
            ServerFrame::Stored(stored) if stored.conversation == self.pair.conversation => {
                let at = Instant::now();
                let own = stored.sender.id == self.pair.visitor;
                let number = own.then(|| number_of(&stored.client_id)).flatten();
                let visitor = u64::try_from(self.pair.index).unwrap_or(u64::MAX);
                recorder.with(|record| record.stored(visitor, Side::Visitor, number, stored.seq, at));
            }
            ServerFrame::Error(error) => recorder.with(|record| record.refused(error.code)),
            ServerFrame::Goaway(_) => return Err(ClientError::Goaway),
            _ => {}
        }
        Ok(())
    }
}
