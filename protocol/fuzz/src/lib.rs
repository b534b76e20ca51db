//! What must hold for any bytes that come off a socket. The fuzz targets feed these; so does `tests/replay.rs`, with the
//! vectors and mutations of them, in every run of the tests.

use protocol::client::ClientFrame;
use protocol::codec::{self, CodecError};
use protocol::frame::Frame;
use protocol::limit;
use protocol::server::ServerFrame;

/// A message is split into frames that lie in it one behind the other, each of them within the bounds, up to the first
/// error; and each splits off alone as it did among others.
pub fn envelope(message: &[u8]) {
    let mut bodies = 0;
    let mut ended = false;
    for frame in codec::frames(message) {
        assert!(!ended, "a frame behind an error");
        match frame {
            Ok(frame) => {
                bodies += frame.body.len();
                assert!(bodies < message.len(), "bodies longer than their message");
                assert!(frame.body.len() < limit::FRAME_BYTES, "a body longer than a frame");
                alone(&frame);
            }
            Err(_) => ended = true,
        }
    }
}

/// A frame written anew with its body as it came is the same frame.
fn alone(frame: &Frame<'_>) {
    let mut message = vec![0x93, 0xcd];
    message.extend(frame.op.to_be_bytes());
    message.push(0xce);
    message.extend(frame.reference.to_be_bytes());
    message.extend(frame.body);
    match codec::frames(&message).next() {
        Some(Ok(again)) => assert_eq!(again, *frame),
        // Its envelope is wider here by at most some bytes.
        Some(Err(CodecError::TooLarge)) => assert!(frame.body.len() + 16 > limit::FRAME_BYTES),
        other => panic!("{other:?} of {frame:?}"),
    }
}

/// A client's frame is taken or refused, by its type and by its rules; and what is taken is written so that it is taken
/// for the same.
pub fn client_frame(message: &[u8]) {
    for frame in codec::frames(message).map_while(Result::ok) {
        if let Some(Ok(typed)) = ClientFrame::decode(&frame) {
            let checked = typed.check();
            let bytes = typed.encode(frame.reference);
            if let Some(again) = fitting(&bytes, &frame) {
                let again = ClientFrame::decode(&again);
                assert_eq!(again, Some(Ok(typed)));
                let again = again.and_then(Result::ok).map(|again| again.check());
                assert_eq!(again, Some(checked));
            }
        }
    }
}

/// The same for a gateway's.
pub fn server_frame(message: &[u8]) {
    for frame in codec::frames(message).map_while(Result::ok) {
        if let Some(Ok(typed)) = ServerFrame::decode(&frame) {
            let bytes = typed.encode(frame.reference);
            if let Some(again) = fitting(&bytes, &frame) {
                assert_eq!(ServerFrame::decode(&again), Some(Ok(typed)));
            }
        }
    }
}

/// What was written, as the one frame that it is, unless it has outgrown the bound: fields that were left out are
/// written, and what came as a list is written as a map with names.
fn fitting<'a>(bytes: &'a [u8], from: &Frame<'_>) -> Option<Frame<'a>> {
    let mut frames = codec::frames(bytes);
    match frames.next() {
        Some(Ok(frame)) => {
            assert_eq!((frame.op, frame.reference), (from.op, from.reference));
            assert_eq!(frames.next(), None);
            Some(frame)
        }
        Some(Err(CodecError::TooLarge)) if bytes.len() > limit::FRAME_BYTES => None,
        other => panic!("{other:?} of {from:?}"),
    }
}
