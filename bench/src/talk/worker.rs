//! Threads of a crew in processes of their own, for more sockets than one process may hold. A worker is this program once more: it is
//! told on standard input what to do, one JSON object a line, tells on standard output how it goes, and ends when its input does.

use std::io::Write;
use std::net::SocketAddr;
use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::oneshot;

use super::chatdesk::{ChatDesk, Log, Script};
use super::lanes::Glance;
use super::world::{Order, Tale, Talk};
use super::{Dialect, Plot, Share, Stretch, Tally};
use crate::engine::spawn;
use crate::record::{Kind, Latency};
use crate::stage::Organization;
use crate::target::Target;
use crate::text::Texts;

/// The subcommand by which this program is a worker.
const SUBCOMMAND: &str = "talk-worker";

/// All that a worker has to know; its first line.
#[derive(Debug, Serialize, Deserialize)]
struct Config {
    share: Share,
    plot: Plot,
    target: SocketAddr,
    /// Widget keys and agents' tokens.
    organizations: Vec<(String, String)>,
    kind: Kind,
    texts: Vec<String>,
    receipts: u32,
}

/// What a worker is told.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Told {
    Beside(bool),
    /// A stretch, and when it begins: nanoseconds of the system's monotonic clock, which all processes share.
    Begin(Stretch, u64),
    Close,
}

/// What a worker tells.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Said {
    Ready,
    Glance(Box<[Latency; 2]>, u64),
    Over(Box<Tally>),
    Failed(String),
    Closed(Vec<Log>),
}

/// A worker, as whoever started it sees it. It ends with this.
#[derive(Debug)]
pub(super) struct Worker {
    told: UnboundedSender<String>,
    closed: oneshot::Receiver<Vec<Log>>,
    /// Its process.
    pub(super) pid: u32,
}

/// This time by the clock that all processes share.
fn shared(at: Instant) -> u64 {
    let clock = Duration::try_from(clock_gettime(ClockId::Monotonic)).unwrap_or_default();
    let now = Instant::now();
    let at = (clock + at.saturating_duration_since(now)).saturating_sub(now.saturating_duration_since(at));
    u64::try_from(at.as_nanos()).unwrap_or(u64::MAX)
}

/// The time that another process named.
fn own(at: u64) -> Instant {
    let clock = Duration::try_from(clock_gettime(ClockId::Monotonic)).unwrap_or_default();
    let (now, at) = (Instant::now(), Duration::from_nanos(at));
    let past = now.checked_sub(clock.saturating_sub(at)).unwrap_or(now);
    past + at.saturating_sub(clock)
}

fn line(what: &impl Serialize) -> Result<String, String> {
    let mut line = serde_json::to_string(what).map_err(|error| format!("a worker: {error}"))?;
    line.push('\n');
    Ok(line)
}

impl Worker {
    /// Starts one for a share of the conversations. What it tells comes to `tales`.
    ///
    /// # Errors
    /// It cannot be started.
    pub(super) fn start(
        script: &Script,
        share: Share,
        plot: Plot,
        tales: UnboundedSender<Tale>,
    ) -> Result<Self, String> {
        let named = |error: std::io::Error| format!("a worker: {error}");
        let program = std::env::current_exe().map_err(named)?;
        let mut command = Command::new(program);
        command.arg(SUBCOMMAND).stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().map_err(named)?;
        let pid = child.id().ok_or("a worker ended at once")?;
        let (Some(mut input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err("a worker cannot be talked to".into());
        };
        let (told, mut lines) = unbounded_channel::<String>();
        let organizations = script.organizations.iter();
        let config = Config {
            share,
            plot,
            target: script.target.0,
            organizations: organizations.map(|one| (one.widget_key.clone(), one.token.clone())).collect(),
            kind: script.kind,
            texts: script.texts.lines().to_vec(),
            receipts: script.receipts,
        };
        let first = line(&config)?;
        tokio::spawn(async move {
            let mut next = Some(first);
            while let Some(line) = next {
                // One that has gone says so by its output's end.
                if input.write_all(line.as_bytes()).await.is_err() {
                    return;
                }
                next = lines.recv().await;
            }
        });
        let (close, closed) = oneshot::channel();
        tokio::spawn(listen(child, BufReader::new(output).lines(), tales, close));
        Ok(Self { told, closed, pid })
    }

    /// Tells it what to do.
    pub(super) fn tell(&self, order: &Order) {
        let told = match order {
            Order::Beside(beside) => Told::Beside(*beside),
            Order::Begin(stretch, start) => Told::Begin(*stretch, shared(*start)),
            Order::Close => Told::Close,
        };
        if let Ok(line) = line(&told) {
            // One that has gone says so by its output's end.
            let _ = self.told.send(line);
        }
    }

    /// Waits until it has closed its sockets: what the logs must hold.
    ///
    /// # Errors
    /// It ended without that.
    pub(super) async fn closed(self) -> Result<Vec<Log>, String> {
        self.closed.await.map_err(|_| "a worker ended early".to_owned())
    }
}

/// Passes on what a worker tells, until it ends.
async fn listen(
    mut child: Child,
    mut output: Lines<BufReader<ChildStdout>>,
    tales: UnboundedSender<Tale>,
    close: oneshot::Sender<Vec<Log>>,
) {
    let mut failure = "a worker ended early".to_owned();
    while let Ok(Some(line)) = output.next_line().await {
        let tale = match serde_json::from_str(&line) {
            Ok(Said::Ready) => Tale::Ready,
            Ok(Said::Glance(seen, under_way)) => {
                let [recent, stored] = *seen;
                Tale::Glance(Glance { recent, stored, under_way })
            }
            Ok(Said::Over(tally)) => Tale::Over(tally),
            Ok(Said::Failed(why)) => Tale::Failed(why),
            Ok(Said::Closed(logs)) => {
                // Nobody waits for it when the run was ended.
                let _ = close.send(logs);
                let _ = child.wait().await;
                return;
            }
            Err(error) => {
                failure = format!("a worker said something that is not understood: {error}");
                break;
            }
        };
        // Nobody listens when the run was ended; then it ends with its input.
        let _ = tales.send(tale);
    }
    let _ = tales.send(Tale::Failed(failure));
    let _ = child.kill().await;
}

/// One of the generator's processes; the program starts it itself.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(crate) struct TalkWorker {}

impl TalkWorker {
    /// Does what standard input says, until its end.
    ///
    /// # Errors
    /// What it was told makes no sense, or a thread could not go on.
    pub(crate) fn serve(self) -> Result<(), String> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.map_err(|error| format!("a worker: {error}"))?.block_on(work())
    }
}

