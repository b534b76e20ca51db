//! A conversation as a client holds it, and as those who wrote it were told that it is.

use std::collections::BTreeSet;

use super::heard::Named;

/// What stands before a number in the `client_id` of the client's own entries, and of agents'.
const OWN: &str = "own-";
const AGENT: &str = "agent-";

/// An entry of a run, by its sender's name for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Key {
    /// The client's own, by its number in the conversation.
    Own(u64),
    /// An agent's, by its number in the run: those of one conversation are sent in the order of their numbers.
    Agent(u64),
}

impl Key {
    /// As a `client_id`.
    pub(crate) fn client_id(self) -> String {
        match self {
            Self::Own(number) => format!("{OWN}{number}"),
            Self::Agent(number) => format!("{AGENT}{number}"),
        }
    }

    /// What a `client_id` stands for.
    pub(crate) fn of(client_id: &str) -> Option<Self> {
        let own = client_id.strip_prefix(OWN).and_then(|number| number.parse().ok()).map(Self::Own);
        own.or_else(|| client_id.strip_prefix(AGENT).and_then(|number| number.parse().ok()).map(Self::Agent))
    }
}

/// What a client holds of its conversation's log, by the rules for receivers.
#[derive(Clone, Debug, Default)]
pub(crate) struct Log {
    /// The stored entries from the first on, without a gap: the cursor is their number.
    entries: Vec<Key>,
    /// Others' entries that came without a place.
    pending: BTreeSet<Key>,
    /// Whether a replay is under way: what does not fit then is in it, or comes after it.
    pub(crate) replaying: bool,
    /// The highest place that was passed over meanwhile.
    passed_over: u64,
}

/// What a frame told a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    /// Nothing new, or something that fits.
    Fits,
    /// Something is missing: the replay from the cursor has it.
    Gap,
}

/// What a frame may not tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Broken(pub(crate) String);

impl Log {
    /// The last place up to which everything is here.
    pub(crate) fn cursor(&self) -> u64 {
        self.entries.len() as u64
    }

    /// The entries in their order.
    pub(crate) fn entries(&self) -> &[Key] {
        &self.entries
    }

    /// The socket is gone: what is pending will be replayed, or never was stored.
    pub(crate) fn cut(&mut self) {
        self.pending.clear();
        self.mend();
    }

    /// A replay from the cursor has been asked for.
    pub(crate) fn mend(&mut self) {
        self.replaying = true;
        self.passed_over = 0;
    }

    /// An own entry was sent: its `stored` needs no `entry` before.
    pub(crate) fn sends(&mut self, key: Key) {
        self.pending.insert(key);
    }

    /// `entry` came.
    ///
    /// # Errors
    /// It breaks a promise.
    pub(crate) fn entry(&mut self, named: &Named) -> Result<Told, Broken> {
        let key = key(named)?;
        match named.seq {
            Some(seq) => self.place(seq, key, true),
            None => {
                self.pending.insert(key);
                Ok(Told::Fits)
            }
        }
    }

    /// `stored` came.
    ///
    /// # Errors
    /// It breaks a promise.
    pub(crate) fn stored(&mut self, named: &Named) -> Result<Told, Broken> {
        let key = key(named)?;
        let seq = named.seq.ok_or_else(|| Broken("stored without a seq".into()))?;
        let known = self.pending.remove(&key);
        self.place(seq, key, known)
    }

    /// An entry of a replay came.
    ///
    /// # Errors
    /// It breaks a promise: a replay has no gaps.
    pub(crate) fn replayed(&mut self, named: &Named) -> Result<(), Broken> {
        let key = key(named)?;
        let seq = named.seq.ok_or_else(|| Broken("a replay with an entry without a seq".into()))?;
        self.pending.remove(&key);
        match seq.checked_sub(self.cursor()) {
            Some(2..) => Err(Broken(format!("a replay that goes from {} to {seq}", self.cursor()))),
            _ => self.place(seq, key, true).map(|_| ()),
        }
    }

    /// A replay has ended.
    pub(crate) fn replay_ended(&mut self) -> Told {
        self.replaying = false;
        let behind = std::mem::take(&mut self.passed_over) > self.cursor();
        if behind { Told::Gap } else { Told::Fits }
    }

    fn place(&mut self, seq: u64, key: Key, known: bool) -> Result<Told, Broken> {
        let cursor = self.cursor();
        if seq <= cursor {
            let index = usize::try_from(seq).unwrap_or_default().wrapping_sub(1);
            return match self.entries.get(index) {
                Some(held) if *held == key => Ok(Told::Fits),
                Some(held) => Err(Broken(format!("place {seq} is {held:?}'s and {key:?}'s"))),
                None => Err(Broken("place 0".into())),
            };
        }
        if seq == cursor + 1 && known {
            self.entries.push(key);
            return Ok(Told::Fits);
        }
        if self.replaying {
            self.passed_over = self.passed_over.max(seq);
            return Ok(Told::Fits);
        }
        Ok(Told::Gap)
    }
}

