//! The visitors of all threads together.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::{Arrivals, Arrived, Door, Order, Plan, Progress};
use crate::engine::{Ended, Running, spawn};
use crate::report::live;

/// How often it is looked how far they are.
pub(crate) const LOOK: Duration = Duration::from_millis(200);

/// Visitors who are coming, or are there.
pub(crate) struct Crowd {
    running: Vec<Running<Arrivals>>,
    progress: Arc<Progress>,
    plan: Plan,
}

impl Crowd {
    /// Lets them come by a plan, on so many threads.
    ///
    /// # Errors
    /// The system has no threads or descriptors to give.
    pub(crate) fn come(door: &Door, plan: Plan, threads: u16) -> Result<Self, String> {
        let (threads, progress) = (u64::from(threads.max(1)), Arc::default());
        let worlds = (0..threads).map(|thread| Arrivals::new(door, plan, (thread, threads), &progress));
        let worlds = worlds.collect::<Result<Vec<_>, _>>()?;
        let running = worlds.into_iter().map(spawn).collect::<Result<_, _>>()?;
        Ok(Self { running, progress, plan })
    }

    /// How many have been welcomed.
    pub(crate) fn welcomed(&self) -> u64 {
        self.progress.welcomed.load(Ordering::Relaxed)
    }

    /// Waits until all have been welcomed, or have failed, or should have been by now. Calls `look` from time to time.
    ///
    /// # Errors
    /// What `look` says.
    pub(crate) async fn all_here(
        &self,
        phase: &str,
        mut look: impl FnMut(&Self) -> Result<(), String>,
    ) -> Result<(), String> {
        let deadline = self.plan.begin + self.plan.due(self.plan.count) + self.plan.drain;
        let (mut told, mut told_at) = (0, Instant::now());
        loop {
            look(self)?;
            let (welcomed, failed) = (self.welcomed(), self.progress.failed.load(Ordering::Relaxed));
            let now = Instant::now();
            if welcomed + failed >= self.plan.count || now >= deadline {
                return Ok(());
            }
            let since = now.saturating_duration_since(told_at);
            if since >= Duration::from_secs(1) {
                let come = now.saturating_duration_since(self.plan.begin);
                let due = (come.as_secs_f64() * self.plan.rate) as u64;
                live::moment(&live::Moment {
                    phase,
                    passed_s: come.as_secs_f64(),
                    whole_s: Some(self.plan.due(self.plan.count).as_secs_f64()),
                    what: "welcomed",
                    per_s: (welcomed - told) as f64 / since.as_secs_f64(),
                    p99_ms: None,
                    stored_p99_ms: None,
                    under_way: due.min(self.plan.count).saturating_sub(welcomed + failed),
                });
                (told, told_at) = (welcomed, now);
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Tells those who stayed to leave, and waits until all are done.
    ///
    /// # Errors
    /// A loop could not go on.
    pub(crate) async fn leave(self) -> Result<Departed, String> {
        for running in &self.running {
            running.tell(Order::Leave);
        }
        let mut ended = Vec::new();
        for running in self.running {
            ended.push(running.ended().await?);
        }
        Departed::of(ended)
    }
}

/// What came of all of them.
#[derive(Debug)]
pub(crate) struct Departed {
    /// Of all threads.
    pub(crate) arrived: Arrived,
    /// The largest share of its time that a thread was busy.
    pub(crate) busy: f64,
}

impl Departed {
    fn of(ended: Vec<Ended<Arrivals>>) -> Result<Self, String> {
        let mut arrived = Arrived::new()?;
        let mut busy: f64 = 0.0;
        for one in ended {
            arrived.merge(&one.world.arrived);
            busy = busy.max(one.busy.as_secs_f64() / one.time.as_secs_f64().max(f64::MIN_POSITIVE));
        }
        Ok(Self { arrived, busy })
    }
}
