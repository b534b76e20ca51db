//! The logs as they are in the end, held against what senders were told of their messages.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use futures_util::TryStreamExt;
use protocol::client::{Follow, Hello, HelloRole};
use protocol::connection::{Connection, Options};
use protocol::id::{ConversationId, ParticipantId};
use protocol::server::{Replay, ServerFrame};
use serde::Serialize;
use tokio_postgres::Client;

use crate::report::Phase;
use crate::stage::Organization;
use crate::talk::chatdesk::{Log, Places, place_of};
use crate::target::Target;

/// One conversation's log.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// How many entries it has.
    entries: u64,
    /// The greatest seq.
    head: u64,
    /// The places of everybody's messages of this run.
    places: HashMap<ParticipantId, Places>,
    /// Entries that are no message of this run.
    others: u64,
}

/// All that were read, and how long that took.
#[derive(Debug)]
pub(super) struct Read {
    logs: HashMap<ConversationId, Found>,
    time: Duration,
}

impl Found {
    fn add(&mut self, sender: ParticipantId, client_id: &str, seq: u64) {
        self.entries += 1;
        self.head = self.head.max(seq);
        match place_of(client_id) {
            Some(place) => self.places.entry(sender).or_default().add(place, seq),
            None => self.others += 1,
        }
    }
}

/// Reads all logs from Postgres.
///
/// # Errors
/// It does not answer.
pub(super) async fn from_postgres(database: &Client) -> Result<Read, String> {
    let begun = Instant::now();
    let named = |error: tokio_postgres::Error| format!("the logs: {error}");
    let columns = "select conversation_id, sender_id, client_id, seq from entries";
    let no_parameters: [i64; 0] = [];
    let rows = database.query_raw(columns, no_parameters).await.map_err(named)?;
    let mut logs: HashMap<ConversationId, Found> = HashMap::new();
    let mut rows = std::pin::pin!(rows);
    while let Some(row) = rows.try_next().await.map_err(named)? {
        let conversation = ConversationId(row.try_get(0).map_err(named)?);
        let sender = ParticipantId(row.try_get(1).map_err(named)?);
        let seq: i64 = row.try_get(3).map_err(named)?;
        let client_id = row.try_get(2).map_err(named)?;
        logs.entry(conversation).or_default().add(sender, client_id, seq.unsigned_abs());
    }
    Ok(Read { logs, time: begun.elapsed() })
}

/// Reads the logs that the run has written from a gateway, as an agent who follows each from its beginning.
///
/// # Errors
/// It says no, or nothing.
pub(super) async fn from_gateway(target: Target, organizations: &[Organization], logs: &[Log]) -> Result<Read, String> {
    let begun = Instant::now();
    let mut found = HashMap::with_capacity(logs.len());
    let Some(organization) = organizations.first() else { return Ok(Read { logs: found, time: begun.elapsed() }) };
    let named = |error: protocol::connection::ConnectionError| format!("the logs: {error}");
    let mut agent = Connection::open(&target.url(), &Options::default()).await.map_err(named)?;
    let hello = Hello {
        role: HelloRole::Agent,
        widget_key: None,
        token: Some(organization.token.clone()),
        features: Vec::new(),
        agent: None,
        page: None,
        resume: Vec::new(),
    };
    agent.hello(hello).await.map_err(named)?;
    for log in logs {
        let follow = Follow { conversation: log.conversation, cursor: Some(0) };
        let mut frame = agent.request(&follow.into()).await.map_err(named)?;
        let log = found.entry(log.conversation).or_insert_with(Found::default);
        loop {
            if let ServerFrame::Replay(Replay { entries, more, .. }) = &frame {
                for entry in entries {
                    log.add(entry.sender.id, &entry.client_id, entry.seq.unwrap_or_default());
                }
                if !more {
                    break;
                }
            }
            frame = agent.next().await.map_err(named)?.1;
        }
    }
    agent.close().await.map_err(named)?;
    Ok(Read { logs: found, time: begun.elapsed() })
}

