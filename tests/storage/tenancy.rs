//! Tenancy as Postgres holds it, for every table that there is: these tests read the catalogue, so that a table that is
//! added without its key or policy fails them.

use std::time::Duration;

use protocol::id::OrganizationId;
use protocol::value::Department;
use storage::{Write, Writer, WriterConfig};
use tests::database::TestDatabase;
use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

use super::attachment::file;
use super::visit::note;
use super::{Shop, shop, submit, token};

/// Above tenants: the tenants themselves, and people's logins.
const GLOBAL: [&str; 2] = ["organizations", "accounts"];
/// The migrations' own.
const HISTORY: &str = "refinery_schema_history";
/// Unique across tenants, because it is what a tenant is looked up by.
const LOOKED_UP: [&str; 1] = ["widget_settings_key"];

async fn tables(client: &Client) -> Vec<String> {
    let sql = "select relname::text from pg_class
        where relkind in ('r', 'p') and relnamespace = 'public'::regnamespace and relname <> $1 order by relname";
    client.query(sql, &[&HISTORY]).await.unwrap().iter().map(|row| row.get(0)).collect()
}

async fn tenant_tables(client: &Client) -> Vec<String> {
    let mut tables = tables(client).await;
    tables.retain(|table| !GLOBAL.contains(&table.as_str()));
    assert!(tables.len() >= 12, "{tables:?}");
    tables
}

#[tokio::test]
async fn every_key_begins_with_the_organization() {
    let client = TestDatabase::new();
    let client = client.client().await;
    let keys = "select conname::text, contype::text, conrelid::regclass::text,
            array(select attname::text from unnest(conkey) with ordinality k(n, place)
                  join pg_attribute on attrelid = conrelid and attnum = n order by place),
            confrelid::regclass::text
        from pg_constraint where conrelid = $1::text::regclass and contype in ('p', 'u', 'f')";
    for table in tenant_tables(&client).await {
        let mut primary = false;
        for row in client.query(keys, &[&table]).await.unwrap() {
            let (name, kind, columns): (&str, &str, Vec<&str>) = (row.get(0), row.get(1), row.get(3));
            primary |= kind == "p";
            let global = LOOKED_UP.contains(&name) || (kind == "f" && row.get::<_, &str>(4) == "accounts");
            assert!(global || columns[0] == "organization_id", "{table}: {name} is on {columns:?}");
        }
        assert!(primary, "{table} has no primary key");
    }
    // Unique indexes that are no constraints slip through above.
    let loose = "select indexrelid::regclass::text, attname::text from pg_index
        join pg_attribute on attrelid = indrelid and attnum = indkey[0]
        where indisunique and not exists (select from pg_constraint where conindid = indexrelid)
        and indrelid in (select oid from pg_class where relnamespace = 'public'::regnamespace)";
    for row in client.query(loose, &[]).await.unwrap() {
        let (name, first): (&str, &str) = (row.get(0), row.get(1));
        assert_eq!(first, "organization_id", "{name}");
    }
}

#[tokio::test]
async fn row_security_is_forced_on_every_table() {
    let database = TestDatabase::new();
    let client = database.client().await;
    for table in tables(&client).await {
        let sql = "select relrowsecurity and relforcerowsecurity, exists (
                select from pg_policy where polrelid = c.oid and 'chatdesk_request'::regrole = any(polroles)
            ) from pg_class c where oid = $1::text::regclass";
        let row = client.query_one(sql, &[&table]).await.unwrap();
        assert!(row.get::<_, bool>(0), "{table} is open");
        assert!(row.get::<_, bool>(1) || table == "accounts", "{table} has no policy for requests");
    }
}

/// The tables of the first migration, whose plainest columns go without.
const PLAIN: [&str; 11] = [
    "accounts",
    "conversations",
    "departments",
    "entries",
    "member_sessions",
    "members",
    "organizations",
    "participants",
    "visitors",
    "widget_sessions",
    "widget_settings",
];

