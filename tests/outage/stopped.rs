//! Postgres stands still for half a minute under load: its processes are stopped, so that connections hang instead of
//! breaking, which is the worse of the two.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use protocol::code::ErrorCode;
use protocol::connection::chat::Chat;
use protocol::connection::{Connection, Options};
use protocol::id::ConversationId;
use protocol::server::ServerFrame;
use protocol::value::Content;
use serde_json::json;
use tests::database::{Watchdog, connect, scratch};
use tests::gateway::{agent_hello, cookie, visitor_hello};
use tests::http;
use tests::process::Process;
use tokio::time::{interval, timeout};

use crate::delivery::{follow, start, text};

/// How often the visitor writes.
const TICK: Duration = Duration::from_millis(20);
/// Ticks before Postgres stands still, while it does, and after.
const BEFORE: usize = 50;
const DURING: usize = 1_500;
const AFTER: usize = 50;
/// Ticks between two messages of the others, and between two looks at the gateway's memory.
const OTHERS: usize = 25;
/// What the writer may hold in all, in MiB, and the bytes of it that one organization may.
const BOUND_MB: &str = "1";
const SHARE_BYTES: f64 = 512.0 * 1024.0;
/// How much the gateway's memory may grow, in KiB: what the writer holds, with what its allocator and the sockets take.
const GROWTH_KIB: u64 = 24 * 1024;
/// How long anything may be waited for.
const PATIENCE: Duration = Duration::from_secs(60);

/// The processes of a cluster.
struct Cluster {
    postmaster: u32,
}

impl Cluster {
    fn of(data: &Path) -> Self {
        let file = std::fs::read_to_string(data.join("postgres/postmaster.pid")).unwrap();
        Self { postmaster: file.lines().next().unwrap().trim().parse().unwrap() }
    }

    /// The postmaster first, so that no process is added meanwhile.
    fn signal(&self, signal: &str) {
        // Each may have ended by itself, or been told to.
        let send =
            |pid: u32| Command::new("kill").args([signal, &pid.to_string()]).stderr(Stdio::null()).status().unwrap();
        send(self.postmaster);
        for process in std::fs::read_dir("/proc").unwrap().flatten() {
            let Some(pid) = process.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
            let Ok(stat) = std::fs::read_to_string(process.path().join("stat")) else { continue };
            let parent = stat.rsplit(')').next().and_then(|rest| rest.split_whitespace().nth(1)?.parse().ok());
            if parent == Some(self.postmaster) {
                send(pid);
            }
        }
    }
}

/// Whatever a test comes to, a cluster that stands still could not be stopped.
impl Drop for Cluster {
    fn drop(&mut self) {
        self.signal("-CONT");
    }
}

/// Signs an organization up: the owner's token and the widget's key.
async fn tenant(process: &Process, name: &str) -> (String, String) {
    let email = format!("owner@{name}.example");
    let body = json!({"organization": name, "name": "Ada", "email": email, "password": "correct horse"});
    let made = http::request(process.address, "POST", "/api/signup", &[], Some(&body)).await;
    let token = made.cookie("chatdesk_agent").unwrap().to_owned();
    let login = cookie(&token);
    let config = http::request(process.address, "GET", "/api/settings/widget", &[("cookie", &login)], None).await;
    (token, config.json()["widget_key"].as_str().unwrap().to_owned())
}

/// Somebody who writes now and then, and hears what became of it.
struct Other {
    socket: Connection,
    conversation: ConversationId,
    sent: usize,
    routed: usize,
    refused: usize,
    stored: usize,
}

impl Other {
    async fn open(process: &Process, widget_key: &str) -> Self {
        let mut socket = Connection::open(&process.ws(), &Options::default()).await.unwrap();
        socket.hello(visitor_hello(widget_key, None)).await.unwrap();
        let conversation = start(&mut socket).await;
        Self { socket, conversation, sent: 0, routed: 0, refused: 0, stored: 0 }
    }

    async fn write(&mut self) {
        self.sent += 1;
        let reference = self.socket.reference();
        self.socket.send_frame(&text(self.conversation, &format!("o{}", self.sent), "one more"), reference);
        self.socket.flush().await.unwrap();
    }

    fn hear(&mut self, frame: &ServerFrame) {
        match frame {
            ServerFrame::Routed(_) => self.routed += 1,
            ServerFrame::Stored(_) => self.stored += 1,
            ServerFrame::Error(error) => {
                assert_eq!((error.code, error.retryable), (ErrorCode::Unavailable, true));
                assert!(error.retry_ms > 0);
                self.refused += 1;
            }
            _ => {}
        }
    }
}

/// The text of an entry that is shown before it is stored.
fn live_text(frame: ServerFrame) -> Option<String> {
    match frame {
        ServerFrame::Entry(entry) if entry.seq.is_none() => entry.content.text,
        _ => None,
    }
}

/// Lines by their numbers, as stretches without a gap: the first and the last of each.
fn runs<'a>(lines: impl Iterator<Item = &'a str>) -> Vec<(usize, usize)> {
    let mut runs: Vec<(usize, usize)> = vec![];
    for line in lines {
        let number = line.split(' ').nth(1).unwrap().parse().unwrap();
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == number => *last = number,
            _ => runs.push((number, number)),
        }
    }
    runs
}

