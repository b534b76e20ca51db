//! A line between storage and Postgres that reads along: it knows which statements ran, lets a test rewrite what is
//! sent, holds answers back, and breaks when a test says.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use tokio_postgres::Config;
use tokio_postgres::config::Host;

/// The requests for encryption that may come before anything else, by their codes: TLS and GSSAPI.
const ENCRYPTION: [u32; 2] = [80_877_103, 80_877_104];
/// Bytes of answers that are passed on at a time.
const ANSWER_BYTES: usize = 64 * 1024;

/// A message on its way to Postgres.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// `P` parse, `B` bind, `E` execute, `Q` simple query, and so on.
    pub kind: u8,
    /// What follows kind and length.
    pub body: Vec<u8>,
    /// The role that its connection has taken.
    pub role: String,
}

impl Message {
    /// The SQL that it holds, if it is one that does.
    #[must_use]
    pub fn sql(&self) -> Option<&str> {
        match self.kind {
            b'P' => text(&self.body, 1),
            b'Q' => text(&self.body, 0),
            _ => None,
        }
    }

    /// Puts other SQL in its place.
    ///
    /// # Panics
    /// When it holds none.
    pub fn set_sql(&mut self, sql: &str) {
        let former = self.sql().expect("the message holds SQL").len();
        let start = if self.kind == b'P' { text(&self.body, 0).map_or(0, |name| name.len() + 1) } else { 0 };
        self.body.splice(start..start + former, sql.bytes());
    }

    fn bytes(&self) -> Vec<u8> {
        let length = u32::try_from(self.body.len() + 4).expect("messages are shorter than 4 GiB");
        let mut bytes = vec![self.kind];
        bytes.extend(length.to_be_bytes());
        bytes.extend(&self.body);
        bytes
    }
}

/// The `nth` of the texts that a body begins with, each ending with a zero.
fn text(body: &[u8], nth: usize) -> Option<&str> {
    body.split(|byte| *byte == 0).nth(nth).and_then(|text| std::str::from_utf8(text).ok())
}

/// Whether a statement does more than to open or close a transaction or to say who is asking.
#[must_use]
pub fn is_work(sql: &str) -> bool {
    let sql = sql.trim_start().to_ascii_lowercase();
    let frame = ["begin", "start transaction", "commit", "rollback", "set ", "listen ", "select set_config("];
    !sql.is_empty() && !frame.iter().any(|start| sql.starts_with(start))
}

/// A statement that was executed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ran {
    /// The role that its connection had taken.
    pub role: String,
    /// What it was.
    pub sql: String,
}

/// What becomes of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Gate {
    Open,
    /// Answers wait.
    Held,
    /// Connections are dropped.
    Cut,
}

/// May look at, and change, each message that is on its way to Postgres.
pub type Hook = dyn Fn(&mut Message) + Send + Sync;

struct Shared {
    hook: Box<Hook>,
    /// What was executed, in order.
    ran: Mutex<Vec<Ran>>,
    /// Sees `ran` grow.
    count: watch::Sender<usize>,
}

impl Shared {
    fn ran(&self) -> MutexGuard<'_, Vec<Ran>> {
        self.ran.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, ran: Ran) {
        self.ran().push(ran);
        self.count.send_modify(|count| *count += 1);
    }
}

/// A listener that passes on to a Postgres.
pub struct PostgresLine {
    url: String,
    shared: Arc<Shared>,
    gate: watch::Sender<Gate>,
    passing: JoinHandle<()>,
}

impl PostgresLine {
    /// A line to the database of this URL.
    pub async fn open(url: &str) -> Self {
        Self::with(url, |_| {}).await
    }

    /// The same; `hook` sees every message to Postgres and may change it.
    pub async fn with(url: &str, hook: impl Fn(&mut Message) + Send + Sync + 'static) -> Self {
        let config: Config = url.parse().expect("the URL can be read");
        let Some(Host::Tcp(host)) = config.get_hosts().first() else { panic!("{url}: a line needs TCP") };
        let port = config.get_ports().first().copied().unwrap_or(5432);
        let far = tokio::net::lookup_host((host.as_str(), port)).await.expect("the host has an address").next();
        let far = far.expect("the host has an address");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let near = listener.local_addr().expect("a listener has an address");
        let shared = Shared { hook: Box::new(hook), ran: Mutex::default(), count: watch::channel(0).0 };
        let (shared, gate) = (Arc::new(shared), watch::channel(Gate::Open).0);
        let passing = tokio::spawn(accept(listener, far, Arc::clone(&shared), gate.subscribe()));
        Self { url: at(url, near), shared, gate, passing }
    }

    /// The database's URL at its near end.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Whatever was executed, in order.
    #[must_use]
    pub fn ran(&self) -> Vec<Ran> {
        self.shared.ran().clone()
    }

    /// The SQL of what these roles executed, without what only opens and closes transactions and says who asks.
    #[must_use]
    pub fn work(&self, roles: &[&str]) -> Vec<String> {
        let ran = self.shared.ran();
        let work = ran.iter().filter(|ran| roles.contains(&ran.role.as_str()) && is_work(&ran.sql));
        work.map(|ran| ran.sql.clone()).collect()
    }

    /// Begins to count anew.
    pub fn forget(&self) {
        self.shared.ran().clear();
    }

