//! The indexer's loop beside the lanes: woken by their commits, it makes the words of what they stored.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::{Notify, watch};
use tokio::time::{sleep, timeout};

use super::capacity::Stage;
use super::metrics::Metrics;
use crate::error::StorageError;
use crate::pool::StorageConfig;
use crate::search::Indexer;

/// Rows of the queue that are done in one transaction: each is what one commit added to one organization's logs.
const PARTS: u32 = 16;
/// How long after a commit its words are begun with: what follows at once is done with it.
const LINGER: Duration = Duration::from_millis(20);
/// How often it is looked for what nobody told of: what another gateway left, or what a change of language wants.
const LOOK: Duration = Duration::from_secs(5);
/// The pause after a failure.
const RETRY: Duration = Duration::from_secs(1);

/// Indexes until the writer is closed, and what is queued then is left to whoever comes next.
pub(super) async fn run(
    config: StorageConfig,
    woken: Arc<Notify>,
    mut stage: watch::Receiver<Stage>,
    metrics: Arc<Metrics>,
) {
    let mut indexer = Indexer::new(config);
    while *stage.borrow() == Stage::Open {
        let pause = match work(&mut indexer, &metrics, &stage).await {
            Ok(()) => LOOK,
            Err(error) => {
                tracing::debug!(%error, "words wait to be made");
                RETRY
            }
        };
        let next = async {
            if timeout(pause, woken.notified()).await.is_ok() {
                sleep(LINGER).await;
            }
        };
        tokio::select! {
            () = next => {}
            // Closed, or every writer is gone.
            _ = stage.wait_for(|stage| *stage != Stage::Open) => return,
        }
    }
}

/// Goes on until nothing waits.
async fn work(indexer: &mut Indexer, metrics: &Metrics, stage: &watch::Receiver<Stage>) -> Result<(), StorageError> {
    while *stage.borrow() == Stage::Open {
        let begun = Instant::now();
        let done = indexer.index_pending(PARTS).await?;
        if done > 0 {
            metrics.indexed(done, begun.elapsed());
        }
        if done < PARTS as usize {
            break;
        }
    }
    metrics.index_waiting(indexer.pending().await?);
    Ok(())
}
