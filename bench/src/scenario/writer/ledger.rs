//! What was handed in, what was acknowledged, and what the log then has to hold. Which message repeats which follows from
//! their numbers alone, so nothing has to be shared with the thread that keeps the schedule.

use std::collections::HashMap;

use protocol::id::EntryId;
use protocol::value::Seq;
use serde::Serialize;
use storage::StoredEntry;

/// Which messages go where, and which are sent again.
#[derive(Clone, Copy, Debug)]
pub(super) struct Script {
    /// Conversations, written to in turn.
    pub(super) logs: u64,
    /// One message in so many is sent again; 0: none is.
    pub(super) every: u64,
}

/// One sending of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sending {
    /// Which message, in the order of the schedule.
    pub(super) number: u32,
    /// Whether it follows at once upon another sending of the same message.
    pub(super) twin: bool,
    /// When it was due, in microseconds after the start.
    pub(super) due_us: u32,
}

/// Where a message got its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Answer {
    seq: Seq,
    id: EntryId,
    duplicate: bool,
}

/// What may not happen, in messages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Broken {
    /// Handed in, and never acknowledged.
    pub(crate) missing: u64,
    /// Acknowledged twice.
    pub(crate) doubled: u64,
    /// With another seq than the one that follows, in the order of sending.
    pub(crate) disordered: u64,
    /// Sent again and not answered with the first one's place, or told to be new; or new and told to be known.
    pub(crate) wrong_duplicates: u64,
    /// Acknowledged and not in the log just there, or in it and never acknowledged.
    pub(crate) not_in_log: u64,
    /// Rejected.
    pub(crate) rejected: u64,
}

/// What was acknowledged.
pub(super) struct Ledger {
    script: Script,
    answers: Vec<Option<Answer>>,
    twins: HashMap<u32, Answer>,
    pub(super) broken: Broken,
}

impl Script {
    pub(super) fn log_of(self, number: u64) -> usize {
        usize::try_from(number % self.logs).unwrap_or_default()
    }

    /// The message that this one repeats: itself, or an earlier one of the same conversation.
    pub(super) fn first_of(self, number: u64) -> u64 {
        let mut first = number;
        while self.every > 0 && first >= self.logs && (first / self.logs + first).is_multiple_of(2 * self.every) {
            first -= self.logs;
        }
        first
    }

    /// Whether it is sent twice at once: half of what is sent again is.
    pub(super) fn has_twin(self, number: u64) -> bool {
        self.every > 0 && (number / self.logs + number) % (2 * self.every) == self.every
    }
}

impl Sending {
    /// As the number that the writer carries along.
    pub(super) fn pack(self) -> u64 {
        u64::from(self.due_us) << 32 | u64::from(self.number) << 1 | u64::from(self.twin)
    }

    /// From that number.
    #[allow(clippy::cast_possible_truncation, reason = "the halves are what was packed")]
    pub(super) fn unpack(packed: u64) -> Self {
        Self { due_us: (packed >> 32) as u32, number: packed as u32 >> 1, twin: packed & 1 == 1 }
    }
}

impl Ledger {
    pub(super) fn new(script: Script) -> Self {
        Self { script, answers: Vec::new(), twins: HashMap::new(), broken: Broken::default() }
    }

    /// Takes a receipt down.
    pub(super) fn acknowledge(&mut self, sending: Sending, receipt: &StoredEntry) {
        let answer = Answer { seq: receipt.seq, id: receipt.id, duplicate: receipt.duplicate };
        let before = if sending.twin {
            self.twins.insert(sending.number, answer)
        } else {
            let index = sending.number as usize;
            if self.answers.len() <= index {
                self.answers.resize(index + 1, None);
            }
            self.answers[index].replace(answer)
        };
        self.broken.doubled += u64::from(before.is_some());
    }

    /// Holds the receipts of messages 0 to `sent` against what was promised, and returns what each log has to hold
    /// beyond its head, which is moved on.
    pub(super) fn close(&mut self, sent: u64, heads: &mut [Seq]) -> Vec<Vec<(Seq, EntryId)>> {
        let mut logs = vec![Vec::new(); heads.len()];
        self.answers.resize(usize::try_from(sent).unwrap_or_default(), None);
        for (number, answer) in (0_u64..).zip(&self.answers) {
            let Some(answer) = answer else {
                self.broken.missing += 1;
                continue;
            };
            let first = self.script.first_of(number);
            if first == number {
                let log = self.script.log_of(number);
                self.broken.disordered += u64::from(answer.seq != heads[log] + 1);
                self.broken.wrong_duplicates += u64::from(answer.duplicate);
                heads[log] = answer.seq;
                logs[log].push((answer.seq, answer.id));
            } else {
                self.broken.wrong_duplicates += u64::from(!self.repeats(first, answer));
            }
        }
        let twins = (0..sent).filter(|number| self.script.has_twin(*number)).count() as u64;
        self.broken.missing += twins.saturating_sub(self.twins.len() as u64);
        let wrong = self
            .twins
            .iter()
            .filter(|(number, answer)| !self.repeats(self.script.first_of(u64::from(**number)), answer));
        self.broken.wrong_duplicates += wrong.count() as u64;
        logs
    }

