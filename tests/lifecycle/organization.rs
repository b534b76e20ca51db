//! Organizations: how long they keep what, and their end.

use protocol::code::CloseCode;
use protocol::server::ServerFrame;
use serde_json::json;
use tests::gateway::{TestGateway, cookie, visitor_hello};

use super::{forgotten, written};
use crate::delivery::until;

#[tokio::test(flavor = "multi_thread")]
async fn what_is_kept_for_how_long_is_set_by_admins_and_goes_by_itself() {
    let gateway = TestGateway::start().await;
    let mut written = written(&gateway, "Shop", "quetzalcoatl").await;
    let path = "/api/organization/retention";
    let mut kept = written.ask(&gateway, "GET", path, None).await.json();
    assert_eq!(
        kept,
        json!({"conversations_days": null, "visitors_days": 365, "page_views_days": 90, "events_days": 365})
    );
    kept["conversations_days"] = json!(30);
    assert_eq!(written.ask(&gateway, "PUT", path, Some(&kept)).await.json(), kept);
    assert_eq!(written.ask(&gateway, "GET", path, None).await.json(), kept);
    for (field, value) in [("events_days", json!(0)), ("visitors_days", json!(36_501)), ("page_views_days", json!("x"))]
    {
        let mut odd = kept.clone();
        odd[field] = value;
        let refused = written.ask(&gateway, "PUT", path, Some(&odd)).await;
        assert_eq!((refused.status, refused.field().as_str()), (422, field));
    }
    let partial = written.ask(&gateway, "PUT", path, Some(&json!({"events_days": 1}))).await;
    assert_eq!((partial.status, partial.field().as_str()), (422, "conversations_days"), "left out is not for good");
    let (_, colleague) = gateway.colleague(&written.tenant, "Bob").await;
    let refused = gateway.http("PUT", path, &[("cookie", &cookie(&colleague))], Some(&kept)).await;
    assert_eq!(refused.code(), "forbidden");

    let app = gateway.gateway().app();
    let turn = app.storage.take_turn().await.unwrap();
    assert_eq!(gateway::maintenance::turn(app).await, Ok(None), "another gateway has the turn");
    drop(turn);
    let client = gateway.database.client().await;
    let old = "update conversations set status = 'resolved', updated_at = now() - interval '31 days'";
    client.batch_execute(old).await.unwrap();
    let report = loop {
        // The turn is given back when the server has seen the connection's end.
        if let Some(report) = gateway::maintenance::turn(app).await.unwrap() {
            break report;
        }
    };
    assert_eq!((report.done.get("conversations"), report.failed), (Some(&1), vec![]));
    let conversation = written.conversation;
    let gone = |frame: &ServerFrame| matches!(frame, ServerFrame::Gone(gone) if gone.conversation == conversation);
    until(&mut written.agent, gone).await;
    until(&mut written.socket, gone).await;
    assert_eq!(gateway.http("GET", &written.file.url, &[], None).await.status, 404);
    assert_eq!(super::files_with(&gateway.database.folder(), "quetzalcoatl").len(), 0);
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failing_step_keeps_no_other_from_being_done() {
    let gateway = TestGateway::start().await;
    let written = written(&gateway, "Shop", "quetzalcoatl").await;
    let client = gateway.database.client().await;
    client
        .batch_execute("update organizations set events_days = 1, page_views_days = 1;
            insert into page_views (organization_id, visitor_id, id, at) select organization_id, id, gen_random_uuid(),
                now() - interval '2 days' from visitors;
            insert into events (organization_id, visitor_id, id, at, name) select organization_id, id, gen_random_uuid(),
                now() - interval '2 days', 'a' from visitors;
            revoke delete on page_views from chatdesk_maintenance;
            insert into abandoned_files (organization_id, key) select id, 'gone-already' from organizations")
        .await
        .unwrap();
    let app = gateway.gateway().app();
    let report = gateway::maintenance::turn(app).await.unwrap().unwrap();
    assert_eq!((report.done.get("events"), report.failed), (Some(&1), vec!["page views"]));
    let left = client.query("select key from abandoned_files", &[]).await.unwrap();
    assert!(left.is_empty(), "a file that is not there is removed");
    assert_eq!(gateway.http("GET", &written.file.url, &[], None).await.status, 200, "and nothing else is");
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_organization_lets_nobody_in_and_goes() {
    let gateway = TestGateway::start().await;
    let mut written = written(&gateway, "Quetzalcoatl", "quetzalcoatl").await;
    let other = gateway.tenant("Other").await;
    let (mut guest, _) = gateway.visitor(&other).await;
    let (_, colleague) = gateway.colleague(&written.tenant, "Bob").await;
    let path = "/api/organization";
    let wrong = written.ask(&gateway, "DELETE", path, Some(&json!({"name": "Other"}))).await;
    assert_eq!((wrong.status, wrong.field().as_str()), (422, "name"));
    let name = json!({"name": "Quetzalcoatl"});
    let refused = gateway.http("DELETE", path, &[("cookie", &cookie(&colleague))], Some(&name)).await;
    assert_eq!(refused.code(), "forbidden");
    let deleted = written.ask(&gateway, "DELETE", path, Some(&name)).await;
    assert_eq!(deleted.status, 204, "{}", deleted.json());
    assert_eq!(written.socket.closed().await.unwrap().0, Some(CloseCode::NoWidget.number()));
    assert_eq!(written.agent.closed().await.unwrap().0, Some(CloseCode::Unauthenticated.number()));
    assert_eq!(written.ask(&gateway, "GET", "/api/me", None).await.status, 401);
    let login = json!({"email": "owner@quetzalcoatl.example", "password": "correct horse"});
    assert_eq!(gateway.http("POST", "/api/login", &[], Some(&login)).await.status, 401);
    let mut socket = gateway.socket().await;
    socket.hello(visitor_hello(&written.tenant.widget_key, None)).await.unwrap_err();

    let client = gateway.database.client().await;
    let app = gateway.gateway().app();
    // The gateway was woken to do it, and may have the turn just now.
    loop {
        gateway::maintenance::turn(app).await.unwrap();
        let left = "select count(*) from organizations where deleted_at is not null";
        let files = "select count(*) from abandoned_files";
        let count = async |sql: &str| client.query_one(sql, &[]).await.unwrap().get::<_, i64>(0);
        if count(left).await + count(files).await == 0 {
            break;
        }
    }
    forgotten(&gateway, "quetzalcoatl").await;
    forgotten(&gateway, &written.tenant.organization().to_string()).await;
    reply!(guest, protocol::client::Ping::default(), Pong);
    gateway.stop().await;
}
