//! Everything is taken out while people write, put back elsewhere, and gone on with.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use protocol::client::Track;
use protocol::connection::Options;
use protocol::connection::chat::Chat;
use protocol::id::ConversationId;
use protocol::value::{Content, Page, Seq};
use serde_json::json;
use tests::database::{Watchdog, connect, scratch};
use tests::gateway::cookie;
use tests::http;
use tests::process::{Process, binary};
use tests::records::{Row, rows};
use tokio_postgres::Client;
use uuid::Uuid;

use crate::uploads::png;

mod refused;

/// What a database is made of besides rows: its tables, keys, rights, policies, triggers and functions. Owners aside,
/// for they are whoever restores.
const CATALOGUE: &str = "select line from (
    select format('table %s %s %s %s %s', oid::regclass, relkind, relrowsecurity, relforcerowsecurity,
        (select array_agg(format('%s=%s', grantee::regrole, privilege_type) order by grantee::regrole::text, privilege_type)
            from aclexplode(relacl) where grantee <> relowner)) from pg_class
        where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'i', 'I')
    union all select format('column %s %s %s %s %s', attrelid::regclass, attname, format_type(atttypid, atttypmod),
        attnotnull, (select array_agg(format('%s=%s', grantee::regrole, privilege_type) order by grantee::regrole::text, privilege_type)
            from aclexplode(attacl))) from pg_attribute
        where attrelid in (select oid from pg_class where relnamespace = 'public'::regnamespace)
            and attnum > 0 and not attisdropped
    union all select format('constraint %s %s %s', conrelid::regclass, conname, pg_get_constraintdef(oid))
        from pg_constraint where connamespace = 'public'::regnamespace
    union all select pg_get_indexdef(indexrelid) from pg_index
        where indrelid in (select oid from pg_class where relnamespace = 'public'::regnamespace)
    union all select format('policy %s', to_jsonb(p)) from pg_policies p
    -- Read again, a condition comes with other parentheses.
    union all select translate(pg_get_triggerdef(oid), '()', '') from pg_trigger where not tgisinternal
    union all select format('partition %s of %s %s', inhrelid::regclass, inhparent::regclass,
        (select pg_get_expr(relpartbound, oid) from pg_class where oid = inhrelid)) from pg_inherits
    union all select format('function %s %s', pg_get_functiondef(oid),
        (select array_agg(format('%s=%s', grantee::regrole, privilege_type) order by grantee::regrole::text, privilege_type)
            from aclexplode(proacl) where grantee <> proowner)) from pg_proc
        where pronamespace = 'public'::regnamespace
    union all select format('comment %s %s %s', classoid::regclass, pg_describe_object(classoid, objoid, objsubid),
        description) from pg_description where pg_describe_object(classoid, objoid, objsubid) !~ '^extension'
        and classoid <> 'pg_namespace'::regclass and objoid >= 16384
) one (line)";

/// Runs `chatdesk` to its end.
fn run(arguments: &[&str]) -> Output {
    let mut command = Command::new(binary());
    command.env_remove("DATABASE_URL").env("CHATDESK_LOG", "warn").args(arguments).output().unwrap()
}

async fn done(arguments: &[&str]) -> String {
    let mut command = tokio::process::Command::new(binary());
    let output = command.env_remove("DATABASE_URL").env("CHATDESK_LOG", "warn").args(arguments).output().await.unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    String::from_utf8(output.stdout).unwrap()
}

/// A data folder that is not there yet, and what clears it away.
fn folder(name: &str) -> (PathBuf, Watchdog) {
    let path = scratch(name);
    let watchdog = Watchdog::over(&path);
    (path, watchdog)
}

async fn database(data: &Path) -> Client {
    connect(std::fs::read_to_string(data.join("database_url")).unwrap().trim()).await
}

/// An organization with its people.
struct Shop {
    organization: Uuid,
    visitor: Chat,
    agent: Chat,
    conversation: ConversationId,
}

