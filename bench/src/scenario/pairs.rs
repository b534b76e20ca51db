//! Visitors with their conversations, agents who follow them, and the thread that keeps the schedule.

use std::sync::Arc;
use std::time::Instant;

use tokio::sync::Semaphore;
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};

use super::Gateway;
use super::sockets::Sockets;
use crate::client::Pair;
use crate::client::agent::Agent;
use crate::client::visitor::{Script, Visitor};
use crate::record::Recorder;
use crate::schedule::{Pacer, Schedule};
use crate::target::Target;

/// Sockets that are opened at once: enough to keep a gateway busy, too few to overflow its listener's backlog.
const OPENING_AT_ONCE: usize = 64;

/// Every visitor's conversation, in the visitors' order, and the way to tell each that a message is due.
pub(super) struct Pairs {
    pairs: Vec<Pair>,
    turns: Vec<UnboundedSender<u64>>,
}

impl Pairs {
    /// Brings the schedule's visitors into conversations of their own. From then on they answer the gateway's pings.
    ///
    /// # Errors
    /// The first that did not succeed.
    pub(super) async fn open(sockets: &mut Sockets, gateway: &Gateway, script: &Script) -> Result<Self, String> {
        let count = usize::try_from(script.schedule.visitors).unwrap_or(usize::MAX);
        let (ready, mut pairs) = mpsc::unbounded_channel();
        let places = Arc::new(Semaphore::new(OPENING_AT_ONCE));
        let mut turns = Vec::with_capacity(count);
        for index in 0..count {
            let (turn, due) = mpsc::unbounded_channel();
            turns.push(turn);
            let (places, ready, stop) = (Arc::clone(&places), ready.clone(), sockets.stop());
            let (target, key, script) = (gateway.addr, gateway.widget_key.clone(), script.clone());
            sockets.spawn(format!("visitor {index}"), async move {
                let place = places.acquire_owned().await;
                let visitor = Visitor::open(target, &key, index, script).await?;
                drop(place);
                // Nobody listens any more when another socket has failed, and then this one is dropped soon.
                let _ = ready.send(visitor.pair());
                visitor.run(due, stop).await
            });
        }
        let mut pairs = all(sockets, &mut pairs, count).await?;
        pairs.sort_unstable_by_key(|pair| pair.index);
        Ok(Self { pairs, turns })
    }

    /// Brings agents, each of whom follows the conversations of `visitors_per_agent` visitors.
    ///
    /// # Errors
    /// The first that did not succeed.
    pub(super) async fn follow(
        &self,
        sockets: &mut Sockets,
        target: Target,
        token: &str,
        visitors_per_agent: u32,
        recorder: &Recorder,
    ) -> Result<(), String> {
        let (ready, mut agents) = mpsc::unbounded_channel();
        let places = Arc::new(Semaphore::new(OPENING_AT_ONCE));
        let per_agent = usize::try_from(visitors_per_agent).unwrap_or(usize::MAX).max(1);
        for (index, pairs) in self.pairs.chunks(per_agent).enumerate() {
            let (places, ready, stop) = (Arc::clone(&places), ready.clone(), sockets.stop());
            let (pairs, token, recorder) = (pairs.to_vec(), token.to_owned(), recorder.clone());
            sockets.spawn(format!("agent socket {index}"), async move {
                let place = places.acquire_owned().await;
                let agent = Agent::open(target, &token, index, &pairs, recorder).await?;
                drop(place);
                let _ = ready.send(());
                agent.run(stop).await
            });
        }
        all(sockets, &mut agents, self.pairs.len().div_ceil(per_agent)).await.map(drop)
    }

    /// Tells visitors when their messages are due, in a thread of its own, until the last message or until a visitor has
    /// gone.
    ///
    /// # Errors
    /// There is no thread to be had.
    pub(super) fn pace(self, schedule: Schedule, start: Instant) -> Result<(), String> {
        let turns = self.turns;
        let tell = move |number: u64| {
            let visitor = usize::try_from(schedule.visitor_of(number)).unwrap_or(usize::MAX);
            turns.get(visitor).is_some_and(|turn| turn.send(number).is_ok())
        };
        let thread = std::thread::Builder::new().name("schedule".into());
        let pacing = thread.spawn(move || Pacer::new(schedule).run(start, tell));
        pacing.map(drop).map_err(|error| format!("a thread for the schedule: {error}"))
    }
}

/// Waits until `count` sockets are ready, or one has failed.
async fn all<T>(sockets: &mut Sockets, ready: &mut UnboundedReceiver<T>, count: usize) -> Result<Vec<T>, String> {
    let mut come = Vec::with_capacity(count);
    while come.len() < count {
        tokio::select! {
            Some(one) = ready.recv() => come.push(one),
            failure = sockets.failed() => return Err(failure),
        }
    }
    Ok(come)
}
