//! What a batch does to its conversations: pure, so that the rules of the log can be read and tested without Postgres.

use std::collections::{HashMap, HashSet};

use protocol::id::{ConversationId, EntryId, OrganizationId, ParticipantId};
use protocol::limit::PREVIEW_CHARS;
use protocol::value::{ConversationStatus, EntryKind, Millis, ParticipantKind, Preview, Rating, Seq, Summary};

use super::{NewEntry, NewEvent, NewPageView, NewRead, Write};

/// A conversation, with its tenant.
pub(super) type Log = (OrganizationId, ConversationId);
/// What names an entry for ever: log, sender and idempotency key.
pub(super) type Key<'a> = (Log, ParticipantId, &'a str);

/// Somebody in a conversation.
pub(super) type Reader = (Log, ParticipantId);

/// An entry's place in its log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) seq: Seq,
    pub(super) id: EntryId,
    pub(super) at: Millis,
}

/// What became of one write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The entry has its place, now or since earlier.
    Stored(Place),
    /// It was noted, and nobody waits to hear so.
    Noted,
    /// There is no such conversation.
    NoConversation,
    /// Somebody else holds its conversation's row: it has to wait, and so has all that comes after it there.
    Held,
}

/// What became of a batch, once it is committed.
pub(super) struct Outcome {
    /// One for each write, in the batch's order.
    pub(super) verdicts: Vec<Verdict>,
    /// How far who has read now, further than before.
    pub(super) read: Vec<NewRead>,
    /// Conversations to announce.
    pub(super) summaries: Vec<(OrganizationId, Summary)>,
    /// Whether words are to be made of something in it.
    pub(super) queued_words: bool,
}

/// What is to be written for a batch.
pub(super) struct Plan<'a> {
    /// One for each write, in the batch's order.
    pub(super) verdicts: Vec<Verdict>,
    /// The entries that are new, with their seqs.
    pub(super) fresh: Vec<(Seq, &'a NewEntry)>,
    /// The reads that somebody said, each reader's furthest.
    pub(super) read: HashMap<Reader, Said<'a>>,
    /// How far agents have read whose place is not in their conversation's row.
    pub(super) overtaken: HashMap<Reader, Seq>,
    /// Every conversation of the batch that exists.
    pub(super) logs: HashMap<Log, State<'a>>,
    /// Those that exist and are not among [`Plan::logs`], because somebody else holds them.
    held: HashSet<Log>,
    /// What visitors did on their sites.
    pub(super) page_views: Vec<&'a NewPageView>,
    pub(super) events: Vec<&'a NewEvent>,
}

/// A read, which is to be announced if it is further than what was known.
pub(super) struct Said<'a> {
    pub(super) read: &'a NewRead,
    /// How far it goes, within the log.
    pub(super) seq: Seq,
    /// Whether that is further; `None` if only the row of [`Plan::overtaken`] can tell.
    pub(super) further: Option<bool>,
}

/// A conversation of a batch.
pub(super) struct State<'a> {
    /// As it stands after the batch.
    pub(super) summary: Summary,
    /// The agent who has read as far as the summary says, if that is known.
    pub(super) furthest: Option<ParticipantId>,
    /// The newest rating among the batch's new entries, and when it was taken.
    pub(super) rated: Option<(&'a Rating, Millis)>,
    /// Whether its row has to be written.
    pub(super) changed: bool,
    /// Whether somebody waits to hear of it: an entry's receipt without the summary that goes with it would leave an
    /// inbox behind.
    pub(super) named: bool,
}

/// The key that an entry has in its log.
pub(super) fn key(entry: &NewEntry) -> Key<'_> {
    (log(entry), entry.sender.id, &entry.client_id)
}

fn log(entry: &NewEntry) -> Log {
    (entry.organization, entry.conversation)
}

/// Plans a batch: `logs` are its conversations as their locked rows hold them, each with the agent who has read furthest, `stored` the entries that had been
/// stored before under the keys that the batch names, `held` the conversations that have to wait. `now` is when the batch
/// is written.
pub(super) fn plan<'a>(
    writes: impl Iterator<Item = &'a Write>,
    logs: impl Iterator<Item = (Log, Summary, Option<ParticipantId>)>,
    held: HashSet<Log>,
    mut stored: HashMap<Key<'a>, Place>,
    now: Millis,
) -> Plan<'a> {
    let state = |summary, furthest| State { summary, furthest, rated: None, changed: false, named: false };
    let logs = logs.map(|(log, summary, furthest)| (log, state(summary, furthest))).collect();
    let mut plan = Plan {
        verdicts: Vec::new(),
        fresh: Vec::new(),
        read: HashMap::new(),
        overtaken: HashMap::new(),
        logs,
        held,
        page_views: Vec::new(),
        events: Vec::new(),
    };
    for write in writes {
        let verdict = match write {
            Write::Entry(entry) => plan.entry(entry, &mut stored, now),
            Write::Read(read) => plan.note(read),
            Write::Tell(organization, conversation) => plan.tell((*organization, *conversation)),
            Write::PageView(view) => {
                plan.page_views.push(view);
                Verdict::Noted
            }
            Write::Event(event) => {
                plan.events.push(event);
                Verdict::Noted
            }
        };
        plan.verdicts.push(verdict);
    }
    plan
}

