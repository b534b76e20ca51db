//! Tenancy as Postgres holds it, for every table that there is: these tests read the catalogue, so that a table that is
//! added without its key or policy fails them.

use protocol::id::OrganizationId;
use tests::database::TestDatabase;
use tokio_postgres::Client;
use tokio_postgres::error::SqlState;

use super::isolation::filled::Filled;
use schema::{findings, tenant_tables};

mod broken;
mod functions;
mod grants;
mod keys;
mod policies;
pub(super) mod schema;

#[tokio::test]
async fn the_schema_lets_no_tenant_see_another() {
    let database = TestDatabase::new();
    let found = findings(&database.client().await).await;
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

/// Two organizations that have something of everything.
async fn two() -> (TestDatabase, [Filled; 2]) {
    let database = TestDatabase::new();
    let storage = database.storage().await;
    let ours = Filled::open(&database, &storage, "zanzibar").await;
    let theirs = Filled::open(&database, &storage, "wyoming").await;
    (database, [ours, theirs])
}

async fn act_for(client: &Client, role: &str, organization: OrganizationId) {
    let sql = format!("set role {role}; set chatdesk.organization = '{organization}'");
    client.batch_execute(&sql).await.unwrap();
}

async fn organizations_in(client: &Client, table: &str) -> Vec<uuid::Uuid> {
    let sql = format!("select distinct organization_id from {table} order by 1");
    client.query(&sql, &[]).await.unwrap().iter().map(|row| row.get(0)).collect()
}

/// The roles that act for one organization at a time.
const BOUND: [&str; 2] = ["chatdesk_request", "chatdesk_maintenance"];

#[tokio::test]
async fn a_query_without_where_shows_only_ones_own_rows() {
    let (database, filled) = two().await;
    let client = database.client().await;
    let tables = tenant_tables(&client).await;
    for table in &tables {
        assert_eq!(organizations_in(&client, table).await.len(), 2, "{table} is not filled");
    }
    for role in BOUND {
        for filled in &filled {
            let own = filled.shop.organization;
            act_for(&client, role, own).await;
            for table in &tables {
                assert_eq!(organizations_in(&client, table).await, [own.0], "{table} as {role}");
            }
            let seen = client.query("select id from organizations", &[]).await.unwrap();
            assert_eq!(seen.iter().map(|row| row.get(0)).collect::<Vec<uuid::Uuid>>(), [own.0]);
        }
        act_for(&client, role, OrganizationId::generate()).await;
        for table in &tables {
            assert!(organizations_in(&client, table).await.is_empty(), "{table} as {role}");
        }
        client.batch_execute("reset chatdesk.organization").await.unwrap();
        for table in &tables {
            assert!(organizations_in(&client, table).await.is_empty(), "{table} shows rows to nobody in particular");
        }
    }
}

/// Partitions hold the rows of many: by their own names they are shut.
#[tokio::test]
async fn partitions_are_nobodys_to_ask() {
    let (database, _filled) = two().await;
    let client = database.client().await;
    let sql = "select relname::text from pg_class where relispartition and relkind = 'r' order by 1";
    let parts: Vec<String> = client.query(sql, &[]).await.unwrap().iter().map(|row| row.get(0)).collect();
    assert!(parts.len() >= 24, "{parts:?}");
    for role in grants::ROLES {
        client.batch_execute(&format!("set role {role}")).await.unwrap();
        for part in &parts {
            let error = client.query(&format!("select from {part}"), &[]).await.unwrap_err();
            assert_eq!(error.code(), Some(&SqlState::INSUFFICIENT_PRIVILEGE), "{part} as {role}: {error}");
        }
    }
}

#[tokio::test]
async fn another_organizations_rows_can_be_neither_written_nor_taken() {
    let (database, [ours, theirs]) = two().await;
    let (admin, client) = (database.client().await, database.client().await);
    let theirs = theirs.shop.organization.0;
    let (mut inserts, mut updates, mut deletes) = (0, 0, 0);
    for role in BOUND {
        act_for(&client, role, ours.shop.organization).await;
        for table in tenant_tables(&admin).await {
            let sql = format!("select to_jsonb(t)::text from {table} t where organization_id = $1 limit 1");
            let row: String = admin.query_one(&sql, &[&theirs]).await.unwrap().get(0);
            let columns = may(&admin, role, &table, "insert").await;
            if !columns.is_empty() {
                inserts += 1;
                let columns = columns.join(", ");
                let sql = format!(
                    "insert into {table} ({columns}) select {columns}
                     from jsonb_populate_record(null::{table}, $1::text::jsonb)"
                );
                let error = client.execute(&sql, &[&row]).await.unwrap_err();
                assert_eq!(error.code(), Some(&SqlState::INSUFFICIENT_PRIVILEGE), "{table}: {error}");
            }
            for column in may(&admin, role, &table, "update").await {
                updates += 1;
                let sql = format!("update {table} set {column} = {column} where organization_id = $1");
                assert_eq!(client.execute(&sql, &[&theirs]).await.unwrap(), 0, "{table}");
                if column == "organization_id" {
                    let sql = format!("update {table} set organization_id = $1");
                    let error = client.execute(&sql, &[&theirs]).await.unwrap_err();
                    assert_eq!(error.code(), Some(&SqlState::INSUFFICIENT_PRIVILEGE), "{table}: {error}");
                }
            }
            let sql = "select has_table_privilege($1, $2, 'delete')";
            if admin.query_one(sql, &[&role, &table]).await.unwrap().get(0) {
                deletes += 1;
                let sql = format!("delete from {table} where organization_id = $1");
                assert_eq!(client.execute(&sql, &[&theirs]).await.unwrap(), 0, "{table}");
            }
        }
    }
    let tried = format!("{inserts} inserts, {updates} updates of columns and {deletes} deletes were tried");
    assert!(inserts >= 12 && updates >= 30 && deletes >= 20, "{tried}");
}

/// The columns that a role may write, but for those that Postgres makes.
async fn may(admin: &Client, role: &str, table: &str, what: &str) -> Vec<String> {
    let sql = "select attname::text from pg_attribute
        where attrelid = $2::text::regclass and attnum > 0 and not attisdropped and attgenerated = ''
            and has_column_privilege($1, attrelid, attnum, $3) order by attnum";
    admin.query(sql, &[&role, &table, &what]).await.unwrap().iter().map(|row| row.get(0)).collect()
}

/// Accounts belong to no organization: whoever cleans up behind one may take those that are nobody's, and not read them.
#[tokio::test]
async fn an_account_goes_only_when_it_is_no_members() {
    let (database, [ours, theirs]) = two().await;
    let (admin, client) = (database.client().await, database.client().await);
    act_for(&client, "chatdesk_maintenance", ours.shop.organization).await;
    let error = client.query("select email from accounts", &[]).await.unwrap_err();
    assert_eq!(error.code(), Some(&SqlState::INSUFFICIENT_PRIVILEGE), "{error}");
    let sql = "select account_id from members where organization_id = $1";
    for row in admin.query(sql, &[&theirs.shop.organization.0]).await.unwrap() {
        let account: uuid::Uuid = row.get(0);
        let error = client.execute("delete from accounts where id = $1", &[&account]).await.unwrap_err();
        assert_eq!(error.code(), Some(&SqlState::FOREIGN_KEY_VIOLATION), "{error}");
    }
    let nobodys =
        "insert into accounts (id, email, email_key, password_hash) values (gen_random_uuid(), 'a@b', 'a@b', 'x')
        returning id";
    let nobodys: uuid::Uuid = admin.query_one(nobodys, &[]).await.unwrap().get(0);
    assert_eq!(client.execute("delete from accounts where id = $1", &[&nobodys]).await.unwrap(), 1);
}
