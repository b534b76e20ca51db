//! All threads of a run's conversations, and whoever tells them what to do.

use std::time::{Duration, Instant};

use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::sleep_until;

use super::chatdesk::{ChatDesk, Log, Script};
use super::worker::Worker;
use super::world::{Order, Tale, Talk};
use super::{Dialect, Plot, Share, Stretch, Tally};
use crate::engine::{Running, spawn};
use crate::record::Latency;

/// From an order until what it orders begins: every thread has heard of it by then.
const LEAD: Duration = Duration::from_millis(50);

/// The threads, with all sockets ready. Dropping it drops the sockets.
#[derive(Debug)]
pub(crate) struct Crew<D: Dialect> {
    threads: Vec<(Thread<D>, Share)>,
    tales: UnboundedReceiver<Tale>,
}

/// One of them.
#[derive(Debug)]
enum Thread<D: Dialect> {
    /// Of this process.
    Here(Running<Talk<D>>),
    /// Of a process of its own.
    Worker(Worker),
}

impl<D: Dialect> Thread<D> {
    fn tell(&self, order: Order) {
        match self {
            Self::Here(running) => running.tell(order),
            Self::Worker(worker) => worker.tell(&order),
        }
    }
}

/// Looks on while a server is loaded.
pub(crate) trait Watch: Send {
    /// The warm-up is over: what processes have used until now does not count.
    fn begins(&mut self) {}

    /// The last message is due: what processes use from now on does not count.
    fn ends(&mut self) {}

    /// Another second is over.
    fn progress(&mut self, _progress: &Progress) {}
}

/// How the last second went.
#[derive(Clone, Debug)]
pub(crate) struct Progress {
    /// Since the stretch began.
    pub(crate) elapsed: Duration,
    /// Messages that arrived since the last time, a second.
    pub(crate) per_second: f64,
    /// From when they were due until they arrived.
    pub(crate) recent: Latency,
    /// Likewise until their senders were told that they are stored.
    pub(crate) stored: Latency,
    /// Messages that were sent and have not got everywhere yet.
    pub(crate) under_way: u64,
}

/// Divides pairs among threads: whole agents, as evenly as that allows.
fn shares(threads: usize, pairs: usize, visitors_per_agent: usize) -> Vec<Share> {
    let visitors_per_agent = visitors_per_agent.max(1);
    let agents = pairs.div_ceil(visitors_per_agent);
    let threads = threads.clamp(1, agents.max(1));
    let first_of = |thread: usize| (agents * thread / threads * visitors_per_agent).min(pairs);
    let share = |thread: usize| {
        let first = first_of(thread);
        Share { first, pairs: first_of(thread + 1) - first, visitors_per_agent }
    };
    (0..threads).map(share).collect()
}

impl<D: Dialect> Crew<D> {
    /// Opens the sockets of `pairs` conversations, of which `visitors_per_agent` share an agent, on `threads` threads. `dialect`
    /// makes each thread's.
    ///
    /// # Errors
    /// The first socket that did not come so far.
    pub(crate) async fn open(
        threads: usize,
        pairs: usize,
        visitors_per_agent: usize,
        plot: Plot,
        mut dialect: impl FnMut(Share) -> D,
    ) -> Result<Self, String> {
        let (tell, tales) = unbounded_channel();
        let mut threads_of_all = Vec::new();
        for share in shares(threads, pairs, visitors_per_agent) {
            let talk = Talk::new(dialect(share), share, plot, tell.clone())?;
            threads_of_all.push((Thread::Here(spawn(talk)?), share));
        }
        Self::ready(threads_of_all, tales).await
    }

    /// Waits until all threads have their sockets.
    async fn ready(threads: Vec<(Thread<D>, Share)>, tales: UnboundedReceiver<Tale>) -> Result<Self, String> {
        let mut crew = Self { threads, tales };
        for _ in 0..crew.threads.len() {
            match crew.tale().await? {
                Tale::Ready => {}
                other => return Err(format!("a thread told {other:?} before it was ready")),
            }
        }
        Ok(crew)
    }

    async fn tale(&mut self) -> Result<Tale, String> {
        match self.tales.recv().await {
            Some(Tale::Failed(why)) => Err(why),
            Some(tale) => Ok(tale),
            None => Err("a thread of the generator ended".into()),
        }
    }

