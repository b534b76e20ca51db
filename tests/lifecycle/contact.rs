//! Contacts, over HTTP: taken out as a ZIP, and erased.

use gateway::service::erasure;
use protocol::code::CloseCode;
use protocol::connection::upload::sha256;
use protocol::id::VisitorId;
use protocol::server::ServerFrame;
use serde_json::{Value, json};
use tests::gateway::{TestGateway, cookie, visitor_hello};

use super::{Written, forgotten, unzip, written};
use crate::delivery::{find, until};

/// The body of an answer that came in chunks.
fn dechunked(mut body: &[u8]) -> Vec<u8> {
    let mut whole = vec![];
    loop {
        let end = body.windows(2).position(|two| two == b"\r\n").expect("a chunk begins with its length");
        let length = usize::from_str_radix(std::str::from_utf8(&body[..end]).unwrap(), 16).unwrap();
        if length == 0 {
            return whole;
        }
        whole.extend_from_slice(&body[end + 2..end + 2 + length]);
        body = &body[end + 2 + length + 2..];
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_holds_all_that_is_held_of_a_contact() {
    let gateway = TestGateway::start().await;
    let written = written(&gateway, "Shop", "quetzalcoatl").await;
    let client = gateway.database.client().await;
    let sql =
        "insert into rejected_entries (organization_id, id, conversation_id, sender_kind, sender_id, client_id, at,
            content, reason)
        select organization_id, gen_random_uuid(), id, 'visitor', visitor_id, 'r1', now(),
            convert_to('{\"kind\": \"text\", \"text\": \"a\\u0000b\"}', 'utf8'), 'why' from conversations";
    client.execute(sql, &[]).await.unwrap();
    for many in [
        "insert into page_views (organization_id, visitor_id, id, at, url) select organization_id, visitor_id,
            gen_random_uuid(), now() - n * interval '1 second', 'page ' || n from conversations, generate_series(1, 1100) n",
        "insert into events (organization_id, visitor_id, id, at, name) select organization_id, visitor_id,
            gen_random_uuid(), now() - n * interval '1 second', 'event' from conversations, generate_series(1, 3) n",
    ] {
        client.execute(many, &[]).await.unwrap();
    }
    let path = format!("/api/contacts/{}/export", written.visitor);
    let answer = written.ask(&gateway, "GET", &path, None).await;
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/zip")));
    let files = unzip(dechunked(&answer.body));
    let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
    let name = format!("files/{}-quetzalcoatl.png", written.file.id);
    assert_eq!(names, [name.as_str(), "contact.json"]);
    assert!(files[0].1 == written.bytes);
    let all: Value = serde_json::from_slice(&files[1].1).unwrap();
    checked(&all, &written, &name);
    // Every column of what is held is there, but for those that are named here with a reason, and those that are made of others.
    for (place, table, left_out) in [
        (&all["contact"], "visitors", &["organization_id", "words", "erase", "erase_since"] as &[&str]),
        (&all["sessions"][0], "widget_sessions", &["organization_id", "visitor_id", "session_token"]),
        (&all["conversations"][0], "conversations", &["organization_id", "visitor_id"]),
        (&all["conversations"][0]["entries"][0], "entries", &["organization_id", "conversation_id"]),
        (&all["conversations"][0]["read_marks"][0], "participants", &["organization_id", "conversation_id"]),
        (&all["conversations"][0]["attachments"][0], "attachments", &["organization_id", "conversation_id"]),
        (&all["page_views"][0], "page_views", &["organization_id", "visitor_id"]),
        (&all["events"][0], "events", &["organization_id", "visitor_id"]),
        (&all["rejected_entries"][0], "rejected_entries", &["organization_id", "sender_kind", "sender_id"]),
    ] {
        let sql = "select attname::text from pg_attribute where attrelid = $1::text::regclass and attnum > 0
            and not attisdropped and attgenerated = ''";
        let columns = client.query(sql, &[&table]).await.unwrap();
        let columns = columns.iter().map(|row| row.get::<_, String>(0));
        for column in columns.filter(|column| !left_out.contains(&column.as_str())) {
            assert!(place.get(&column).is_some(), "{table}.{column} is not in the export: {place}");
        }
    }
    gateway.stop().await;
}

fn checked(all: &Value, written: &Written, name: &str) {
    assert_eq!((&all["format"], &all["organization"]["name"]), (&json!(1), &json!("Shop")));
    assert_eq!(all["contact"]["email"], "quetzalcoatl@mail.example");
    assert_eq!(all["sessions"].as_array().unwrap().len(), 1);
    let conversation = &all["conversations"][0];
    let said: Vec<&Value> =
        conversation["entries"].as_array().unwrap().iter().map(|entry| &entry["content"]["text"]).collect();
    assert_eq!(said, [&json!("I am quetzalcoatl"), &Value::Null, &json!("a regular"), &json!("how can we help?")]);
    let attachment = &conversation["attachments"][0];
    let hash = sha256(&written.bytes);
    assert_eq!((&attachment["file"], &attachment["sha256"]), (&json!(name), &json!(hash)));
    let pages: Vec<&Value> = all["page_views"].as_array().unwrap().iter().map(|page| &page["url"]).collect();
    assert_eq!((pages.len(), pages[0], pages[1099]), (1100, &json!("page 1100"), &json!("page 1")));
    assert_eq!(all["events"].as_array().unwrap().len(), 3);
    assert_eq!(all["rejected_entries"][0]["content"]["text"], "a\0b");
}

#[tokio::test(flavor = "multi_thread")]
async fn contacts_are_taken_out_and_erased_by_admins_of_their_own_organization() {
    let gateway = TestGateway::start().await;
    let mut written = written(&gateway, "Shop", "quetzalcoatl").await;
    let other = gateway.tenant("Other").await;
    let (_, colleague) = gateway.colleague(&written.tenant, "Bob").await;
    let body = json!({"mode": "delete"});
    let (export, erase) =
        (format!("/api/contacts/{}/export", written.visitor), format!("/api/contacts/{}/erase", written.visitor));
    for (token, status) in [(colleague.as_str(), 403), (&other.token, 404), ("nobody's", 401)] {
        let login = cookie(token);
        let answer = gateway.http("GET", &export, &[("cookie", &login)], None).await;
        assert_eq!(answer.status, status);
        let answer = gateway.http("POST", &erase, &[("cookie", &login)], Some(&body)).await;
        assert_eq!(answer.status, status);
    }
    let missing = format!("/api/contacts/{}/erase", VisitorId::generate());
    for path in [missing.as_str(), "/api/contacts/nobody/erase"] {
        assert_eq!(written.ask(&gateway, "POST", path, Some(&body)).await.status, 404);
    }
    let odd = written.ask(&gateway, "POST", &erase, Some(&json!({"mode": "forget"}))).await;
    assert_eq!((odd.status, odd.field().as_str()), (422, "mode"));
    let elsewhere = gateway
        .http(
            "POST",
            &erase,
            &[("cookie", &cookie(&written.tenant.token)), ("origin", "https://evil.example")],
            Some(&body),
        )
        .await;
    assert_eq!(elsewhere.code(), "origin_refused");
    // Nothing of all that did anything.
    reply!(written.socket, protocol::client::Ping::default(), Pong);
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erased_contact_is_gone_everywhere_and_everybody_is_told() {
    let gateway = TestGateway::start().await;
    let mut written = written(&gateway, "Shop", "quetzalcoatl").await;
    let (mut other, _) = gateway.visitor(&written.tenant).await;
    let path = format!("/api/contacts/{}/erase", written.visitor);
    let answer = written.ask(&gateway, "POST", &path, Some(&json!({"mode": "delete"}))).await;
    assert_eq!(answer.status, 204, "{}", answer.json());
    let conversation = written.conversation;
    until(&mut written.agent, |frame| matches!(frame, ServerFrame::Gone(gone) if gone.conversation == conversation))
        .await;
    assert_eq!(written.socket.closed().await.unwrap().0, Some(CloseCode::Unauthenticated.number()));
    forgotten(&gateway, "quetzalcoatl").await;
    assert_eq!(gateway.http("GET", &written.file.url, &[], None).await.status, 404);
    reply!(other, protocol::client::Ping::default(), Pong);
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_anonymized_contact_leaves_conversations_with_nothing_of_theirs() {
    let gateway = TestGateway::start().await;
    let mut written = written(&gateway, "Shop", "quetzalcoatl").await;
    let mut session = gateway.socket().await;
    let path = format!("/api/contacts/{}/erase", written.visitor);
    let answer = written.ask(&gateway, "POST", &path, Some(&json!({"mode": "anonymize"}))).await;
    assert_eq!(answer.status, 204, "{}", answer.json());
    assert_eq!(written.socket.closed().await.unwrap().0, Some(CloseCode::Unauthenticated.number()));
    let told = find(&mut written.agent, |frame| match frame {
        ServerFrame::Summary(summary) if summary.visitor.name.is_none() => Some(summary),
        _ => None,
    });
    assert_eq!(told.await.head, 4);
    forgotten(&gateway, "quetzalcoatl").await;
    // The browser begins anew, as somebody else.
    let hello = session.hello(visitor_hello(&written.tenant.widget_key, None)).await.unwrap();
    assert_ne!(hello.visitor.unwrap().visitor, written.visitor);
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_turn_at_an_erasure_is_bounded_and_the_next_goes_on() {
    let gateway = TestGateway::start().await;
    let written = written(&gateway, "Shop", "quetzalcoatl").await;
    let (organization, storage) = (written.tenant.organization(), gateway.database.storage().await);
    assert!(storage.begin_erasure(organization, written.visitor, storage::Erasure::Delete).await.unwrap());
    let one = erasure::finish(&storage, organization, written.visitor, 1).await.unwrap();
    assert_eq!(one, erasure::Progress { batches: 1, ended: false });
    assert_eq!(storage.erasures(organization, None, 9).await.unwrap(), [written.visitor]);
    let rest = erasure::finish(&storage, organization, written.visitor, erasure::BATCHES).await.unwrap();
    assert!(rest.ended && rest.batches > 0, "{rest:?}");
    assert_eq!(storage.erasures(organization, None, 9).await.unwrap(), []);
    gateway.stop().await;
}
