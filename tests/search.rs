//! What agents look for: entries by their words, contacts by what is known of them.

use protocol::client::{Contacts, Search, Update};
use protocol::code::ErrorCode;
use protocol::connection::Connection;
use protocol::value::{Content, EntryKind, ParticipantKind, SearchHit};
use serde_json::{Value, json};
use storage::Indexer;
use tests::gateway::{TestGateway, agent_hello, cookie};

use crate::delivery::{start, stored, text};
use crate::refusals::refusal;

/// The words of every entry that is stored, made at once: what the gateway does by itself comes some time after.
const WORDS: &str = "insert into entry_search (organization_id, conversation_id, seq, at, words)
    select e.organization_id, e.conversation_id, e.seq, e.at,
        chatdesk_entry_words(e.organization_id, o.search_language, e.content)
    from entries e join organizations o on o.id = e.organization_id
    where chatdesk_entry_text(e.content) is not null
    on conflict do nothing";

async fn make_words(gateway: &TestGateway) {
    gateway.database.client().await.execute(WORDS, &[]).await.unwrap();
}

/// Until nothing waits for its words, here or at the gateway's own indexer.
async fn words_are_made(gateway: &TestGateway) {
    let mut indexer = Indexer::new(gateway.database.config());
    while indexer.pending().await.unwrap() > 0 {
        indexer.index_pending(100).await.unwrap();
    }
}

fn search(query: &str) -> Search {
    Search { query: query.into(), after: None, limit: None }
}

/// What a search finds, as `kind: before[found]after`.
async fn found(agent: &mut Connection, query: &str) -> Vec<String> {
    reply!(agent, search(query), SearchPage).hits.iter().map(shown).collect()
}

fn shown(hit: &SearchHit) -> String {
    let part = |part: &protocol::value::SnippetPart| {
        if part.found { format!("[{}]", part.text) } else { part.text.clone() }
    };
    format!("{:?}: {}", hit.kind, hit.snippet.iter().map(part).collect::<String>())
}

