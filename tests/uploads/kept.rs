//! How much may come to lie on a gateway's disk, and what of it goes again.

use std::path::Path;

use protocol::client::{Send, UploadAbort};
use protocol::code::ErrorCode;
use protocol::value::Content;

use super::{announce, chunk, end, fetch, open, png, upload};
use crate::delivery::{stored, talk};
use crate::refusals::refusal;

/// The files under a folder, however deep.
fn files(folder: &Path) -> usize {
    let Ok(entries) = std::fs::read_dir(folder) else { return 0 };
    let count = |path: &Path| if path.is_dir() { files(path) } else { 1 };
    entries.map(|entry| count(&entry.unwrap().path())).sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn bytes_of_new_files_have_a_bucket_and_going_on_costs_nothing() {
    let flags = ["--upload-bytes", "100000", "--upload-byte-burst", "102400", "--upload-byte-rate", "1024"];
    let (gateway, mut visitor, mut agent, conversation) = talk(&flags).await;
    let bytes = png(60_000, 1);
    let request = announce(conversation, "u1", &bytes);
    for _ in 0..5 {
        open(&mut visitor, &request).await;
    }
    let error = refusal(&mut visitor, announce(conversation, "u2", &bytes)).await;
    assert!(error.code == ErrorCode::RateLimited && error.retryable, "{error:?}");
    assert!((10_000..20_000).contains(&error.retry_ms), "17 of 59 KiB are missing: {error:?}");
    let rows = gateway.database.client().await.query_one("select count(*) from attachments", &[]).await.unwrap();
    assert_eq!(rows.get::<_, i64>(0), 1, "what is refused leaves nothing");
    upload(&mut visitor, &request, &bytes).await;
    // A file that is there is none that begins, and another session has a bucket of its own.
    reply!(visitor, request, UploadDone);
    upload(&mut agent, &announce(conversation, "u2", &bytes), &bytes).await;
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_could_not_be_noted_goes_with_its_upload() {
    let (gateway, mut visitor, _agent, conversation) = talk(&[]).await;
    let database = gateway.database.client().await;
    let trouble = "create function trouble() returns trigger language plpgsql as
            $$ begin raise exception 'trouble' using errcode = '57014'; end $$;
        create trigger trouble before update of done_at on attachments for each row execute function trouble()";
    database.batch_execute(trouble).await.unwrap();
    let bytes = png(10_000, 2);
    let request = announce(conversation, "u1", &bytes);
    let ready = open(&mut visitor, &request).await;
    visitor.send_frame(&chunk(ready.upload, 0, &bytes), 0);
    assert!(end(&mut visitor, ready.upload).await.retryable);
    let folder = gateway.database.folder();
    assert_eq!((files(&folder.join("files")), files(&folder.join("uploads"))), (1, 1), "it is there, and not noted");
    reply!(visitor, UploadAbort { upload: ready.upload }, Done);
    // The row is gone, which says so; what is swept up behind it goes with the next sweep.
    gateway::service::upload::expiry::sweep_up(gateway.gateway().app()).await;
    assert_eq!((files(&folder.join("files")), files(&folder.join("uploads"))), (0, 0));

    database.batch_execute("drop function trouble cascade").await.unwrap();
    upload(&mut visitor, &request, &bytes).await;
    assert_eq!((files(&folder.join("files")), files(&folder.join("uploads"))), (1, 0));
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_nobody_sends_is_thrown_away_and_one_that_was_sent_stays() {
    let (gateway, mut visitor, _agent, conversation) = talk(&["--upload-unsent-seconds", "3"]).await;
    let (kept, left) = (png(20_000, 3), png(30_000, 4));
    let sent = upload(&mut visitor, &announce(conversation, "u1", &kept), &kept).await;
    let content = Content::attachment(sent.clone());
    reply!(visitor, Send { conversation, client_id: "m1".into(), content }, Routed);
    stored(&mut visitor, "m1").await;
    let request = announce(conversation, "u2", &left);
    let unsent = upload(&mut visitor, &request, &left).await;
    assert!(fetch(&gateway, &unsent.url).await.body == left);
    // The row goes first, and then the file.
    let (database, folder) = (gateway.database.client().await, gateway.database.folder().join("files"));
    loop {
        let rows = database.query_one("select count(*) from attachments", &[]).await.unwrap();
        if rows.get::<_, i64>(0) == 1 && files(&folder) == 1 {
            break;
        }
    }
    assert_eq!(fetch(&gateway, &unsent.url).await.status, 404);
    assert!(fetch(&gateway, &sent.url).await.body == kept);
    let content = Content::attachment(unsent);
    let error = refusal(&mut visitor, Send { conversation, client_id: "m2".into(), content }).await;
    assert_eq!(error.field.as_deref(), Some("content.attachment.id"));
    assert_eq!(open(&mut visitor, &request).await.offset, 0, "it begins anew");
    gateway.stop().await;
}
