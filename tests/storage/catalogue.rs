//! What stands anywhere in a database, whatever tables there are: read from the catalogue, past row-level security.

use std::collections::BTreeMap;
use std::fmt::Write;

use tokio_postgres::Client;
use uuid::Uuid;

/// Every table of ours that holds rows, partitions included.
async fn tables(client: &Client) -> Vec<String> {
    let sql = "select c.relname::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
        where n.nspname = 'public' and c.relkind = 'r' and c.relname <> 'refinery_schema_history' order by 1";
    let tables: Vec<String> = client.query(sql, &[]).await.unwrap().iter().map(|row| row.get(0)).collect();
    assert!(tables.len() >= 30, "the catalogue shows {tables:?}");
    tables
}

/// The rows, as text, in which any of `words` stands in any column: as text, in JSON, among words, or as bytes. By table.
pub(crate) async fn mentions(client: &Client, words: &[&str]) -> BTreeMap<String, Vec<String>> {
    let hex = |word: &&str| {
        word.bytes().fold(String::new(), |mut hex, byte| {
            write!(hex, "{byte:02x}").unwrap();
            hex
        })
    };
    let patterns: Vec<String> =
        words.iter().flat_map(|word| [(*word).to_owned(), hex(word)]).map(|word| format!("%{word}%")).collect();
    let mut found = BTreeMap::new();
    for table in tables(client).await {
        let sql = format!("select t::text from {table} t where t::text ilike any($1) order by 1");
        let rows: Vec<String> = client.query(&sql, &[&patterns]).await.unwrap().iter().map(|row| row.get(0)).collect();
        if !rows.is_empty() {
            found.insert(table, rows);
        }
    }
    found
}

/// All rows of an organization, by table: what must not change is compared with what it was.
pub(crate) async fn rows_of(client: &Client, organization: Uuid) -> BTreeMap<String, Vec<String>> {
    mentions(client, &[&organization.to_string()]).await
}
