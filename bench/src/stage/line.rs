//! A line between a gateway and its Postgres that reads along: it counts the statements that are run, whoever prepared
//! them, by the role that runs them. It costs time, so nothing else is measured over it.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_postgres::Config;
use tokio_postgres::config::Host;

/// The requests for encryption that may come before anything else, by their codes: TLS and GSSAPI.
const ENCRYPTION: [u32; 2] = [80_877_103, 80_877_104];
/// Postgres' own port, where a URL names none.
const PORT: u16 = 5432;
/// Beginnings of statements that only open or close a transaction, or say who asks.
const FRAME: [&str; 7] = ["begin", "start transaction", "commit", "rollback", "set ", "listen ", "select set_config("];

/// A statement that was run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ran {
    /// The role that its connection had taken.
    pub(crate) role: String,
    /// What it was.
    pub(crate) sql: String,
}

impl Ran {
    /// Whether it does more than to open or close a transaction or to say who asks.
    pub(crate) fn is_work(&self) -> bool {
        let sql = self.sql.trim_start().to_ascii_lowercase();
        !sql.is_empty() && !FRAME.iter().any(|start| sql.starts_with(start))
    }

    /// Whether it reads or writes one of these tables.
    pub(crate) fn names(&self, tables: &[&str]) -> bool {
        let mut words = self.sql.split(|letter: char| !(letter.is_alphanumeric() || letter == '_'));
        words.any(|word| tables.iter().any(|table| word.eq_ignore_ascii_case(table)))
    }
}

/// A listener that passes on to a Postgres. Closed when it is dropped.
pub(crate) struct Line {
    url: String,
    ran: Arc<Mutex<Vec<Ran>>>,
    passing: JoinHandle<()>,
}

impl Line {
    /// A line to the database of this URL, which must be plain TCP.
    ///
    /// # Errors
    /// The URL names no place on this machine, or there is no port for the near end.
    pub(crate) async fn open(url: &str) -> Result<Self, String> {
        let config: Config = url.parse().map_err(|error| format!("the database's URL: {error}"))?;
        let Some(Host::Tcp(host)) = config.get_hosts().first() else {
            return Err("statements can be counted where the database's URL names a host only".into());
        };
        let port = config.get_ports().first().copied().unwrap_or(PORT);
        let named = |error: std::io::Error| format!("a line to Postgres at {host}: {error}");
        let mut found = tokio::net::lookup_host((host.as_str(), port)).await.map_err(named)?;
        let far = found.next().ok_or_else(|| format!("{host} has no address"))?;
        let listener = TcpListener::bind("127.0.0.1:0").await.map_err(named)?;
        let near = listener.local_addr().map_err(named)?;
        let ran = Arc::default();
        let passing = tokio::spawn(accept(listener, far, Arc::clone(&ran)));
        Ok(Self { url: at(url, near).ok_or("the database's URL has no path")?, ran, passing })
    }

    /// The database's URL at the near end.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Whatever was run since the last time, in order.
    pub(crate) fn take(&self) -> Vec<Ran> {
        std::mem::take(&mut locked(&self.ran))
    }

    /// Whether a statement with this in it has been run and was not taken yet.
    pub(crate) fn ran(&self, part: &str) -> bool {
        locked(&self.ran).iter().any(|ran| ran.sql.contains(part))
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.passing.abort();
    }
}

fn locked(ran: &Mutex<Vec<Ran>>) -> MutexGuard<'_, Vec<Ran>> {
    // A list is whole after every step, also if somebody panicked between two.
    ran.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The same URL at another address.
fn at(url: &str, address: SocketAddr) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    let (place, path) = rest.split_once('/')?;
    let role = place.rsplit_once('@').map(|(role, _)| format!("{role}@")).unwrap_or_default();
    Some(format!("{scheme}://{role}{address}/{path}"))
}

async fn accept(listener: TcpListener, far: SocketAddr, ran: Arc<Mutex<Vec<Ran>>>) {
    let mut connections = tokio::task::JoinSet::new();
    while let Ok((near, _)) = listener.accept().await {
        connections.spawn(pass(near, far, Arc::clone(&ran)));
        while connections.try_join_next().is_some() {}
    }
}

