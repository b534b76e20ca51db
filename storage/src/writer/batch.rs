//! What a batch does to its conversations: pure, so that the rules of the log can be read and tested without Postgres.

use std::collections::HashMap;

use protocol::id::{ConversationId, EntryId, OrganizationId, ParticipantId};
use protocol::limit::PREVIEW_CHARS;
use protocol::value::{ConversationStatus, EntryKind, Millis, ParticipantKind, Preview, Seq, Summary};

use super::{NewEntry, NewRead, Write};

/// A conversation, with its tenant.
pub(super) type Log = (OrganizationId, ConversationId);
/// What names an entry for ever: log, sender and idempotency key.
pub(super) type Key<'a> = (Log, ParticipantId, &'a str);

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
    /// How far somebody has read was noted: up to this entry, which the log has.
    Noted(Seq),
    /// There is no such conversation.
    NoConversation,
}

/// What became of a batch, once it is committed.
pub(super) struct Outcome {
    /// One for each write, in the batch's order.
    pub(super) verdicts: Vec<Verdict>,
    /// Conversations to announce.
    pub(super) summaries: Vec<(OrganizationId, Summary)>,
}

/// What is to be written for a batch.
pub(super) struct Plan<'a> {
    /// One for each write, in the batch's order.
    pub(super) verdicts: Vec<Verdict>,
    /// The entries that are new, with their seqs.
    pub(super) fresh: Vec<(Seq, &'a NewEntry)>,
    /// How far who has read where.
    pub(super) read: HashMap<(Log, ParticipantId), (ParticipantKind, Seq)>,
    /// Every conversation of the batch that exists.
    pub(super) logs: HashMap<Log, State>,
}

/// A conversation of a batch.
pub(super) struct State {
    /// As it stands after the batch.
    pub(super) summary: Summary,
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

/// Plans a batch: `logs` are its conversations as their locked rows hold them, `stored` the entries that had been
/// stored before under the keys that the batch names.
pub(super) fn plan<'a>(
    writes: impl Iterator<Item = &'a Write>,
    logs: impl Iterator<Item = (Log, Summary)>,
    mut stored: HashMap<Key<'a>, Place>,
) -> Plan<'a> {
    let logs = logs.map(|(log, summary)| (log, State { summary, changed: false, named: false })).collect();
    let mut plan = Plan { verdicts: Vec::new(), fresh: Vec::new(), read: HashMap::new(), logs };
    for write in writes {
        let verdict = match write {
            Write::Entry(entry) => plan.entry(entry, &mut stored),
            Write::Read(read) => plan.note(read),
        };
        plan.verdicts.push(verdict);
    }
    plan
}

impl<'a> Plan<'a> {
    fn entry(&mut self, entry: &'a NewEntry, stored: &mut HashMap<Key<'a>, Place>) -> Verdict {
        let Some(state) = self.logs.get_mut(&log(entry)) else { return Verdict::NoConversation };
        state.named = true;
        if let Some(place) = stored.get(&key(entry)) {
            return Verdict::Stored(*place);
        }
        let place = Place { seq: state.summary.head + 1, id: entry.id, at: entry.at };
        state.changed = true;
        extend(&mut state.summary, entry, place.seq);
        stored.insert(key(entry), place);
        self.fresh.push((place.seq, entry));
        // Whoever writes has seen what stands before it.
        self.raise(log(entry), entry.sender.kind, entry.sender.id, place.seq);
        Verdict::Stored(place)
    }

    fn note(&mut self, read: &NewRead) -> Verdict {
        let log = (read.organization, read.conversation);
        let Some(state) = self.logs.get(&log) else { return Verdict::NoConversation };
        let seq = read.seq.min(state.summary.head);
        self.raise(log, read.participant.kind, read.participant.id, seq);
        Verdict::Noted(seq)
    }

    fn raise(&mut self, log: Log, kind: ParticipantKind, id: ParticipantId, seq: Seq) {
        if kind == ParticipantKind::System || seq == 0 {
            return;
        }
        let read = self.read.entry((log, id)).or_insert((kind, 0));
        read.1 = read.1.max(seq);
        let Some(state) = self.logs.get_mut(&log) else { return };
        let side = match kind {
            ParticipantKind::Visitor => &mut state.summary.visitor_read,
            _ => &mut state.summary.agent_read,
        };
        if seq > *side {
            *side = seq;
            state.changed = true;
            state.named = true;
        }
    }
}

/// What one more entry changes in its conversation's summary.
fn extend(summary: &mut Summary, entry: &NewEntry, seq: Seq) {
    summary.head = seq;
    // Gateways' clocks differ a little, and the inbox must not shuffle backwards.
    summary.updated_at = summary.updated_at.max(entry.at);
    match (entry.content.kind, &entry.content.text, entry.content.status) {
        (EntryKind::Status, _, Some(status)) => summary.status = status,
        (EntryKind::Text, Some(text), _) => {
            let text = text.chars().take(PREVIEW_CHARS).collect();
            summary.preview = Some(Preview { from: entry.sender.kind, text });
            if entry.sender.kind == ParticipantKind::Visitor && summary.status == ConversationStatus::Resolved {
                summary.status = ConversationStatus::Open;
            }
        }
        // Notes are for agents, and a preview is for both sides.
        _ => {}
    }
}
