//! How conversations are held with ChatDesk: visitors say hello with a widget's key, answer the form and start a conversation;
//! agents say hello with a login's token and follow the conversations of their visitors.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use protocol::client::{ClientFrame, Pong, Read, Send, Typing};
use protocol::codec;
use protocol::frame::Frame;
use protocol::id::{ConversationId, ParticipantId};
use protocol::value::Content;
use serde::{Deserialize, Serialize};

use super::{Dialect, Mark, Message, Out, Share, Side, Who};
use crate::arrive::heard::{ENTRY, GOAWAY, REPLAY, STARTED, STORED, read};
use crate::arrive::{ERROR, PING, WELCOME};
use crate::engine::{Connect, Kind};
use crate::record::typing;
use crate::stage::Organization;
use crate::target::Target;
use crate::text::Texts;

pub(crate) mod form;
mod introduce;
mod seen;
#[cfg(test)]
mod tests;

pub(crate) use form::answers;
use introduce::Introductions;
pub(crate) use seen::Places;
use seen::{READ_BY, Seen, TYPING_BY};

/// What stands before a message's place in its `client_id`.
const CLIENT_ID_PREFIX: &str = "bench-";

/// What is said in all conversations of a run.
#[derive(Clone, Debug)]
pub(crate) struct Script {
    /// The gateway.
    pub(crate) target: Target,
    /// Whose visitors and agents they are, in turn by agent.
    pub(crate) organizations: Arc<[Organization]>,
    /// Messages or typing frames.
    pub(crate) kind: crate::record::Kind,
    /// What messages say.
    pub(crate) texts: Arc<Texts>,
    /// After how many messages of the other side somebody says that they have read them; 0: never.
    pub(crate) receipts: u32,
}

/// A conversation, as far as it has come.
#[derive(Debug, Default)]
struct Talked {
    conversation: Option<ConversationId>,
    visitor: Option<ParticipantId>,
    /// Typing frames, off and on: they are the same each time.
    typing: [Vec<u8>; 2],
    /// Of the other side, heard as stored and not acknowledged by a read receipt; by visitor and by agent.
    unread: [u32; 2],
    /// What each side was told of its own messages' places in the log.
    places: [Places; 2],
    /// Where the log stood when the visitor had started it.
    head: u64,
}

/// ChatDesk's dialect.
#[derive(Debug)]
pub(crate) struct ChatDesk {
    script: Script,
    share: Share,
    pairs: Vec<Talked>,
    /// Each agent as its entries name it.
    agents: Vec<Option<ParticipantId>>,
    by_conversation: HashMap<ConversationId, usize>,
    introductions: Introductions,
}

/// What is to be found in Postgres of one conversation, if all that was acknowledged is there and nothing else.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Log {
    /// Which.
    pub(crate) conversation: ConversationId,
    /// How many entries its log had before the first message.
    pub(crate) before: u64,
    /// The visitor, and what they were told.
    pub(crate) visitor: (ParticipantId, Places),
    /// The agent, and what they were told.
    pub(crate) agent: (ParticipantId, Places),
}

const fn index(side: Side) -> usize {
    match side {
        Side::Visitor => 0,
        Side::Agent => 1,
    }
}

/// The `client_id` of a message.
pub(crate) fn client_id(place: u64) -> String {
    format!("{CLIENT_ID_PREFIX}{place}")
}

/// The place that a `client_id` stands for.
pub(crate) fn place_of(client_id: &str) -> Option<u64> {
    client_id.strip_prefix(CLIENT_ID_PREFIX)?.parse().ok()
}

impl ChatDesk {
    /// The conversations of one thread.
    pub(crate) fn new(script: Script, share: Share) -> Self {
        Self {
            introductions: Introductions::new(share),
            script,
            share,
            pairs: (0..share.pairs).map(|_| Talked::default()).collect(),
            agents: vec![None; share.agents()],
            by_conversation: HashMap::with_capacity(share.pairs),
        }
    }

    /// Whose organization somebody is in: each agent's with its visitors, in turn over the whole run.
    fn organization(&self, who: Who) -> Option<&Organization> {
        let agent = match who {
            Who::Visitor(pair) => self.share.agent_of(pair),
            Who::Agent(agent) => agent,
        };
        let in_run = self.share.first / self.share.visitors_per_agent.max(1) + agent;
        self.script.organizations.get(in_run % self.script.organizations.len().max(1))
    }

    /// Which pair's conversation a socket hears of, and who it is there.
    fn pair_of(&self, who: Who, conversation: ConversationId) -> Option<(usize, Side)> {
        let pair = *self.by_conversation.get(&conversation)?;
        match who {
            Who::Visitor(visitor) => (visitor == pair).then_some((pair, Side::Visitor)),
            Who::Agent(agent) => (self.share.agent_of(pair) == agent).then_some((pair, Side::Agent)),
        }
    }

    /// Which side of a conversation somebody is.
    fn side_of(&self, pair: usize, sender: ParticipantId) -> Option<Side> {
        if self.pairs.get(pair)?.visitor == Some(sender) {
            return Some(Side::Visitor);
        }
        (*self.agents.get(self.share.agent_of(pair))? == Some(sender)).then_some(Side::Agent)
    }