impl<'a> Plan<'a> {
    fn entry(&mut self, entry: &'a NewEntry, stored: &mut HashMap<Key<'a>, Place>, now: Millis) -> Verdict {
        let Some(state) = self.logs.get_mut(&log(entry)) else { return self.absent(log(entry)) };
        state.named = true;
        if let Some(place) = stored.get(&key(entry)) {
            return Verdict::Stored(*place);
        }
        let place = Place { seq: state.summary.head + 1, id: entry.id, at: entry.at };
        state.changed = true;
        extend(&mut state.summary, entry, place.seq, now);
        if let (EntryKind::Rating, Some(rating)) = (entry.content.kind, &entry.content.rating) {
            state.summary.rating = Some(rating.score);
            state.rated = Some((rating, entry.at));
        }
        stored.insert(key(entry), place);
        self.fresh.push((place.seq, entry));
        // Whoever writes has seen what stands before it.
        self.raise((log(entry), entry.sender.id), entry.sender.kind, place.seq);
        Verdict::Stored(place)
    }

    /// What becomes of a write whose conversation's row was not had.
    fn absent(&self, log: Log) -> Verdict {
        if self.held.contains(&log) { Verdict::Held } else { Verdict::NoConversation }
    }

    fn note(&mut self, read: &'a NewRead) -> Verdict {
        let log = (read.organization, read.conversation);
        let Some(state) = self.logs.get(&log) else { return self.absent(log) };
        let (reader, seq) = ((log, read.participant.id), read.seq.min(state.summary.head));
        let further = self.raise(reader, read.participant.kind, seq);
        if seq > 0 && self.read.get(&reader).is_none_or(|said| said.seq < seq) {
            self.read.insert(reader, Said { read, seq, further });
        }
        Verdict::Noted
    }

    fn tell(&mut self, log: Log) -> Verdict {
        let Some(state) = self.logs.get_mut(&log) else { return self.absent(log) };
        state.named = true;
        Verdict::Noted
    }

    /// Somebody has read so far. Says whether that is further than before, unless only their row can tell.
    fn raise(&mut self, reader: Reader, kind: ParticipantKind, seq: Seq) -> Option<bool> {
        let state = self.logs.get_mut(&reader.0)?;
        let summary = &mut state.summary;
        let known = match kind {
            ParticipantKind::Visitor => &mut summary.visitor_read,
            ParticipantKind::Agent => &mut summary.agent_read,
            ParticipantKind::System => return Some(false),
        };
        if seq > *known {
            let before = std::mem::replace(known, seq);
            (state.changed, state.named) = (true, true);
            if kind == ParticipantKind::Agent
                && let Some(overtaken) = state.furthest.replace(reader.1).filter(|agent| *agent != reader.1)
            {
                self.overtaken.insert((reader.0, overtaken), before);
            }
            return Some(true);
        }
        if kind == ParticipantKind::Visitor || seq == 0 || state.furthest == Some(reader.1) {
            return Some(false);
        }
        let overtaken = self.overtaken.entry(reader).or_default();
        if seq <= *overtaken {
            return Some(false);
        }
        *overtaken = seq;
        None
    }
}

/// What one more entry changes in its conversation's summary.
fn extend(summary: &mut Summary, entry: &NewEntry, seq: Seq, now: Millis) {
    summary.head = seq;
    // When it is written and not when it was taken: a list that is caught up with by this time must not have things turn
    // up behind it that waited for the database. Gateways' clocks differ a little, and it must not go back.
    summary.updated_at = summary.updated_at.max(now);
    let content = &entry.content;
    let shown = match content.kind {
        EntryKind::Text => content.text.as_ref(),
        EntryKind::Attachment => content.attachment.as_ref().map(|file| &file.name),
        // Notes are for agents, and a preview is for both sides.
        _ => None,
    };
    if let Some(text) = shown {
        let end = text.char_indices().nth(PREVIEW_CHARS).map_or(text.len(), |(end, _)| end);
        summary.preview = Some(Preview { from: entry.sender.kind, text: text[..end].to_owned() });
        if entry.sender.kind == ParticipantKind::Visitor && summary.status == ConversationStatus::Resolved {
            summary.status = ConversationStatus::Open;
        }
    }
    match (content.kind, content.status, &content.assignment, content.priority) {
        (EntryKind::Status, Some(status), ..) => summary.status = status,
        (EntryKind::Assignment, _, Some(assignment), _) => summary.assignee = assignment.member,
        (EntryKind::Priority, .., Some(priority)) => summary.priority = priority,
        _ => {}
    }
}

#[cfg(test)]
mod tests;
