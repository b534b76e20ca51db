//! What is made sure of before a gateway serves: the roles, row-level security, and what the server keeps.

use storage::guard::{self, Warning};
use storage::{StorageConfig, StorageError, migrate};
use tests::database::{TestDatabase, connect, new_cluster, on_database};

async fn refused(url: &str) -> String {
    match guard::check(&StorageConfig::new(url)).await {
        Err(StorageError::Fault(reason)) => reason,
        other => panic!("{other:?}"),
    }
}

/// The same database, with settings of the connection's own.
fn with_options(url: &str, options: &str) -> String {
    format!("{url}?options={}", options.replace(' ', "%20").replace('=', "%3D"))
}

async fn warned_of(url: &str) -> Vec<(&'static str, String)> {
    let warnings = guard::check(&StorageConfig::new(url)).await.unwrap();
    assert!(warnings.iter().all(|warning| warning.danger.contains("acknowledged")), "each says what may be lost");
    warnings.into_iter().map(|Warning { setting, value, .. }| (setting, value)).collect()
}

#[tokio::test]
async fn roles_must_be_reachable_and_bound() {
    let (cluster, _data) = new_cluster("guard-roles").await;
    let admin = connect(cluster.url()).await;
    admin
        .batch_execute("create role plain login createrole password 'plain'; create role other login password 'other'")
        .await
        .unwrap();
    admin.batch_execute("create database plain owner plain").await.unwrap();
    let server = cluster.url().rsplit_once('@').unwrap().1;
    let of = |name: &str| on_database(&format!("postgres://{name}:{name}@{server}"), "plain");
    migrate::run(&of("plain")).await.unwrap();
    assert_eq!(guard::check(&StorageConfig::new(of("plain"))).await.unwrap(), []);

    let reason = refused(&of("other")).await;
    for role in ["request", "writer", "directory", "search", "maintenance"] {
        assert!(reason.contains(&format!("chatdesk_{role}")), "{reason}");
    }
    for (harm, cure, named) in [
        ("alter role chatdesk_request bypassrls", "alter role chatdesk_request nobypassrls", "chatdesk_request"),
        ("alter role chatdesk_search superuser", "alter role chatdesk_search nosuperuser", "chatdesk_search"),
        (
            "grant chatdesk_writer to chatdesk_request",
            "revoke chatdesk_writer from chatdesk_request",
            "chatdesk_request",
        ),
        // Not by way of each other only.
        (
            "create role between; grant between to chatdesk_maintenance; grant chatdesk_directory to between",
            "drop role between",
            "chatdesk_maintenance",
        ),
    ] {
        admin.batch_execute(harm).await.unwrap();
        let reason = refused(&of("plain")).await;
        assert!(reason.starts_with(&format!("row-level security would not bind {named}:")), "{harm}: {reason}");
        admin.batch_execute(cure).await.unwrap();
    }
    assert_eq!(guard::check(&StorageConfig::new(of("plain"))).await.unwrap(), []);
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn row_level_security_must_be_on() {
    let database = TestDatabase::new();
    let client = database.client().await;
    for (harm, cure, named) in [
        (
            "alter table conversations disable row level security",
            "alter table conversations enable row level security",
            "conversations",
        ),
        ("alter table entries no force row level security", "alter table entries force row level security", "entries"),
    ] {
        client.batch_execute(harm).await.unwrap();
        let reason = refused(database.url()).await;
        assert!(reason.contains(&format!("switched off on {named}:")), "{reason}");
        client.batch_execute(cure).await.unwrap();
    }
    guard::check(&database.config()).await.unwrap();
}

#[tokio::test]
async fn settings_that_may_lose_what_was_acknowledged_are_told() {
    let (cluster, _data) = new_cluster("guard-settings").await;
    let url = cluster.url().to_owned();
    migrate::run(&url).await.unwrap();
    assert_eq!(warned_of(&url).await, [], "the own cluster runs with all of them on");
    // As its own connections see it: here by their options.
    let off = with_options(&url, "-c synchronous_commit=off");
    assert_eq!(warned_of(&off).await, [("synchronous_commit", "off".to_owned())]);
    let local = with_options(&url, "-c synchronous_commit=local");
    assert_eq!(warned_of(&local).await, [], "nobody waits for standbys");

    let admin = connect(&url).await;
    for setting in ["fsync = off", "full_page_writes = off", "synchronous_standby_names = 'one'"] {
        admin.batch_execute(&format!("alter system set {setting}")).await.unwrap();
    }
    admin.batch_execute("select pg_reload_conf()").await.unwrap();
    // Signalled, and read at the server's next turn: a new connection may be ahead of it.
    let sql = "select current_setting('fsync') = 'off' and current_setting('synchronous_standby_names') <> ''";
    while !connect(&url).await.query_one(sql, &[]).await.unwrap().get::<_, bool>(0) {}
    let both = [("fsync", "off".to_owned()), ("full_page_writes", "off".to_owned())];
    assert_eq!(warned_of(&url).await, both);
    for weak in ["local", "remote_write"] {
        let url = with_options(&url, &format!("-c synchronous_commit={weak}"));
        assert_eq!(warned_of(&url).await[2], ("synchronous_commit", weak.to_owned()));
    }
    cluster.stop().await.unwrap();
}
