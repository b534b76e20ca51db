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
    let read =
        NewRead { organization: LOG.0, conversation: LOG.1, participant: sender(ParticipantKind::Agent, 7), seq: 1 };
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
