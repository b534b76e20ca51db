//! What is no backup, or has no room, is refused with what is wrong, and nothing is changed by it.

use std::fs;
use std::path::Path;

use gateway::backup::{self, Outcome};
use gateway::settings::Settings;
use storage::{Storage, StorageConfig, guard, migrate};
use tests::database::{TestDatabase, Watchdog, connect, new_cluster, on_database};
use tests::gateway::settings;

use super::{folder, run};
use crate::delivery::talk;
use crate::uploads::{announce, png, upload};

/// A backup of a conversation with one file.
async fn one(name: &str) -> (std::path::PathBuf, Watchdog, Outcome) {
    let (to, watchdog) = folder(name);
    let (gateway, mut visitor, _agent, conversation) = talk(&[]).await;
    let bytes = png(50_000, 7);
    upload(&mut visitor, &announce(conversation, "u1", &bytes), &bytes).await;
    let data = gateway.database.folder();
    let outcome = backup::backup(&of(&data), gateway.database.url(), &to).await.unwrap();
    gateway.stop().await;
    (to, watchdog, outcome)
}

fn of(data: &Path) -> Settings {
    let mut flags = vec!["--data".to_owned(), data.to_string_lossy().into_owned()];
    if let Some(bin) = std::env::var_os("CHATDESK_POSTGRES_BIN") {
        flags.extend(["--postgres-bin".to_owned(), bin.to_string_lossy().into_owned()]);
    }
    settings(&flags.iter().map(String::as_str).collect::<Vec<_>>())
}

async fn restore(database: &TestDatabase, from: &Path) -> Result<Outcome, String> {
    let checked = backup::check(from).await?;
    backup::restore(&of(&database.folder()), database.url(), from, checked).await
}

async fn tables(url: &str) -> i64 {
    let sql = "select count(*) from pg_class where relnamespace = 'public'::regnamespace";
    connect(url).await.query_one(sql, &[]).await.unwrap().get(0)
}

/// The one file of a backup.
fn file(backup: &Path) -> std::path::PathBuf {
    let organization = fs::read_dir(backup.join("files")).unwrap().next().unwrap().unwrap().path();
    fs::read_dir(organization).unwrap().next().unwrap().unwrap().path()
}

/// Changes one byte in the middle.
fn damage(path: &Path) -> impl FnOnce() + use<> {
    let (path, whole) = (path.to_owned(), fs::read(path).unwrap());
    let mut bytes = whole.clone();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&path, bytes).unwrap();
    move || fs::write(path, whole).unwrap()
}

#[tokio::test]
async fn damage_is_found_before_anything_is_changed() {
    let (backup, _backup, outcome) = one("backup-damaged").await;
    let database = TestDatabase::empty();
    for (path, word) in [
        (backup.join("database.dump"), "database.dump is damaged"),
        (backup.join("files.sha256"), "files.sha256 is damaged"),
        (file(&backup), "its hash is another one"),
    ] {
        let mend = damage(&path);
        let reason = restore(&database, &backup).await.unwrap_err();
        assert!(reason.contains(word), "{reason}");
        mend();
    }
    let manifest = fs::read_to_string(backup.join("manifest.json")).unwrap();
    for (change, word) in [
        (manifest.replace("\"format\": 1", "\"format\": 2"), "reads up to 1"),
        (manifest.replace("\"schema\": ", "\"schema\": 99"), "run a newer build"),
        (manifest.replace("\"postgres\": 1", "\"postgres\": 991"), "not older"),
        (manifest.replace("\"chatdesk_writer\"", "\"grafana\""), "make them first: grafana"),
        (manifest.replace('{', ""), "manifest.json: "),
    ] {
        fs::write(backup.join("manifest.json"), change).unwrap();
        let reason = restore(&database, &backup).await.unwrap_err();
        assert!(reason.contains(word), "{reason}");
    }
    // The dump is what the manifest says, and is none.
    let dump = fs::read(backup.join("database.dump")).unwrap();
    let hash = |bytes: &[u8]| protocol::connection::upload::sha256(bytes);
    let nonsense = vec![b'x'; dump.len()];
    fs::write(backup.join("database.dump"), &nonsense).unwrap();
    fs::write(backup.join("manifest.json"), manifest.replace(&hash(&dump), &hash(&nonsense))).unwrap();
    let reason = restore(&database, &backup).await.unwrap_err();
    assert!(reason.contains("pg_restore failed"), "{reason}");
    fs::remove_file(backup.join("manifest.json")).unwrap();
    let reason = restore(&database, &backup).await.unwrap_err();
    assert!(reason.contains("holds no manifest.json"), "{reason}");
    assert_eq!(tables(database.url()).await, 0);

    // And as it was it is taken: what was refused left nothing behind.
    fs::write(backup.join("database.dump"), dump).unwrap();
    fs::write(backup.join("manifest.json"), manifest).unwrap();
    assert_eq!(restore(&database, &backup).await.unwrap(), outcome);
    assert_eq!((outcome.files, outcome.amiss), (1, 0));
    let reason = restore(&database, &backup).await.unwrap_err();
    assert!(reason.contains("is not empty"), "{reason}");
}

