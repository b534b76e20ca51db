//! Servers of one workload beside each other, and what ours is of each.

use super::phase::{Phase, Role, Took};

/// The latency that a message is known by, when there are several: the first that there is.
const LATENCIES: [&str; 3] = ["acknowledged", "stored", "routed"];
/// The rate that a server is known by, when there are several: the first that there is.
const RATES: [&str; 4] = ["messages_per_s", "capacity_per_s", "stored_per_s", "routed_per_s"];

/// What was asked of several servers.
#[derive(Clone, Debug)]
pub(super) struct Workload<'a> {
    pub(super) name: &'a str,
    /// Ours first, then the others in the order of the run.
    pub(super) rows: Vec<Row<'a>>,
}

/// A server.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Row<'a> {
    pub(super) peer: &'a str,
    /// Messages a second.
    pub(super) rate: Option<f64>,
    /// Our messages a second by its.
    pub(super) rate_ratio: Option<f64>,
    /// The server's CPU a message, in microseconds.
    pub(super) cpu_us: Option<f64>,
    /// Our CPU a message by its.
    pub(super) cpu_ratio: Option<f64>,
    pub(super) p50_ms: Option<f64>,
    pub(super) p99_ms: Option<f64>,
    /// The server's resident memory.
    pub(super) rss_mib: Option<f64>,
}

/// The workloads that more than one server had.
pub(super) fn workloads(phases: &[Phase]) -> Vec<Workload<'_>> {
    let mut names: Vec<&str> = Vec::new();
    for phase in phases.iter().filter(|phase| phase.peer.is_some() && phase.round.is_none()) {
        if !names.contains(&phase.name.as_str()) {
            names.push(&phase.name);
        }
    }
    let of = |name| {
        let phases = phases.iter().filter(move |phase| phase.name == name && phase.round.is_none());
        let mut rows: Vec<Row<'_>> = phases.filter_map(row).collect();
        rows.sort_by_key(|row| row.peer != Phase::OURS);
        if let Some(ours) = rows.first().filter(|row| row.peer == Phase::OURS).cloned() {
            let ratio = |ours: Option<f64>, its: Option<f64>| Some(ours? / its.filter(|its| *its > 0.0)?);
            for row in &mut rows {
                row.rate_ratio = ratio(ours.rate, row.rate);
                row.cpu_ratio = ratio(ours.cpu_us, row.cpu_us);
            }
        }
        Workload { name, rows }
    };
    names.into_iter().map(of).filter(|workload| workload.rows.len() > 1).collect()
}

/// The latency that a server is known by.
pub(super) fn took(phase: &Phase) -> Option<&Took> {
    LATENCIES.iter().find_map(|name| phase.latency.get(*name)).or_else(|| phase.latency.values().next())
}

fn row(phase: &Phase) -> Option<Row<'_>> {
    let server = phase.process_of(Role::Gateway).or_else(|| phase.process_of(Role::Peer));
    let took = took(phase);
    let rate = RATES.iter().find_map(|name| phase.rates.get(*name)).or_else(|| phase.rates.values().next());
    Some(Row {
        peer: phase.peer.as_deref()?,
        rate: rate.copied(),
        rate_ratio: None,
        cpu_us: server.and_then(|server| server.cpu_us_per_message),
        cpu_ratio: None,
        p50_ms: took.map(|took| took.quantiles.p50_ms),
        p99_ms: took.map(|took| took.quantiles.p99_ms),
        rss_mib: server.map(|server| server.rss_kib as f64 / 1024.0),
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn ours_comes_first_and_is_held_against_each() {
        let phase =
            |peer: &str, rate| Phase::new("1:1", Duration::from_secs(1)).of_peer(peer).rate_of("messages", rate);
        let phases = [phase("nats", 50.0), phase("chatdesk", 100.0), phase("nats", 1.0).of_round(1)];
        let workloads = workloads(&phases);
        let rows: Vec<_> = workloads[0].rows.iter().map(|row| (row.peer, row.rate_ratio)).collect();
        assert_eq!((workloads.len(), rows), (1, vec![("chatdesk", Some(1.0)), ("nats", Some(2.0))]));
    }
}