    /// Waits until a statement with this text in it has been sent to Postgres since the last [`Self::forget`].
    pub async fn runs(&self, part: &str) {
        let found = |_: &usize| self.shared.ran().iter().any(|ran| ran.sql.contains(part));
        self.shared.count.subscribe().wait_for(found).await.expect("the line holds");
    }

    /// Holds answers back until [`Self::mend`].
    pub fn hold(&self) {
        self.gate.send_replace(Gate::Held);
    }

    /// Drops all connections, and new ones until [`Self::mend`].
    pub fn cut(&self) {
        self.gate.send_replace(Gate::Cut);
    }

    /// Passes everything on again.
    pub fn mend(&self) {
        self.gate.send_replace(Gate::Open);
    }
}

impl Drop for PostgresLine {
    fn drop(&mut self) {
        self.passing.abort();
    }
}

/// The same URL at another address.
fn at(url: &str, address: SocketAddr) -> String {
    let (scheme, rest) = url.split_once("://").expect("a URL has a scheme");
    let (place, path) = rest.split_once('/').expect("a database URL has a path");
    let role = place.rsplit_once('@').map(|(role, _)| format!("{role}@")).unwrap_or_default();
    format!("{scheme}://{role}{address}/{path}")
}

async fn accept(listener: TcpListener, far: SocketAddr, shared: Arc<Shared>, gate: watch::Receiver<Gate>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let (near, _) = accepted.expect("the line listens");
                if *gate.borrow() != Gate::Cut {
                    connections.spawn(pass(near, far, Arc::clone(&shared), gate.clone()));
                }
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

/// Passes both ways until one end is gone, or the line is cut.
async fn pass(near: TcpStream, far: SocketAddr, shared: Arc<Shared>, gate: watch::Receiver<Gate>) {
    // A Postgres that is away looks like one that hangs up.
    let Ok(far) = TcpStream::connect(far).await else { return };
    for end in [&near, &far] {
        end.set_nodelay(true).expect("a socket takes its options");
    }
    let ((near_in, mut near_out), (far_in, far_out)) = (near.into_split(), far.into_split());
    let mut up = Up {
        from: near_in,
        to: far_out,
        shared,
        role: String::new(),
        statements: HashMap::new(),
        portals: HashMap::new(),
    };
    if up.begin(&mut near_out).await.is_none() {
        return;
    }
    let mut cut = gate.clone();
    tokio::select! {
        _ = up.run() => {}
        _ = down(far_in, near_out, gate) => {}
        _ = cut.wait_for(|gate| *gate == Gate::Cut) => {}
    }
}

async fn down(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut gate: watch::Receiver<Gate>) -> Option<()> {
    let mut answer = vec![0; ANSWER_BYTES];
    loop {
        let read @ 1.. = from.read(&mut answer).await.ok()? else { return None };
        gate.wait_for(|gate| *gate != Gate::Held).await.ok()?;
        to.write_all(&answer[..read]).await.ok()?;
    }
}

/// The way to Postgres.
struct Up {
    from: OwnedReadHalf,
    to: OwnedWriteHalf,
    shared: Arc<Shared>,
    /// What the connection acts as, once it has said so.
    role: String,
    /// Prepared statements' SQL, by name.
    statements: HashMap<String, String>,
    /// Bound portals' SQL, by name.
    portals: HashMap<String, String>,
}

impl Up {
    /// Passes on what comes first and has no kind. Encryption is turned down: nobody could read along.
    async fn begin(&mut self, near: &mut OwnedWriteHalf) -> Option<()> {
        loop {
            let body = self.body().await?;
            let code = body.first_chunk().map(|code| u32::from_be_bytes(*code));
            if code.is_some_and(|code| ENCRYPTION.contains(&code)) {
                near.write_all(b"N").await.ok()?;
                continue;
            }
            let length = u32::try_from(body.len() + 4).expect("messages are shorter than 4 GiB");
            self.to.write_all(&[&length.to_be_bytes(), body.as_slice()].concat()).await.ok()?;
            return Some(());
        }
    }

    async fn run(&mut self) -> Option<()> {
        loop {
            let kind = self.from.read_u8().await.ok()?;
            let mut message = Message { kind, body: self.body().await?, role: self.role.clone() };
            (self.shared.hook)(&mut message);
            self.meet(&message);
            self.to.write_all(&message.bytes()).await.ok()?;
        }
    }

    async fn body(&mut self) -> Option<Vec<u8>> {
        let length = self.from.read_u32().await.ok()?;
        let mut body = vec![0; usize::try_from(length.checked_sub(4)?).ok()?];
        self.from.read_exact(&mut body).await.ok()?;
        Some(body)
    }

    /// Notes what the message prepares, binds or runs.
    fn meet(&mut self, message: &Message) {
        let text = |nth| text(&message.body, nth).unwrap_or_default().to_owned();
        match message.kind {
            b'P' => {
                self.statements.insert(text(0), text(1));
            }
            b'B' => {
                let sql = self.statements.get(&text(1)).cloned().unwrap_or_default();
                self.portals.insert(text(0), sql);
            }
            b'E' => {
                let sql = self.portals.get(&text(0)).cloned().unwrap_or_default();
                self.shared.note(Ran { role: self.role.clone(), sql });
            }
            b'Q' => {
                let sql = text(0);
                if let Some((_, role)) = sql.rsplit_once("set role ") {
                    self.role = role.split(';').next().unwrap_or_default().trim().to_owned();
                }
                self.shared.note(Ran { role: self.role.clone(), sql });
            }
            _ => {}
        }
    }
}