/// What may not be, in conversations.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
struct Differences {
    /// Whose log is not there.
    missing: u64,
    /// Whose log has a gap.
    with_a_gap: u64,
    /// Whose log holds other messages, or under other seqs, than was acknowledged.
    not_as_acknowledged: u64,
    /// Whose log holds entries that nobody of this run wrote.
    with_more: u64,
}

/// Holds the logs that were read against those that were acknowledged.
pub(super) fn held_against(logs: &[Log], read: &Read) -> Phase {
    let mut differences = Differences::default();
    let mut acknowledged = 0;
    let mut seen = HashSet::with_capacity(logs.len());
    for log in logs {
        acknowledged += log.visitor.1.count + log.agent.1.count;
        if !seen.insert(log.conversation) {
            continue;
        }
        let Some(found) = read.logs.get(&log.conversation) else {
            differences.missing += 1;
            continue;
        };
        let of = |who: ParticipantId| found.places.get(&who).copied().unwrap_or_default();
        let as_told = [log.visitor, log.agent].iter().all(|(who, told)| of(*who) == *told);
        differences.with_a_gap += u64::from(found.entries != found.head);
        differences.not_as_acknowledged += u64::from(!as_told);
        differences.with_more += u64::from(found.places.len() > 2 || found.others != log.before);
    }
    let entries: u64 = logs.iter().filter_map(|log| read.logs.get(&log.conversation)).map(|found| found.entries).sum();
    Phase::new("logs", read.time)
        .count("conversations", logs.len() as u64)
        .count("acknowledged", acknowledged)
        .count("entries", entries)
        .check("logs", &differences)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u128) -> ParticipantId {
        ParticipantId(uuid::Uuid::from_u128(number))
    }

    /// A log of three messages, and what was told of them.
    fn told() -> (Log, Read) {
        let conversation = ConversationId(uuid::Uuid::from_u128(1));
        let (visitor, agent) = (id(2), id(3));
        let (mut of_visitor, mut of_agent, mut found) = (Places::default(), Places::default(), Found::default());
        of_visitor.add(0, 1);
        of_agent.add(0, 2);
        of_visitor.add(1, 3);
        // As they come from Postgres: in any order.
        for (sender, client_id, seq) in [(visitor, "bench-1", 3), (agent, "bench-0", 2), (visitor, "bench-0", 1)] {
            found.add(sender, client_id, seq);
        }
        let log = Log { conversation, before: 0, visitor: (visitor, of_visitor), agent: (agent, of_agent) };
        (log, Read { logs: HashMap::from([(conversation, found)]), time: Duration::from_secs(1) })
    }

    fn checks(log: Log, read: &Read) -> Vec<String> {
        let checks = held_against(&[log], read).checks.remove("logs").unwrap_or_default();
        checks.into_iter().filter(|(_, count)| *count > 0).map(|(what, _)| what).collect()
    }

    #[test]
    fn a_log_as_acknowledged_holds_and_each_difference_is_told() {
        let (log, read) = told();
        assert!(checks(log, &read).is_empty());
        type Spoil = fn(&mut Found);
        let spoilt: [(Spoil, &[&str]); 4] = [
            (|found| found.add(id(3), "bench-1", 4), &["not_as_acknowledged"]),
            (|found| found.add(id(2), "bench-0", 4), &["not_as_acknowledged"]),
            (|found| found.add(id(9), "bench-0", 4), &["with_more"]),
            (|found| found.add(id(3), "start", 5), &["with_a_gap", "with_more"]),
        ];
        for (spoil, said) in spoilt {
            let (log, mut read) = told();
            read.logs.values_mut().for_each(spoil);
            assert_eq!(checks(log, &read), said);
        }
        let (log, mut read) = told();
        read.logs.clear();
        assert_eq!(checks(log, &read), ["missing"]);
    }
}
