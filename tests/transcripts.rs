//! A conversation as an e-mail: what is in it and what is not, who may ask, and what becomes of it when the mail server
//! is away.

use protocol::client::{Send, Transcript};
use protocol::code::ErrorCode;
use protocol::connection::Connection;
use protocol::id::ConversationId;
use protocol::value::{Content, ConversationStatus};
use serde_json::json;
use tests::gateway::{Tenant, TestGateway};
use tests::smtp::Smtp;

use crate::delivery::{start, stored, text};
use crate::refusals::refusal;
use crate::uploads;

fn ask(conversation: ConversationId, email: &str) -> Transcript {
    Transcript { conversation, email: email.into() }
}

async fn say(socket: &mut Connection, conversation: ConversationId, client_id: &str, content: Content) {
    reply!(socket, Send { conversation, client_id: client_id.into(), content }, Routed);
    stored(socket, client_id).await;
}

/// A gateway that sends e-mail, and an organization.
async fn mailing(smtp: &Smtp, more: &[&str]) -> (TestGateway, Tenant) {
    let flags = smtp.flags();
    let flags: Vec<&str> = flags.iter().map(String::as_str).chain(more.iter().copied()).collect();
    let gateway = TestGateway::with(&flags).await;
    let tenant = gateway.tenant("Shop").await;
    (gateway, tenant)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_said_is_sent_and_what_is_for_agents_is_not() {
    let mut smtp = Smtp::start().await;
    let (gateway, tenant) = mailing(&smtp, &["--public-url=https://chat.example/"]).await;
    let zone = json!({"time_zone": "Asia/Tokyo", "days": []});
    assert_eq!(gateway.configure(&tenant, |config| config["settings"]["hours"] = zone).await.status, 200);
    let (mut visitor, welcome) = gateway.visitor(&tenant).await;
    assert!(welcome.visitor.unwrap().transcripts);
    let conversation = start(&mut visitor).await;
    let mut agent = gateway.agent(&tenant).await;
    crate::delivery::follow(&mut agent, conversation).await;
    say(&mut visitor, conversation, "v1", Content::text("Is <b>tea</b> & cake left?\n.\nGrüße 🍵")).await;
    say(&mut agent, conversation, "a1", Content::note("a secret")).await;
    say(&mut agent, conversation, "a2", Content::text("Yes. ".to_owned() + &"Plenty of it. ".repeat(90))).await;
    let file = uploads::upload(&mut visitor, &uploads::announce(conversation, "u1", uploads::PNG), uploads::PNG).await;
    let path = file.url.clone();
    say(&mut visitor, conversation, "v2", Content::attachment(file)).await;
    say(&mut visitor, conversation, "v3", Content::rating(4, Some("\"Quick\"".into()))).await;
    say(&mut visitor, conversation, "v4", Content::status(ConversationStatus::Resolved)).await;

    reply!(visitor, ask(conversation, "ada@mail.example"), Done);
    let letter = smtp.next().await;
    assert_eq!(letter.to, ["ada@mail.example"]);
    assert_eq!(letter.head("subject"), Some("Your conversation with Shop"));
    assert_eq!(letter.head("from"), Some("Shop <chat@shop.example>"));
    assert_eq!(letter.head("auto-submitted"), Some("auto-generated"));
    assert!(letter.head("message-id").unwrap().ends_with("@shop.example>") && letter.head("date").is_some());
    let (plain, html) = (letter.part("text/plain"), letter.part("text/html"));
    let url = format!("https://chat.example{path}");
    for expected in [
        "Times are those of Asia/Tokyo.",
        "Visitor:\nIs <b>tea</b> & cake left?\n.\nGrüße 🍵\n",
        "Shop's owner:\nYes. Plenty of it.",
        "Visitor sent a file: fern.png (16 bytes)",
        &url,
        "Visitor rated the conversation: 4 of 5\n\"Quick\"\n",
        "Visitor ended the conversation.",
    ] {
        assert!(plain.contains(expected), "{expected} is not in {plain}");
    }
    assert!(html.contains("Is &lt;b&gt;tea&lt;/b&gt; &amp; cake left?") && html.contains("Grüße 🍵"), "{html}");
    assert!(html.contains(&format!("<a href=\"{url}\">fern.png</a>")) && html.contains("&quot;Quick&quot;"), "{html}");
    assert!(!plain.contains("secret") && !html.contains("secret") && !html.contains("<b>tea"));
    // The minute, by the clocks of Tokyo.
    let sql = "select to_char(max(at) at time zone 'Asia/Tokyo', 'YYYY-MM-DD HH24:MI') from entries";
    let row = gateway.database.client().await.query_one(sql, &[]).await.unwrap();
    assert!(plain.contains(&format!("{}  Visitor ended", row.get::<_, String>(0))), "{plain}");
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_visitors_ask_and_only_for_what_is_theirs() {
    let smtp = Smtp::start().await;
    let (gateway, tenant) = mailing(&smtp, &[]).await;
    let (mut visitor, _) = gateway.visitor(&tenant).await;
    let own = start(&mut visitor).await;
    let (mut other, _) = gateway.visitor(&tenant).await;
    let missing = refusal(&mut other, ask(ConversationId::generate(), "ada@mail.example")).await;
    assert_eq!(missing.code, ErrorCode::NotFound);
    assert_eq!(refusal(&mut other, ask(own, "ada@mail.example")).await, missing, "a foreign one is as one that is not");
    let elsewhere = gateway.tenant("Other").await;
    let (mut foreign, _) = gateway.visitor(&elsewhere).await;
    assert_eq!(refusal(&mut foreign, ask(own, "ada@mail.example")).await, missing);
    let mut agent = gateway.agent(&tenant).await;
    assert_eq!(refusal(&mut agent, ask(own, "ada@mail.example")).await.code, ErrorCode::Forbidden);
    for email in [
        "ada",
        "ada@localhost",
        "a da@mail.example",
        "ada@mail.example\r\nBcc: eve@mail.example",
        "ada@mail.example, eve@mail.example",
        "Ada <ada@mail.example>",
        "",
    ] {
        let error = refusal(&mut visitor, ask(own, email)).await;
        assert_eq!((error.code, error.field.as_deref()), (ErrorCode::BadField, Some("email")), "{email}");
    }
    assert!(smtp.is_empty());
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_server_there_are_none() {
    let gateway = TestGateway::start().await;
    let tenant = gateway.tenant("Shop").await;
    let (mut visitor, welcome) = gateway.visitor(&tenant).await;
    assert!(!welcome.visitor.unwrap().transcripts);
    let own = start(&mut visitor).await;
    assert_eq!(refusal(&mut visitor, ask(own, "ada@mail.example")).await.code, ErrorCode::Unsupported);
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_names_line_breaks_do_not_get_into_the_head() {
    let mut smtp = Smtp::start().await;
    let (gateway, tenant) = mailing(&smtp, &[]).await;
    let client = gateway.database.client().await;
    client.batch_execute("update organizations set name = E'Shop\\r\\nBcc: eve@mail.example'").await.unwrap();
    let (mut visitor, _) = gateway.visitor(&tenant).await;
    let own = start(&mut visitor).await;
    reply!(visitor, ask(own, "ada@mail.example"), Done);
    let letter = smtp.next().await;
    assert_eq!((letter.to.len(), letter.head("bcc")), (1, None));
    assert_eq!(letter.head("subject"), Some("Your conversation with ShopBcc: eve@mail.example"));
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn asking_often_is_refused_by_session_and_by_recipient() {
    let mut smtp = Smtp::start().await;
    let flags = ["--transcripts-per-hour=2", "--recipient-transcripts-per-hour=3"];
    let (gateway, tenant) = mailing(&smtp, &flags).await;
    let (mut visitor, _) = gateway.visitor(&tenant).await;
    let own = start(&mut visitor).await;
    for _ in 0..2 {
        reply!(visitor, ask(own, "ada@mail.example"), Done);
        smtp.next().await;
    }
    let refused = refusal(&mut visitor, ask(own, "bob@mail.example")).await;
    assert_eq!((refused.code, refused.retryable), (ErrorCode::RateLimited, true));
    assert!((1..=1_800_000).contains(&refused.retry_ms), "{refused:?}");
    let (mut other, _) = gateway.visitor(&tenant).await;
    let theirs = start(&mut other).await;
    reply!(other, ask(theirs, "ADA@mail.example"), Done);
    smtp.next().await;
    assert_eq!(refusal(&mut other, ask(theirs, "ada@mail.example")).await.code, ErrorCode::RateLimited);
    reply!(other, ask(theirs, "bob@mail.example"), Done);
    assert_eq!(smtp.next().await.to, ["bob@mail.example"]);
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_away_is_tried_again_and_one_that_refuses_is_not() {
    let mut smtp = Smtp::start().await;
    let (gateway, tenant) = mailing(&smtp, &["--mail-waiting=1"]).await;
    let (mut visitor, _) = gateway.visitor(&tenant).await;
    let own = start(&mut visitor).await;
    visitor.request(&text(own, "v1", "Hello")).await.unwrap();
    stored(&mut visitor, "v1").await;

    smtp.answer("451 later");
    reply!(visitor, ask(own, "ada@mail.example"), Done);
    smtp.refused().await;
    // One waits already.
    assert_eq!(refusal(&mut visitor, ask(own, "bob@mail.example")).await.code, ErrorCode::Unavailable);
    assert!(smtp.next().await.part("text/plain").contains("Hello"));

    smtp.answer("550 never");
    asked_when_there_is_room(&mut visitor, own, "eve@mail.example").await;
    smtp.refused().await;
    asked_when_there_is_room(&mut visitor, own, "bob@mail.example").await;
    assert_eq!(smtp.next().await.to, ["bob@mail.example"], "what was refused for good is not sent again");

    // Down, and up again at the same address.
    let address = smtp.address();
    drop(smtp);
    asked_when_there_is_room(&mut visitor, own, "dan@mail.example").await;
    let mut smtp = Smtp::at(address).await;
    assert_eq!(smtp.next().await.to, ["dan@mail.example"]);
    gateway.stop().await;
}

/// Asks until the e-mail before has left the queue, which is a moment after it arrived.
async fn asked_when_there_is_room(visitor: &mut Connection, conversation: ConversationId, email: &str) {
    while let Err(protocol::connection::ConnectionError::Answer(error)) =
        visitor.request(&ask(conversation, email).into()).await
    {
        assert_eq!(error.code, ErrorCode::Unavailable);
    }
}