impl Shop {
    async fn open(process: &Process, name: &str) -> Self {
        let email = format!("{name}@shop.example");
        let body = json!({"organization": name, "name": "Ada", "email": email, "password": "correct horse"});
        let made = http::request(process.address, "POST", "/api/signup", &[], Some(&body)).await;
        let token = made.cookie("chatdesk_agent").unwrap().to_owned();
        let organization = made.json()["organization"]["id"].as_str().unwrap().parse().unwrap();
        let login = cookie(&token);
        let config = http::request(process.address, "GET", "/api/settings/widget", &[("cookie", &login)], None).await;
        let key = config.json()["widget_key"].as_str().unwrap().to_owned();
        let mut visitor = Chat::visitor(&process.ws(), Options::default(), &key);
        let mut agent = Chat::agent(&process.ws(), Options::default(), &token);
        let conversation = visitor.start(None, vec![]).await.unwrap();
        agent.follow(conversation);
        Self { organization, visitor, agent, conversation }
    }

    async fn settle(&mut self) {
        let (one, two) = tokio::join!(self.visitor.settle(), self.agent.settle());
        one.and(two).unwrap();
    }

    /// A little of everything.
    async fn live(&mut self) {
        for n in 0..30 {
            self.visitor.send(self.conversation, Content::text(format!("question {n}")));
            self.agent.send(self.conversation, Content::text(format!("answer {n}")));
        }
        self.agent.send(self.conversation, Content::note("a good one"));
        self.visitor.send(self.conversation, Content::rating(5, Some("thank you".into())));
        for seed in 0..3 {
            self.visitor.upload(self.conversation, "fern.png", "image/png", png(200_000, seed));
        }
        let page = Page { url: Some("https://shop.example/ferns".into()), ..Page::default() };
        self.visitor.request(page).await.unwrap();
        let track = Track { name: "basket".into(), properties: Default::default() };
        self.visitor.request(track).await.unwrap();
        self.settle().await;
    }
}

/// A hash of the organization's rows in each table that carries it, once nothing is waiting to be written.
async fn hashes(client: &Client, organization: Uuid) -> Vec<(String, i64, Option<String>)> {
    let waiting = "select (select count(*) from search_queue where organization_id = $1)
        + 2 - (select least(1, count(*)) from page_views where organization_id = $1)
            - (select least(1, count(*)) from events where organization_id = $1)";
    while client.query_one(waiting, &[&organization]).await.unwrap().get::<_, i64>(0) > 0 {}
    let tables = "select attrelid::regclass::text from pg_attribute join pg_class c on c.oid = attrelid
        where attname = 'organization_id' and relkind in ('r', 'p') and not relispartition
            and relnamespace = 'public'::regnamespace order by 1";
    let mut hashes = Vec::new();
    for row in client.query(tables, &[]).await.unwrap() {
        let table: String = row.get(0);
        let sql = format!(
            "select count(*), md5(string_agg(t::text, ' ' order by t::text)) from {table} t where organization_id = $1"
        );
        let row = client.query_one(&sql, &[&organization]).await.unwrap();
        hashes.push((table, row.get(0), row.get(1)));
    }
    hashes
}

async fn catalogue(client: &Client) -> BTreeSet<String> {
    client.query(CATALOGUE, &[]).await.unwrap().iter().map(|row| row.get(0)).collect()
}

fn held(chat: &Chat, conversation: ConversationId) -> Vec<(Seq, String)> {
    let entries = chat.log(conversation).unwrap().entries().iter();
    entries.map(|entry| (entry.seq.unwrap(), entry.client_id.clone())).collect()
}

