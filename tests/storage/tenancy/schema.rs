//! The walk through a database's catalogue. It knows no table by name but those above tenants, so that one that is added
//! without its key, its policy or its words is found.

use tokio_postgres::Client;

use super::{functions, grants, keys, policies};

/// The tenants themselves.
pub(super) const ORGANIZATIONS: &str = "organizations";
/// People's logins.
pub(super) const ACCOUNTS: &str = "accounts";
/// The migrations' own.
const HISTORY: &str = "refinery_schema_history";

/// What every query of the walk may read from: all tables but partitions, and those of them that belong to tenants.
fn scope() -> String {
    format!(
        "with tables as (
            select oid, relname::text as name from pg_class where relkind in ('r', 'p') and not relispartition
                and relnamespace = 'public'::regnamespace and relname <> '{HISTORY}'
        ), tenants as (select * from tables where name not in ('{ORGANIZATIONS}', '{ACCOUNTS}'))"
    )
}

/// What stands in the way of calling tenants separate, a line for each breach.
pub(super) async fn findings(client: &Client) -> Vec<String> {
    let mut found = vec![];
    let described = [
        "select name || ': no comment' from tables where obj_description(oid, 'pg_class') is null",
        "select name || ': the column ' || attname || ' has no comment' from tables
         join pg_attribute on attrelid = oid and attnum > 0 and not attisdropped
         where col_description(oid, attnum) is null",
    ];
    let described = described.map(String::from).into_iter();
    let checks = described.chain(keys::checks()).chain(policies::checks()).chain(functions::checks());
    for check in checks.chain(grants::checks()) {
        found.extend(ask(client, &check).await);
    }
    found.extend(grants::differences(client).await);
    found
}

/// The first column of what a query finds within the [`scope`].
pub(super) async fn ask(client: &Client, check: &str) -> Vec<String> {
    // A check may go on with names of its own.
    let check = check.trim_start();
    let sql = format!("{}{} {check}", scope(), if check.starts_with(',') { "" } else { " " });
    let rows = client.query(&sql, &[]).await.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
    rows.iter().map(|row| row.get(0)).collect()
}

/// The tables that belong to tenants.
pub(in crate::storage) async fn tenant_tables(client: &Client) -> Vec<String> {
    let tables = ask(client, "select name from tenants order by name").await;
    assert!(tables.len() >= 18, "{tables:?}");
    tables
}

/// Names as a list in SQL.
pub(super) fn quoted(names: &[&str]) -> String {
    names.iter().map(|name| format!("'{name}'")).collect::<Vec<_>>().join(", ")
}
