//! Ctrl-C and SIGTERM: what a run has started is ended before the program is.

use std::pin::Pin;
use std::process::exit;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::Notify;

/// The exit status after a signal, as shells count it: 128 and SIGINT's number.
pub(crate) const STATUS: i32 = 130;

type End = Box<dyn FnOnce() -> Pin<Box<dyn Future<Output = ()> + Send>> + Send>;

/// What stands, in the order in which it was started, by numbers.
static STANDING: Mutex<Vec<(u64, End)>> = Mutex::new(Vec::new());
static NUMBERS: AtomicU64 = AtomicU64::new(0);
/// Whether a signal has come.
static STOPPING: AtomicBool = AtomicBool::new(false);

/// How many things are being started that nobody could end yet, and word that one is not any more.
static STARTING: AtomicUsize = AtomicUsize::new(0);
static STARTED: Notify = Notify::const_new();

/// Something is being started. While this is held, the program does not exit at a signal: afterwards it is known what to end.
pub(crate) struct Starting(());

/// Begins to start something; never, if a signal has come.
pub(crate) async fn starting() -> Starting {
    STARTING.fetch_add(1, Ordering::AcqRel);
    let starting = Starting(());
    if STOPPING.load(Ordering::Acquire) {
        drop(starting);
        return std::future::pending().await;
    }
    starting
}

impl Drop for Starting {
    fn drop(&mut self) {
        STARTING.fetch_sub(1, Ordering::AcqRel);
        STARTED.notify_one();
    }
}

/// Something that has to be ended at a signal, until this is dropped.
pub(crate) struct Standing(u64);

impl Standing {
    /// Has `end` called at a signal, what was started last first; then the program exits.
    ///
    /// # Errors
    /// Signals cannot be heard of.
    pub(crate) fn new<W: Future<Output = ()> + Send + 'static>(
        end: impl FnOnce() -> W + Send + 'static,
    ) -> Result<Self, String> {
        let number = NUMBERS.fetch_add(1, Ordering::Relaxed);
        if number == 0 {
            listen()?;
        }
        standing().push((number, Box::new(|| Box::pin(end()))));
        Ok(Self(number))
    }
}

/// Waits for the program's end, if a signal has come: whatever fails from then on fails because of it, and the program may not
/// exit before everything has been ended.
pub(crate) async fn wait_if_stopping() {
    if STOPPING.load(Ordering::Acquire) {
        std::future::pending::<()>().await;
    }
}

impl Drop for Standing {
    fn drop(&mut self) {
        standing().retain(|(number, _)| *number != self.0);
    }
}

fn standing() -> MutexGuard<'static, Vec<(u64, End)>> {
    // A list is whole after every step, also if somebody panicked between two.
    STANDING.lock().unwrap_or_else(PoisonError::into_inner)
}

fn listen() -> Result<(), String> {
    let named = |error: std::io::Error| format!("signals: {error}");
    let mut interrupt = signal(SignalKind::interrupt()).map_err(named)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(named)?;
    tokio::spawn(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        STOPPING.store(true, Ordering::Release);
        eprintln!("\nchatdesk-bench: stopping; once more stops at once");
        let ending = async {
            while STARTING.load(Ordering::Acquire) > 0 {
                STARTED.notified().await;
            }
            loop {
                // Taken one at a time: the lock is not held while it ends.
                let Some((_, end)) = standing().pop() else { break };
                end().await;
            }
        };
        tokio::select! {
            () = ending => {}
            _ = interrupt.recv() => {}
        }
        exit(STATUS);
    });
    Ok(())
}
