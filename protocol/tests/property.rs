//! What holds for every frame and for any bytes, tried on random ones.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test's way to fail")]

#[path = "property/arbitrary.rs"]
mod arbitrary;
#[path = "property/client.rs"]
mod client;
#[path = "property/packed.rs"]
mod packed;
#[path = "property/server.rs"]
mod server;
#[path = "property/widget.rs"]
mod widget;

use proptest::collection::vec;
use proptest::prelude::*;
use protocol::client::ClientFrame;
use protocol::codec::{self, CodecError};
use protocol::frame::Frame;
use protocol::limit;
use protocol::server::ServerFrame;

use client::client_frame;
use packed::{Packed, any_value};
use server::server_frame;

/// Splits, gives every frame its type both ways, and says how many frames there were before an error.
fn swallow(message: &[u8]) -> (usize, Option<CodecError>) {
    let mut good = 0;
    for frame in codec::frames(message) {
        match frame {
            Ok(frame) => {
                good += 1;
                assert!(frame.body.len() <= message.len());
                if let Some(Ok(frame)) = ClientFrame::decode(&frame) {
                    let _ = frame.check();
                }
                let _ = ServerFrame::decode(&frame);
            }
            Err(error) => return (good, Some(error)),
        }
    }
    (good, None)
}

/// The frame of a message that holds one.
fn only(message: &[u8]) -> Frame<'_> {
    let mut all = codec::frames(message);
    let frame = all.next().unwrap().unwrap();
    assert_eq!(all.next(), None);
    frame
}

/// `[op, 0, {"x": value}]`.
fn wrapped(value: &[u8]) -> Vec<u8> {
    let mut message = vec![0x93, 3, 0, 0x81, 0xa1, b'x'];
    message.extend(value);
    message
}

proptest! {
    #[test]
    fn a_client_frame_comes_back(frame in client_frame(), reference: u32) {
        let message = frame.encode(reference);
        let split = only(&message);
        prop_assert_eq!((split.op, split.reference), (frame.op(), reference));
        prop_assert_eq!(ClientFrame::decode(&split), Some(Ok(frame)));
    }

    #[test]
    fn a_server_frame_comes_back(frame in server_frame(), reference: u32) {
        let message = frame.encode(reference);
        let split = only(&message);
        prop_assert_eq!((split.op, split.reference), (frame.op(), reference));
        prop_assert_eq!(ServerFrame::decode(&split), Some(Ok(frame)));
    }

    #[test]
    fn frames_come_back_from_one_message(frames in vec(client_frame(), 0..6)) {
        let message: Vec<u8> = frames.iter().zip(1..).flat_map(|(frame, reference)| frame.encode(reference)).collect();
        let split: Vec<_> = codec::frames(&message).map(Result::unwrap).collect();
        prop_assert_eq!(split.len(), frames.len());
        for (at, (split, frame)) in split.iter().zip(frames).enumerate() {
            prop_assert_eq!(split.reference as usize, at + 1);
            prop_assert_eq!(ClientFrame::decode(split), Some(Ok(frame)));
        }
    }

    #[test]
    fn a_cut_frame_is_truncated_wherever_it_is_cut(frame in client_frame(), cut: prop::sample::Index) {
        let message = frame.encode(1);
        let cut = cut.index(message.len());
        let expected = if cut == 0 { None } else { Some(CodecError::Truncated) };
        prop_assert_eq!(swallow(&message[..cut]), (0, expected));
    }

    #[test]
    fn any_bytes_are_taken_or_refused(message in vec(any::<u8>(), 0..300)) {
        swallow(&message);
    }

    /// Random bytes hardly get past the envelope, so here they stand behind one.
    #[test]
    fn any_bytes_behind_an_envelope_are_taken_or_refused(op in 0_u8..80, message in vec(any::<u8>(), 0..300)) {
        let mut framed = vec![0x93, op, 1];
        framed.extend(message);
        swallow(&framed);
    }

    #[test]
    fn a_frame_with_other_bytes_in_it_is_taken_or_refused(
        message in prop_oneof![client_frame().prop_map(|f| f.encode(1)), server_frame().prop_map(|f| f.encode(1))],
        changes in vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
    ) {
        let mut message = message.to_vec();
        for (at, byte) in changes {
            let at = at.index(message.len());
            message[at] = byte;
        }
        swallow(&message);
    }

    /// The scanner and a decoder that knows nothing of it find the same end.
    #[test]
    fn the_scanner_and_the_decoder_agree_on_length(value in any_value(), rest in vec(any::<u8>(), 0..20)) {
        let bytes = value.bytes();
        let mut reader: &[u8] = &bytes;
        let decoded: serde::de::IgnoredAny = rmp_serde::from_read(&mut reader).unwrap();
        let _ = decoded;
        prop_assert!(reader.is_empty(), "the decoder leaves {} bytes", reader.len());
        let mut message = wrapped(&bytes);
        let length = message.len();
        message.extend(rest);
        let first = codec::frames(&message).next().unwrap();
        if value.depth() + 2 > limit::DEPTH {
            prop_assert_eq!(first, Err(CodecError::TooDeep));
        } else {
            prop_assert_eq!(first.unwrap().body.len(), length - 3);
        }
    }

    /// What the scanner lets through, the decoder reads to its end without a fault of its own: it never runs out of
    /// bytes, and never reads past them.
    #[test]
    fn what_the_scanner_takes_the_decoder_can_walk(bytes in vec(any::<u8>(), 0..60)) {
        for frame in codec::frames(&wrapped(&bytes)).map_while(Result::ok) {
            let mut reader = frame.body;
            let walked: Result<serde::de::IgnoredAny, _> = rmp_serde::from_read(&mut reader);
            prop_assert!(walked.is_ok(), "{walked:?}");
            prop_assert!(reader.is_empty(), "{} bytes left", reader.len());
        }
    }

    /// An encoder may write every header wider than it must: the types do not care.
    #[test]
    fn wide_encodings_decode_to_the_same(frame in client_frame(), widths in vec(0_u8..4, 1..40)) {
        let message = frame.encode(9);
        let plain = Packed::parse(&message);
        let wide = plain.widened(&widths);
        prop_assert_eq!(&Packed::parse(&wide), &plain);
        let split = only(&wide);
        prop_assert_eq!(ClientFrame::decode(&split), Some(Ok(frame)));
    }

    #[test]
    fn wide_encodings_of_a_gateway_decode_to_the_same(frame in server_frame(), widths in vec(0_u8..4, 1..40)) {
        let wide = Packed::parse(&frame.encode(9)).widened(&widths);
        prop_assert_eq!(ServerFrame::decode(&only(&wide)), Some(Ok(frame)));
    }

    /// Fields that a later version adds are passed over, wherever they stand and whatever they hold.
    #[test]
    fn unknown_fields_are_passed_over(frame in client_frame(), value in any_value(), at: prop::sample::Index) {
        prop_assume!(value.depth() < 10);
        let message = frame.encode(9);
        let mut plain = Packed::parse(&message);
        plain.insert_field(at, "zz_later", value);
        let split = plain.bytes();
        prop_assert_eq!(ClientFrame::decode(&only(&split)), Some(Ok(frame)));
    }
}
