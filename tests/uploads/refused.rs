//! Files that are not taken, chunks that go astray, and uploads that end before they are whole.

use protocol::client::{ClientFrame, UploadAbort, UploadOpen};
use protocol::code::ErrorCode;
use protocol::feature;
use protocol::id::{AttachmentId, ConversationId};
use protocol::limit::UPLOAD_CHUNK_BYTES;
use protocol::server::ServerFrame;
use tests::gateway::TestGateway;

use super::{announce, chunk, end, fetch, open, png, send, upload};
use crate::delivery::{find, start, stored, talk, text};
use crate::refusals::refusal;

#[tokio::test(flavor = "multi_thread")]
async fn what_is_announced_is_checked_by_field() {
    let (gateway, mut visitor, _agent, conversation) = talk(&["--upload-bytes", "100000"]).await;
    let bytes = png(1_000, 1);
    let good = announce(conversation, "u1", &bytes);
    for (request, field) in [
        (UploadOpen { size: 0, ..good.clone() }, "size"),
        (UploadOpen { size: 100_001, ..good.clone() }, "size"),
        (UploadOpen { media_type: "image/svg+xml".into(), ..good.clone() }, "type"),
        (UploadOpen { media_type: "text/html".into(), ..good.clone() }, "type"),
        (UploadOpen { sha256: good.sha256.to_uppercase(), ..good.clone() }, "sha256"),
        (UploadOpen { sha256: "ab".into(), ..good.clone() }, "sha256"),
        (UploadOpen { name: " ".into(), ..good.clone() }, "name"),
        (UploadOpen { client_id: "a b".into(), ..good.clone() }, "client_id"),
    ] {
        let error = refusal(&mut visitor, request).await;
        assert_eq!((error.code, error.field.as_deref()), (ErrorCode::BadField, Some(field)), "{error:?}");
    }
    let missing = UploadOpen { conversation: ConversationId::generate(), ..good.clone() };
    assert_eq!(refusal(&mut visitor, missing).await.code, ErrorCode::NotFound);
    upload(&mut visitor, &good, &bytes).await;
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_that_are_not_what_was_announced_are_thrown_away() {
    let (gateway, mut visitor, _agent, conversation) = talk(&[]).await;
    let bytes = png(60_000, 2);
    let wrong =
        UploadOpen { sha256: protocol::connection::upload::sha256(b"else"), ..announce(conversation, "u1", &bytes) };
    let page = b"<html><script>alert(1)</script></html>".as_slice();
    let (lie, drawing) = (announce(conversation, "u2", page), b"<svg xmlns='http://www.w3.org/2000/svg'/>".as_slice());
    let text = UploadOpen { media_type: "text/plain".into(), ..announce(conversation, "u3", drawing) };
    for (request, bytes, field) in [(wrong, &bytes[..], "sha256"), (lie, page, "type"), (text, drawing, "type")] {
        for _ in 0..2 {
            // From the first byte each time: nothing of it is kept.
            let ready = open(&mut visitor, &request).await;
            assert_eq!(ready.offset, 0);
            let mut sent = 0;
            let mut limit = u64::from(ready.credit);
            let error = loop {
                while sent < limit.min(bytes.len() as u64) {
                    let to = limit.min(sent + UPLOAD_CHUNK_BYTES as u64).min(bytes.len() as u64);
                    visitor.send_frame(&chunk(ready.upload, sent, &bytes[sent as usize..to as usize]), 0);
                    sent = to;
                }
                let news = find(&mut visitor, |frame| match frame {
                    ServerFrame::UploadCredit(credit) => Some(Ok(credit)),
                    ServerFrame::Error(error) => Some(Err(error)),
                    _ => None,
                })
                .await;
                match news {
                    Ok(credit) => limit = limit.max(credit.offset + u64::from(credit.credit)),
                    Err(error) => break error,
                }
            };
            assert_eq!((error.upload, error.code), (Some(ready.upload), ErrorCode::BadField));
            assert_eq!((error.field.as_deref(), error.retryable), (Some(field), false));
        }
    }
    let rows = gateway.database.client().await.query_one("select count(*) from attachments", &[]).await.unwrap();
    assert_eq!(rows.get::<_, i64>(0), 0);
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chunk_astray_ends_the_upload_on_its_socket_and_what_came_before_stays() {
    let (gateway, mut visitor, _agent, conversation) = talk(&["--upload-window-cap", "16384"]).await;
    let bytes = png(2_000_000, 3);
    let request = announce(conversation, "u1", &bytes);
    let (first, rest) = bytes.split_at(UPLOAD_CHUNK_BYTES);
    let mut offset = 0;
    for (n, (wrong, code, field)) in [
        // Not behind the one before: a hole, or what came already.
        (1_u64, ErrorCode::BadField, Some("offset")),
        (u64::MAX, ErrorCode::BadField, Some("offset")),
    ]
    .into_iter()
    .enumerate()
    {
        let ready = open(&mut visitor, &request).await;
        assert_eq!(ready.offset, offset);
        visitor.send_frame(&chunk(ready.upload, ready.offset.wrapping_add(wrong), first), 0);
        let error = end(&mut visitor, ready.upload).await;
        assert_eq!((error.code, error.field.as_deref()), (code, field), "{n}");
        // What was on its way meanwhile is passed over, and the upload goes on.
        visitor.send_frame(&chunk(ready.upload, ready.offset, first), 0);
        let ready = open(&mut visitor, &request).await;
        send(&mut visitor, &ready, &bytes, |have| have > offset).await;
        offset = open(&mut visitor, &request).await.offset;
        assert!(offset > 0);
    }
    // Beyond the credit: three chunks at once where there is credit for one. A gateway that was quick enough to grant
    // the others meanwhile is asked again.
    let ready = open(&mut visitor, &request).await;
    let mut at = ready.offset;
    let error = loop {
        let mut message = Vec::new();
        for _ in 0..3 {
            let begin = usize::try_from(at).unwrap();
            message.extend(chunk(ready.upload, at, &bytes[begin..begin + UPLOAD_CHUNK_BYTES]).encode(0));
            at += UPLOAD_CHUNK_BYTES as u64;
        }
        visitor.send_bytes(message);
        let outcome = find(&mut visitor, |frame| match frame {
            ServerFrame::UploadCredit(credit) if credit.offset == at => Some(None),
            ServerFrame::Error(error) if error.upload == Some(ready.upload) => Some(Some(error)),
            _ => None,
        });
        if let Some(error) = outcome.await {
            break error;
        }
    };
    assert!(error.code == ErrorCode::RateLimited && error.retryable && error.retry_ms > 0, "{error:?}");
    // Too long, and empty.
    for size in [0, UPLOAD_CHUNK_BYTES + 1] {
        let ready = open(&mut visitor, &request).await;
        visitor.send_frame(&chunk(ready.upload, ready.offset, &rest[..size]), 0);
        let error = end(&mut visitor, ready.upload).await;
        assert_eq!((error.code, error.field.as_deref()), (ErrorCode::BadField, Some("bytes")));
    }
    let nobody = AttachmentId::generate();
    visitor.send_frame(&chunk(nobody, 0, first), 0);
    assert_eq!(end(&mut visitor, nobody).await.code, ErrorCode::NotFound);

    let attachment = upload(&mut visitor, &request, &bytes).await;
    assert!(fetch(&gateway, &attachment.url).await.body == bytes);
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn uploads_are_their_senders_own() {
    let gateway = TestGateway::start().await;
    let (tenant, other) = (gateway.tenant("Shop").await, gateway.tenant("Other").await);
    let (mut visitor, _) = gateway.visitor(&tenant).await;
    let (mut stranger, _) = gateway.visitor(&tenant).await;
    let mut agent = gateway.agent(&tenant).await;
    let mut abroad = gateway.agent(&other).await;
    let conversation = start(&mut visitor).await;
    let bytes = png(100_000, 4);
    let request = announce(conversation, "u1", &bytes);
    let ready = open(&mut visitor, &request).await;
    for socket in [&mut stranger, &mut abroad] {
        assert_eq!(refusal(socket, request.clone()).await.code, ErrorCode::NotFound);
    }
    for socket in [&mut stranger, &mut agent, &mut abroad] {
        socket.send_frame(&chunk(ready.upload, 0, &bytes[..100]), 0);
        assert_eq!(end(socket, ready.upload).await.code, ErrorCode::NotFound);
    }
    // Under the same key, an agent's is another upload of their own.
    let own = open(&mut agent, &request).await;
    assert_ne!(own.upload, ready.upload);
    // Whether it is there shows to nobody else: as any that is not there, it counts as given up.
    for socket in [&mut stranger, &mut agent, &mut abroad] {
        for missing in [ready.upload, AttachmentId::generate()] {
            reply!(socket, UploadAbort { upload: missing }, Done);
        }
    }
    let done = send(&mut visitor, &ready, &bytes, |_| false).await;
    assert!(done.is_some(), "nobody ended it");
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_that_is_given_up_begins_anew() {
    let (gateway, mut visitor, _agent, conversation) = talk(&[]).await;
    let bytes = png(400_000, 5);
    let request = announce(conversation, "u1", &bytes);
    let ready = open(&mut visitor, &request).await;
    send(&mut visitor, &ready, &bytes, |have| have > 0).await;
    reply!(visitor, UploadAbort { upload: ready.upload }, Done);
    reply!(visitor, UploadAbort { upload: ready.upload }, Done);
    reply!(visitor, UploadAbort { upload: AttachmentId::generate() }, Done);
    let again = open(&mut visitor, &request).await;
    assert_eq!(again.offset, 0);
    assert!(send(&mut visitor, &again, &bytes, |_| false).await.is_some());
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_that_nobody_goes_on_with_expires() {
    let (gateway, mut visitor, _agent, conversation) = talk(&["--upload-expiry-seconds", "1"]).await;
    let bytes = png(400_000, 6);
    let request = announce(conversation, "u1", &bytes);
    let ready = open(&mut visitor, &request).await;
    send(&mut visitor, &ready, &bytes, |have| have > 0).await;
    assert_eq!(end(&mut visitor, ready.upload).await.code, ErrorCode::NotFound);
    assert_eq!(open(&mut visitor, &request).await.offset, 0);
    let parts = || {
        let folder = gateway.database.folder().join("uploads");
        std::fs::read_dir(folder).unwrap().flat_map(|one| std::fs::read_dir(one.unwrap().path()).unwrap()).count()
    };
    assert!(parts() <= 1, "{} parts are left", parts());
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn where_files_are_switched_off_the_feature_is_not_named() {
    let gateway = TestGateway::with(&["--upload-bytes", "0"]).await;
    let tenant = gateway.tenant("Shop").await;
    let (mut visitor, welcome) = gateway.visitor(&tenant).await;
    assert!(!welcome.features.iter().any(|name| name == feature::UPLOADS) && welcome.limits.upload_bytes == 0);
    let conversation = start(&mut visitor).await;
    let request: ClientFrame = announce(conversation, "u1", b"x").into();
    assert_eq!(refusal(&mut visitor, request).await.code, ErrorCode::Unsupported);
    visitor.request(&text(conversation, "v1", "all else goes on")).await.unwrap();
    stored(&mut visitor, "v1").await;
    gateway.stop().await;

    let gateway = TestGateway::start().await;
    let tenant = gateway.tenant("Shop").await;
    let (_visitor, welcome) = gateway.visitor(&tenant).await;
    assert!(welcome.features.iter().any(|name| name == feature::UPLOADS));
    let limits = welcome.limits;
    assert_eq!((limits.upload_bytes, limits.upload_chunk_bytes, limits.uploads_at_once), (20 << 20, 16_384, 4));
    assert_eq!(limits.upload_expiry_ms, 3_600_000);
    assert!(
        limits.upload_types.contains(&"image/png".into()) && !limits.upload_types.iter().any(|one| one.contains("svg"))
    );
    gateway.stop().await;
}
