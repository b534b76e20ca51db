//! Lanes take turns while there is little to write: a batch costs Postgres about as much as thirty writes, so what comes while
//! another lane commits had better be one batch than several. A lane that has a good batch goes without its turn, and so
//! does one that has waited for long: nobody stands still because another lane does.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::sleep_until;

use super::capacity::Stage;
use super::fill::Fill;
use super::lane::Queued;

/// Writes that make a good batch.
const COMPANY: usize = 128;
/// How long the first write of a batch waits at most, from when it was handed in, for the others' commits.
const PATIENCE: Duration = Duration::from_millis(10);

/// Whose turn it is.
#[derive(Clone)]
pub(super) struct Turns(Arc<Semaphore>);

/// A lane's turn, which ends with this.
pub(super) type Turn = OwnedSemaphorePermit;

impl Turns {
    pub(super) fn new() -> Self {
        Self(Arc::new(Semaphore::new(1)))
    }

    /// Waits for a turn, while `batch` takes in what comes. `None`: it goes without.
    pub(super) async fn wait(
        &self,
        queue: &mut UnboundedReceiver<Queued>,
        stage: &mut watch::Receiver<Stage>,
        batch: &mut Vec<Queued>,
        fill: &mut Fill,
    ) -> Option<Turn> {
        let mut turn = pin!(Arc::clone(&self.0).acquire_owned());
        let late = batch.first()?.since + PATIENCE;
        while batch.len() < COMPANY && !fill.is_full() {
            let next = tokio::select! {
                biased;
                turn = &mut turn => return turn.ok(),
                () = sleep_until(late) => return None,
                next = queue.recv() => next?,
                _ = stage.wait_for(|stage| *stage != Stage::Open) => return None,
            };
            fill.add(&next);
            batch.push(next);
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use protocol::id::{ConversationId, OrganizationId};
    use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
    use tokio::time::Instant;

    use super::super::Write;
    use super::super::capacity::{Capacity, For};
    use super::*;

    /// A lane that has one write.
    struct Lane {
        capacity: Arc<Capacity>,
        sender: UnboundedSender<Queued>,
        queue: UnboundedReceiver<Queued>,
        batch: Vec<Queued>,
        fill: Fill,
    }

    impl Lane {
        fn new() -> Self {
            let (sender, queue) = unbounded_channel();
            let capacity = Arc::new(Capacity::new(usize::MAX, 100));
            let mut lane = Self { capacity, sender, queue, batch: Vec::new(), fill: Fill::new(1_000, usize::MAX) };
            lane.batch.push(lane.write());
            lane
        }

        fn write(&self) -> Queued {
            let (organization, since) = (OrganizationId::generate(), Instant::now());
            let hold = self.capacity.reserve(organization, For::Entries, 1).unwrap();
            Queued { write: Write::Tell(organization, ConversationId::generate()), hold, since }
        }

        async fn wait(&mut self, turns: &Turns) -> Option<Turn> {
            let mut stage = self.capacity.stage();
            turns.wait(&mut self.queue, &mut stage, &mut self.batch, &mut self.fill).await
        }
    }

    #[tokio::test]
    async fn a_turn_that_nobody_has_is_there_at_once_and_the_next_when_it_ends() {
        let (turns, mut one, mut other) = (Turns::new(), Lane::new(), Lane::new());
        let turn = one.wait(&turns).await.unwrap();
        other.sender.send(other.write()).unwrap();
        let (next, ()) = tokio::join!(other.wait(&turns), async {
            tokio::task::yield_now().await;
            drop(turn);
        });
        assert!(next.is_some());
        assert_eq!(other.batch.len(), 2, "what came meanwhile is in the batch");
    }

    #[tokio::test]
    async fn a_good_batch_goes_without_and_so_does_one_that_has_waited_for_long() {
        let (turns, mut one, mut other) = (Turns::new(), Lane::new(), Lane::new());
        let _turn = one.wait(&turns).await.unwrap();
        assert!(other.wait(&turns).await.is_none());
        assert_eq!(other.batch.len(), 1);
        let mut busy = Lane::new();
        (0..2 * COMPANY).for_each(|_| busy.sender.send(busy.write()).unwrap());
        assert!(busy.wait(&turns).await.is_none());
        assert_eq!((busy.batch.len(), busy.queue.len()), (COMPANY, COMPANY + 1));
        busy.capacity.advance(Stage::Draining);
        busy.batch.truncate(1);
        assert!(busy.wait(&turns).await.is_none(), "nobody waits when the writer closes");
    }
}
