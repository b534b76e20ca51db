//! The binary's commands, beside a running gateway and without one.

use std::process::{Command, Output};

use protocol::code::CloseCode;
use protocol::server::ServerFrame;
use serde_json::{Value, json};
use tests::gateway::{TestGateway, cookie};
use tests::process::binary;

use super::{unzip, written};
use crate::delivery::until;
use crate::storage::catalogue::mentions;

/// Runs `chatdesk` on a gateway's database and folder, off the async threads.
pub(super) async fn chatdesk(gateway: &TestGateway, arguments: &[&str]) -> Output {
    let mut command = Command::new(binary());
    command.args(arguments).arg("--database-url").arg(gateway.database.url());
    command.arg("--data").arg(gateway.database.folder()).env("CHATDESK_LOG", "warn");
    tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap()
}

pub(super) fn said(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap()
}

pub(super) fn complaint(output: &Output) -> String {
    assert!(!output.status.success());
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn retention_is_shown_and_set_and_what_was_set_aside_is_listed() {
    let gateway = TestGateway::start().await;
    let written = written(&gateway, "Shop", "quetzalcoatl").await;
    let id = written.tenant.organization().to_string();
    let shown = said(&chatdesk(&gateway, &["retention", "show", "--organization", &id]).await);
    let shown: Value = serde_json::from_str(&shown).unwrap();
    assert_eq!((&shown["conversations_days"], &shown["page_views_days"]), (&Value::Null, &json!(90)));
    let set = ["retention", "set", "--organization", &id, "--conversations-days", "7", "--events-days", "never"];
    let set: Value = serde_json::from_str(&said(&chatdesk(&gateway, &set).await)).unwrap();
    assert_eq!(set, json!({"conversations_days": 7, "visitors_days": 365, "page_views_days": 90, "events_days": null}));
    let odd = chatdesk(&gateway, &["retention", "set", "--organization", &id, "--events-days", "0"]).await;
    assert!(complaint(&odd).contains("must be from 1 to 36500, or never"));
    let missing = protocol::id::OrganizationId::generate().to_string();
    let odd = chatdesk(&gateway, &["retention", "show", "--organization", &missing]).await;
    assert!(complaint(&odd).contains("there is no organization"));

    let client = gateway.database.client().await;
    let sql =
        "insert into rejected_entries (organization_id, id, conversation_id, sender_kind, sender_id, client_id, at,
            content, reason)
        select organization_id, gen_random_uuid(), id, 'visitor', visitor_id, n::text, now(),
            convert_to('{\"kind\": \"text\"}', 'utf8'), 'why' from conversations, generate_series(1, 130) n";
    client.execute(sql, &[]).await.unwrap();
    let listed = said(&chatdesk(&gateway, &["rejected", "--organization", &id]).await);
    let lines: Vec<Value> = listed.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 130);
    assert_eq!((&lines[0]["reason"], &lines[0]["content"]), (&json!("why"), &json!({"kind": "text"})));
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn contacts_are_taken_out_and_erased_and_the_gateway_hears_of_it() {
    let gateway = TestGateway::start().await;
    let mut written = written(&gateway, "Shop", "quetzalcoatl").await;
    let id = written.tenant.organization().to_string();
    let to = gateway.database.folder().join("export.zip");
    let file = to.to_string_lossy().into_owned();
    let export = ["contact", "export", "--organization", &id, "--email", "Quetzalcoatl@mail.example", "--to", &file];
    said(&chatdesk(&gateway, &export).await);
    assert_eq!(unzip(std::fs::read(&to).unwrap()).len(), 2);
    assert!(complaint(&chatdesk(&gateway, &export).await).contains("export.zip"), "what is there stays");
    std::fs::remove_file(&to).unwrap();
    let nobody = ["contact", "export", "--organization", &id, "--email", "nobody@mail.example", "--to", &file];
    assert!(complaint(&chatdesk(&gateway, &nobody).await).contains("no contact has the address"));
    assert!(!to.exists());
    let called = ["contact", "export", "--organization", &id, "--external-id", "crm-7", "--to", &file];
    let claimed = "update visitors set external_id = 'crm-7' where id = $1";
    let client = gateway.database.client().await;
    client.execute(claimed, &[&written.visitor.0]).await.unwrap();
    assert!(complaint(&chatdesk(&gateway, &called).await).contains("vouched for no contact with the id crm-7"));
    client.execute("update visitors set verified = true where id = $1", &[&written.visitor.0]).await.unwrap();
    said(&chatdesk(&gateway, &called).await);
    assert_eq!(unzip(std::fs::read(&to).unwrap()).len(), 2);

    let contact = written.visitor.to_string();
    let erase = ["contact", "erase", "--organization", &id, "--contact", &contact, "--mode", "delete"];
    said(&chatdesk(&gateway, &erase).await);
    assert_eq!(written.socket.closed().await.unwrap().0, Some(CloseCode::Unauthenticated.number()));
    until(&mut written.agent, |frame| matches!(frame, ServerFrame::Gone(_))).await;
    assert!(complaint(&chatdesk(&gateway, &erase).await).contains("there is no contact"));
    assert!(mentions(&gateway.database.client().await, &["quetzalcoatl"]).await.is_empty());
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_has_an_account_becomes_a_member_of_one_more() {
    let gateway = TestGateway::start().await;
    let (shop, other) = (gateway.tenant("Shop").await, gateway.tenant("Other").await);
    let id = shop.organization().to_string();
    let add = async |email: &str, name: &str, role: &str, organization: &str| {
        let flags = ["--email", email, "--name", name, "--role", role, "--organization", organization];
        chatdesk(&gateway, &[&["organization", "add-member"], flags.as_slice()].concat()).await
    };
    assert!(said(&add("owner@other.example", "Visiting", "admin", &id).await).contains("is a member now"));
    let login = [("cookie", &*cookie(&other.token))];
    let me = gateway.http("GET", "/api/me", &login, None).await.json();
    assert_eq!(me["organizations"].as_array().unwrap().len(), 2);
    let switched =
        gateway.http("POST", "/api/organization/switch", &login, Some(&json!({"organization": id}))).await.json();
    assert_eq!((&switched["member"]["name"], &switched["member"]["role"]), (&json!("Visiting"), &json!("admin")));
    let missing = protocol::id::OrganizationId::generate().to_string();
    for (email, name, role, organization, why) in [
        ("owner@other.example", "Again", "agent", &id, "is a member already"),
        ("nobody@other.example", "Nobody", "agent", &id, "nobody logs in as"),
        ("owner@other.example", " ", "agent", &id, "--name: must not be empty"),
        ("owner@other.example", "Ada", "king", &id, "--role"),
        ("owner@other.example", "Ada", "agent", &missing, "there is no organization"),
    ] {
        let complaint = complaint(&add(email, name, role, organization).await);
        assert!(complaint.contains(why), "{complaint}");
    }
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organization_is_deleted_when_that_is_meant() {
    let gateway = TestGateway::start().await;
    let mut written = written(&gateway, "Shop", "quetzalcoatl").await;
    let id = written.tenant.organization().to_string();
    let unsaid = chatdesk(&gateway, &["organization", "delete", "--organization", &id]).await;
    assert!(complaint(&unsaid).contains("--yes"));
    let delete = ["organization", "delete", "--organization", &id, "--yes"];
    said(&chatdesk(&gateway, &delete).await);
    assert_eq!(written.socket.closed().await.unwrap().0, Some(CloseCode::NoWidget.number()));
    assert_eq!(written.agent.closed().await.unwrap().0, Some(CloseCode::Unauthenticated.number()));
    assert!(complaint(&chatdesk(&gateway, &delete).await).contains("there is no organization"));
    gateway.stop().await;
}
