//! The private cluster: made, found again, adopted, guarded.

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use storage::{Embedded, EmbeddedConfig, EmbeddedError};
use tests::database::{Watchdog, cluster_config as config, connect, scratch};

/// Tells the starter, a process of its own, where its data folder is.
const STARTER_DATA: &str = "CHATDESK_TEST_STARTER_DATA";

/// A data folder, cleared away with its cluster whatever becomes of the test.
fn folder(name: &str) -> (PathBuf, Watchdog) {
    let data = scratch(name);
    let watchdog = Watchdog::over(&data);
    (data, watchdog)
}

fn postmaster(data: &Path) -> String {
    let file = fs::read_to_string(data.join("postgres/postmaster.pid")).unwrap();
    file.lines().next().unwrap().to_owned()
}

fn kill(signal: &str, pid: &str) {
    assert!(Command::new("kill").args([signal, pid]).status().unwrap().success());
}

async fn note(url: &str, text: &str) {
    let client = connect(url).await;
    client.batch_execute("create table if not exists notes (text text)").await.unwrap();
    client.execute("insert into notes values ($1)", &[&text]).await.unwrap();
}

async fn notes(url: &str) -> Vec<String> {
    let rows = connect(url).await.query("select text from notes order by text", &[]).await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

#[tokio::test]
async fn a_second_start_finds_the_data() {
    let (data, _watchdog) = folder("again");
    let cluster = Embedded::start(config(&data)).await.unwrap();
    note(cluster.url(), "one").await;
    let settings = "select current_setting('listen_addresses'), current_setting('unix_socket_directories'),
        current_setting('server_encoding'), current_setting('data_checksums'),
        (select string_agg(distinct auth_method, ',') from pg_hba_file_rules), current_setting('wal_segment_size')";
    let row = connect(cluster.url()).await.query_one(settings, &[]).await.unwrap();
    let settings: Vec<&str> = (0..6).map(|column| row.get(column)).collect();
    assert_eq!(settings, ["127.0.0.1", "", "UTF8", "on", "scram-sha-256", "1MB"]);
    for private in ["database_url", "postgres.password"] {
        let mode = fs::metadata(data.join(private)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{private}");
    }
    assert_eq!(fs::read_to_string(data.join("database_url")).unwrap().trim(), cluster.url());
    let (pid, url) = (postmaster(&data), cluster.url().to_owned());
    cluster.stop().await.unwrap();
    assert!(!data.join("postgres/postmaster.pid").exists());
    assert!(!Path::new("/proc").join(pid).exists());
    assert!(tokio_postgres::connect(&url, tokio_postgres::NoTls).await.is_err());

    let cluster = Embedded::start(config(&data)).await.unwrap();
    note(cluster.url(), "two").await;
    assert_eq!(notes(cluster.url()).await, ["one", "two"]);
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn a_folder_that_only_its_owner_may_enter_will_do() {
    let (data, _watchdog) = folder("closed");
    fs::create_dir_all(data.parent().unwrap()).unwrap();
    fs::DirBuilder::new().mode(0o700).create(&data).unwrap();
    let inner = data.join("clone/.data");
    let cluster = Embedded::start(config(&inner)).await.unwrap();
    note(cluster.url(), "one").await;
    cluster.stop().await.unwrap();
    let cluster = Embedded::start(config(&inner)).await.unwrap();
    assert_eq!(notes(cluster.url()).await, ["one"]);
    cluster.stop().await.unwrap();
    assert_eq!(fs::metadata(&data).unwrap().permissions().mode() & 0o777, 0o700, "the folder is left as it was");
}

#[tokio::test]
async fn a_second_starter_is_told_who_is_there() {
    let (data, _watchdog) = folder("taken");
    let cluster = Embedded::start(config(&data)).await.unwrap();
    let Err(EmbeddedError::InUse { pid, .. }) = Embedded::start(config(&data)).await else { panic!("it started") };
    assert_eq!(pid, std::process::id().to_string());
    cluster.stop().await.unwrap();
    Embedded::start(config(&data)).await.unwrap().stop().await.unwrap();
}

/// Not a test: the process that others kill. It starts a cluster and waits.
#[tokio::test]
#[ignore = "run by other tests, as a process of its own"]
async fn starter() {
    let Some(data) = std::env::var_os(STARTER_DATA) else { return };
    let cluster = Embedded::start(config(Path::new(&data))).await.unwrap();
    println!("url {}", cluster.url());
    std::future::pending::<()>().await;
}

/// Starts a cluster from another process, and kills that as nothing can be caught.
fn start_and_kill(data: &Path) -> String {
    let mut starter = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "storage::embedded::starter", "--ignored", "--nocapture"])
        .env(STARTER_DATA, data)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(starter.stdout.take().unwrap()).lines();
    let url = lines.map_while(Result::ok).find_map(|line| line.split_once("url ").map(|(_, url)| url.to_owned()));
    starter.kill().unwrap();
    starter.wait().unwrap();
    url.expect("the starter starts")
}

#[tokio::test]
async fn what_a_killed_process_left_running_is_adopted_and_stopped() {
    let (data, _watchdog) = folder("orphan");
    let url = start_and_kill(&data);
    note(&url, "one").await;
    let pid = postmaster(&data);
    let cluster = Embedded::start(config(&data)).await.unwrap();
    assert_eq!((cluster.url(), postmaster(&data)), (url.as_str(), pid.clone()), "it is the same one");
    assert_eq!(notes(cluster.url()).await, ["one"]);
    cluster.stop().await.unwrap();
    assert!(tokio_postgres::connect(&url, tokio_postgres::NoTls).await.is_err());
    assert!(!data.join("postgres/postmaster.pid").exists());
}

#[tokio::test]
async fn a_pid_file_of_something_dead_or_of_something_else_is_no_hindrance() {
    let (data, _watchdog) = folder("stale");
    let url = start_and_kill(&data);
    note(&url, "one").await;
    let file = data.join("postgres/postmaster.pid");
    let stale = fs::read_to_string(&file).unwrap();
    kill("-KILL", &postmaster(&data));
    let cluster = Embedded::start(config(&data)).await.unwrap();
    assert_eq!(notes(cluster.url()).await, ["one"]);
    cluster.stop().await.unwrap();

    // The number went to another process: this one.
    let others = stale.replacen(stale.lines().next().unwrap(), &std::process::id().to_string(), 1);
    fs::write(&file, others).unwrap();
    let cluster = Embedded::start(config(&data)).await.unwrap();
    assert_eq!(notes(cluster.url()).await, ["one"]);
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn an_adopted_one_that_dies_is_started_again() {
    let (data, _watchdog) = folder("supervised");
    let url = start_and_kill(&data);
    note(&url, "one").await;
    let cluster = Embedded::start(config(&data)).await.unwrap();
    for text in ["two", "three"] {
        let before = postmaster(&data);
        let client = connect(&url).await;
        kill("-KILL", &before);
        // The connection ends with the old one; the new one answers under the same URL.
        assert!(client.batch_execute("select pg_sleep(60)").await.is_err());
        while tokio_postgres::connect(&url, tokio_postgres::NoTls).await.is_err() {
            tokio::task::yield_now().await;
        }
        assert_ne!(postmaster(&data), before);
        note(&url, text).await;
    }
    assert_eq!(notes(&url).await, ["one", "three", "two"]);
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn a_cluster_that_was_never_finished_is_made_anew() {
    let (data, _watchdog) = folder("unfinished");
    fs::create_dir_all(data.join("postgres.new/postgres/base")).unwrap();
    fs::write(data.join("postgres.new/postgres/PG_VERSION"), "15\n").unwrap();
    fs::write(data.join("postgres.password"), "of the unfinished one").unwrap();
    let cluster = Embedded::start(config(&data)).await.unwrap();
    note(cluster.url(), "one").await;
    cluster.stop().await.unwrap();
    assert!(!data.join("postgres.new").exists());
}

#[tokio::test]
async fn a_cluster_of_another_version_is_refused_with_both_versions() {
    let (data, _watchdog) = folder("version");
    fs::create_dir_all(data.join("postgres")).unwrap();
    fs::write(data.join("postgres/PG_VERSION"), "9\n").unwrap();
    let Err(error) = Embedded::start(config(&data)).await else { panic!("it started") };
    assert!(matches!(&error, EmbeddedError::Version { cluster: 9, .. }), "{error}");
    assert!(error.to_string().contains("made by Postgres 9, and only"), "{error}");
}

#[tokio::test]
async fn a_folder_without_programs_is_named() {
    let (data, _watchdog) = folder("programs");
    let config = EmbeddedConfig { postgres_bin: Some(PathBuf::from("/nowhere")), ..config(&data) };
    let Err(error) = Embedded::start(config).await else { panic!("it started") };
    assert!(matches!(error, EmbeddedError::NoPostgres(_)));
    assert!(error.to_string().contains("/nowhere does not hold initdb and postgres"), "{error}");
}

#[tokio::test]
async fn dropping_it_stops_it() {
    let (data, _watchdog) = folder("dropped");
    let cluster = Embedded::start(config(&data)).await.unwrap();
    let client = connect(cluster.url()).await;
    drop(cluster);
    assert!(client.batch_execute("select pg_sleep(60)").await.is_err());
    // A start right after waits for it to be gone.
    Embedded::start(config(&data)).await.unwrap().stop().await.unwrap();
}