#[tokio::test]
async fn tables_and_columns_say_what_they_are() {
    let database = TestDatabase::new();
    let client = database.client().await;
    let sql = "select obj_description(c.oid) is not null,
            (select count(*) from pg_attribute where attrelid = c.oid and attnum > 0 and not attisdropped
                and col_description(c.oid, attnum) is null)
        from pg_class c where oid = $1::text::regclass";
    for table in tables(&client).await {
        let row = client.query_one(sql, &[&table]).await.unwrap();
        let (described, silent): (bool, i64) = (row.get(0), row.get(1));
        assert!(described, "{table} has no comment");
        assert!(silent == 0 || PLAIN.contains(&table.as_str()), "{silent} columns of {table} have no comment");
    }
}

#[tokio::test]
async fn no_role_may_more_than_it_needs() {
    let database = TestDatabase::new();
    let client = database.client().await;
    let sql = "select grantee::text || ' ' || table_name || ' ' || privilege_type from (
            select grantee, table_name, privilege_type from information_schema.role_table_grants
            union select grantee, table_name, privilege_type from information_schema.role_column_grants
        ) granted where grantee in ('chatdesk_writer', 'chatdesk_directory') order by 1";
    let granted: Vec<String> = client.query(sql, &[]).await.unwrap().iter().map(|row| row.get(0)).collect();
    let expected = [
        "chatdesk_directory accounts INSERT",
        "chatdesk_directory accounts SELECT",
        "chatdesk_directory attachments SELECT",
        "chatdesk_directory conversations SELECT",
        "chatdesk_directory member_sessions SELECT",
        "chatdesk_directory members INSERT",
        "chatdesk_directory members SELECT",
        "chatdesk_directory organizations INSERT",
        "chatdesk_directory organizations SELECT",
        "chatdesk_directory widget_settings INSERT",
        "chatdesk_directory widget_settings SELECT",
        "chatdesk_writer attachments SELECT",
        "chatdesk_writer attachments UPDATE",
        "chatdesk_writer conversations SELECT",
        "chatdesk_writer conversations UPDATE",
        "chatdesk_writer entries INSERT",
        "chatdesk_writer entries SELECT",
        "chatdesk_writer events INSERT",
        "chatdesk_writer events SELECT",
        "chatdesk_writer page_views INSERT",
        "chatdesk_writer page_views SELECT",
        "chatdesk_writer participants INSERT",
        "chatdesk_writer participants SELECT",
        "chatdesk_writer participants UPDATE",
        "chatdesk_writer visitors SELECT",
        "chatdesk_writer widget_sessions SELECT",
        "chatdesk_writer widget_sessions UPDATE",
    ];
    assert_eq!(granted, expected);
    // Passwords are for the directory alone, and nobody is a superuser or may log in.
    let may = client.query_one("select has_table_privilege('chatdesk_request', 'accounts', 'select')", &[]).await;
    assert!(!may.unwrap().get::<_, bool>(0));
    let strong = "select count(*) from pg_roles where rolname like 'chatdesk\\_%'
        and (rolsuper or rolbypassrls or rolcanlogin or rolcreaterole)";
    assert_eq!(client.query_one(strong, &[]).await.unwrap().get::<_, i64>(0), 0);
}

/// At least one row of an organization in every tenant table.
async fn fill(database: &TestDatabase, shop: &Shop) {
    shop.storage.create_member_session(shop.organization, shop.owner.id, &token(), 4_000_000_000_000).await.unwrap();
    let mut config = shop.storage.find_widget_of(shop.organization).await.unwrap().unwrap().config;
    config.departments = vec![Department { id: None, name: "Sales".into() }];
    shop.storage.save_widget_config(shop.organization, &config).await.unwrap();
    let session = shop.session().await;
    let conversation = shop.conversation_of(session.visitor, "c").await;
    let agent = shop.agent();
    shop.storage.open_attachment(shop.organization, &file(conversation, &agent, "f")).await.unwrap();
    let (writer, _announced) = Writer::start(database.config(), WriterConfig::default());
    submit(&writer, [shop.text(conversation, &agent, "hello")]);
    note(&writer, Write::PageView(shop.page_view(&session, "https://shop.example/")));
    note(&writer, Write::Event(shop.event(session.visitor, "looked around")));
    writer.close(Duration::from_secs(10)).await.unwrap();
}