/// Resident memory of a process, in KiB.
fn memory(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn postgres_stands_still_for_half_a_minute_under_load() {
    let data = scratch("outage");
    let _watchdog = Watchdog::over(&data);
    let metrics = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let (folder, metrics_addr) = (data.to_string_lossy().into_owned(), metrics.to_string());
    let flags = ["--data", &folder, "--metrics-addr", &metrics_addr, "--write-behind-mb", BOUND_MB];
    let process =
        Process::start(&[&flags[..], &["--unstored-sends", "100000", "--unstored-bytes", "100000000"]].concat());
    let (token, widget_key) = tenant(&process, "shop").await;
    let (_, other_key) = tenant(&process, "florist").await;

    let mut visitor = Chat::visitor(&process.ws(), Options::default(), &widget_key);
    let conversation = visitor.start(None, vec![]).await.unwrap();
    let mut agent = Connection::open(&process.ws(), &Options::default()).await.unwrap();
    agent.hello(agent_hello(&token)).await.unwrap();
    follow(&mut agent, conversation).await;
    // Of the same organization, and of another one.
    let mut same = Other::open(&process, &widget_key).await;
    let mut other = Other::open(&process, &other_key).await;

    let cluster = Cluster::of(&data);
    // What the agent sees, in its order: live, before anything of it is stored.
    let (mut seen, mut seen_at_stop) = (vec![], 0);
    let (mut before, mut peak, mut most_held) = (0, 0, 0.0_f64);
    let (mut same_at_stop, mut other_at_stop) = (0, 0);
    let line = |tick: usize| format!("line {tick} {}", "x".repeat(800));
    let mut ticker = interval(TICK);
    let mut tick = 0;
    while tick < BEFORE + DURING + AFTER {
        tokio::select! {
            _ = ticker.tick() => {
                tick += 1;
                visitor.send(conversation, Content::text(line(tick)));
                if tick == BEFORE {
                    cluster.signal("-STOP");
                    (before, seen_at_stop) = (memory(process.id()), seen.len());
                    (same_at_stop, other_at_stop) = (same.sent, other.sent);
                }
                if tick % OTHERS == 0 {
                    same.write().await;
                    other.write().await;
                    peak = peak.max(memory(process.id()));
                    let text = http::request(metrics, "GET", "/metrics", &[], None).await.body;
                    let text = String::from_utf8(text).unwrap();
                    let held = text.lines().find_map(|line| line.strip_prefix("chatdesk_writer_held_bytes ")).unwrap();
                    most_held = most_held.max(held.parse().unwrap());
                }
                if (BEFORE..BEFORE + DURING).contains(&tick) {
                    let acknowledged = visitor.outbox().acknowledged().len();
                    assert!(acknowledged <= BEFORE, "tick {tick}: acknowledged what Postgres cannot have");
                    assert!(same.stored <= same_at_stop && other.stored <= other_at_stop, "tick {tick}");
                }
                if tick == BEFORE + DURING {
                    assert!(seen.len() > seen_at_stop + 100, "live frames flow: {} after {seen_at_stop}", seen.len());
                    assert!(same.refused > 0, "the organization's share is taken");
                    assert_eq!(other.refused, 0, "the other organization's is not");
                    cluster.signal("-CONT");
                }
            }
            outcome = visitor.until(|_| false) => outcome.unwrap(),
            frame = agent.next() => seen.extend(live_text(frame.unwrap().1)),
            frame = same.socket.next() => same.hear(&frame.unwrap().1),
            frame = other.socket.next() => other.hear(&frame.unwrap().1),
        }
    }
    assert!(most_held > SHARE_BYTES * 0.9 && most_held <= 2.0 * SHARE_BYTES, "{most_held}");
    assert!(peak < before + GROWTH_KIB, "{before} KiB grew to {peak} KiB");

    let settled = async {
        while seen.len() < BEFORE + DURING + AFTER || visitor.outbox().unstored() > 0 {
            tokio::select! {
                outcome = visitor.until(|chat| chat.outbox().unstored() == 0), if visitor.outbox().unstored() > 0 => {
                    outcome.unwrap();
                }
                frame = agent.next() => seen.extend(live_text(frame.unwrap().1)),
            }
        }
    };
    timeout(PATIENCE, settled).await.unwrap();
    for one in [&mut same, &mut other] {
        let heard = async {
            while one.stored < one.routed || one.routed + one.refused < one.sent {
                let (_, frame) = one.socket.next().await.unwrap();
                one.hear(&frame);
            }
        };
        timeout(PATIENCE, heard).await.unwrap();
    }
    let url = std::fs::read_to_string(data.join("database_url")).unwrap();
    let database = connect(url.trim()).await;
    let log = async |conversation: ConversationId| {
        let sql = "select seq, content ->> 'text' from entries where conversation_id = $1 order by seq";
        let rows = database.query(sql, &[&conversation.0]).await.unwrap();
        rows.iter().map(|row| (row.get::<_, i64>(0) as usize, row.get::<_, String>(1))).collect::<Vec<_>>()
    };
    let stored = log(conversation).await;
    assert!(stored.iter().map(|(seq, _)| *seq).eq(1..=BEFORE + DURING + AFTER), "each once, and no gap");
    let shown = runs(seen.iter().map(String::as_str));
    let sockets = visitor.sockets();
    assert_eq!(runs(stored.iter().map(|(_, text)| text.as_str())), shown, "as taken and shown, over {sockets} sockets");
    // Refused or not, in the order of sending.
    assert_eq!(shown, [(1, BEFORE + DURING + AFTER)], "every line, in its order, over {sockets} sockets");
    assert_eq!(log(same.conversation).await.len(), same.routed);
    assert_eq!((log(other.conversation).await.len(), other.routed), (other.sent, other.sent));
    drop(database);
    assert!(process.terminate().success());
}