#[tokio::test(flavor = "multi_thread")]
async fn agents_find_what_was_said_by_its_words_newest_first_and_nobody_elses() {
    let gateway = TestGateway::start().await;
    let (tenant, other) = (gateway.tenant("Shop").await, gateway.tenant("Other").await);
    let (mut visitor, _) = gateway.visitor(&tenant).await;
    let (mut abroad, _) = gateway.visitor(&other).await;
    let (mut agent, mut foreign) = (gateway.agent(&tenant).await, gateway.agent(&other).await);
    let conversation = start(&mut visitor).await;
    let elsewhere = start(&mut abroad).await;
    for (client_id, words) in [("m1", "Do you have Darjeeling tea?"), ("m2", "Or coffee")] {
        visitor.request(&text(conversation, client_id, words)).await.unwrap();
        stored(&mut visitor, client_id).await;
    }
    abroad.request(&text(elsewhere, "m1", "No tea for strangers")).await.unwrap();
    stored(&mut abroad, "m1").await;
    let note = Content::note("wants tea, again");
    agent
        .request(&protocol::client::Send { conversation, client_id: "n1".into(), content: note }.into())
        .await
        .unwrap();
    stored(&mut agent, "n1").await;
    make_words(&gateway).await;

    assert_eq!(found(&mut agent, "tea").await, ["Note: wants [tea], again", "Text: Do you have Darjeeling [tea]?"]);
    assert_eq!(found(&mut agent, "tea darjeel").await, ["Text: Do you have [Darjeeling] [tea]?"]);
    assert_eq!(found(&mut agent, "tea -again").await.len(), 1);
    assert_eq!(found(&mut agent, "cocoa").await.len(), 0);
    assert_eq!(found(&mut foreign, "tea").await, ["Text: No [tea] for strangers"]);

    let first = reply!(agent, Search { limit: Some(1), ..search("tea") }, SearchPage);
    let [hit] = first.hits.as_slice() else { panic!("{first:?}") };
    assert_eq!((hit.conversation, hit.seq, hit.kind), (conversation, 3, EntryKind::Note));
    assert_eq!((hit.sender.kind, hit.sender.name.as_deref()), (ParticipantKind::Agent, Some("Shop's owner")));
    let second = reply!(agent, Search { limit: Some(1), after: first.next, ..search("tea") }, SearchPage);
    assert_eq!((second.hits[0].seq, second.hits[0].kind, second.next), (1, EntryKind::Text, None));
    // A place of another organization's leads to none of its entries.
    let strangers = reply!(foreign, Search { after: first.next, ..search("tea") }, SearchPage);
    assert!(strangers.hits.iter().all(|hit| hit.conversation == elsewhere));

    assert_eq!(refusal(&mut visitor, search("tea")).await.code, ErrorCode::Forbidden);
    for (request, field) in [
        (search("  "), "query"),
        (search(&"x".repeat(201)), "query"),
        (Search { limit: Some(0), ..search("tea") }, "limit"),
    ] {
        let error = refusal(&mut agent, request).await;
        assert_eq!((error.code, error.field.as_deref()), (ErrorCode::BadField, Some(field)));
    }
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn contacts_are_those_of_whom_something_is_known() {
    let gateway = TestGateway::start().await;
    let (tenant, other) = (gateway.tenant("Shop").await, gateway.tenant("Other").await);
    let mut agent = gateway.agent(&tenant).await;
    let (mut nobody, _) = gateway.visitor(&tenant).await;
    for (name, email, phone) in
        [("Ada Byron", "ada@shop.example", None), ("Grace", "g@navy.example", Some("+43 1 555"))]
    {
        let (mut visitor, _) = gateway.visitor(&tenant).await;
        let known = Update { name: Some(name.into()), email: Some(email.into()), ..Update::default() };
        reply!(visitor, Update { phone: phone.map(Into::into), ..known }, Done);
    }
    let names = |page: &protocol::server::ContactsPage| -> Vec<String> {
        page.contacts.iter().map(|contact| contact.visitor.name.clone().unwrap_or_default()).collect()
    };
    let query = |query: &str| Contacts { query: Some(query.into()), ..Contacts::default() };
    assert_eq!(names(&reply!(agent, Contacts::default(), ContactsPage)), ["Grace", "Ada Byron"], "the last first");
    for (words, expected) in [("byr", "Ada Byron"), ("shop.example ada", "Ada Byron"), ("1555", "Grace")] {
        assert_eq!(names(&reply!(agent, query(words), ContactsPage)), [expected], "{words}");
    }
    let verified = Contacts { verified: Some(true), ..Contacts::default() };
    assert!(reply!(agent, verified, ContactsPage).contacts.is_empty());
    let first = reply!(agent, Contacts { limit: Some(1), ..Contacts::default() }, ContactsPage);
    let second = reply!(agent, Contacts { after: first.next, ..Contacts::default() }, ContactsPage);
    assert_eq!((names(&first), names(&second), second.next), (vec!["Grace".into()], vec!["Ada Byron".into()], None));

    let mut foreign = gateway.agent(&other).await;
    assert!(reply!(foreign, Contacts::default(), ContactsPage).contacts.is_empty());
    assert!(reply!(foreign, query("ada"), ContactsPage).contacts.is_empty());
    assert_eq!(refusal(&mut nobody, Contacts::default()).await.code, ErrorCode::Forbidden);
    let error = refusal(&mut agent, query(" ")).await;
    assert_eq!((error.code, error.field.as_deref()), (ErrorCode::BadField, Some("query")));
    gateway.stop().await;
}

/// Admins say what language is spoken; words of before are then made anew.
#[tokio::test(flavor = "multi_thread")]
async fn the_language_that_entries_are_searched_with_is_set_by_admins() {
    let gateway = TestGateway::start().await;
    let (tenant, other) = (gateway.tenant("Shop").await, gateway.tenant("Other").await);
    let (mut visitor, _) = gateway.visitor(&tenant).await;
    let mut agent = gateway.agent(&tenant).await;
    let conversation = start(&mut visitor).await;
    visitor.request(&text(conversation, "m1", "Wir haben neue Häuser gebaut")).await.unwrap();
    stored(&mut visitor, "m1").await;
    words_are_made(&gateway).await;
    assert_eq!(found(&mut agent, "haus").await.len(), 0, "no such word stands there");

    let path = "/api/organization/search";
    let ask = async |token: &str, body: Option<Value>| {
        let method = if body.is_some() { "PUT" } else { "GET" };
        gateway.http(method, path, &[("cookie", &cookie(token))], body.as_ref()).await
    };
    let german = json!({"language": "german"});
    let before = ask(&tenant.token, None).await.json();
    assert_ne!(before, german);
    assert_eq!(ask(&tenant.token, Some(german.clone())).await.json(), german);
    assert_eq!(ask(&tenant.token, None).await.json(), german);
    assert_eq!(ask(&other.token, None).await.json(), before, "each has its own");
    words_are_made(&gateway).await;
    assert_eq!(found(&mut agent, "haus").await, ["Text: Wir haben neue [Häuser] gebaut"]);

    for (body, rule) in [
        (json!({"language": "klingon"}), "must be one of simple, arabic"),
        (json!({"language": "GERMAN"}), "must be one of"),
        (json!({"language": ""}), "must be one of"),
        (json!({"language": 3}), "is of the wrong type"),
        (json!({}), "is required"),
    ] {
        let refused = ask(&tenant.token, Some(body.clone())).await;
        assert_eq!((refused.status, refused.field().as_str()), (422, "language"), "{body}");
        assert!(refused.json()["error"]["text"].as_str().unwrap().contains(rule), "{}", refused.json());
    }
    let (_, colleague) = gateway.colleague(&tenant, "Bob").await;
    assert_eq!(ask(&colleague, None).await.code(), "forbidden");
    assert_eq!(ask(&colleague, Some(json!({"language": "klingon"}))).await.code(), "forbidden");
    assert_eq!(ask("nobody", Some(german.clone())).await.status, 401);
    assert_eq!(ask(&tenant.token, None).await.json(), german);
    gateway.stop().await;
}

/// Both kinds together, whichever socket of a login asks.
#[tokio::test(flavor = "multi_thread")]
async fn searching_has_a_bucket_of_its_own() {
    let gateway = TestGateway::with(&["--search-rate", "1", "--search-burst", "2"]).await;
    let tenant = gateway.tenant("Shop").await;
    let mut agent = gateway.agent(&tenant).await;
    let mut other = gateway.socket().await;
    let limits = other.hello(agent_hello(&tenant.token)).await.unwrap().limits;
    assert_eq!((limits.search_rate, limits.search_burst), (1, 2));
    reply!(agent, search("tea"), SearchPage);
    reply!(other, Contacts::default(), ContactsPage);
    let error = refusal(&mut agent, search("tea")).await;
    assert!(error.code == ErrorCode::RateLimited && error.retry_ms > 0, "{error:?}");
    reply!(agent, protocol::client::Inbox::default(), InboxPage);
    gateway.stop().await;
}
