use std::net::IpAddr;

use bytes::Bytes;
use clap::Parser;
use protocol::client::Chunk;
use protocol::codec;
use protocol::id::{OrganizationId, ParticipantId};
use storage::StoredAttachment;
use uuid::Uuid;

use super::*;
use crate::hub::QueueLimits;
use crate::upload::Full;
use crate::upload::Uploads;
use crate::upload::transfer::{End, Next};

#[derive(Parser)]
struct Flags {
    #[command(flatten)]
    uploads: UploadSettings,
}

/// Uploads that are kept in a folder which goes with them.
struct Kept {
    uploads: Uploads,
    folder: std::path::PathBuf,
}

impl Drop for Kept {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn kept(flags: &[&str]) -> Kept {
    let folder = std::env::temp_dir().join(format!("chatdesk-intake-{}", Uuid::new_v4()));
    let settings = Flags::try_parse_from(["chatdesk"].iter().chain(flags)).unwrap().uploads;
    Kept { uploads: Uploads::open(settings, &folder).unwrap(), folder }
}

impl Kept {
    fn socket(&self) -> Arc<Intake> {
        self.socket_from(None)
    }

    fn socket_from(&self, address: Option<IpAddr>) -> Arc<Intake> {
        let queue = Arc::new(SendQueue::new(1, QueueLimits::default()));
        Arc::new(Intake::new(queue, Source { session: [0; 32], address }, &self.uploads.settings))
    }

    fn upload(&self, uploader: ParticipantId, size: u64) -> Transfer {
        let announced = StoredAttachment {
            id: AttachmentId::generate(),
            conversation: ConversationId::generate(),
            uploader,
            client_id: Uuid::new_v4().to_string(),
            name: "tea.txt".into(),
            size,
            media_type: "text/plain".into(),
            sha256: [0; 32],
            key: "key".into(),
            done: false,
        };
        Transfer::new(OrganizationId(Uuid::nil()), announced, self.uploads.folder())
    }