    /// Loads the server for a stretch.
    ///
    /// # Errors
    /// A socket was lost, or a thread could not go on.
    pub(crate) async fn stretch(&mut self, stretch: Stretch, watch: &mut dyn Watch) -> Result<Tally, String> {
        let start = Instant::now() + LEAD;
        let pairs: usize = self.threads.iter().map(|(_, share)| share.pairs).sum();
        for (number, (thread, share)) in self.threads.iter().enumerate() {
            let rate = stretch.rate * share.pairs as f64 / pairs.max(1) as f64;
            // Threads take turns too.
            let start = start + Duration::from_secs_f64(number as f64 / stretch.rate);
            thread.tell(Order::Begin(Stretch { rate, ..stretch }, start));
        }
        let begins = sleep_until((start + stretch.warmup).into());
        let ends = sleep_until((start + stretch.warmup + stretch.measure).into());
        tokio::pin!(begins, ends);
        let (mut begun, mut ended) = (false, false);
        let mut tally = Tally::new()?;
        let mut over = 0;
        let (mut glances, mut under_way, mut last) = (0, 0, start);
        let (mut recent, mut stored) = (Latency::new()?, Latency::new()?);
        while over < self.threads.len() {
            let tale = tokio::select! {
                biased;
                () = &mut begins, if !begun => {
                    begun = true;
                    watch.begins();
                    continue;
                }
                () = &mut ends, if begun && !ended => {
                    ended = true;
                    watch.ends();
                    continue;
                }
                tale = self.tale() => tale?,
            };
            match tale {
                Tale::Glance(glance) => {
                    glances += 1;
                    recent.merge(&glance.recent);
                    stored.merge(&glance.stored);
                    under_way += glance.under_way;
                    if glances < self.threads.len() {
                        continue;
                    }
                    let now = Instant::now();
                    let passed = now.saturating_duration_since(last).as_secs_f64().max(1e-3);
                    watch.progress(&Progress {
                        elapsed: now.saturating_duration_since(start),
                        per_second: recent.count() as f64 / passed,
                        recent: std::mem::replace(&mut recent, Latency::new()?),
                        stored: std::mem::replace(&mut stored, Latency::new()?),
                        under_way: std::mem::take(&mut under_way),
                    });
                    (glances, last) = (0, now);
                }
                Tale::Over(part) => {
                    over += 1;
                    tally.add(&part);
                }
                other => return Err(format!("a thread told {other:?} while it sent")),
            }
        }
        if !ended {
            // All had arrived before this side's clock, which is coarser, came to the end.
            watch.ends();
        }
        Ok(tally)
    }

    /// Whether stretches from now on have what goes beside messages, such as typing before them and receipts for them. At first
    /// they have.
    pub(crate) fn beside(&self, beside: bool) {
        for (thread, _) in &self.threads {
            thread.tell(Order::Beside(beside));
        }
    }

    /// Closes all sockets in good order. Returns what the server's logs must hold, as far as the dialect knows.
    ///
    /// # Errors
    /// A thread could not go on.
    pub(crate) async fn close(self) -> Result<Vec<Log>, String> {
        for (thread, _) in &self.threads {
            thread.tell(Order::Close);
        }
        let mut logs = Vec::new();
        for (thread, _) in self.threads {
            logs.extend(match thread {
                Thread::Here(running) => running.ended().await?.world.into_dialect().logs(),
                Thread::Worker(worker) => worker.closed().await?,
            });
        }
        Ok(logs)
    }

    /// The processes that are workers of this one.
    pub(crate) fn workers(&self) -> Vec<u32> {
        let pid = |(thread, _): &(Thread<D>, Share)| match thread {
            Thread::Here(_) => None,
            Thread::Worker(worker) => Some(worker.pid),
        };
        self.threads.iter().filter_map(pid).collect()
    }
}

impl Crew<ChatDesk> {
    /// Opens conversations with ChatDesk on threads of this process, or on one thread each of `processes` others, if there are to
    /// be several.
    ///
    /// # Errors
    /// The first socket that did not come so far.
    pub(crate) async fn of_chatdesk(
        script: &Script,
        (threads, processes): (usize, usize),
        pairs: usize,
        visitors_per_agent: usize,
        plot: Plot,
    ) -> Result<Self, String> {
        if processes <= 1 {
            let dialect = |share| ChatDesk::new(script.clone(), share);
            return Self::open(threads, pairs, visitors_per_agent, plot, dialect).await;
        }
        let (tell, tales) = unbounded_channel();
        let mut workers = Vec::new();
        for share in shares(processes, pairs, visitors_per_agent) {
            workers.push((Thread::Worker(Worker::start(script, share, plot, tell.clone())?), share));
        }
        Self::ready(workers, tales).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_share_all_pairs_by_whole_agents() {
        for (threads, pairs, per_agent) in [(1, 10, 1), (3, 10, 1), (2, 2_000, 20), (4, 7, 3), (8, 3, 20), (2, 1, 1)] {
            let shares = shares(threads, pairs, per_agent);
            assert!(shares.len() <= threads);
            let mut next = 0;
            for share in &shares {
                assert_eq!(share.first, next);
                assert!(share.pairs > 0 && share.first % per_agent == 0, "{share:?}");
                next += share.pairs;
            }
            assert_eq!(next, pairs);
        }
    }
}
