//! Uploads within their credit, over as many sockets as it takes.

use bytes::Bytes;

use super::peer::*;
use crate::client::{ClientFrame, UploadChunk, UploadOpen};
use crate::code::ErrorCode;
use crate::connection::Options;
use crate::connection::chat::Chat;
use crate::connection::upload::{File, Uploads, sha256};
use crate::frame::{Error, Ref};
use crate::id::{AttachmentId, ConversationId, VisitorId};
use crate::limit::UPLOAD_CHUNK_BYTES;
use crate::server::{ServerFrame, UploadCredit, UploadDone, UploadReady};
use crate::value::{Attachment, Content};

const SIZE: usize = 3 * UPLOAD_CHUNK_BYTES + 5;

impl Peer {
    async fn open(&mut self) -> (Ref, UploadOpen) {
        match self.next().await {
            (reference, ClientFrame::UploadOpen(open)) => (reference, open),
            other => panic!("{other:?}"),
        }
    }

    async fn chunk(&mut self) -> UploadChunk {
        match self.next().await {
            (0, ClientFrame::UploadChunk(chunk)) => chunk,
            other => panic!("{other:?}"),
        }
    }

    async fn upload_ready(
        &mut self,
        reference: Ref,
        open: &UploadOpen,
        upload: AttachmentId,
        offset: usize,
        credit: usize,
    ) {
        let (offset, credit) = (offset as u64, u32::try_from(credit).unwrap());
        let ready = UploadReady { client_id: open.client_id.clone(), upload, offset, credit };
        self.say([(reference, ready.into())]).await;
    }
}

fn file() -> Bytes {
    (0..SIZE).map(|n| u8::try_from(n % 251).unwrap()).collect()
}

fn attachment(id: AttachmentId, open: &UploadOpen) -> Attachment {
    let (name, media_type) = (open.name.clone(), open.media_type.clone());
    Attachment { id, name, size: open.size, media_type, url: format!("/files/{id}") }
}

#[tokio::test]
async fn a_file_goes_within_its_credit_and_on_where_it_was() {
    let (listener, url) = listen().await;
    let (visitor, conversation) = (VisitorId::generate(), ConversationId::generate());
    let upload = AttachmentId::generate();
    let (bytes, half) = (file(), UPLOAD_CHUNK_BYTES / 2);
    let gateway = async {
        let mut peer = Peer::accept(&listener).await;
        let (reference, _) = peer.hello().await;
        peer.say([
            (reference, welcome(visitor, Some("secret"))),
            (reference, replay(conversation, visitor, vec![], false)),
        ])
        .await;
        let (reference, open) = peer.open().await;
        assert_eq!((open.conversation, open.size, open.name.as_str()), (conversation, SIZE as u64, "fern.png"));
        assert_eq!((open.media_type.as_str(), &open.sha256), ("image/png", &sha256(&bytes)));
        peer.upload_ready(reference, &open, upload, 0, UPLOAD_CHUNK_BYTES + half).await;
        // As much as there is credit for, in chunks as long as they may be; and more when there is more.
        let sizes = [UPLOAD_CHUNK_BYTES, half];
        let mut offset = 0;
        for size in sizes {
            let chunk = peer.chunk().await;
            assert_eq!((chunk.upload, chunk.offset, chunk.bytes.0.len()), (upload, offset as u64, size));
            assert_eq!(chunk.bytes.0, bytes[offset..offset + size]);
            offset += size;
        }
        let credit =
            UploadCredit { upload, offset: half as u64, credit: u32::try_from(2 * UPLOAD_CHUNK_BYTES).unwrap() };
        peer.say([(0, credit.into())]).await;
        assert_eq!(peer.chunk().await.bytes.0.len(), UPLOAD_CHUNK_BYTES);
        drop(peer);

        // Less arrived than was sent. Then the upload ends on this socket, too, and is opened again.
        let mut peer = Peer::accept(&listener).await;
        let (reference, _) = peer.hello().await;
        peer.say([(reference, welcome(visitor, None)), (reference, replay(conversation, visitor, vec![], false))])
            .await;
        let (reference, again) = peer.open().await;
        assert_eq!(again, open);
        peer.upload_ready(reference, &open, upload, half, 1).await;
        assert_eq!(peer.chunk().await.bytes.0, bytes[half..=half]);
        let full = Error::new(ErrorCode::Unavailable, "the disk is full").retry_after(1).of_upload(upload);
        peer.say([(0, full.into())]).await;
        let (reference, again) = peer.open().await;
        assert_eq!(again, open);
        peer.upload_ready(reference, &open, upload, half + 1, SIZE).await;
        let mut end = half + 1;
        while end < SIZE {
            let chunk = peer.chunk().await;
            assert_eq!(
                (chunk.offset, chunk.bytes.0.clone()),
                (end as u64, bytes.slice(end..end + chunk.bytes.0.len()))
            );
            end += chunk.bytes.0.len();
        }
        let done = UploadDone { client_id: open.client_id.clone(), attachment: attachment(upload, &open) };
        peer.say([(0, done.into())]).await;
        // The file is sent as an entry, by itself.
        let (_, sent) = peer.send().await;
        assert_eq!(sent.content, Content::attachment(attachment(upload, &open)));
        peer.say([(0, stored(&sent, visitor, 1))]).await;
        peer
    };
    let client = async {
        let mut chat = Chat::visitor(&url, Options::default(), "wk_test");
        let client_id = chat.upload(conversation, "fern.png", "image/png", bytes.clone());
        chat.settle().await.unwrap();
        let [(finished, attachment)] = chat.uploads().finished() else { panic!("{:?}", chat.uploads()) };
        assert_eq!((finished, attachment.id), (&client_id, upload));
        assert_eq!(chat.log(conversation).unwrap().cursor(), 1);
    };
    soon(async { tokio::join!(gateway, client) }).await;
}

