//! What a gateway says and does before it serves.

use std::io::Read;
use std::process::{Command, Stdio};

use storage::migrate;
use tests::database::{TestDatabase, connect, new_cluster};
use tests::process::binary;

/// `chatdesk serve` on a database, on any free port.
fn serve(database: &TestDatabase, url: &str) -> Command {
    let mut command = Command::new(binary());
    command.env_remove("DATABASE_URL").env("CHATDESK_LOG", "warn").env("NO_COLOR", "1");
    command.args(["serve", "--addr", "127.0.0.1:0", "--database-url", url]).arg("--data").arg(database.folder());
    command
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_database_is_refused_and_left_as_it_is() {
    let database = TestDatabase::new();
    let client = database.client().await;
    let sql = "insert into refinery_schema_history (version, name, applied_on, checksum)
        select 99, 'from_the_future', applied_on, '0' from refinery_schema_history limit 1";
    client.batch_execute(sql).await.unwrap();
    let state = "select pg_current_wal_lsn() is not null, (select count(*) from refinery_schema_history),
        (select md5(string_agg(oid::text || relname || relnatts, ' ' order by oid)) from pg_class)";
    let before = client.query_one(state, &[]).await.unwrap();
    let output = serve(&database, database.url()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    let word = format!("the database is at schema version 99 and this build knows up to {}", migrate::newest());
    assert!(said.contains(&word) && said.contains("run a newer build"), "{said}");
    let after = client.query_one(state, &[]).await.unwrap();
    for column in 1..3 {
        let value = |row: &tokio_postgres::Row| match column {
            1 => row.get::<_, i64>(1).to_string(),
            _ => row.get::<_, String>(2),
        };
        assert_eq!(value(&before), value(&after));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_that_may_lose_what_was_acknowledged_are_warned_of() {
    let (cluster, _data) = new_cluster("boot").await;
    let admin = connect(cluster.url()).await;
    for setting in ["fsync", "full_page_writes", "synchronous_commit"] {
        admin.batch_execute(&format!("alter system set {setting} = off")).await.unwrap();
    }
    admin.batch_execute("select pg_reload_conf()").await.unwrap();
    let read = "select current_setting('fsync') = 'off'";
    while !connect(cluster.url()).await.query_one(read, &[]).await.unwrap().get::<_, bool>(0) {}
    let database = TestDatabase::empty();
    let mut child = serve(&database, cluster.url()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut first = [0];
    // Ready, or ended.
    child.stdout.take().unwrap().read_exact(&mut first).unwrap();
    child.kill().unwrap();
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    for setting in ["fsync", "full_page_writes", "synchronous_commit"] {
        let named = format!("setting=\"{setting}\" value=\"off\"");
        let lines: Vec<_> = said.lines().filter(|line| line.contains(&named)).collect();
        assert!(lines.len() == 1 && lines[0].contains("WARN") && lines[0].contains("acknowledged"), "{said}");
    }
    cluster.stop().await.unwrap();
}