    /// Whether `answer` names the place that the first sending got.
    fn repeats(&self, first: u64, answer: &Answer) -> bool {
        let first = usize::try_from(first).ok().and_then(|index| self.answers.get(index).copied().flatten());
        answer.duplicate && first.is_some_and(|first| (first.seq, first.id) == (answer.seq, answer.id))
    }
}

#[cfg(test)]
mod tests {
    use protocol::id::{ConversationId, OrganizationId, ParticipantId};
    use protocol::value::{Content, Participant, ParticipantKind};

    use super::*;

    const SCRIPT: Script = Script { logs: 10, every: 10 };

    fn receipt(seq: Seq, id: EntryId, duplicate: bool) -> StoredEntry {
        StoredEntry {
            organization: OrganizationId::generate(),
            conversation: ConversationId::generate(),
            seq,
            id,
            sender: Participant { kind: ParticipantKind::Visitor, id: ParticipantId::generate(), name: None },
            client_id: String::new(),
            at: 0,
            origin: 0,
            duplicate,
            content: Content::text("a"),
        }
    }

    fn sending(number: u64, twin: bool) -> Sending {
        Sending { number: u32::try_from(number).unwrap(), twin, due_us: 5 }
    }

    /// A run of 100 messages that is as it should be, but for what `change` does to each receipt.
    fn run(mut change: impl FnMut(u64, bool, &mut StoredEntry) -> bool) -> (Broken, Vec<Seq>) {
        let (mut ledger, mut heads) = (Ledger::new(SCRIPT), vec![0; 10]);
        let (mut next, mut places) = (vec![0; 10], HashMap::new());
        for number in 0..100 {
            let (log, first) = (SCRIPT.log_of(number), SCRIPT.first_of(number));
            for twin in [false, true].into_iter().take(1 + usize::from(SCRIPT.has_twin(number))) {
                let known = places.contains_key(&first);
                let (seq, id) = *places.entry(first).or_insert_with(|| {
                    next[log] += 1;
                    (next[log], EntryId::generate())
                });
                let mut receipt = receipt(seq, id, known);
                if change(number, twin, &mut receipt) {
                    ledger.acknowledge(sending(number, twin), &receipt);
                }
            }
        }
        let logs = ledger.close(100, &mut heads);
        assert_eq!(logs.iter().map(|log| log.len() as u64).collect::<Vec<_>>(), next);
        (ledger.broken, heads)
    }

    #[test]
    fn some_are_sent_again_at_once_and_as_many_later() {
        let all = 0..100_000;
        let later = all.clone().filter(|number| SCRIPT.first_of(*number) != *number).count();
        let at_once = all.clone().filter(|number| SCRIPT.has_twin(*number)).count();
        assert!((4_990..=5_000).contains(&later) && at_once == 5_000, "{later} {at_once}");
        assert!(all.clone().all(|number| SCRIPT.log_of(SCRIPT.first_of(number)) == SCRIPT.log_of(number)));
        let never = Script { every: 0, ..SCRIPT };
        assert!(all.clone().all(|number| never.first_of(number) == number && !never.has_twin(number)));
    }

    #[test]
    fn a_sending_is_carried_along() {
        let sending = Sending { number: u32::MAX >> 1, twin: true, due_us: 77 };
        assert_eq!(Sending::unpack(sending.pack()), sending);
    }

    #[test]
    fn what_is_as_promised_breaks_nothing_and_each_fault_is_told_apart() {
        let (broken, heads) = run(|_, _, _| true);
        assert_eq!(broken, Broken::default());
        assert!(heads.iter().sum::<Seq>() < 100 && heads.iter().all(|head| *head >= 9));
        let (twin, later) = ((0..100).find(|n| SCRIPT.has_twin(*n)), (0..100).find(|n| SCRIPT.first_of(*n) != *n));
        let (twin, later) = (twin.unwrap(), later.unwrap());
        let fails = |wanted: Broken, change: &dyn Fn(u64, bool, &mut StoredEntry)| {
            let broken = run(|number, is_twin, receipt| {
                change(number, is_twin, receipt);
                true
            });
            assert_eq!(broken.0, wanted);
        };
        fails(Broken { wrong_duplicates: 1, ..Broken::default() }, &|number, is_twin, receipt| {
            receipt.id = if number == twin && is_twin { EntryId::generate() } else { receipt.id };
        });
        fails(Broken { wrong_duplicates: 1, ..Broken::default() }, &|number, _, receipt| {
            receipt.duplicate &= number != later;
        });
        fails(Broken { wrong_duplicates: 1, ..Broken::default() }, &|number, _, receipt| {
            receipt.duplicate |= number == 0;
        });
        // Two faults: where the order breaks, and where it comes back.
        fails(Broken { disordered: 2, ..Broken::default() }, &|number, _, receipt| {
            receipt.seq += u64::from(number == 42) * 50;
        });
        let mut ledger = Ledger::new(Script { every: 0, ..SCRIPT });
        ledger.acknowledge(sending(1, false), &receipt(1, EntryId::generate(), false));
        ledger.acknowledge(sending(1, false), &receipt(1, EntryId::generate(), false));
        ledger.close(3, &mut [0; 10]);
        assert_eq!(ledger.broken, Broken { missing: 2, doubled: 1, ..Broken::default() });
        assert_eq!(ledger.broken, Broken { missing: 2, doubled: 1, ..Broken::default() });
    }
}
