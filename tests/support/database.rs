//! A migrated database for each test, in milliseconds.
//!
//! One private cluster serves all tests of a process; each test gets a copy of a migrated template, made ahead while nobody
//! asks for one. With
//! `CHATDESK_TEST_DATABASE_URL` set that server is used instead, as a superuser: tests look past row-level security. A
//! cluster never outlives its process, however that ends: a watchdog holds the other end of a pipe.

use std::collections::VecDeque;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{LazyLock, mpsc};
use std::thread;

use storage::{Embedded, EmbeddedConfig, Storage, StorageConfig, migrate};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio_postgres::{Client, NoTls};

/// Names a server to use instead of a private cluster.
const SERVER: &str = "CHATDESK_TEST_DATABASE_URL";
/// What test databases' names begin with; the owner's number and a count follow.
const PREFIX: &str = "chatdesk_test_";
/// Copies that are made ahead.
const SPARE: usize = 2;
/// The advisory lock under which templates are made, and the class of those that say that an owner still lives.
const TEMPLATE_LOCK: i64 = 0x7465_7374;
const OWNER_LOCK: i32 = 0x7465_7374;

/// Stops the cluster and clears its folder when the pipe closes, which the kernel does whatever ends its holder.
const WATCHDOG: &str = r#"
cat >/dev/null
pid=$(head -n 1 "$1/postgres/postmaster.pid" 2>/dev/null)
if [ -n "$pid" ] && kill -INT "$pid"; then
    while kill -0 "$pid" 2>/dev/null; do sleep 0.05; done
fi
rm -rf "$1"
"#;

/// Settings that are off in the private cluster: without them a power cut loses data, and nothing else does.
const FAST: [&str; 3] = ["fsync", "synchronous_commit", "full_page_writes"];

/// A database of a test's own, dropped with it.
pub struct TestDatabase {
    name: String,
    url: String,
}

impl TestDatabase {
    /// A copy of the migrated template.
    pub fn new() -> Self {
        Self::make(true)
    }

    /// A database without any tables.
    pub fn empty() -> Self {
        Self::make(false)
    }

    fn make(migrated: bool) -> Self {
        let name = SERVER_THREAD.ask(|answer| Order::Make { migrated, answer });
        Self { url: on_database(&SERVER_THREAD.admin, &name), name }
    }

    /// Its URL, as the role that owns it.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// A folder for what gateways on it keep besides, removed with it. Not made before it is needed.
    pub fn folder(&self) -> PathBuf {
        scratch("gateway").join(&self.name)
    }

    /// How storage and writer reach it.
    pub fn config(&self) -> StorageConfig {
        StorageConfig::new(&self.url)
    }

    /// Storage on it.
    pub async fn storage(&self) -> Storage {
        Storage::connect(self.config()).await.expect("the test database answers")
    }

    /// A connection as the role that owns it, whom row-level security does not bind while it is a superuser.
    pub async fn client(&self) -> Client {
        connect(&self.url).await
    }
}

impl Default for TestDatabase {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        // Nobody waits for it; should the process end before, it goes as its cluster does, or when another one sweeps.
        let _ = SERVER_THREAD.orders.send(Order::Drop { name: self.name.clone() });
        // Most tests have none.
        let _ = std::fs::remove_dir_all(self.folder());
    }
}

/// A connection to a database; it ends with the client.
pub async fn connect(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.expect("the database answers");
    tokio::spawn(connection);
    client
}

/// The same server's database of another name.
pub fn on_database(url: &str, name: &str) -> String {
    let (server, path) = url.rsplit_once('/').expect("a database URL has a path");
    match path.split_once('?') {
        Some((_, options)) => format!("{server}/{name}?{options}"),
        None => format!("{server}/{name}"),
    }
}

/// A folder below the build's for a test's files; the name tells the test, and the process is added.
pub fn scratch(name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("a test has a path");
    let build = test.ancestors().find(|folder| folder.ends_with("deps")).and_then(Path::parent);
    build.expect("tests are built below deps").join("scratch").join(format!("{name}-{}", std::process::id()))
}

/// Where `npm ci` in `tools/postgres` puts Postgres, for machines that have none.
pub fn npm_packages() -> Vec<PathBuf> {
    vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("../tools/postgres/node_modules")]
}