fn kept(rows: &[Row]) -> Vec<(Seq, String)> {
    rows.iter().map(|row| (row.seq, row.client_id.clone())).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_backed_up_while_people_wrote_is_restored_and_gone_on_with() {
    let ((data, _data), (again, _again), (backup, _backup)) =
        (folder("backup-from"), folder("backup-again"), folder("backup-folder"));
    let [from, to, held_in] = [&data, &again, &backup].map(|path| path.to_string_lossy().into_owned());
    let process = Process::start(&["--data", &from]);
    let mut quiet = Shop::open(&process, "quiet").await;
    let mut still = Shop::open(&process, "still").await;
    let mut busy = Shop::open(&process, "busy").await;
    quiet.live().await;
    still.live().await;
    busy.live().await;
    let source = database(&data).await;
    let before = [hashes(&source, quiet.organization).await, hashes(&source, still.organization).await];
    for (table, count, _) in &before[0] {
        let filled = ["entries", "attachments", "page_views", "events", "conversation_counts"];
        assert!(*count > 0 || !filled.contains(&table.as_str()), "there is something in {table}");
    }
    let catalogue_before = catalogue(&source).await;

    // One organization writes all the while.
    let acknowledged = busy.visitor.outbox().acknowledged().to_vec();
    let said = {
        let writing = async {
            loop {
                let goal = busy.visitor.outbox().acknowledged().len() + 10;
                for n in 0..10 {
                    busy.visitor.send(busy.conversation, Content::text(format!("meanwhile {goal}.{n}")));
                }
                busy.visitor.until(|chat| chat.outbox().acknowledged().len() >= goal).await.unwrap();
            }
        };
        let backup = ["backup", "--data", &from, "--to", &held_in];
        tokio::select! {
            said = done(&backup) => said,
            () = writing => unreachable!(),
        }
    };
    assert!(said.contains("holds") && said.contains("and 9 files"), "{said}");
    busy.visitor.settle().await.unwrap();
    assert!(busy.visitor.outbox().acknowledged().len() > acknowledged.len() + 20, "it wrote meanwhile");
    let log = rows(&source, busy.conversation).await;
    drop(source);
    let address = process.address;
    assert!(tokio::task::spawn_blocking(move || process.terminate()).await.unwrap().success());

    let said = done(&["restore", "--data", &to, "--from", &held_in]).await;
    assert!(said.contains("and 9 files"), "{said}");
    let process = Process::start_at(address, &["--data", &to]);
    let restored = database(&again).await;
    assert_eq!(hashes(&restored, quiet.organization).await, before[0]);
    assert_eq!(hashes(&restored, still.organization).await, before[1]);
    let catalogue_after = catalogue(&restored).await;
    let differing: Vec<_> = catalogue_before.symmetric_difference(&catalogue_after).collect();
    assert!(differing.is_empty(), "{differing:#?}");
    let log_after = rows(&restored, busy.conversation).await;
    assert_eq!(log_after, log[..log_after.len()], "what came back is the log, up to the dump's moment");
    for one in &acknowledged {
        assert!(log_after.iter().any(|row| row.client_id == one.client_id && row.seq == one.seq), "{one:?}");
    }
    for (_, attachment) in quiet.visitor.uploads().finished().iter().chain(busy.visitor.uploads().finished()) {
        let answer = http::request(address, "GET", &attachment.url, &[], None).await;
        assert!((0..3).any(|seed| answer.body == png(200_000, seed)), "a file came out otherwise");
    }

    // With the tokens and cursors that they had.
    let sockets = quiet.visitor.sockets();
    quiet.visitor.send(quiet.conversation, Content::text("still there?"));
    quiet.agent.send(quiet.conversation, Content::text("yes"));
    quiet.settle().await;
    let whole = kept(&rows(&restored, quiet.conversation).await);
    for chat in [&mut quiet.visitor, &mut quiet.agent] {
        chat.until(|chat| chat.log(quiet.conversation).unwrap().entries().len() == whole.len()).await.unwrap();
        assert_eq!(held(chat, quiet.conversation), whole);
    }
    assert!(quiet.visitor.sockets() > sockets);

    // As the role that does it, by the functions that came back.
    restored.batch_execute("set role chatdesk_maintenance").await.unwrap();
    let made = restored.query("select chatdesk_make_partitions(9)", &[]).await.unwrap();
    assert!(!made.is_empty());
    let dropped = restored.query("select chatdesk_drop_partitions(now() + interval '2 years')", &[]).await.unwrap();
    assert!(dropped.len() >= made.len(), "empty months go");
    drop(restored);
    assert!(tokio::task::spawn_blocking(move || process.terminate()).await.unwrap().success());
}