    /// Opens an upload on a socket, as the service does.
    async fn open(&self, new: Transfer, socket: &Arc<Intake>) -> Arc<Transfer> {
        let (transfer, _) = self.uploads.claim(new, socket).unwrap();
        transfer.begin().await;
        let offset = transfer.resume().await.unwrap();
        socket.join(1, &transfer, offset);
        transfer.pause();
        transfer
    }
}

fn somebody() -> ParticipantId {
    ParticipantId(Uuid::new_v4())
}

fn chunk(transfer: &Transfer, offset: u64, bytes: usize) -> UploadChunk {
    UploadChunk { upload: transfer.id, offset, bytes: Chunk(Bytes::from(vec![b'x'; bytes])) }
}

/// Takes a chunk, and writes what there is to write.
async fn write(socket: &Intake, chunk: UploadChunk) {
    let Taken::ToWrite(transfer) = socket.take(chunk).unwrap() else { unreachable!("nobody is at it") };
    while let Next::Write(batch) = transfer.next() {
        let upto = transfer.write(batch).await.unwrap();
        socket.written(transfer.id, upto);
    }
}

fn refusal(socket: &Intake, chunk: UploadChunk) -> (ErrorCode, Option<String>) {
    let error = socket.take(chunk).map(|_| ()).unwrap_err();
    (error.code, error.field)
}

/// What a socket was told.
fn told(socket: &Intake) -> Vec<ServerFrame> {
    let frames = socket.queue.take_now().frames;
    let decode = |bytes: &Bytes| {
        let frame = codec::frames(bytes).next().unwrap().unwrap();
        ServerFrame::decode(&frame).unwrap().unwrap()
    };
    frames.iter().map(decode).collect()
}

#[tokio::test]
async fn what_is_written_gives_room_for_more() {
    let kept = kept(&[]);
    let socket = kept.socket();
    let transfer = kept.open(kept.upload(somebody(), 100_000), &socket).await;
    let [ServerFrame::UploadReady(ready)] = &told(&socket)[..] else { unreachable!("one answer") };
    assert_eq!((ready.offset, ready.credit), (0, 16_384));
    write(&socket, chunk(&transfer, 0, 16_384)).await;
    let [ServerFrame::UploadCredit(credit)] = &told(&socket)[..] else { unreachable!("one push") };
    assert_eq!((credit.upload, credit.offset), (transfer.id, 16_384));
    assert!(credit.credit >= 16_384);
    assert_eq!(std::fs::metadata(&transfer.path).unwrap().len(), 16_384);
}

#[tokio::test]
async fn a_bad_chunk_ends_the_upload_here_and_what_follows_is_passed_over() {
    let kept = kept(&[]);
    let socket = kept.socket();
    let stranger = kept.upload(somebody(), 10);
    assert_eq!(refusal(&socket, chunk(&stranger, 0, 1)), (ErrorCode::NotFound, None));
    let cases: [(u64, usize, _); 4] = [
        (1, 1, (ErrorCode::BadField, Some("offset".into()))),
        (0, 0, (ErrorCode::BadField, Some("bytes".into()))),
        (0, 16_385, (ErrorCode::BadField, Some("bytes".into()))),
        (16_000, 1_000, (ErrorCode::RateLimited, None)),
    ];
    for (offset, bytes, expected) in cases {
        let transfer = kept.open(kept.upload(somebody(), 100_000), &socket).await;
        if offset == 16_000 {
            write(&socket, chunk(&transfer, 0, 16_000)).await;
            // Whatever was granted for that, this much is beyond it.
            let far = chunk(&transfer, 16_000, 16_384);
            let mut offset = 16_000;
            while socket.take(UploadChunk { offset, ..far.clone() }).is_ok() {
                offset += 16_384;
            }
        } else {
            assert_eq!(refusal(&socket, chunk(&transfer, offset, bytes)), expected);
        }
        let granted = if offset == 16_000 { 0 } else { 16_384 };
        if granted > 0 {
            assert!(matches!(socket.take(chunk(&transfer, 0, granted)), Ok(Taken::Late)), "it was on its way already");
        }
        assert!(matches!(socket.take(chunk(&transfer, 0, 16_384)), Ok(Taken::Unasked)), "nobody granted that much");
        assert!(transfer.owner().is_none());
    }
}

#[tokio::test]
async fn it_goes_on_on_another_socket_where_the_first_was_cut() {
    let kept = kept(&[]);
    let (first, second) = (kept.socket(), kept.socket());
    let uploader = somebody();
    let transfer = kept.open(kept.upload(uploader, 100_000), &first).await;
    write(&first, chunk(&transfer, 0, 10_000)).await;
    let again = Transfer::new(transfer.organization, transfer.announced.clone(), kept.uploads.folder());
    let same = kept.open(again, &second).await;
    assert!(Arc::ptr_eq(&same, &transfer));
    let [ServerFrame::UploadReady(ready)] = &told(&second)[..] else { unreachable!("one answer") };
    assert_eq!(ready.offset, 10_000);
    assert_eq!(refusal(&first, chunk(&transfer, 10_000, 1)), (ErrorCode::Conflict, None));
    write(&second, chunk(&transfer, 10_000, 6_000)).await;
    // The gateway starts anew: only the part is left.
    let anew = Transfer::new(transfer.organization, transfer.announced.clone(), kept.uploads.folder());
    kept.uploads.forget(&anew);
    assert!(kept.uploads.find(transfer.id).is_some(), "it is not that one");
    kept.uploads.forget(&transfer);
    let third = kept.socket();
    kept.open(anew, &third).await;
    let [ServerFrame::UploadReady(ready)] = &told(&third)[..] else { unreachable!("one answer") };
    assert_eq!(ready.offset, 16_000);
}

#[tokio::test]
async fn uploads_at_once_are_counted_and_an_idle_one_gives_way_when_the_gateway_is_full() {
    let kept = kept(&["--uploads-at-once", "1", "--uploads-open", "2"]);
    let (one, other, third) = (kept.socket(), kept.socket(), kept.socket());
    let uploader = somebody();
    let first = kept.open(kept.upload(uploader, 10), &one).await;
    let claimed = |new, socket| kept.uploads.claim(new, socket).map(|(_, given_up)| ids(&given_up));
    assert_eq!(claimed(kept.upload(uploader, 10), &other), Err(Full::Sender));
    kept.open(kept.upload(somebody(), 10), &other).await;
    assert_eq!(claimed(kept.upload(somebody(), 10), &third), Err(Full::Gateway));
    one.close();
    assert_eq!(claimed(kept.upload(uploader, 10), &third), Ok(vec![first.id]));
    assert!(kept.uploads.find(first.id).is_none());
}

fn ids(transfers: &[Arc<Transfer>]) -> Vec<AttachmentId> {
    transfers.iter().map(|transfer| transfer.id).collect()
}

#[tokio::test]
async fn one_address_and_one_organization_cannot_take_all_places_and_a_silent_upload_gives_way() {
    let kept =
        kept(&["--uploads-open", "10", "--uploads-open-per-address", "2", "--uploads-open-per-organization", "3"]);
    let from = |last: u8| kept.socket_from(Some(IpAddr::from([192, 0, 2, last])));
    let claimed = |new, socket| kept.uploads.claim(new, socket).map(|(_, given_up)| ids(&given_up));
    let (one, other, third, uncounted) = (from(1), from(1), from(2), kept.socket());
    let first = kept.open(kept.upload(somebody(), 10), &one).await;
    let second = kept.open(kept.upload(somebody(), 10), &other).await;
    assert_eq!(claimed(kept.upload(somebody(), 10), &one), Err(Full::Address));
    let room = |address| kept.uploads.room(first.organization, somebody(), "new", address);
    assert_eq!((room(one.source().address), room(None)), (Err(Full::Address), Ok(())));
    let elsewhere = kept.open(kept.upload(somebody(), 10), &third).await;
    assert_eq!(claimed(kept.upload(somebody(), 10), &third), Err(Full::Organization));
    assert_eq!(claimed(kept.upload(somebody(), 10), &uncounted), Err(Full::Organization));
    let mut abroad = kept.upload(somebody(), 10);
    abroad.organization = OrganizationId::generate();
    assert_eq!(claimed(abroad, &third), Ok(vec![]), "another organization has its own places");

    second.fall_silent();
    elsewhere.fall_silent();
    // The one from its own address, which is enough.
    assert_eq!(claimed(kept.upload(somebody(), 10), &one), Ok(vec![second.id]));
    assert_eq!(claimed(kept.upload(somebody(), 10), &uncounted), Ok(vec![elsewhere.id]));
    assert_eq!(claimed(kept.upload(somebody(), 10), &one), Err(Full::Address));
}

#[tokio::test]
async fn an_upload_that_ends_by_a_bad_chunk_leaves_its_credit_to_the_one_that_waits() {
    let kept = kept(&[]);
    let (socket, uploader) = (kept.socket(), somebody());
    let first = kept.open(kept.upload(uploader, 100_000), &socket).await;
    let second = kept.open(kept.upload(uploader, 50_000), &socket).await;
    let credits = |frames: Vec<ServerFrame>| {
        frames.into_iter().filter_map(|frame| match frame {
            ServerFrame::UploadCredit(credit) => Some((credit.upload, credit.credit)),
            _ => None,
        })
    };
    assert_eq!(credits(told(&socket)).count(), 0);
    assert_eq!(refusal(&socket, chunk(&first, 999, 10)).0, ErrorCode::BadField);
    assert_eq!(credits(told(&socket)).collect::<Vec<_>>(), [(second.id, 16_384)]);

    // It has ended elsewhere: a chunk of it finds nobody's, and the other upload has its turn all the same.
    let (socket, uploader) = (kept.socket(), somebody());
    let first = kept.open(kept.upload(uploader, 100_000), &socket).await;
    let second = kept.open(kept.upload(uploader, 50_000), &socket).await;
    told(&socket);
    first.end(End::Gone);
    assert_eq!(refusal(&socket, chunk(&first, 0, 10)).0, ErrorCode::Conflict);
    assert_eq!(credits(told(&socket)).collect::<Vec<_>>(), [(second.id, 16_384)]);
}

#[tokio::test]
async fn a_socket_keeps_nothing_of_uploads_that_were_taken_over_but_a_few_names() {
    let kept = kept(&["--uploads-at-once", "64"]);
    let (first, second, uploader) = (kept.socket(), kept.socket(), somebody());
    let mut last = None;
    for _ in 0..3 * ENDED_REMEMBERED {
        let transfer = kept.open(kept.upload(uploader, 100), &first).await;
        let again = Transfer::new(transfer.organization, transfer.announced.clone(), kept.uploads.folder());
        kept.open(again, &second).await;
        second.abort(transfer.id);
        kept.uploads.forget(&transfer);
        last = Some(transfer);
    }
    let (state, last) = (first.state(), last.unwrap());
    assert_eq!((state.open.len(), state.ended.len()), (0, ENDED_REMEMBERED));
    drop(state);
    assert_eq!(refusal(&first, chunk(&last, 0, 100)).0, ErrorCode::Conflict, "told once");
    assert!(matches!(first.take(chunk(&last, 0, 100)), Ok(Taken::Unasked)));
}

#[tokio::test]
async fn a_socket_that_ended_while_an_upload_was_opened_takes_none() {
    let kept = kept(&[]);
    let socket = kept.socket();
    socket.close();
    let transfer = kept.open(kept.upload(somebody(), 10), &socket).await;
    assert!(transfer.owner().is_none());
    assert_eq!(told(&socket), []);
}

#[test]
fn finished_files_are_remembered_by_conversation() {
    let socket = kept(&[]).socket();
    let file = |id| Attachment { id, name: String::new(), size: 1, media_type: String::new(), url: String::new() };
    let (conversation, id) = (ConversationId::generate(), AttachmentId::generate());
    socket.finish(conversation, "u1".into(), file(id));
    assert_eq!(socket.finished(conversation, id), Some(file(id)));
    assert_eq!(socket.finished(ConversationId::generate(), id), None);
    assert!(matches!(told(&socket)[..], [ServerFrame::UploadDone(_)]));
    for _ in 0..FINISHED_REMEMBERED {
        socket.remember(conversation, file(AttachmentId::generate()));
    }
    assert_eq!(socket.finished(conversation, id), None);
}
