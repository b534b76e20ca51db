//! How sockets introduce themselves: hello, and then the conversation that a visitor starts, and those that an agent follows. What
//! the gateway wants to be asked later is asked later.

use protocol::client::{ClientFrame, Follow, Start};
use protocol::frame::{Frame, Ref};
use protocol::server::Error;

use super::seen::SeenWelcome;
use super::{ChatDesk, form, typing_frame, wait_of};
use crate::arrive::heard::{Page, Started, read};
use crate::arrive::{Door, Welcomed, agent_hello};
use crate::engine::Kind;
use crate::talk::{Out, Share, Side, Who};

/// The `client_id` of a conversation: one for each visitor, and each run's visitors are new.
const START_CLIENT_ID: &str = "bench-start";
/// The ref of `start`; hello has 1.
const START: Ref = 2;
/// The ref of `follow` of the agent's first pair; the others come behind it.
const FOLLOW: Ref = 16;
/// Follows that are asked for at once: a gateway serves eight a socket beside each other.
const FOLLOWS_AT_ONCE: usize = 4;

/// How far sockets have come.
#[derive(Debug)]
pub(super) struct Introductions {
    agents: Vec<Following>,
    /// What visitors asked, to be asked again if need be.
    starts: Vec<Vec<u8>>,
}

/// How far an agent has come.
#[derive(Clone, Debug, Default)]
struct Following {
    /// Pairs that have been asked for, from the agent's first.
    asked: usize,
    /// Pairs that are followed.
    followed: usize,
    /// Pairs to be asked for again.
    again: Vec<usize>,
}

impl Introductions {
    pub(super) fn new(share: Share) -> Self {
        Self { agents: vec![Following::default(); share.agents()], starts: vec![Vec::new(); share.pairs] }
    }
}

impl ChatDesk {
    pub(super) fn say_hello(&self, who: Who, out: &mut Out<'_>) {
        let Some(organization) = self.organization(who) else { return out.fail("no organization".into()) };
        let hello = match who {
            Who::Visitor(_) => Door::new(self.script.target, &organization.widget_key).hello(None, Vec::new()),
            Who::Agent(_) => agent_hello(&organization.token),
        };
        out.send(who, Kind::Binary, &hello);
    }

    pub(super) fn welcomed(&mut self, who: Who, frame: &Frame<'_>, out: &mut Out<'_>) -> Result<(), String> {
        match who {
            Who::Visitor(pair) => {
                let (visitor, _) = Welcomed::read_new(frame)?;
                let number = self.share.first + pair;
                let department = visitor.departments.get(number % visitor.departments.len().max(1));
                let start = Start {
                    client_id: START_CLIENT_ID.into(),
                    department: department.and_then(|department| department.id),
                    answers: form::answers(&visitor.form, number),
                };
                if let Some(talked) = self.pairs.get_mut(pair) {
                    talked.visitor = Some(visitor.visitor.into());
                }
                if let Some(kept) = self.introductions.starts.get_mut(pair) {
                    *kept = ClientFrame::from(start).encode(START).to_vec();
                    out.send(who, Kind::Binary, kept);
                }
            }
            Who::Agent(agent) => {
                let welcome: SeenWelcome = read(frame)?;
                let member = welcome.agent.ok_or("an agent's hello was answered with a visitor's welcome")?.member;
                if let Some(place) = self.agents.get_mut(agent) {
                    *place = Some(member.id.into());
                }
                for _ in 0..FOLLOWS_AT_ONCE {
                    self.follow_next(agent, out);
                }
            }
        }
        Ok(())
    }

