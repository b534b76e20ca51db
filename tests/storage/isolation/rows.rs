//! An organization's rows as they stand, read past everything: whether any has changed, and what in them nobody else may
//! be told.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use tests::database::TestDatabase;
use tokio_postgres::Client;
use uuid::Uuid;

use super::filled::Filled;
use crate::storage::tenancy::schema::tenant_tables;

/// Bytes that are no secret because they are short.
const SHORT: usize = 16;

/// Every table with an organization's rows in it, as a query with the organization as `$1`.
async fn queries(client: &Client) -> Vec<(String, String)> {
    let accounts = "select to_jsonb(a)::text from accounts a join members m on m.account_id = a.id
        where m.organization_id = $1 order by 1";
    let mut queries = vec![
        ("accounts".to_owned(), accounts.to_owned()),
        ("organizations".to_owned(), "select to_jsonb(t)::text from organizations t where id = $1".to_owned()),
    ];
    for table in tenant_tables(client).await {
        let sql = format!("select to_jsonb(t)::text from {table} t where organization_id = $1 order by 1");
        queries.push((table, sql));
    }
    queries
}

/// All rows of an organization, by table. No table is without: else nothing would be shown of it.
pub(super) async fn rows(database: &TestDatabase, filled: &Filled) -> BTreeMap<String, Vec<String>> {
    let client = database.client().await;
    let mut all = BTreeMap::new();
    for (table, sql) in queries(&client).await {
        let rows = client.query(&sql, &[&filled.id().0]).await.unwrap();
        all.insert(table, rows.iter().map(|row| row.get(0)).collect());
    }
    all
}

/// The tables in which `after` holds other rows than `before`.
pub(super) fn changed(before: &BTreeMap<String, Vec<String>>, after: &BTreeMap<String, Vec<String>>) -> Vec<String> {
    let changed = before.iter().filter(|(table, rows)| after.get(*table) != Some(rows));
    changed.map(|(table, rows)| format!("{table}: {rows:?} became {:?}", after.get(table))).collect()
}

/// What is an organization's own and nobody else's: ids, keys, and texts with its word.
pub(super) struct Secrets(BTreeSet<String>);

impl Secrets {
    /// Those of `filled`, but for what stands in `others`' rows too.
    pub(super) async fn of(database: &TestDatabase, filled: &Filled, other: &Filled) -> Self {
        let mut own = BTreeSet::new();
        for (table, rows) in rows(database, filled).await {
            assert!(!rows.is_empty(), "{table} is not filled");
            rows.iter().for_each(|row| collect(&serde_json::from_str(row).unwrap(), &filled.word, &mut own));
        }
        let known: String = rows(database, other).await.into_values().flatten().collect();
        own.retain(|secret| !known.contains(secret.as_str()));
        own.insert(filled.word.clone());
        assert!(own.len() > 30, "{own:?}");
        Self(own)
    }

    /// One of them that a text holds.
    pub(super) fn told_by(&self, text: &str) -> Option<&str> {
        self.0.iter().find(|secret| text.contains(secret.as_str())).map(String::as_str)
    }
}

fn collect(value: &Value, word: &str, found: &mut BTreeSet<String>) {
    match value {
        Value::String(text) => {
            let bytes = text.strip_prefix("\\x").map(bytes);
            if let Some(bytes) = bytes.filter(|bytes| bytes.len() >= SHORT) {
                // As Rust would write them.
                let written = format!("{bytes:?}");
                found.insert(written.trim_matches(['[', ']']).to_owned());
            }
            let id = Uuid::try_parse(text).is_ok_and(|id| !id.is_nil());
            if id || text.contains(word) {
                found.insert(text.clone());
            }
        }
        Value::Array(values) => values.iter().for_each(|value| collect(value, word, found)),
        Value::Object(fields) => fields.values().for_each(|value| collect(value, word, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn bytes(hex: &str) -> Vec<u8> {
    let digits = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16);
    (0..hex.len() / 2).filter_map(|at| digits(2 * at).ok()).collect()
}
