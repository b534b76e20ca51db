//! The writer while its database goes away and comes back: nothing lost, nothing doubled, order kept.

use std::process::Command;
use std::time::Duration;

use storage::{Embedded, EmbeddedConfig, NewEntry, Storage, StorageError, StoredEntry, Writer, WriterConfig, migrate};
use tests::database::{TestDatabase, Watchdog, connect, npm_packages, scratch};

use super::writer::check_logs;
use super::{Shop, anybody, shop, submit};

/// Small batches and short pauses: many commits to be interrupted.
fn hasty() -> WriterConfig {
    WriterConfig {
        batch_entries: 20,
        retry_min: Duration::from_millis(5),
        retry_max: Duration::from_millis(50),
        ..WriterConfig::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_survives_its_connections_being_killed() {
    let (database, shop) = shop().await;
    let (one, other) = (shop.conversation().await, shop.conversation().await);
    let sent: Vec<Vec<NewEntry>> = (0..8)
        .map(|_| {
            let sender = anybody();
            (0..250).map(|n| shop.text(if n % 3 == 0 { other } else { one }, &sender, &n.to_string())).collect()
        })
        .collect();
    let (writer, mut announced) = Writer::start(database.config(), hasty());
    for place in 0..250 {
        submit(&writer, sent.iter().map(|entries| entries[place].clone()));
    }
    let admin = database.client().await;
    let kill = "select count(pg_terminate_backend(pid)) from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid()";
    let mut killed = 0;
    let mut stored: Vec<StoredEntry> = vec![];
    while stored.len() < 2_000 {
        let committed = announced.recv().await.unwrap();
        assert_eq!(committed.rejected, []);
        stored.extend(committed.stored);
        killed += admin.query_one(kill, &[]).await.unwrap().get::<_, i64>(0);
    }
    assert!(killed >= 10, "only {killed} connections were killed");
    check_logs(&database, &sent, &stored).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_survives_its_cluster_being_stopped_and_killed() {
    let data = scratch("restarts");
    let _watchdog = Watchdog::over(&data);
    let config = EmbeddedConfig { data: data.clone(), postgres_bin: None, search: npm_packages() };
    let cluster = Embedded::start(config).await.unwrap();
    migrate::run(cluster.url()).await.unwrap();
    let database = storage::StorageConfig::new(cluster.url());
    let storage = Storage::connect(database.clone()).await.unwrap();
    let shop = Shop::open(&storage).await;
    let conversation = shop.conversation().await;
    let sender = anybody();
    let sent: Vec<NewEntry> = (0..1_500).map(|n| shop.text(conversation, &sender, &n.to_string())).collect();
    let (writer, mut announced) = Writer::start(database, hasty());
    let mut stored: Vec<StoredEntry> = vec![];
    for (part, signal) in sent.chunks(500).zip(["-INT", "-KILL", "-QUIT"]) {
        submit(&writer, part.iter().cloned());
        // In the middle of the part.
        stored.extend(announced.recv().await.unwrap().stored);
        let pid = std::fs::read_to_string(data.join("postgres/postmaster.pid")).unwrap();
        let pid = pid.lines().next().unwrap();
        assert!(Command::new("kill").args([signal, pid]).status().unwrap().success());
        let wanted = stored.len().next_multiple_of(500);
        while stored.len() < wanted {
            let committed = announced.recv().await.unwrap();
            assert_eq!(committed.rejected, []);
            stored.extend(committed.stored);
        }
    }
    let order: Vec<_> = stored.iter().map(|receipt| (receipt.seq, receipt.id)).collect();
    assert_eq!(order, (1..).zip(&sent).map(|(seq, entry)| (seq, entry.id)).collect::<Vec<_>>());
    let count = connect(cluster.url()).await.query_one("select count(*), max(seq) from entries", &[]).await.unwrap();
    assert_eq!((count.get::<_, i64>(0), count.get::<_, i64>(1)), (1_500, 1_500));
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn requests_fail_as_unavailable_while_connections_are_killed_and_then_work_again() {
    let (database, shop) = shop().await;
    let conversation = shop.conversation().await;
    let admin = database.client().await;
    let lock = "begin; lock table conversations";
    admin.batch_execute(lock).await.unwrap();
    let storage = shop.storage.clone();
    let organization = shop.organization;
    let waiting = tokio::spawn(async move { storage.find_conversation(organization, conversation).await });
    let kill = "select count(pg_terminate_backend(pid)) from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid() and wait_event_type = 'Lock'";
    while admin.query_one(kill, &[]).await.unwrap().get::<_, i64>(0) == 0 {
        tokio::task::yield_now().await;
    }
    let failed = waiting.await.unwrap();
    assert!(matches!(failed, Err(StorageError::Unavailable(_))), "{failed:?}");
    admin.batch_execute("rollback").await.unwrap();
    assert!(shop.storage.find_conversation(organization, conversation).await.unwrap().is_some());
}

#[tokio::test]
async fn a_statement_that_takes_too_long_is_unavailable() {
    let database = TestDatabase::new();
    let mut config = database.config();
    config.statement_timeout = Duration::from_millis(500);
    let shop = Shop::open(&Storage::connect(config).await.unwrap()).await;
    let conversation = shop.conversation().await;
    let admin = database.client().await;
    admin.batch_execute("begin; lock table conversations").await.unwrap();
    let failed = shop.storage.find_conversation(shop.organization, conversation).await;
    assert!(matches!(failed, Err(StorageError::Unavailable(_))), "{failed:?}");
    admin.batch_execute("rollback").await.unwrap();
    assert!(shop.storage.find_conversation(shop.organization, conversation).await.unwrap().is_some());
}

#[tokio::test]
async fn a_pool_that_is_used_up_is_unavailable_and_so_is_a_ping() {
    let database = TestDatabase::new();
    let mut config = database.config();
    (config.pool_size, config.acquire_timeout) = (1, Duration::from_secs(1));
    let storage = Storage::connect(config).await.unwrap();
    let shop = Shop::open(&storage).await;
    let conversation = shop.conversation().await;
    let admin = database.client().await;
    admin.batch_execute("begin; lock table conversations").await.unwrap();
    let waiting = {
        let (storage, organization) = (storage.clone(), shop.organization);
        tokio::spawn(async move { storage.find_conversation(organization, conversation).await })
    };
    let blocked =
        "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
    while admin.query_one(blocked, &[]).await.unwrap().get::<_, i64>(0) == 0 {
        tokio::task::yield_now().await;
    }
    assert!(matches!(storage.ping().await, Err(StorageError::Unavailable(_))));
    let second = storage.find_conversation(shop.organization, conversation).await;
    assert!(matches!(second, Err(StorageError::Unavailable(_))));
    admin.batch_execute("rollback").await.unwrap();
    assert!(waiting.await.unwrap().unwrap().is_some());
    storage.ping().await.unwrap();
}
