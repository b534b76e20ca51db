//! Files that are taken: what becomes of them, and how they are fetched.

use protocol::client::{Send, UploadAbort};
use protocol::code::ErrorCode;
use protocol::id::AttachmentId;
use protocol::server::ServerFrame;
use protocol::value::{Attachment, Content, ConversationStatus};
use tests::gateway::{TestGateway, visitor_hello};

use super::{announce, fetch, open, png, send, upload};
use crate::delivery::{entry, find, start, stored, talk};
use crate::refusals::refusal;

fn just(id: AttachmentId) -> Attachment {
    Attachment { id, name: "else".into(), size: 7, media_type: "text/html".into(), url: "https://evil.example".into() }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_uploaded_sent_seen_and_fetched_as_it_was() {
    let (gateway, mut visitor, mut agent, conversation) = talk(&[]).await;
    let resolve = Content::status(ConversationStatus::Resolved);
    reply!(agent, Send { conversation, client_id: "end".into(), content: resolve }, Routed);
    stored(&mut agent, "end").await;
    let bytes = png(100_000, 1);
    let mut request = announce(conversation, "u1", &bytes);
    request.name = "C:\\photos\\Fern & Töpfe.png".into();
    let attachment = upload(&mut visitor, &request, &bytes).await;
    assert_eq!((attachment.name.as_str(), attachment.size), ("Fern & Töpfe.png", 100_000));
    // Whatever else a sender says of the file, the gateway knows better.
    let content = Content::attachment(just(attachment.id));
    reply!(visitor, Send { conversation, client_id: "m1".into(), content }, Routed);
    assert_eq!(entry(&mut agent).await.content, Content::attachment(attachment.clone()));
    let summary = find(&mut agent, |frame| match frame {
        ServerFrame::Summary(summary) if summary.head == 2 => Some(summary),
        _ => None,
    })
    .await;
    let preview = summary.preview.unwrap();
    assert_eq!((preview.text.as_str(), summary.status), ("Fern & Töpfe.png", ConversationStatus::Open));

    let answer = fetch(&gateway, &attachment.url).await;
    assert!(answer.status == 200 && answer.body == bytes, "{} {}", answer.status, answer.body.len());
    for (name, value) in [
        ("content-type", "image/png"),
        ("content-length", "100000"),
        ("content-disposition", "attachment; filename*=UTF-8''Fern%20%26%20T%C3%B6pfe.png"),
        ("x-content-type-options", "nosniff"),
        ("access-control-allow-origin", "*"),
        ("content-security-policy", "sandbox; default-src 'none'"),
    ] {
        assert_eq!(answer.header(name), Some(value), "{name}");
    }
    assert!(answer.header("cache-control").is_some_and(|value| value.contains("private")));
    let head = gateway.http("HEAD", &attachment.url, &[], None).await;
    assert_eq!((head.status, head.header("content-length"), head.body.len()), (200, Some("100000"), 0));
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn files_are_found_by_their_whole_address_only() {
    let gateway = TestGateway::start().await;
    let (tenant, other) = (gateway.tenant("Shop").await, gateway.tenant("Other").await);
    let (mut visitor, _) = gateway.visitor(&tenant).await;
    let conversation = start(&mut visitor).await;
    let bytes = png(1_000, 2);
    let url = upload(&mut visitor, &announce(conversation, "u1", &bytes), &bytes).await.url;
    let parts: Vec<&str> = url.split('/').collect();
    let [_, files, organization, key, name] = parts.as_slice() else { panic!("{url}") };
    assert!(key.len() >= 43, "256 random bits: {key}");
    let foreign = other.organization().to_string();
    let missing = fetch(&gateway, &format!("/{files}/{organization}/{}/{name}", "A".repeat(key.len()))).await;
    assert_eq!(missing.status, 404);
    for place in [
        format!("/{files}/{foreign}/{key}/{name}"),
        format!("/{files}/nobody/{key}/{name}"),
        format!("/{files}/{organization}/{key}x/{name}"),
        format!("/{files}/{organization}/..%2f{organization}%2f{key}/{name}"),
        format!("/{files}/{organization}/{key}"),
    ] {
        assert_eq!(fetch(&gateway, &place).await.status, 404, "{place}");
    }
    assert_eq!(gateway.http("POST", &url, &[], None).await.status, 405);
    assert_eq!(fetch(&gateway, &url).await.body, bytes);
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_upload_again_is_the_same_file() {
    let (gateway, mut visitor, _agent, conversation) = talk(&[]).await;
    let bytes = png(50_000, 3);
    let request = announce(conversation, "u1", &bytes);
    let first = upload(&mut visitor, &request, &bytes).await;
    for _ in 0..2 {
        let again = reply!(visitor, request.clone(), UploadDone);
        assert_eq!((again.client_id.as_str(), &again.attachment), ("u1", &first));
    }
    // Another file, or conversation, under the same key is a mistake.
    let elsewhere = {
        let request = protocol::client::Start { client_id: "more".into(), department: None, answers: vec![] };
        reply!(visitor, request, Started).conversation.conversation
    };
    let others = png(50_000, 4);
    for other in [announce(conversation, "u1", &others), announce(elsewhere, "u1", &bytes)] {
        assert_eq!(refusal(&mut visitor, other).await.code, ErrorCode::Conflict);
    }
    assert_eq!(refusal(&mut visitor, UploadAbort { upload: first.id }).await.code, ErrorCode::Conflict);
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn several_files_go_side_by_side_and_one_too_many_waits() {
    let (gateway, mut visitor, _agent, conversation) = talk(&["--uploads-at-once", "3"]).await;
    let files: Vec<_> = (0..3).map(|n| png(200_000 + n as usize, n + 10)).collect();
    let mut readies = Vec::new();
    for (n, bytes) in files.iter().enumerate() {
        readies.push(open(&mut visitor, &announce(conversation, &format!("u{n}"), bytes)).await);
    }
    let fourth = png(10, 13);
    let error = refusal(&mut visitor, announce(conversation, "u3", &fourth)).await;
    assert!(error.code == ErrorCode::RateLimited && error.retryable && error.retry_ms > 0, "{error:?}");
    reply!(visitor, UploadAbort { upload: readies[2].upload }, Done);
    open(&mut visitor, &announce(conversation, "u3", &fourth)).await;
    gateway.stop().await;

    // A chat brings all of them through, however many: turn by turn.
    let gateway = TestGateway::start().await;
    let tenant = gateway.tenant("Shop").await;
    let mut chat = gateway.visitor_chat(&tenant);
    let conversation = chat.start(None, vec![]).await.unwrap();
    let files: Vec<_> = (0..7).map(|n| png(150_000 + n as usize, n + 20)).collect();
    let ids: Vec<_> =
        files.iter().map(|bytes| chat.upload(conversation, "f.png", "image/png", bytes.clone())).collect();
    chat.settle().await.unwrap();
    assert_eq!(chat.uploads().finished().len(), files.len(), "{:?}", chat.uploads().refused());
    for (client_id, attachment) in chat.uploads().finished() {
        let n = ids.iter().position(|id| id == client_id).unwrap();
        assert!(fetch(&gateway, &attachment.url).await.body == files[n], "file {n} is another");
    }
    assert_eq!(gateway.database.entries(conversation).await.len(), files.len());
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_sent_only_by_whom_and_where_it_was_uploaded() {
    let gateway = TestGateway::start().await;
    let tenant = gateway.tenant("Shop").await;
    let (mut visitor, welcome) = gateway.visitor(&tenant).await;
    let (mut stranger, _) = gateway.visitor(&tenant).await;
    let mut agent = gateway.agent(&tenant).await;
    let (conversation, foreign) = (start(&mut visitor).await, start(&mut stranger).await);
    let bytes = png(30_000, 5);
    let file = upload(&mut visitor, &announce(conversation, "u1", &bytes), &bytes).await;
    let whole = png(40_000, 6);
    let unfinished = open(&mut visitor, &announce(conversation, "u2", &whole)).await;
    send(&mut visitor, &unfinished, &whole, |offset| offset > 0).await;
    let attach =
        |conversation, id| Send { conversation, client_id: "m".into(), content: Content::attachment(just(id)) };
    let refused = [
        refusal(&mut agent, attach(conversation, file.id)).await,
        refusal(&mut stranger, attach(foreign, file.id)).await,
        refusal(&mut visitor, attach(conversation, unfinished.upload)).await,
        refusal(&mut visitor, attach(conversation, AttachmentId::generate())).await,
    ];
    for error in refused {
        assert_eq!((error.code, error.field.as_deref()), (ErrorCode::BadField, Some("content.attachment.id")));
    }
    // On another socket of the same visitor it is theirs.
    let mut tab = gateway.socket().await;
    let session = welcome.visitor.unwrap().token;
    tab.hello(visitor_hello(&tenant.widget_key, session.as_deref())).await.unwrap();
    reply!(tab, attach(conversation, file.id), Routed);
    stored(&mut tab, "m").await;
    gateway.stop().await;
}
