//! The indexer's loop beside the lanes: woken by their commits, it makes the words of what they stored.

use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout};

use super::capacity::Stage;
use super::lane::Beside;
use super::pace::Pace;
use crate::error::StorageError;
use crate::pool::StorageConfig;
use crate::search::Indexer;

/// How long after a commit its words are begun with: what follows at once is done with it.
const LINGER: Duration = Duration::from_millis(20);
/// How often it is looked for what nobody told of: what another gateway left, or what a change of language wants.
const LOOK: Duration = Duration::from_secs(5);
/// The pause after a failure.
const RETRY: Duration = Duration::from_secs(1);

/// Indexes until the writer is closed, and what is queued then is left to whoever comes next.
pub(super) async fn run(config: StorageConfig, beside: Beside, mut stage: watch::Receiver<Stage>) {
    let (mut indexer, mut pace) = (Indexer::new(config), Pace::new());
    while *stage.borrow() == Stage::Open {
        let pause = match work(&mut indexer, &mut pace, &beside, &mut stage).await {
            Ok(()) => LOOK,
            Err(error) => {
                tracing::debug!(%error, "words wait to be made");
                RETRY
            }
        };
        let next = async {
            if timeout(pause, beside.words.notified()).await.is_ok() {
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

/// Goes on until nothing waits, with rests in between.
async fn work(
    indexer: &mut Indexer,
    pace: &mut Pace,
    beside: &Beside,
    stage: &mut watch::Receiver<Stage>,
) -> Result<(), StorageError> {
    while *stage.borrow() == Stage::Open {
        let (begun, parts) = (Instant::now(), pace.parts());
        let done = indexer.index_pending(parts).await?;
        if done > 0 {
            beside.metrics.indexed(done, begun.elapsed());
        }
        if done < usize::try_from(parts).unwrap_or(usize::MAX) {
            pace.caught_up();
            break;
        }
        let rest = pace.rest(begun.elapsed(), beside.press.is_on(), Instant::now());
        tokio::select! {
            () = sleep(rest) => {}
            _ = stage.wait_for(|stage| *stage != Stage::Open) => {}
        }
    }
    beside.metrics.index_waiting(indexer.pending().await?);
    Ok(())
}
