//! How Postgres would run every statement that storage sends, as its role and behind that role's policies: each table must
//! be entered through an index, with a condition that it can be searched with. A condition that row-level security keeps
//! from the index shows here, and so does a missing index.

use std::collections::BTreeSet;
use std::fmt::Write;

use serde_json::Value;
use storage::{Storage, StorageConfig};
use tests::postgres_line::{PostgresLine, is_work};
use tokio_postgres::Client;

use super::rows::Secrets;
use super::{two, walk};

/// Of a test's few rows the planner takes an index that holds fewer still, of unfinished uploads only, and looks at each;
/// of many it takes the key.
const SMALL: &[&str] = &["done_at is null"];

/// Whether a statement touches tables at all.
fn is_planned(sql: &str) -> bool {
    let sql = sql.trim_start().to_ascii_lowercase();
    is_work(&sql) && ["select", "insert", "update", "delete", "with"].iter().any(|start| sql.starts_with(start))
}

/// The highest of `$1`, `$2`, … in a statement.
fn parameters(sql: &str) -> usize {
    let numbers = sql.split('$').skip(1).map(|rest| {
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        rest[..digits].parse().unwrap_or(0)
    });
    numbers.max().unwrap_or(0)
}

/// The plan that serves a prepared statement whatever it is called with. Whole tables are read only where nothing else is
/// possible, so that the few rows of a test tell what many would show.
async fn plan(client: &Client, role: &str, sql: &str, organization: &str) -> Result<Value, tokio_postgres::Error> {
    let nulls = vec!["null"; parameters(sql)].join(", ");
    let call = if nulls.is_empty() { String::new() } else { format!("({nulls})") };
    let mut script = format!("begin; set local role {role}; set local enable_seqscan = off;");
    let _ = write!(script, "set local plan_cache_mode = force_generic_plan; set local jit = off;");
    let _ = write!(script, "select set_config('chatdesk.organization', '{organization}', true);");
    client.batch_execute(&format!("{script} prepare looked_at as {sql}")).await?;
    let rows = client.simple_query(&format!("explain (format json) execute looked_at{call}")).await?;
    client.batch_execute("deallocate looked_at; rollback").await?;
    let text = rows.iter().find_map(|message| match message {
        tokio_postgres::SimpleQueryMessage::Row(row) => row.get(0),
        _ => None,
    });
    Ok(serde_json::from_str(text.expect("a plan is one row")).expect("a plan is JSON"))
}

/// The tables that a plan reads without an index, or with one but without anything to search it for.
fn read_whole(plan: &Value, found: &mut Vec<String>) {
    match plan {
        Value::Array(parts) => parts.iter().for_each(|part| read_whole(part, found)),
        Value::Object(fields) => {
            let text = |name: &str| fields.get(name).and_then(Value::as_str).unwrap_or_default();
            let relation = if text("Relation Name").is_empty() { text("Index Name") } else { text("Relation Name") };
            match text("Node Type") {
                "Seq Scan" => found.push(format!("reads all of {relation}")),
                "Index Scan" | "Index Only Scan" | "Bitmap Index Scan" if !fields.contains_key("Index Cond") => {
                    found.push(format!("searches {relation} for nothing"));
                }
                _ => {}
            }
            fields.values().for_each(|field| read_whole(field, found));
        }
        _ => {}
    }
}

#[tokio::test]
async fn every_statement_of_storage_enters_its_tables_through_an_index() {
    let (database, _, us, them) = two().await;
    let line = PostgresLine::open(database.url()).await;
    let storage = Storage::connect(StorageConfig::new(line.url())).await.unwrap();
    let theirs = Secrets::of(&database, &them, &us).await;
    walk::wrong_answers(&storage, &us, &them, &theirs, |_| vec![]).await;
    let ran: BTreeSet<(String, String)> =
        line.ran().into_iter().filter(|ran| is_planned(&ran.sql)).map(|ran| (ran.role, ran.sql)).collect();
    assert!(ran.len() > 80, "only {} statements were seen", ran.len());
    let client = database.client().await;
    let mut broken = vec![];
    for (role, sql) in &ran {
        let organization = us.shop.organization.to_string();
        let plan = match plan(&client, role, sql, &organization).await {
            Ok(plan) => plan,
            Err(error) => {
                broken.push(format!("{role}: {sql}: {error:?}"));
                client.batch_execute("rollback").await.unwrap();
                continue;
            }
        };
        let mut found = vec![];
        read_whole(&plan, &mut found);
        found.retain(|_| !SMALL.iter().any(|small| sql.contains(small)));
        broken.extend(found.iter().map(|what| format!("{role} {what}: {sql}")));
    }
    assert!(broken.is_empty(), "\n{}", broken.join("\n\n"));
}
