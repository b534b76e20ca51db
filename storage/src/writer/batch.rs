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
mod tests {
    use super::*;
    use protocol::id::VisitorId;
    use protocol::value::{Content, Participant, Priority, VisitorSummary};
    use uuid::Uuid;

    const LOG: Log = (OrganizationId(Uuid::from_u128(1)), ConversationId(Uuid::from_u128(2)));

    fn log_with(head: Seq) -> (Log, Summary, Option<ParticipantId>) {
        let visitor = VisitorSummary { id: VisitorId(Uuid::from_u128(3)), name: None, email: None, verified: false };
        let summary = Summary {
            conversation: LOG.1,
            status: ConversationStatus::Open,
            visitor,
            department: None,
            assignee: None,
            priority: Priority::None,
            rating: None,
            head,
            preview: None,
            visitor_read: 0,
            agent_read: 0,
            created_at: 0,
            updated_at: 0,
            answers: vec![],
        };
        (LOG, summary, None)
    }

    fn sender(kind: ParticipantKind, id: u128) -> Participant {
        Participant { kind, id: ParticipantId(Uuid::from_u128(id)), name: None }
    }

    fn text(kind: ParticipantKind, client_id: &str, id: u128) -> NewEntry {
        NewEntry {
            organization: LOG.0,
            conversation: LOG.1,
            id: EntryId(Uuid::from_u128(id)),
            sender: sender(kind, 7),
            client_id: client_id.into(),
            at: 5,
            content: Content::text("hello"),
            origin: 0,
        }
    }

    fn seqs(plan: &Plan<'_>) -> Vec<Option<Seq>> {
        let seq = |verdict: &Verdict| match verdict {
            Verdict::Stored(place) => Some(place.seq),
            Verdict::Noted | Verdict::NoConversation | Verdict::Held => None,
        };
        plan.verdicts.iter().map(seq).collect()
    }

    #[test]
    fn fresh_entries_follow_the_head_and_known_ones_keep_their_place() {
        let entries = [("a", 10), ("b", 11), ("a", 12), ("old", 13), ("c", 14)];
        let batch: Vec<Write> =
            entries.iter().map(|(key, id)| Write::Entry(text(ParticipantKind::Agent, key, *id))).collect();
        let Write::Entry(old) = &batch[3] else { panic!("it is an entry") };
        let place = Place { seq: 2, id: EntryId(Uuid::from_u128(99)), at: 1 };
        let plan = plan(batch.iter(), [log_with(4)].into_iter(), HashSet::new(), HashMap::from([(key(old), place)]), 5);
        assert_eq!(seqs(&plan), [Some(5), Some(6), Some(5), Some(2), Some(7)]);
        assert_eq!(plan.verdicts[3], Verdict::Stored(place));
        assert_eq!(plan.fresh.iter().map(|(seq, _)| *seq).collect::<Vec<_>>(), [5, 6, 7]);
        let state = &plan.logs[&LOG];
        assert_eq!((state.summary.head, state.changed, state.named), (7, true, true));
    }

    #[test]
    fn a_batch_of_duplicates_writes_nothing_and_is_still_announced() {
        let entry = text(ParticipantKind::Agent, "a", 10);
        let stored = HashMap::from([(key(&entry), Place { seq: 1, id: entry.id, at: 1 })]);
        let batch = [Write::Entry(entry.clone())];
        let plan = plan(batch.iter(), [log_with(1)].into_iter(), HashSet::new(), stored, 5);
        assert!(plan.fresh.is_empty() && plan.overtaken.is_empty());
        assert_eq!((plan.logs[&LOG].changed, plan.logs[&LOG].named), (false, true));
    }

    #[test]
    fn what_is_only_to_be_told_changes_nothing_and_is_announced() {
        let batch = [Write::Tell(LOG.0, LOG.1), Write::Tell(LOG.0, ConversationId(Uuid::from_u128(9)))];
        let (log, before, _) = log_with(3);
        let plan = plan(batch.iter(), [(log, before.clone(), None)].into_iter(), HashSet::new(), HashMap::new(), 5);
        assert_eq!(plan.verdicts, [Verdict::Noted, Verdict::NoConversation]);
        let state = &plan.logs[&LOG];
        assert_eq!((&state.summary, state.changed, state.named), (&before, false, true));
    }

    #[test]
    fn what_is_for_no_conversation_counts_for_nothing() {
        let read = NewRead {
            organization: LOG.0,
            conversation: LOG.1,
            participant: sender(ParticipantKind::Agent, 7),
            seq: 1,
        };
        let batch = [Write::Entry(text(ParticipantKind::Agent, "a", 10)), Write::Read(read)];
        for (held, verdict) in [(HashSet::new(), Verdict::NoConversation), (HashSet::from([LOG]), Verdict::Held)] {
            let plan = plan(batch.iter(), std::iter::empty(), held, HashMap::new(), 5);
            assert_eq!(plan.verdicts, [verdict; 2]);
            assert!(plan.fresh.is_empty() && plan.read.is_empty());
        }
    }