#[tokio::test]
async fn what_is_there_already_is_never_overwritten() {
    let (backup, _backup, _) = one("backup-full").await;
    let database = TestDatabase::empty();
    let client = database.client().await;
    client.batch_execute("create table mine (id int)").await.unwrap();
    let reason = restore(&database, &backup).await.unwrap_err();
    assert!(reason.contains("is not empty: there is mine"), "{reason}");
    client.batch_execute("drop table mine").await.unwrap();
    let files = database.folder().join("files/somebody");
    fs::create_dir_all(&files).unwrap();
    fs::write(files.join("theirs"), "bytes").unwrap();
    let reason = restore(&database, &backup).await.unwrap_err();
    assert!(reason.contains("file store") && reason.contains("is not empty"), "{reason}");
    assert_eq!(tables(database.url()).await, 0);
    assert_eq!(fs::read(files.join("theirs")).unwrap(), b"bytes");

    let full = TestDatabase::new();
    let reason = backup::backup(&of(&full.folder()), full.url(), &backup).await.unwrap_err();
    assert!(reason.contains("is not empty: a backup is written into a folder of its own"), "{reason}");
    let (to, _to) = folder("backup-none");
    let reason = backup::backup(&of(&database.folder()), database.url(), &to).await.unwrap_err();
    assert!(reason.contains("no schema of ChatDesk's"), "{reason}");
    assert!(!to.join("manifest.json").exists());
    let nowhere = run(&["backup", "--data", "/nowhere", "--to", "/nowhere/at/all"]);
    let said = String::from_utf8_lossy(&nowhere.stderr);
    assert!(!nowhere.status.success() && said.contains("there is no cluster in /nowhere"), "{said}");
}

/// What the database names and the store has lost is told, and is no reason to have no backup.
#[tokio::test]
async fn files_that_are_gone_or_damaged_are_named() {
    let (gateway, mut visitor, _agent, conversation) = talk(&[]).await;
    for n in 0..3 {
        let bytes = png(10_000, n);
        upload(&mut visitor, &announce(conversation, &format!("u{n}"), &bytes), &bytes).await;
    }
    let data = gateway.database.folder();
    let store = fs::read_dir(data.join("files")).unwrap().next().unwrap().unwrap().path();
    let mut kept: Vec<_> = fs::read_dir(&store).unwrap().map(|file| file.unwrap().path()).collect();
    kept.sort();
    fs::remove_file(&kept[0]).unwrap();
    drop(damage(&kept[1]));
    let (to, _to) = folder("backup-amiss");
    let outcome = backup::backup(&of(&data), gateway.database.url(), &to).await.unwrap();
    assert_eq!((outcome.files, outcome.amiss), (2, 2));
    let manifest: serde_json::Value = serde_json::from_slice(&fs::read(to.join("manifest.json")).unwrap()).unwrap();
    let name = |path: &Path| {
        let words: Vec<_> = path.iter().rev().take(2).map(|word| word.to_string_lossy()).collect();
        format!("{}/{}", words[1], words[0])
    };
    assert_eq!(manifest["missing"], serde_json::json!([name(&kept[0])]));
    assert_eq!(manifest["damaged"], serde_json::json!([name(&kept[1])]));
    let database = TestDatabase::empty();
    assert_eq!(restore(&database, &to).await.unwrap(), outcome);
    gateway.stop().await;
}