    fn hear(&mut self, who: Who, frame: &Frame<'_>, out: &mut Out<'_>) -> Result<(), String> {
        match frame.op {
            ENTRY | TYPING_BY | STORED | READ_BY => self.hear_of_conversation(who, frame, out)?,
            PING => out.send(who, Kind::Binary, &ClientFrame::from(Pong {}).encode(frame.reference)),
            WELCOME => self.welcomed(who, frame, out)?,
            STARTED => self.started(who, frame, out)?,
            REPLAY => self.replayed(who, frame, out)?,
            ERROR => self.refused(who, frame, out)?,
            GOAWAY => out.fail("the gateway said goaway: it is being stopped".into()),
            // Summaries, who is here, and the like: nothing that these sockets have to act upon.
            _ => {}
        }
        Ok(())
    }

    fn hear_of_conversation(&mut self, who: Who, frame: &Frame<'_>, out: &mut Out<'_>) -> Result<(), String> {
        let seen: Seen = read(frame)?;
        let Some((pair, at)) = self.pair_of(who, seen.conversation) else {
            out.stray();
            return Ok(());
        };
        let from = seen.sender().and_then(|sender| self.side_of(pair, sender));
        let other = from.filter(|from| *from != at);
        match (frame.op, other) {
            (ENTRY, Some(from)) => match seen.client_id.as_deref().and_then(place_of) {
                Some(place) => out.arrived(pair, from, Mark::Place(place)),
                None => out.stray(),
            },
            // Somebody else's: the organization's own, or another socket's of the same login.
            (ENTRY, None) => {}
            (TYPING_BY, Some(from)) if self.script.kind == crate::record::Kind::Typing => {
                out.arrived(pair, from, Mark::Says(seen.on.unwrap_or_default()));
            }
            (TYPING_BY, _) => out.count("typing_arrived"),
            (READ_BY, _) => out.count("receipts_arrived"),
            (STORED, _) => self.stored(pair, at, from, &seen, out),
            _ => {}
        }
        Ok(())
    }

    fn stored(&mut self, pair: usize, at: Side, from: Option<Side>, seen: &Seen, out: &mut Out<'_>) {
        let Some(seq) = seen.seq else { return out.stray() };
        out.seq(pair, at, seq);
        let (Some(from), Some(talked)) = (from, self.pairs.get_mut(pair)) else { return };
        let Some(place) = seen.client_id.as_deref().and_then(place_of) else { return };
        out.stored(pair, at, from, place);
        if from == at {
            talked.places[index(from)].add(place, seq);
            return;
        }
        let unread = &mut talked.unread[index(at)];
        *unread += 1;
        if out.beside() && self.script.receipts > 0 && *unread >= self.script.receipts {
            *unread = 0;
            let read: ClientFrame = Read { conversation: seen.conversation, seq }.into();
            out.send(self.share.who(pair, at), Kind::Binary, &read.encode(0));
            out.count("receipts_sent");
        }
    }
}

impl Dialect for ChatDesk {
    fn connect(&self, who: Who) -> Connect {
        let number = match who {
            Who::Visitor(visitor) => self.share.first + visitor,
            Who::Agent(agent) => self.share.first + agent,
        };
        crate::arrive::connect(self.script.target, number as u64)
    }

    fn opened(&mut self, who: Who, out: &mut Out<'_>) {
        self.say_hello(who, out);
    }

    fn write(&mut self, message: Message, out: &mut Out<'_>) {
        let Message { pair, from, place } = message;
        let Some(talked) = self.pairs.get(pair) else { return };
        let Some(conversation) = talked.conversation else { return };
        let sender = self.share.who(pair, from);
        match self.script.kind {
            crate::record::Kind::Typing => {
                out.send(sender, Kind::Binary, &talked.typing[usize::from(typing::on(place))]);
            }
            crate::record::Kind::Text => {
                // Lanes say different things at the same time.
                let text = self.script.texts.of(place + (self.share.first + pair) as u64);
                let send = Send { conversation, client_id: client_id(place), content: Content::text(text) };
                // With a ref, as a widget's: it has to know which message an error is about.
                let reference = u32::try_from(place % u64::from(u32::MAX)).unwrap_or_default() + 1;
                out.send(sender, Kind::Binary, &ClientFrame::from(send).encode(reference));
            }
        }
    }

    fn heard(&mut self, who: Who, payload: &[u8], out: &mut Out<'_>) {
        for frame in codec::frames(payload) {
            let heard = match frame {
                Ok(frame) => self.hear(who, &frame, out),
                Err(error) => Err(format!("the gateway sent no frame: {error}")),
            };
            if let Err(why) = heard {
                return out.fail(why);
            }
        }
    }

    fn logs(&self) -> Vec<Log> {
        let log = |(pair, talked): (usize, &Talked)| {
            let [visitor, agent] = talked.places;
            let agent_id = self.agents.get(self.share.agent_of(pair)).copied().flatten()?;
            Some(Log {
                conversation: talked.conversation?,
                before: talked.head,
                visitor: (talked.visitor?, visitor),
                agent: (agent_id, agent),
            })
        };
        self.pairs.iter().enumerate().filter_map(log).collect()
    }

    fn later(&mut self, who: Who, out: &mut Out<'_>) {
        self.ask_again(who, out);
    }

    fn prelude(&mut self, message: Message, out: &mut Out<'_>) {
        let sender = self.share.who(message.pair, message.from);
        if let Some(talked) = self.pairs.get(message.pair) {
            out.send(sender, Kind::Binary, &talked.typing[1]);
            out.count("typing_sent");
        }
    }
}

/// A typing frame's bytes.
fn typing_frame(conversation: ConversationId, on: bool) -> Vec<u8> {
    ClientFrame::from(Typing { conversation, on, draft: None }).encode(0).to_vec()
}

/// How long to wait before something is asked again.
fn wait_of(retry_ms: u32) -> Duration {
    Duration::from_millis(u64::from(retry_ms).max(1))
}