    #[test]
    fn a_read_in_the_same_batch_reaches_the_entries_before_it() {
        let read = |seq| {
            let participant = sender(ParticipantKind::Visitor, 8);
            Write::Read(NewRead { organization: LOG.0, conversation: LOG.1, participant, seq })
        };
        let batch = [Write::Entry(text(ParticipantKind::Agent, "a", 10)), read(1), read(9), read(0)];
        let plan = plan(batch.iter(), [log_with(0)].into_iter(), HashSet::new(), HashMap::new(), 5);
        let said = &plan.read[&(LOG, ParticipantId(Uuid::from_u128(8)))];
        assert_eq!((said.read.participant.kind, said.seq, said.further), (ParticipantKind::Visitor, 1, Some(true)));
        assert_eq!((plan.logs[&LOG].summary.visitor_read, plan.overtaken.len()), (1, 0));
    }

    #[test]
    fn the_system_reads_nothing() {
        let batch = [Write::Entry(text(ParticipantKind::System, "a", 10))];
        let plan = plan(batch.iter(), [log_with(0)].into_iter(), HashSet::new(), HashMap::new(), 5);
        assert!(plan.overtaken.is_empty());
        assert_eq!((plan.logs[&LOG].summary.visitor_read, plan.logs[&LOG].summary.agent_read), (0, 0));
    }

    /// Reads of two agents, 7 and 9, of a log of 20 entries in which 7 had read 5 of them.
    fn planned<'a>(batch: &'a [Write]) -> Plan<'a> {
        let (log, summary, _) = log_with(20);
        let standing = (log, Summary { agent_read: 5, ..summary }, Some(ParticipantId(Uuid::from_u128(7))));
        plan(batch.iter(), [standing].into_iter(), HashSet::new(), HashMap::new(), 5)
    }

    fn read_by(agent: u128, seq: Seq) -> Write {
        let participant = sender(ParticipantKind::Agent, agent);
        Write::Read(NewRead { organization: LOG.0, conversation: LOG.1, participant, seq })
    }

    /// What was said: by whom, how far, and whether that is further.
    fn said(plan: &Plan<'_>) -> Vec<(u128, Seq, Option<bool>)> {
        let said = plan.read.iter().map(|((_, who), said)| (who.0.as_u128(), said.seq, said.further));
        let mut said: Vec<_> = said.collect();
        said.sort_unstable();
        said
    }

    #[test]
    fn the_agent_who_reads_furthest_stands_in_the_row_and_whoever_they_overtake_gets_one() {
        type Case<'a> = (&'a [(u128, Seq)], (Seq, u128), &'a [(u128, Seq)], &'a [(u128, Seq, Option<bool>)]);
        let cases: &[Case<'_>] = &[
            (&[(7, 6)], (6, 7), &[], &[(7, 6, Some(true))]),
            (&[(7, 5), (7, 4)], (5, 7), &[], &[(7, 5, Some(false))]),
            (&[(9, 4)], (5, 7), &[(9, 4)], &[(9, 4, None)]),
            (&[(9, 5)], (5, 7), &[(9, 5)], &[(9, 5, None)]),
            (&[(9, 6)], (6, 9), &[(7, 5)], &[(9, 6, Some(true))]),
            (&[(9, 6), (7, 8)], (8, 7), &[(7, 5), (9, 6)], &[(7, 8, Some(true)), (9, 6, Some(true))]),
            (&[(9, 9), (7, 4)], (9, 9), &[(7, 5)], &[(7, 4, Some(false)), (9, 9, Some(true))]),
            (&[(9, 9), (7, 6)], (9, 9), &[(7, 6)], &[(7, 6, None), (9, 9, Some(true))]),
            (&[(7, 8), (9, 9), (7, 8)], (9, 9), &[(7, 8)], &[(7, 8, Some(true)), (9, 9, Some(true))]),
        ];
        for (reads, (agent_read, furthest), overtaken, told) in cases {
            let batch: Vec<Write> = reads.iter().map(|(agent, seq)| read_by(*agent, *seq)).collect();
            let plan = planned(&batch);
            let state = &plan.logs[&LOG];
            assert_eq!(
                (state.summary.agent_read, state.furthest.unwrap().0.as_u128()),
                (*agent_read, *furthest),
                "{reads:?}"
            );
            let mut rows: Vec<_> = plan.overtaken.iter().map(|((_, who), seq)| (who.0.as_u128(), *seq)).collect();
            rows.sort_unstable();
            assert_eq!((rows.as_slice(), said(&plan).as_slice()), (*overtaken, *told), "{reads:?}");
        }
    }
}