/// How a test runs a cluster in a folder: with the programs that `CHATDESK_POSTGRES_BIN` names, as a gateway would.
pub fn cluster_config(data: &Path) -> EmbeddedConfig {
    let postgres_bin = std::env::var_os("CHATDESK_POSTGRES_BIN").map(PathBuf::from);
    EmbeddedConfig { data: data.to_owned(), postgres_bin, search: npm_packages() }
}

/// A cluster of a test's own, for what concerns a whole cluster, and what watches over its folder.
pub async fn new_cluster(name: &str) -> (Embedded, Watchdog) {
    let data = scratch(name);
    let watchdog = Watchdog::over(&data);
    (Embedded::start(cluster_config(&data)).await.expect("a cluster of its own starts"), watchdog)
}

/// Watches over a cluster's folder: when this is dropped, or its process ends however it does, the cluster is stopped
/// and the folder removed.
pub struct Watchdog(Child);

impl Watchdog {
    /// Starts watching a folder, which need not be there yet.
    pub fn over(folder: &Path) -> Self {
        let mut command = Command::new("sh");
        command.args(["-c", WATCHDOG, "watchdog"]).arg(folder).stdin(Stdio::piped());
        // Whoever reads this process' output must not wait for the watchdog's end.
        command.stdout(Stdio::null()).stderr(Stdio::null());
        // Outside of our process group: Ctrl-C must not reach it.
        Self(command.process_group(0).spawn().expect("the watchdog starts"))
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        // A test that fails still has its cluster's process as a child, and is not there to take note of its end: for
        // that the watchdog would wait for ever, and the test for the watchdog.
        if !thread::panicking() {
            // It has nothing to say about how it went.
            let _ = self.0.wait();
        }
    }
}

/// A database's name, or why there is none.
type Answer = Result<String, String>;

enum Order {
    Make { migrated: bool, answer: mpsc::Sender<Answer> },
    Drop { name: String },
}

/// The thread that starts the cluster, and makes and drops databases: each test has a runtime of its own, and the
/// cluster outlives them all.
struct ServerThread {
    admin: String,
    orders: UnboundedSender<Order>,
    _watchdog: Option<Watchdog>,
}

static SERVER_THREAD: LazyLock<ServerThread> = LazyLock::new(|| {
    let server = std::env::var(SERVER).ok();
    let folder = scratch("cluster");
    let _watchdog = server.is_none().then(|| Watchdog::over(&folder));
    let (orders, queue) = unbounded_channel();
    let (started, start) = mpsc::channel();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime starts");
        runtime.block_on(async {
            // Kept until the process ends.
            let cluster = if server.is_none() { Some(start_cluster(folder).await) } else { None };
            let admin = server.or_else(|| cluster.as_ref().map(|cluster| cluster.url().to_owned()));
            let admin = admin.expect("there is one or the other");
            started.send(admin.clone()).expect("somebody waits for it");
            serve(&admin, queue).await;
        });
    });
    ServerThread { admin: start.recv().expect("the test cluster starts"), orders, _watchdog }
});

impl ServerThread {
    fn ask(&self, order: impl FnOnce(mpsc::Sender<Answer>) -> Order) -> String {
        let (answer, answered) = mpsc::channel();
        self.orders.send(order(answer)).expect("the test cluster runs");
        answered.recv().expect("the test cluster answers").unwrap_or_else(|reason| panic!("{reason}"))
    }
}

async fn start_cluster(data: PathBuf) -> Embedded {
    let cluster = Embedded::start(cluster_config(&data)).await.expect("the test cluster starts");
    let client = connect(cluster.url()).await;
    for setting in FAST {
        client.batch_execute(&format!("alter system set {setting} = off")).await.expect("the setting is known");
    }
    client.batch_execute("select pg_reload_conf()").await.expect("the settings are read");
    cluster
}

async fn serve(admin: &str, mut orders: UnboundedReceiver<Order>) {
    let client = connect(admin).await;
    let owner = own(&client).await;
    sweep(&client).await;
    let template = match template(&client, admin).await {
        Ok(template) => template,
        Err(reason) => {
            // Every test that needs a database says why it has none.
            while let Some(order) = orders.recv().await {
                if let Order::Make { answer, .. } = order {
                    let _ = answer.send(Err(reason.clone()));
                }
            }
            return;
        }
    };
    let mut shelf = Shelf { template, client, owner, made: 0, spare: VecDeque::new() };
    let mut dropped = VecDeque::new();
    loop {
        // Whoever waits for a database comes first; what is dropped, and what may be asked for, can wait.
        let order = match orders.try_recv() {
            Ok(order) => order,
            Err(_) if shelf.spare.len() < SPARE => {
                let spare = shelf.copy().await;
                shelf.spare.push_back(spare);
                continue;
            }
            Err(_) => {
                if let Some(name) = dropped.pop_front() {
                    shelf.run(&format!("drop database {name} with (force)")).await;
                    continue;
                }
                let Some(order) = orders.recv().await else { return };
                order
            }
        };
        match order {
            Order::Make { migrated, answer } => {
                let name = if migrated { shelf.take().await } else { shelf.empty().await };
                // A test that failed does not listen any more.
                let _ = answer.send(Ok(name));
            }
            Order::Drop { name } => dropped.push_back(name),
        }
    }
}

