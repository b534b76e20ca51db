//! What the measurements come to: phases in the order of the run, and the goals.

use std::collections::BTreeMap;

use super::Workload;
use super::measure::Outcome;
use super::server::Peer;
use crate::report::goal::{self, Wanted};
use crate::report::{Document, Phase, Role};
use crate::talk::Limit;

/// Ratios to peers, and whether more is better.
const RATES: [(&Wanted, Workload, Peer); 4] = [
    (&goal::ROUTED_RATE_VS_SOCKETIO, Workload::OneToOne, Peer::Socketio),
    (&goal::ROUTED_RATE_VS_NATS, Workload::OneToOne, Peer::Nats),
    (&goal::ROUTED_20_TO_1_VS_SOCKETIO, Workload::TwentyToOne, Peer::Socketio),
    (&goal::CHAT_RATE_VS_SOCKETIO, Workload::Chat, Peer::Socketio),
];

/// What of a core the generator's one thread uses when it has no more to give.
const WHOLE_CORE: f64 = 0.9;

/// Puts everything into the document.
pub(super) fn conclude(document: &mut Document, outcomes: BTreeMap<(Workload, Peer), Vec<Outcome>>) {
    let mut middle: BTreeMap<(Workload, Peer), Outcome> = BTreeMap::new();
    for ((workload, peer), mut rounds) in outcomes {
        let counts = middle_of(&rounds);
        for (index, outcome) in rounds.iter_mut().enumerate() {
            let name = format!("{}, {}", workload.name(), peer.name());
            judge(document, &name, peer, outcome);
            if index != counts {
                let phases = outcome.capacity.take().into_iter().chain(outcome.common.drain(..));
                let round = u32::try_from(index + 1).unwrap_or(u32::MAX);
                phases.for_each(|phase| push(document, peer, phase.of_round(round)));
            }
        }
        if counts < rounds.len() {
            middle.insert((workload, peer), rounds.swap_remove(counts));
        }
    }
    goals(document, &middle);
    // The capacities of a workload beside each other, and then what was measured at the same rate.
    let mut common = Vec::new();
    for ((workload, peer), outcome) in middle {
        if let Some(phase) = outcome.capacity {
            push(document, peer, phase);
        }
        common.extend(outcome.common.into_iter().enumerate().map(|(rate, phase)| (workload, rate, peer, phase)));
    }
    common.sort_by_key(|(workload, rate, peer, _)| (*workload, *rate, *peer));
    for (.., peer, phase) in common {
        push(document, peer, phase);
    }
}

/// The round whose rate has as many above as below it.
fn middle_of(rounds: &[Outcome]) -> usize {
    let mut order: Vec<usize> = (0..rounds.len()).collect();
    order.sort_by(|one, other| rounds[*one].rate.total_cmp(&rounds[*other].rate));
    order.get(rounds.len() / 2).copied().unwrap_or_default()
}

/// What is wrong with a measurement fails the run, if it is ours or the generator's; what is wrong with a peer is noted.
fn judge(document: &mut Document, name: &str, peer: Peer, outcome: &Outcome) {
    document.notes.push(format!(
        "{name}: {:.0} messages a second hold; {}: {}",
        outcome.rate,
        outcome.limit.words(),
        outcome.why
    ));
    if let Some(rate) = outcome.beyond {
        document.notes.push(format!("{name}: {rate} messages a second do not hold for as long as they are measured"));
    }
    if outcome.capacity.is_none() {
        let said = format!("{name}: no rate held");
        if peer == Peer::Chatdesk { document.fail(said) } else { document.notes.push(said) }
    }
    for failure in &outcome.failures {
        // It names the stretch, and so the server.
        document.fail(failure.clone());
    }
}

fn push(document: &mut Document, peer: Peer, mut phase: Phase) {
    if peer != Peer::Chatdesk {
        // That a peer breaks a promise at the common rate says something of the peer.
        let broken = |counts: &BTreeMap<String, u64>| counts.values().any(|count| *count > 0);
        let checks = std::mem::take(&mut phase.checks);
        for (place, counts) in checks {
            if broken(&counts) {
                document.notes.push(format!("{}, {place}: {counts:?}", phase.title()));
            } else {
                phase.checks.insert(place, counts);
            }
        }
    }
    document.push(phase);
}

