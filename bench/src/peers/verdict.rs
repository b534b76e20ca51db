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

/// Puts everything into the document. `calm_rate` is the one at which acknowledgements' p99 was looked at.
pub(super) fn conclude(document: &mut Document, calm_rate: f64, outcomes: BTreeMap<(Workload, Peer), Vec<Outcome>>) {
    let mut middle: BTreeMap<(Workload, Peer), Outcome> = BTreeMap::new();
    for ((workload, peer), mut rounds) in outcomes {
        let counts = middle_of(&rounds);
        for (index, outcome) in rounds.iter_mut().enumerate() {
            let name = format!("{}, {}", workload.name(), peer.name());
            judge(document, &name, peer, outcome);
            if let Some(described) = outcome.described.take() {
                let Document { notes, versions, .. } = *described;
                document.notes.extend(notes.into_iter().map(|note| format!("{name}: {note}")));
                (document.versions.gateway, document.versions.postgres) = (versions.gateway, versions.postgres);
            }
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
    goals(document, calm_rate, &middle);
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

fn goals(document: &mut Document, calm_rate: f64, middle: &BTreeMap<(Workload, Peer), Outcome>) {
    let of = |workload, peer| middle.get(&(workload, peer));
    if let (Some(ours), Some(theirs)) = (of(Workload::OneToOne, Peer::Chatdesk), of(Workload::OneToOne, Peer::Epoll)) {
        document.goal_under(&goal::ROUTED_CPU_VS_EPOLL, dearest(ours, theirs), None);
    }
    for (wanted, workload, peer) in RATES {
        if let (Some(ours), Some(theirs)) = (of(workload, Peer::Chatdesk), of(workload, peer)) {
            document.goal_under(wanted, (theirs.rate > 0.0).then(|| ours.rate / theirs.rate), None);
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
    let cpu = chat.capacity.as_ref().and_then(|phase| cpu(phase, Role::Gateway));
    document.goal_under(&goal::CHAT_GATEWAY_CPU_US, cpu, None);
    for (wanted, latency) in [(&goal::CHAT_ACK_P99_MS, "stored"), (&goal::CHAT_ROUTED_P99_MS, "routed")] {
        // Where even that rate did not hold, nothing was kept.
        let took = chat.common.first().and_then(|common| common.latency.get(latency));
        let differs = (calm_rate != goal::CALM_RATE).then(|| format!("measured at {calm_rate}/s"));
        document.goal_under(wanted, took.map(|took| took.quantiles.p99_ms), differs);
    }
}

/// What a message costs the gateway, by what it costs the other at the same rate: at that of the common rates where this is most.
/// `None` where the other held one of them that we did not.
fn dearest(ours: &Outcome, theirs: &Outcome) -> Option<f64> {
    let ratios = theirs.common.iter().map(|their| {
        let our = ours.common.iter().find(|our| our.name == their.name)?;
        Some(cpu(our, Role::Gateway)? / cpu(their, Role::Peer)?)
    });
    ratios.collect::<Option<Vec<f64>>>()?.into_iter().max_by(f64::total_cmp)
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
        Outcome {
            rate,
            limit: Limit::Server,
            why,
            capacity,
            common,
            beyond: None,
            failures: Vec::new(),
            described: None,
        }
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
        conclude(&mut document, goal::CALM_RATE, outcomes);
        let goals: Vec<_> = document.goals.iter().map(|goal| (goal.name.as_str(), goal.value, goal.holds)).collect();
        assert_eq!(goals, [("routed_cpu_vs_epoll", Some(1.5), true), ("routed_rate_vs_socketio", Some(4.0), true)]);
        assert!(document.holds);
        // Two rounds aside, and one that counts, of ours; one of each of the others.
        let rounds: Vec<_> = document.phases.iter().filter_map(|phase| phase.round).collect();
        assert_eq!((rounds, document.phases.len()), (vec![1, 1, 1, 2, 2, 2], 15));
        let names: Vec<_> = document.phases[9..].iter().map(|phase| phase.name.as_str()).collect();
        assert_eq!(names, [["1:1 at 10000/s"; 3], ["1:1 at 40000/s"; 3]].concat());
    }

    #[test]
    fn what_was_to_be_measured_and_could_not_be_is_a_goal_that_is_missed() {
        let mut ours = outcome(Peer::Chatdesk, Role::Gateway, 50_000.0, 12);
        ours.common.pop();
        let mut chat = outcome(Peer::Chatdesk, Role::Gateway, 4_000.0, 12);
        (chat.capacity, chat.common) = (None, vec![]);
        let outcomes = BTreeMap::from([
            ((Workload::OneToOne, Peer::Chatdesk), vec![ours]),
            ((Workload::OneToOne, Peer::Epoll), vec![outcome(Peer::Epoll, Role::Peer, 100_000.0, 8)]),
            ((Workload::OneToOne, Peer::Nats), vec![outcome(Peer::Nats, Role::Peer, 0.0, 8)]),
            ((Workload::Chat, Peer::Chatdesk), vec![chat]),
        ]);
        let mut document = Document::new("peers", "", &()).unwrap();
        conclude(&mut document, goal::CALM_RATE, outcomes);
        let goals: Vec<_> = document.goals.iter().map(|goal| (goal.name.as_str(), goal.value, goal.holds)).collect();
        let none = ["routed_cpu_vs_epoll", "routed_rate_vs_nats"].map(|name| (name, None, false));
        let chat = ["chat_gateway_cpu_us", "chat_ack_p99_ms", "chat_routed_p99_ms"].map(|name| (name, None, false));
        assert_eq!(goals, [&none[..], &[("chat_rate", Some(4_000.0), false)], &chat[..]].concat());
    }
}