/// Makes databases, and has some ready.
struct Shelf {
    client: Client,
    template: String,
    owner: i32,
    made: u32,
    spare: VecDeque<String>,
}

impl Shelf {
    async fn run(&self, sql: &str) {
        self.client.batch_execute(sql).await.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
    }

    fn name(&mut self) -> String {
        self.made += 1;
        format!("{PREFIX}{}_{}", self.owner, self.made)
    }

    async fn take(&mut self) -> String {
        match self.spare.pop_front() {
            Some(name) => name,
            None => self.copy().await,
        }
    }

    /// A template of a few megabytes is copied in half the time when its files are, and not its pages through the log.
    async fn copy(&mut self) -> String {
        let name = self.name();
        self.run(&format!("create database {name} template {} strategy file_copy", self.template)).await;
        name
    }

    async fn empty(&mut self) -> String {
        let name = self.name();
        self.run(&format!("create database {name} template template0 strategy file_copy")).await;
        name
    }
}

/// A number of this process' own on the server. The lock on it is how others tell that its databases are in use.
async fn own(client: &Client) -> i32 {
    loop {
        let sql = "select n, pg_try_advisory_lock($1, n) from (select (random() * 2147483647)::int as n) one";
        let row = client.query_one(sql, &[&OWNER_LOCK]).await.expect("the server takes locks");
        if row.get(1) {
            return row.get(0);
        }
    }
}

/// Drops the databases of processes that are gone.
async fn sweep(client: &Client) {
    let sql = "select datname, split_part(datname, '_', 3)::int from pg_database where datname like $1";
    let pattern = format!("{}%", PREFIX.replace('_', "\\_"));
    for row in client.query(sql, &[&pattern]).await.expect("databases are listed") {
        let (name, owner): (String, i32) = (row.get(0), row.get(1));
        let free = client.query_one("select pg_try_advisory_lock($1, $2)", &[&OWNER_LOCK, &owner]).await;
        // Our own lock would be free for us as well, but there is nothing of ours yet.
        if free.expect("the server takes locks").get(0) {
            let drop = format!("drop database if exists {name} with (force)");
            client.batch_execute(&drop).await.expect("an abandoned database can be dropped");
            let unlock = "select pg_advisory_unlock($1, $2)";
            client.execute(unlock, &[&OWNER_LOCK, &owner]).await.expect("the server takes locks");
        }
    }
}

/// The name of a migrated database to copy, made by whoever needs it first; or why the migrations fail.
async fn template(client: &Client, admin: &str) -> Answer {
    let template = format!("chatdesk_template_{:016x}", migrate::fingerprint());
    client.execute("select pg_advisory_lock($1)", &[&TEMPLATE_LOCK]).await.expect("the server takes locks");
    let mut migrated = Ok(());
    let exists = client.query_opt("select 1 from pg_database where datname = $1", &[&template]).await;
    if exists.expect("databases are listed").is_none() {
        // Aside first: a half migrated one must not be copied.
        let aside = format!("{template}_new");
        client
            .batch_execute(&format!("drop database if exists {aside} with (force)"))
            .await
            .expect("it can be dropped");
        client.batch_execute(&format!("create database {aside} template template0")).await.expect("it can be made");
        let outcome = migrate::run(&on_database(admin, &aside)).await;
        migrated = outcome.map(|_| ()).map_err(|error| format!("the migrations fail: {error}"));
        if migrated.is_ok() {
            let rename = format!("alter database {aside} rename to {template}");
            client.batch_execute(&rename).await.expect("it can be renamed");
        }
    }
    client.execute("select pg_advisory_unlock($1)", &[&TEMPLATE_LOCK]).await.expect("the server takes locks");
    migrated.map(|()| template)
}
