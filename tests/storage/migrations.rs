//! Migrations: applied once, by whoever comes first, also by a role that is no superuser.

use std::path::PathBuf;

use storage::{StorageConfig, StorageError, migrate};
use tests::database::{TestDatabase, connect, new_cluster, on_database};

use super::Shop;

/// The version that this build brings a database to.
const VERSION: u32 = 10;

#[tokio::test]
async fn migrating_twice_changes_nothing() {
    let database = TestDatabase::empty();
    let first = migrate::run(database.url()).await.unwrap();
    let names = [
        "first_conversation",
        "working_chat",
        "contacts",
        "logs",
        "endings",
        "widget",
        "listed",
        "light",
        "readers",
        "queues",
    ];
    assert_eq!(first.applied, (1..).zip(names).map(|(number, name)| format!("V{number}__{name}")).collect::<Vec<_>>());
    assert_eq!(first.version, VERSION);
    let second = migrate::run(database.url()).await.unwrap();
    assert_eq!(second, migrate::Report { applied: vec![], version: VERSION });
}

#[tokio::test]
async fn several_at_once_take_turns() {
    let database = TestDatabase::empty();
    let all = tokio::join!(
        migrate::run(database.url()),
        migrate::run(database.url()),
        migrate::run(database.url()),
        migrate::run(database.url()),
    );
    let applied: usize = [all.0, all.1, all.2, all.3].into_iter().map(|report| report.unwrap().applied.len()).sum();
    assert_eq!(applied, VERSION as usize);
}

#[tokio::test]
async fn a_newer_database_is_refused() {
    let database = TestDatabase::new();
    let sql = "insert into refinery_schema_history (version, name, applied_on, checksum)
        select 99, 'from_the_future', applied_on, '0' from refinery_schema_history limit 1";
    database.client().await.batch_execute(sql).await.unwrap();
    let Err(StorageError::Fault(reason)) = migrate::run(database.url()).await else { panic!("it was taken") };
    assert!(reason.contains("version 99") && reason.contains(&format!("knows up to {VERSION}")), "{reason}");
}

#[tokio::test]
async fn an_unreachable_database_is_unavailable() {
    let gone = "postgres://nobody:nothing@127.0.0.1:1/nowhere";
    assert!(matches!(migrate::run(gone).await, Err(StorageError::Unavailable(_))));
    let connected = storage::Storage::connect(StorageConfig::new(gone)).await;
    assert!(matches!(connected.err(), Some(StorageError::Unavailable(_))));
    let nonsense = storage::Storage::connect(StorageConfig::new("nonsense")).await;
    assert!(matches!(nonsense.err(), Some(StorageError::Fault(_))));
}

/// On a cluster that has none of the roles yet: they belong to the cluster, and eight databases want to make them.
#[tokio::test]
async fn databases_of_one_new_cluster_are_migrated_at_once() {
    let (cluster, _data) = new_cluster("migrations").await;
    let admin = connect(cluster.url()).await;
    let mut runs = tokio::task::JoinSet::new();
    for number in 0..8 {
        let name = format!("d{number}");
        admin.batch_execute(&format!("create database {name}")).await.unwrap();
        let url = on_database(cluster.url(), &name);
        runs.spawn(async move { migrate::run(&url).await });
    }
    while let Some(run) = runs.join_next().await {
        assert_eq!(run.unwrap().unwrap().version, VERSION);
    }
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn a_role_that_is_no_superuser_can_migrate_and_serve() {
    let (cluster, _data) = new_cluster("plain-role").await;
    let admin = connect(cluster.url()).await;
    admin.batch_execute("create role plain login createrole password 'plain'").await.unwrap();
    admin.batch_execute("create database plain owner plain").await.unwrap();
    let server = cluster.url().rsplit_once('@').unwrap().1;
    let url = on_database(&format!("postgres://plain:plain@{server}"), "plain");
    assert_eq!(migrate::run(&url).await.unwrap().version, VERSION);
    let storage = storage::Storage::connect(StorageConfig::new(&url)).await.unwrap();
    let shop = Shop::open(&storage).await;
    let conversation = shop.conversation().await;
    assert!(storage.find_conversation(shop.organization, conversation).await.unwrap().is_some());
    drop((storage, shop));
    cluster.stop().await.unwrap();
}

/// Row-level security binds the owner, too: what a migration does to rows that are there must not depend on seeing them.
#[tokio::test]
async fn rows_of_the_version_before_are_kept_and_given_what_is_new() {
    let (cluster, _data) = new_cluster("upgrade").await;
    let admin = connect(cluster.url()).await;
    admin.batch_execute("create role plain login createrole password 'plain'").await.unwrap();
    admin.batch_execute("create database plain owner plain").await.unwrap();
    let server = cluster.url().rsplit_once('@').unwrap().1;
    let owner = connect(&on_database(&format!("postgres://plain:plain@{server}"), "plain")).await;
    let migration = |name: &str| {
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../migrations").join(name);
        std::fs::read_to_string(path).unwrap()
    };
    owner.batch_execute(&migration("V0001__first_conversation.sql")).await.unwrap();
    let admin = connect(&on_database(cluster.url(), "plain")).await;
    let rows =
        "insert into organizations (id, name) select gen_random_uuid(), 'shop ' || n from generate_series(1, 3) n;
        insert into widget_settings (organization_id, widget_key) select id, name from organizations;
        insert into visitors (organization_id, id) select id, gen_random_uuid() from organizations;
        insert into conversations (organization_id, id, visitor_id, client_id)
            select organization_id, gen_random_uuid(), id, 'c' from visitors";
    admin.batch_execute(rows).await.unwrap();
    owner.batch_execute(&migration("V0002__working_chat.sql")).await.unwrap();
    let sql = "select count(distinct identity_secret), min(octet_length(identity_secret)), max(octet_length(identity_secret)),
        bool_or(draft_preview) from widget_settings";
    let row = admin.query_one(sql, &[]).await.unwrap();
    assert_eq!((row.get::<_, i64>(0), row.get::<_, i32>(1), row.get::<_, i32>(2)), (3, 32, 32));
    assert!(!row.get::<_, bool>(3));
    let sql = "select count(*) from conversations c join visitors v on v.id = c.visitor_id
        where not v.verified and v.attributes = '{}' and c.assignee_id is null and c.rating is null";
    assert_eq!(admin.query_one(sql, &[]).await.unwrap().get::<_, i64>(0), 3);
    // A gateway of the version before knows none of it, and goes on.
    let before = "set role chatdesk_directory; insert into organizations (id, name) values (gen_random_uuid(), 'late');
        insert into widget_settings (organization_id, widget_key) select id, name from organizations where name = 'late'";
    owner.batch_execute(before).await.unwrap();
    cluster.stop().await.unwrap();
}