#[tokio::test]
async fn refused_files_are_told_and_make_room_for_others() {
    let (listener, url) = listen().await;
    let (visitor, conversation) = (VisitorId::generate(), ConversationId::generate());
    let gateway = async {
        let mut peer = Peer::accept(&listener).await;
        let (reference, _) = peer.hello().await;
        let mut greeting = welcome(visitor, Some("secret"));
        let ServerFrame::Welcome(welcome) = &mut greeting else { panic!() };
        welcome.limits.uploads_at_once = 2;
        welcome.limits.upload_chunk_bytes = 1_000;
        peer.say([(reference, greeting), (reference, replay(conversation, visitor, vec![], false))]).await;
        let ((one, _), (two, second)) = (peer.open().await, peer.open().await);
        // The third waits for a place, which the first's refusal makes.
        peer.say([(one, Error::new(ErrorCode::TooLarge, "a file must be at most 1 byte").into())]).await;
        let (three, third) = peer.open().await;
        let [two_id, three_id] = [(); 2].map(|()| AttachmentId::generate());
        let message = [(two, two_id, &second), (three, three_id, &third)].map(|(reference, upload, open)| {
            let client_id = open.client_id.clone();
            (reference, UploadReady { client_id, upload, offset: 0, credit: 2_000 }.into())
        });
        peer.say(message).await;
        for upload in [two_id, two_id, three_id, three_id] {
            let chunk = peer.chunk().await;
            assert_eq!((chunk.upload, chunk.bytes.0.len()), (upload, 1_000));
        }
        let wrong = |id| ServerFrame::from(Error::new(ErrorCode::BadField, "it is not that file").of_upload(id));
        peer.say([(0, wrong(two_id)), (0, wrong(three_id))]).await;
        peer
    };
    let client = async {
        let mut chat = Chat::visitor(&url, Options::default(), "wk_test");
        let ids = [(); 3].map(|()| chat.upload(conversation, "fern.png", "image/png", file()));
        chat.settle().await.unwrap();
        let refused = chat.uploads().refused().iter().map(|(client_id, error)| (client_id, error.code));
        let codes = [ErrorCode::TooLarge, ErrorCode::BadField, ErrorCode::BadField];
        assert_eq!(refused.collect::<Vec<_>>(), ids.iter().zip(codes).collect::<Vec<_>>());
        assert_eq!((chat.uploads().under_way(), chat.outbox().acknowledged().len()), (0, 0));
    };
    soon(async { tokio::join!(gateway, client) }).await;
}

#[test]
fn chunks_that_wait_together_take_turns() {
    let mut uploads = Uploads::default();
    for name in ["a.png", "b.png"] {
        let file = File { name: name.into(), media_type: "image/png".into(), bytes: file() };
        uploads.put(ConversationId::generate(), file);
    }
    let ids: Vec<_> = uploads.due(2).into_iter().map(|open| (AttachmentId::generate(), open.client_id)).collect();
    for (upload, client_id) in &ids {
        uploads.ready(&UploadReady { client_id: client_id.clone(), upload: *upload, offset: 0, credit: 2_000 });
    }
    let turns: Vec<AttachmentId> = uploads.chunks(1_000).into_iter().map(|chunk| chunk.upload).collect();
    assert_eq!(turns, [ids[0].0, ids[1].0, ids[0].0, ids[1].0]);
}
