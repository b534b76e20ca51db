//! Tables that were empty a moment ago: look-ups by key use the key all the same.

use storage::statistics;
use tokio_postgres::{Client, SimpleQueryMessage};

use super::shop;

/// As the crowd would leave it: of one organization so many that reading all of them would be felt.
const CROWD: &str = "
    insert into visitors (organization_id, id) select o.id, gen_random_uuid() from organizations o, generate_series(1, 2000);
    insert into widget_sessions (organization_id, id, visitor_id, session_token)
        select organization_id, id, id, sha256(id::text::bytea) from visitors;
    insert into conversations (organization_id, id, visitor_id, client_id) select organization_id, id, id, 'c' from visitors;
    insert into participants (organization_id, conversation_id, participant_id, kind, last_read_seq)
        select organization_id, id, id, 'visitor', 0 from visitors";

/// How a foreign key finds its row, with a plan for whatever it is asked for.
const LOOK_UPS: [(&str, &str); 3] = [
    ("visitors", "visitors_pkey"),
    ("widget_sessions", "widget_sessions_pkey"),
    ("conversations", "conversations_pkey"),
];

/// How the statement of that name would be run.
async fn plan(client: &Client, name: &str) -> String {
    let plan = client.simple_query(&format!("explain execute {name}(null, null)")).await.unwrap();
    let lines = plan.iter().filter_map(|message| match message {
        SimpleQueryMessage::Row(row) => row.get(0),
        _ => None,
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn plans_from_before_a_crowd_are_made_anew_without_waiting_for_autovacuum() {
    let (database, _shop) = shop().await;
    let client = database.client().await;
    client.batch_execute("set plan_cache_mode = force_generic_plan; set enable_seqscan = off").await.unwrap();
    for (table, _) in LOOK_UPS {
        let sql =
            format!("prepare {table}_by_key as select from {table} where organization_id = $1::uuid and id = $2::uuid");
        client.batch_execute(&sql).await.unwrap();
        plan(&client, &format!("{table}_by_key")).await;
    }
    database.client().await.batch_execute(CROWD).await.unwrap();
    statistics::gather(database.config()).await;
    for (table, key) in LOOK_UPS {
        let plan = plan(&client, &format!("{table}_by_key")).await;
        assert!(plan.contains(key), "{table}:\n{plan}");
    }
}