async fn act_for(client: &Client, organization: OrganizationId) {
    let sql = format!("set role chatdesk_request; set chatdesk.organization = '{organization}'");
    client.batch_execute(&sql).await.unwrap();
}

async fn organizations_in(client: &Client, table: &str) -> Vec<uuid::Uuid> {
    let sql = format!("select distinct organization_id from {table} order by 1");
    client.query(&sql, &[]).await.unwrap().iter().map(|row| row.get(0)).collect()
}

#[tokio::test]
async fn a_query_without_where_shows_only_ones_own_rows() {
    let (database, ours) = shop().await;
    let theirs = Shop::open(&ours.storage).await;
    fill(&database, &ours).await;
    fill(&database, &theirs).await;
    let client = database.client().await;
    let tables = tenant_tables(&client).await;
    for table in &tables {
        assert_eq!(organizations_in(&client, table).await.len(), 2, "{table} is not filled");
    }
    for shop in [&ours, &theirs] {
        act_for(&client, shop.organization).await;
        for table in &tables {
            assert_eq!(organizations_in(&client, table).await, [shop.organization.0], "{table}");
        }
        let seen = client.query("select id from organizations", &[]).await.unwrap();
        assert_eq!(seen.iter().map(|row| row.get(0)).collect::<Vec<uuid::Uuid>>(), [shop.organization.0]);
    }
    act_for(&client, OrganizationId::generate()).await;
    for table in &tables {
        assert!(organizations_in(&client, table).await.is_empty(), "{table}");
    }
    client.batch_execute("reset chatdesk.organization").await.unwrap();
    for table in &tables {
        assert!(organizations_in(&client, table).await.is_empty(), "{table} shows rows to nobody in particular");
    }
}

#[tokio::test]
async fn another_organizations_rows_can_be_neither_written_nor_taken() {
    let (database, ours) = shop().await;
    let theirs = Shop::open(&ours.storage).await;
    fill(&database, &ours).await;
    fill(&database, &theirs).await;
    let (admin, client) = (database.client().await, database.client().await);
    act_for(&client, ours.organization).await;
    let (mut inserts, mut updates) = (0, 0);
    for table in tenant_tables(&admin).await {
        let sql = format!("select to_jsonb(t)::text from {table} t where organization_id = $1 limit 1");
        let row: String = admin.query_one(&sql, &[&theirs.organization.0]).await.unwrap().get(0);
        if may(&admin, &table, "insert").await {
            inserts += 1;
            let sql =
                format!("insert into {table} select * from jsonb_populate_record(null::{table}, $1::text::jsonb)");
            let error = client.execute(&sql, &[&row]).await.unwrap_err();
            assert_eq!(error.code(), Some(&SqlState::INSUFFICIENT_PRIVILEGE), "{table}: {error}");
        }
        if may(&admin, &table, "update").await {
            updates += 1;
            let sql = format!("update {table} set organization_id = $1");
            let error = client.execute(&sql, &[&theirs.organization.0]).await.unwrap_err();
            assert_eq!(error.code(), Some(&SqlState::INSUFFICIENT_PRIVILEGE), "{table}: {error}");
            let sql = format!("update {table} set organization_id = organization_id where organization_id = $1");
            assert_eq!(client.execute(&sql, &[&theirs.organization.0]).await.unwrap(), 0, "{table}");
        }
    }
    assert!(inserts >= 6 && updates >= 5, "{inserts} inserts and {updates} updates were tried");
}

async fn may(admin: &Client, table: &str, what: &str) -> bool {
    let sql = "select has_table_privilege('chatdesk_request', $1, $2)";
    admin.query_one(sql, &[&table, &what]).await.unwrap().get(0)
}