    pub(super) fn started(&mut self, who: Who, frame: &Frame<'_>, out: &mut Out<'_>) -> Result<(), String> {
        let Who::Visitor(pair) = who else { return Err("an agent was told of a conversation that it started".into()) };
        let started: Started = read(frame)?;
        let (conversation, head) = (started.conversation.conversation, started.conversation.head);
        if let Some(talked) = self.pairs.get_mut(pair) {
            talked.conversation = Some(conversation);
            talked.head = head;
            talked.typing = [false, true].map(|on| typing_frame(conversation, on));
        }
        self.by_conversation.insert(conversation, pair);
        self.introductions.starts[pair] = Vec::new();
        out.head(pair, Side::Visitor, head);
        out.ready(who);
        Ok(())
    }

    fn follow_next(&mut self, agent: usize, out: &mut Out<'_>) {
        let pairs = self.share.pairs_of(agent);
        let Some(following) = self.introductions.agents.get_mut(agent) else { return };
        let next = pairs.start + following.asked;
        if next < pairs.end {
            following.asked += 1;
            self.follow(agent, next, out);
        }
    }

    fn follow(&self, agent: usize, pair: usize, out: &mut Out<'_>) {
        let Some(conversation) = self.pairs.get(pair).and_then(|talked| talked.conversation) else { return };
        let number = pair - self.share.pairs_of(agent).start;
        let reference = FOLLOW + u32::try_from(number).unwrap_or_default();
        let follow = ClientFrame::from(Follow { conversation, cursor: Some(0) });
        out.send(Who::Agent(agent), Kind::Binary, &follow.encode(reference));
    }

    pub(super) fn replayed(&mut self, who: Who, frame: &Frame<'_>, out: &mut Out<'_>) -> Result<(), String> {
        let Who::Agent(agent) = who else { return Ok(()) };
        let replay: Page = read(frame)?;
        if replay.more {
            return Ok(());
        }
        let Some((pair, at)) = self.pair_of(who, replay.summary.conversation) else {
            out.stray();
            return Ok(());
        };
        out.head(pair, at, replay.summary.head);
        let Some(following) = self.introductions.agents.get_mut(agent) else { return Ok(()) };
        following.followed += 1;
        if following.followed == self.share.pairs_of(agent).len() {
            out.ready(who);
        } else {
            self.follow_next(agent, out);
        }
        Ok(())
    }

    /// An error: what belongs to an introduction is asked again when the gateway says so, or ends the run. Otherwise it is counted.
    pub(super) fn refused(&mut self, who: Who, frame: &Frame<'_>, out: &mut Out<'_>) -> Result<(), String> {
        let error: Error = read(frame)?;
        let introducing = match who {
            Who::Visitor(pair) => self.pairs.get(pair).is_none_or(|talked| talked.conversation.is_none()),
            Who::Agent(agent) => {
                let pairs = self.share.pairs_of(agent);
                let following = self.introductions.agents.get_mut(agent);
                following.is_some_and(|following| {
                    let introducing = following.followed < pairs.len();
                    if let (true, Some(number)) = (introducing, frame.reference.checked_sub(FOLLOW)) {
                        following.again.push(pairs.start + number as usize);
                    }
                    introducing
                })
            }
        };
        if !introducing {
            out.refused(error.code.as_str());
        } else if error.retryable {
            out.later(who, wait_of(error.retry_ms));
        } else {
            out.fail(format!("{who:?}: the gateway refused: {error}"));
        }
        Ok(())
    }

    pub(super) fn ask_again(&mut self, who: Who, out: &mut Out<'_>) {
        match who {
            Who::Visitor(pair) => match self.introductions.starts.get(pair) {
                Some(start) if !start.is_empty() => out.send(who, Kind::Binary, start),
                // Not even hello was answered with a welcome.
                _ => self.say_hello(who, out),
            },
            Who::Agent(agent) => {
                let again =
                    self.introductions.agents.get_mut(agent).map(|following| std::mem::take(&mut following.again));
                let again = again.unwrap_or_default();
                if again.is_empty() && self.agents.get(agent).copied().flatten().is_none() {
                    self.say_hello(who, out);
                }
                for pair in again {
                    self.follow(agent, pair, out);
                }
            }
        }
    }
}