fn goals(document: &mut Document, middle: &BTreeMap<(Workload, Peer), Outcome>) {
    let of = |workload, peer| middle.get(&(workload, peer));
    if let (Some(ours), Some(theirs)) = (of(Workload::OneToOne, Peer::Chatdesk), of(Workload::OneToOne, Peer::Epoll))
        && let Some(ratio) = dearest(ours, theirs)
    {
        document.goal(&goal::ROUTED_CPU_VS_EPOLL, ratio);
    }
    for (wanted, workload, peer) in RATES {
        if let (Some(ours), Some(theirs)) = (of(workload, Peer::Chatdesk), of(workload, peer))
            && theirs.rate > 0.0
        {
            document.goal(wanted, ours.rate / theirs.rate);
            if spent(theirs) {
                document.fail(format!(
                    "{}, {}: the generator had no more time, so the ratio says nothing",
                    workload.name(),
                    peer.name()
                ));
            }
        }
    }
    let Some(chat) = of(Workload::Chat, Peer::Chatdesk) else { return };
    document.goal(&goal::CHAT_RATE, chat.rate);
    if let Some(cpu) = chat.capacity.as_ref().and_then(|phase| cpu(phase, Role::Gateway)) {
        document.goal(&goal::CHAT_GATEWAY_CPU_US, cpu);
    }
    let Some(common) = chat.common.first() else { return };
    for (wanted, latency) in [(&goal::CHAT_ACK_P99_MS, "stored"), (&goal::CHAT_ROUTED_P99_MS, "routed")] {
        if let Some(took) = common.latency.get(latency) {
            document.goal(wanted, took.quantiles.p99_ms);
        }
    }
}

/// What a message costs the gateway, by what it costs the other at the same rate: at that of the common rates where this is most.
fn dearest(ours: &Outcome, theirs: &Outcome) -> Option<f64> {
    let ratios = ours.common.iter().filter_map(|our| {
        let their = theirs.common.iter().find(|their| their.name == our.name)?;
        Some(cpu(our, Role::Gateway)? / cpu(their, Role::Peer)?)
    });
    ratios.max_by(f64::total_cmp)
}

/// Whether the generator was the limit by its own work, not by what it had to leave of its core to others.
fn spent(outcome: &Outcome) -> bool {
    let generator = outcome.capacity.as_ref().and_then(|phase| phase.process_of(Role::Generator));
    outcome.limit == Limit::Generator && generator.is_none_or(|generator| generator.cores >= WHOLE_CORE)
}

fn cpu(phase: &Phase, role: Role) -> Option<f64> {
    phase.process_of(role)?.cpu_us_per_message
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn outcome(peer: Peer, role: Role, rate: f64, cpu_us: u64) -> Outcome {
        let usage = |cpu| crate::process::Usage { cpu: Duration::from_micros(cpu), rss_kib: 1, peak_kib: 1 };
        let phase = |name: &str, cpu_us: u64| {
            let phase = Phase::new(name, Duration::from_secs(1)).of_peer(peer.name());
            phase.process(role, peer.name(), usage(0), usage(cpu_us * 100), Some(100))
        };
        let common = vec![phase("1:1 at 10000/s", cpu_us + 8), phase("1:1 at 40000/s", cpu_us)];
        let (capacity, why) = (Some(phase("1:1", cpu_us / 2)), "p99 was 120 ms".into());
        Outcome { rate, limit: Limit::Server, why, capacity, common, beyond: None, failures: Vec::new() }
    }

    #[test]
    fn ratios_are_of_the_rounds_in_the_middle() {
        let ours = |rate| outcome(Peer::Chatdesk, Role::Gateway, rate, 12);
        let outcomes = BTreeMap::from([
            ((Workload::OneToOne, Peer::Chatdesk), vec![ours(50_000.0), ours(90_000.0), ours(80_000.0)]),
            ((Workload::OneToOne, Peer::Epoll), vec![outcome(Peer::Epoll, Role::Peer, 100_000.0, 8)]),
            ((Workload::OneToOne, Peer::Socketio), vec![outcome(Peer::Socketio, Role::Peer, 20_000.0, 30)]),
        ]);
        let mut document = Document::new("peers", "", &()).unwrap();
        conclude(&mut document, outcomes);
        let goals: Vec<_> = document.goals.iter().map(|goal| (goal.name.as_str(), goal.value, goal.holds)).collect();
        assert_eq!(goals, [("routed_cpu_vs_epoll", 1.5, true), ("routed_rate_vs_socketio", 4.0, true)]);
        assert!(document.holds);
        // Two rounds aside, and one that counts, of ours; one of each of the others.
        let rounds: Vec<_> = document.phases.iter().filter_map(|phase| phase.round).collect();
        assert_eq!((rounds, document.phases.len()), (vec![1, 1, 1, 2, 2, 2], 15));
        let names: Vec<_> = document.phases[9..].iter().map(|phase| phase.name.as_str()).collect();
        assert_eq!(names, [["1:1 at 10000/s"; 3], ["1:1 at 40000/s"; 3]].concat());
    }
}