fn key(named: &Named) -> Result<Key, Broken> {
    Key::of(&named.client_id).ok_or_else(|| Broken(format!("an entry {} that nobody sent", named.client_id)))
}

/// What may not be, in entries of all logs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub(crate) struct Faults {
    /// Acknowledged to who sent them, and not in the client's log.
    pub(crate) missing: u64,
    /// In a log twice.
    pub(crate) doubled: u64,
    /// Behind one that the same sender sent later.
    pub(crate) disordered: u64,
    /// At another place than its sender was told.
    pub(crate) elsewhere: u64,
}

/// Holds a client's log against what was acknowledged: each entry's key and place.
pub(crate) fn compare(log: &[Key], acknowledged: &[(Key, u64)]) -> Faults {
    let mut faults = Faults::default();
    let mut seen = BTreeSet::new();
    let (mut own, mut agent) = (None, None);
    for key in log {
        if !seen.insert(*key) {
            faults.doubled += 1;
        }
        let (last, number) = match key {
            Key::Own(number) => (&mut own, *number),
            Key::Agent(number) => (&mut agent, *number),
        };
        if last.is_some_and(|last| number < last) {
            faults.disordered += 1;
        }
        *last = Some(number);
    }
    for (key, seq) in acknowledged {
        let index = usize::try_from(*seq).unwrap_or_default().wrapping_sub(1);
        if log.get(index) == Some(key) {
            continue;
        }
        if seen.contains(key) {
            faults.elsewhere += 1;
        } else {
            faults.missing += 1;
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(client_id: &str, seq: Option<u64>) -> Named {
        let id = "01890a5d-ac96-774b-bcce-b302099a8057";
        let json = serde_json::json!({
            "conversation": id, "seq": seq, "client_id": client_id
        });
        serde_json::from_value(json).unwrap()
    }

    #[test]
    fn a_log_grows_by_what_fits_and_tells_of_gaps() {
        let mut log = Log::default();
        log.sends(Key::Own(0));
        assert_eq!(log.stored(&named("own-0", Some(1))), Ok(Told::Fits));
        assert_eq!(log.entry(&named("agent-7", None)), Ok(Told::Fits));
        assert_eq!(log.stored(&named("agent-7", Some(2))), Ok(Told::Fits));
        assert_eq!(log.stored(&named("agent-7", Some(2))), Ok(Told::Fits), "known already");
        assert!(log.stored(&named("agent-8", Some(2))).is_err(), "another entry's place");
        assert_eq!(log.stored(&named("agent-9", Some(3))), Ok(Told::Gap), "not known");
        assert_eq!(log.stored(&named("agent-9", Some(4))), Ok(Told::Gap), "beyond the next");
        assert_eq!(log.cursor(), 2);
        assert!(log.entry(&named("x", None)).is_err());
    }

    #[test]
    fn a_replay_mends_a_gap_and_may_not_have_one() {
        let mut log = Log::default();
        log.cut();
        assert_eq!(log.stored(&named("agent-3", Some(3))), Ok(Told::Fits), "the replay has it");
        log.replayed(&named("own-0", Some(1))).unwrap();
        log.replayed(&named("agent-1", Some(2))).unwrap();
        assert!(log.clone().replayed(&named("agent-4", Some(4))).is_err());
        assert_eq!(log.replay_ended(), Told::Gap, "what was passed over was not in it");
        log.cut();
        log.replayed(&named("agent-3", Some(3))).unwrap();
        assert_eq!(log.replay_ended(), Told::Fits);
        assert_eq!(log.entries(), [Key::Own(0), Key::Agent(1), Key::Agent(3)]);
    }

    #[test]
    fn what_was_acknowledged_must_be_there_once_in_order_and_in_its_place() {
        use Key::{Agent, Own};
        let log = [Own(0), Agent(4), Own(1), Agent(9)];
        let told = [(Own(0), 1), (Agent(4), 2), (Own(1), 3), (Agent(9), 4)];
        assert_eq!(compare(&log, &told), Faults::default());
        assert_eq!(compare(&log[..3], &told).missing, 1);
        assert_eq!(compare(&[Own(0), Own(0)], &told[..1]).doubled, 1);
        assert_eq!(compare(&[Agent(9), Agent(4)], &[]).disordered, 1);
        assert_eq!(compare(&[Own(1), Own(0)], &[(Own(0), 1)]).elsewhere, 1);
    }
}