/// Row-level security is forced on the owner: it cannot dump what it does not see, and it can restore.
#[tokio::test]
async fn a_role_that_does_not_see_all_rows_is_refused_and_may_restore() {
    let (backup, _backup, outcome) = one("backup-plain").await;
    let (cluster, _data) = new_cluster("backup-plain-cluster").await;
    let admin = connect(cluster.url()).await;
    admin.batch_execute("create role plain login createrole password 'plain'").await.unwrap();
    admin.batch_execute("create database plain owner plain").await.unwrap();
    let server = cluster.url().rsplit_once('@').unwrap().1;
    let url = on_database(&format!("postgres://plain:plain@{server}"), "plain");
    let (data, _folder) = folder("backup-plain-data");
    let checked = backup::check(&backup).await.unwrap();
    assert_eq!(backup::restore(&of(&data), &url, &backup, checked).await.unwrap(), outcome);
    assert_eq!(guard::check(&StorageConfig::new(&url)).await.unwrap(), []);
    Storage::connect(StorageConfig::new(&url)).await.unwrap().ping().await.unwrap();

    let (to, _to) = folder("backup-plain-to");
    let reason = backup::backup(&of(&data), &url, &to).await.unwrap_err();
    assert!(reason.contains("does not see all rows") && reason.contains("bypassrls"), "{reason}");
    admin.batch_execute("create role keeper login bypassrls password 'keeper' in role pg_read_all_data").await.unwrap();
    let keeper = on_database(&format!("postgres://keeper:keeper@{server}"), "plain");
    assert_eq!(backup::backup(&of(&data), &keeper, &to).await.unwrap(), outcome);
    cluster.stop().await.unwrap();
}

#[tokio::test]
async fn an_older_schema_is_brought_up_to_date() {
    let old = TestDatabase::empty();
    let (client, current) = (old.client().await, TestDatabase::new());
    for migration in ["V0001__first_conversation.sql", "V0002__working_chat.sql"] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../migrations").join(migration);
        client.batch_execute(&fs::read_to_string(path).unwrap()).await.unwrap();
    }
    let history = "create table refinery_schema_history (version int4 primary key, name varchar(255),
        applied_on varchar(255), checksum varchar(255))";
    client.batch_execute(history).await.unwrap();
    let sql = "select version, name, applied_on, checksum from refinery_schema_history where version <= 2";
    for row in current.client().await.query(sql, &[]).await.unwrap() {
        let (version, texts): (i32, [String; 3]) = (row.get(0), [row.get(1), row.get(2), row.get(3)]);
        let sql = "insert into refinery_schema_history values ($1, $2, $3, $4)";
        client.execute(sql, &[&version, &texts[0], &texts[1], &texts[2]]).await.unwrap();
    }
    client.batch_execute("insert into organizations (id, name) values (gen_random_uuid(), 'old')").await.unwrap();
    let (to, _to) = folder("backup-older");
    backup::backup(&of(&old.folder()), old.url(), &to).await.unwrap();
    let database = TestDatabase::empty();
    restore(&database, &to).await.unwrap();
    assert_eq!(migrate::run(database.url()).await.unwrap().applied, Vec::<String>::new());
    let sql = "select search_language from organizations where name = 'old'";
    assert_eq!(database.client().await.query_one(sql, &[]).await.unwrap().get::<_, &str>(0), "simple");
}
