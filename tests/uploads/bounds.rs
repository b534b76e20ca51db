//! Who sends on and on, or nothing at all: what it costs the gateway, and the others.

use protocol::client::UploadAbort;
use protocol::code::{CloseCode, ErrorCode};
use protocol::connection::{Connection, ConnectionError};
use protocol::server::ServerFrame;

use super::{announce, chunk, open, png, send};
use crate::delivery::{find, talk};

/// A bucket of few frames, and patience for few refusals.
const TIGHT: &[&str] = &["--frame-rate", "1", "--frame-burst", "20", "--refusal-burst", "20", "--refusal-rate", "1"];

/// Sends `message` over and over until the socket is closed; the codes of the errors before.
async fn flood(socket: &mut Connection, message: &[u8], most: usize) -> (Option<u16>, Vec<ErrorCode>) {
    for _ in 0..most {
        socket.send_bytes(message.to_vec());
    }
    let mut codes = Vec::new();
    loop {
        match socket.next().await {
            Ok((_, ServerFrame::Error(error))) => codes.push(error.code),
            Ok(_) => {}
            Err(ConnectionError::Closed { code, .. }) => return (code, codes),
            Err(other) => panic!("{other}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn chunks_that_are_none_cost_what_other_frames_do() {
    let (gateway, mut visitor, _agent, _) = talk(TIGHT).await;
    // [66, 0, {"x": 1,100 bytes}]: long enough for a chunk, and none.
    let mut frame = b"\x93\x42\x00\x81\xa1x\xc5\x04\x4c".to_vec();
    frame.extend([b'a'; 1_100]);
    let (code, codes) = flood(&mut visitor, &frame, 200).await;
    assert_eq!(code, Some(CloseCode::RateLimited.number()));
    assert!(codes.len() < 60, "{} were answered", codes.len());
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn chunks_of_an_upload_that_has_ended_are_free_only_as_far_as_they_were_granted() {
    let (gateway, mut visitor, _agent, conversation) = talk(TIGHT).await;
    let bytes = png(400_000, 1);
    let request = announce(conversation, "u1", &bytes);
    let ready = open(&mut visitor, &request).await;
    reply!(visitor, UploadAbort { upload: ready.upload }, Done);
    // Small ones, so that the close frame comes through behind them: some 13 were granted.
    let late = chunk(ready.upload, 0, &bytes[..1_200]).encode(0);
    let (code, codes) = flood(&mut visitor, &late, 200).await;
    assert_eq!(code, Some(CloseCode::RateLimited.number()));
    assert!(codes.iter().all(|code| *code == ErrorCode::RateLimited) && codes.len() < 30, "{codes:?}");
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_many_more_chunks_than_frames_are_allowed_is_taken() {
    let (gateway, mut visitor, _agent, conversation) = talk(TIGHT).await;
    let bytes = png(3_000_000, 2);
    let ready = open(&mut visitor, &announce(conversation, "u1", &bytes)).await;
    assert!(send(&mut visitor, &ready, &bytes, |_| false).await.is_some());
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upload_that_sends_nothing_gives_way_to_the_one_that_waits() {
    let (gateway, mut visitor, _agent, conversation) = talk(&[]).await;
    let (silent, eager) = (png(100_000, 3), png(50_000, 4));
    assert!(open(&mut visitor, &announce(conversation, "u1", &silent)).await.credit > 0);
    let ready = open(&mut visitor, &announce(conversation, "u2", &eager)).await;
    assert_eq!(ready.credit, 0);
    let credit = find(&mut visitor, |frame| match frame {
        ServerFrame::UploadCredit(credit) if credit.upload == ready.upload => Some(credit.credit),
        _ => None,
    });
    let credit = credit.await;
    assert!(credit > 0);
    let granted = protocol::server::UploadReady { credit, ..ready };
    assert!(send(&mut visitor, &granted, &eager, |_| false).await.is_some());
    gateway.stop().await;
}