/// Passes both ways until one end is gone.
async fn pass(near: TcpStream, far: SocketAddr, ran: Arc<Mutex<Vec<Ran>>>) -> std::io::Result<()> {
    let far = TcpStream::connect(far).await?;
    near.set_nodelay(true)?;
    far.set_nodelay(true)?;
    let ((near_in, mut near_out), (mut far_in, far_out)) = (near.into_split(), far.into_split());
    let mut up = Up {
        from: near_in,
        to: far_out,
        ran,
        role: String::new(),
        statements: HashMap::new(),
        portals: HashMap::new(),
    };
    up.begin(&mut near_out).await?;
    tokio::select! {
        ended = up.run() => ended,
        ended = tokio::io::copy(&mut far_in, &mut near_out) => ended.map(|_| ()),
    }
}

/// The way to Postgres.
struct Up {
    from: OwnedReadHalf,
    to: OwnedWriteHalf,
    ran: Arc<Mutex<Vec<Ran>>>,
    /// What the connection acts as, once it has said so.
    role: String,
    /// Prepared statements' SQL, by name.
    statements: HashMap<String, String>,
    /// Bound portals' SQL, by name.
    portals: HashMap<String, String>,
}

impl Up {
    /// Passes on what comes first and has no kind. Encryption is turned down: nobody could read along.
    async fn begin(&mut self, near: &mut OwnedWriteHalf) -> std::io::Result<()> {
        loop {
            let body = self.body().await?;
            let code = body.first_chunk().map(|code| u32::from_be_bytes(*code));
            if !code.is_some_and(|code| ENCRYPTION.contains(&code)) {
                return self.pass(&[], &body).await;
            }
            near.write_all(b"N").await?;
        }
    }

    async fn run(&mut self) -> std::io::Result<()> {
        loop {
            let kind = self.from.read_u8().await?;
            let body = self.body().await?;
            self.meet(kind, &body);
            self.pass(&[kind], &body).await?;
        }
    }

    async fn body(&mut self) -> std::io::Result<Vec<u8>> {
        let length = self.from.read_u32().await?.saturating_sub(4);
        let mut body = vec![0; usize::try_from(length).unwrap_or_default()];
        self.from.read_exact(&mut body).await?;
        Ok(body)
    }

    async fn pass(&mut self, kind: &[u8], body: &[u8]) -> std::io::Result<()> {
        let length = u32::try_from(body.len() + 4).unwrap_or(u32::MAX);
        self.to.write_all(&[kind, &length.to_be_bytes(), body].concat()).await
    }

    /// Notes what the message prepares, binds or runs.
    fn meet(&mut self, kind: u8, body: &[u8]) {
        let text = |nth| text(body, nth).unwrap_or_default().to_owned();
        match kind {
            b'P' => {
                self.statements.insert(text(0), text(1));
            }
            b'B' => {
                let sql = self.statements.get(&text(1)).cloned().unwrap_or_default();
                self.portals.insert(text(0), sql);
            }
            b'E' => {
                let sql = self.portals.get(&text(0)).cloned().unwrap_or_default();
                self.note(sql);
            }
            b'Q' => {
                let sql = text(0);
                if let Some((_, role)) = sql.rsplit_once("set role ") {
                    self.role = role.split(';').next().unwrap_or_default().trim().to_owned();
                }
                self.note(sql);
            }
            _ => {}
        }
    }

    fn note(&self, sql: String) {
        locked(&self.ran).push(Ran { role: self.role.clone(), sql });
    }
}

/// The `nth` of the texts that a body begins with, each ending with a zero.
fn text(body: &[u8], nth: usize) -> Option<&str> {
    body.split(|byte| *byte == 0).nth(nth).and_then(|text| std::str::from_utf8(text).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_moved_to_the_near_end() {
        let near = "127.0.0.1:7".parse().unwrap();
        assert_eq!(at("postgres://a:b@127.0.0.1:5/d", near).as_deref(), Some("postgres://a:b@127.0.0.1:7/d"));
        assert_eq!(at("postgres://h:5/d?x=y", near).as_deref(), Some("postgres://127.0.0.1:7/d?x=y"));
    }

    #[test]
    fn work_is_told_from_its_frame_and_tables_by_whole_words() {
        let ran = |sql: &str| Ran { role: String::new(), sql: sql.into() };
        assert!(!ran("BEGIN").is_work() && !ran(" set local role x").is_work() && ran("select 1").is_work());
        assert!(ran("select * from Departments d").names(&["departments"]));
        assert!(!ran("select departments_seen from x").names(&["departments"]));
    }
}