async fn work() -> Result<(), String> {
    let mut input = BufReader::new(tokio::io::stdin()).lines();
    let named = |error: std::io::Error| format!("a worker: {error}");
    let bad = |error: serde_json::Error| format!("a worker was told what it does not understand: {error}");
    let Some(first) = input.next_line().await.map_err(named)? else { return Ok(()) };
    let config: Config = serde_json::from_str(&first).map_err(bad)?;
    let organization = |(widget_key, token)| Organization { widget_key, token };
    let script = Script {
        target: Target(config.target),
        organizations: config.organizations.into_iter().map(organization).collect(),
        kind: config.kind,
        texts: Arc::new(Texts::of_lines(config.texts)),
        receipts: config.receipts,
    };
    let (tell, mut tales) = unbounded_channel();
    let running = spawn(Talk::new(ChatDesk::new(script, config.share), config.share, config.plot, tell)?)?;
    loop {
        tokio::select! {
            Some(tale) = tales.recv() => say(&tale.into())?,
            line = input.next_line() => {
                // Whoever started this has gone: so does this, and its sockets.
                let Some(line) = line.map_err(named)? else { return Ok(()) };
                match serde_json::from_str(&line).map_err(bad)? {
                    Told::Beside(beside) => running.tell(Order::Beside(beside)),
                    Told::Begin(stretch, start) => running.tell(Order::Begin(stretch, own(start))),
                    Told::Close => {
                        running.tell(Order::Close);
                        break;
                    }
                }
            }
        }
    }
    let dialect = running.ended().await?.world.into_dialect();
    drain(&mut tales)?;
    say(&Said::Closed(dialect.logs()))
}

/// Says what was told before the end.
fn drain(tales: &mut UnboundedReceiver<Tale>) -> Result<(), String> {
    while let Ok(tale) = tales.try_recv() {
        say(&tale.into())?;
    }
    Ok(())
}

fn say(said: &Said) -> Result<(), String> {
    let line = line(said)?;
    let mut out = std::io::stdout().lock();
    out.write_all(line.as_bytes()).and_then(|()| out.flush()).map_err(|error| format!("a worker: {error}"))
}

impl From<Tale> for Said {
    fn from(tale: Tale) -> Self {
        match tale {
            Tale::Ready => Self::Ready,
            Tale::Glance(Glance { recent, stored, under_way }) => Self::Glance(Box::new([recent, stored]), under_way),
            Tale::Over(tally) => Self::Over(tally),
            Tale::Failed(why) => Self::Failed(why),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processes_agree_on_the_time() {
        for at in [Instant::now(), Instant::now() + Duration::from_millis(50), Instant::now() - Duration::from_secs(3)]
        {
            let there_and_back = own(shared(at));
            let off = there_and_back.max(at) - there_and_back.min(at);
            assert!(off < Duration::from_millis(5), "{off:?}");
        }
    }

    #[test]
    fn what_workers_tell_is_read_as_it_was_told() {
        let mut tally = Tally::new().unwrap();
        tally.sent = 7;
        tally.routed.add(Duration::from_millis(3));
        tally.refused.insert("unavailable".into(), 2);
        let said = line(&Said::Over(Box::new(tally))).unwrap();
        let Ok(Said::Over(read)) = serde_json::from_str(&said) else { panic!("{said}") };
        assert_eq!((read.sent, read.routed.count(), read.refused.get("unavailable")), (7, 1, Some(&2)));
        assert!(read.routed.at(0.5).is_some_and(|millis| (millis - 3.0).abs() < 0.01));
    }
}
