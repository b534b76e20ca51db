//! The gateway is killed while it deletes an organization. The next one goes on where it was.

use serde_json::json;
use tests::database::TestDatabase;
use tests::gateway::cookie;
use tests::http;
use tests::process::Process;
use uuid::Uuid;

use crate::storage::catalogue::mentions;

#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_that_was_cut_off_goes_on() {
    let database = TestDatabase::new();
    let flags = ["--database-url", database.url()];
    let process = Process::start(&flags);
    let body = json!({"organization": "Shop", "name": "Ada", "email": "ada@shop.example", "password": "correct horse"});
    let made = http::request(process.address, "POST", "/api/signup", &[], Some(&body)).await;
    let token = made.cookie("chatdesk_agent").unwrap().to_owned();
    let organization: Uuid = made.json()["organization"]["id"].as_str().unwrap().parse().unwrap();
    let (client, busy) = (database.client().await, database.client().await);
    let fill = "with visitor as (
            insert into visitors (organization_id, id) values ($1, gen_random_uuid()) returning id
        )
        insert into conversations (organization_id, id, visitor_id, client_id)
        select $1, gen_random_uuid(), id, n::text from visitor, generate_series(1, 350) n";
    client.execute(fill, &[&organization]).await.unwrap();
    // Somebody holds the last one, so that the deletion cannot end before it is killed.
    busy.batch_execute("begin").await.unwrap();
    busy.execute("select from conversations order by id desc limit 1 for update", &[]).await.unwrap();
    let name = json!({"name": "Shop"});
    let headers = [("cookie", cookie(&token))];
    let headers = headers.each_ref().map(|(name, value)| (*name, value.as_str()));
    let deleted = http::request(process.address, "DELETE", "/api/organization", &headers, Some(&name)).await;
    assert_eq!(deleted.status, 204);
    let left = async |table: &str| -> i64 {
        client.query_one(&format!("select count(*) from {table}"), &[]).await.unwrap().get(0)
    };
    while left("conversations").await > 50 {}
    process.kill();
    assert_eq!(left("conversations").await, 50, "in the middle");
    busy.batch_execute("commit").await.unwrap();

    // Each looks a second after its start.
    let process = Process::start(&["--database-url", database.url(), "--maintenance-seconds", "1"]);
    while left("organizations").await > 0 {}
    process.terminate();
    let found = mentions(&client, &[&organization.to_string(), "shop.example"]).await;
    assert!(found.is_empty(), "{found:#?}");
}
