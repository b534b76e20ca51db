use super::*;
use crate::client::{Chunk, ClientFrame};
use crate::frame;
use crate::value::Content;

/// `[op, ref, body]` of a body written as JSON.
fn bytes(op: Op, body: &serde_json::Value) -> Vec<u8> {
    frame::encode(op, 1, body).to_vec()
}

fn refused(op: Op, body: serde_json::Value) -> FieldError {
    let message = bytes(op, &body);
    let frame = frames(&message).next().unwrap().unwrap();
    ClientFrame::decode(&frame).unwrap().unwrap_err()
}

const CONVERSATION: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

#[test]
fn a_bad_field_is_named_with_its_path() {
    use serde_json::json;
    let error = refused(18, json!({"conversation": CONVERSATION, "client_id": "a"}));
    assert_eq!((error.field.as_str(), error.rule.as_str()), ("content", "is required"));
    let error = refused(18, json!({"conversation": CONVERSATION, "client_id": "a", "content": {"text": "hi"}}));
    assert_eq!((error.field.as_str(), error.rule.as_str()), ("content.kind", "is required"));
    let error = refused(18, json!({"conversation": CONVERSATION, "client_id": 7, "content": {"kind": "text"}}));
    assert_eq!(error.field, "client_id");
    let error = refused(1, json!({"role": "visitor", "resume": [{"conversation": "no"}]}));
    assert_eq!(error.field, "resume[0].conversation");
    assert_eq!(error.rule, "is not readable: a hyphenated UUID has 36 characters");
}

#[test]
fn what_the_sender_wrote_is_quoted_in_part_only() {
    let error = refused(27, serde_json::json!({"conversation": CONVERSATION, "seq": "x".repeat(10_000)}));
    assert_eq!(error.field, "seq");
    assert!(error.rule.len() <= limit::NAME_BYTES + 20, "{} bytes", error.rule.len());
}

#[test]
fn several_frames_share_a_message_and_a_bad_one_ends_it() {
    let text = crate::client::Send {
        conversation: CONVERSATION.parse().unwrap(),
        client_id: "a".into(),
        content: Content::text("hello"),
    };
    let mut message = ClientFrame::from(text.clone()).encode(7).to_vec();
    message.extend(ClientFrame::from(crate::client::Ping::default()).encode(8));
    message.push(0xc1);
    let mut all = frames(&message);
    let first = all.next().unwrap().unwrap();
    assert_eq!((first.op, first.reference), (18, 7));
    assert_eq!(ClientFrame::decode(&first), Some(Ok(text.into())));
    assert_eq!(all.next().unwrap().unwrap().reference, 8);
    assert_eq!(all.next(), Some(Err(CodecError::BadByte)));
    assert_eq!(all.next(), None);
}

#[test]
fn the_bounds_hold_to_the_byte() {
    // A body whose only field is nested: the frame's array is level 1, the body 2, so 14 arrays reach 16.
    let nested = |arrays: usize| {
        let mut message = vec![0x93, 0x03, 0x00, 0x81, 0xa1, b'x'];
        message.extend(std::iter::repeat_n(0x91, arrays - 1));
        message.push(0x90);
        frames(&message).next().unwrap().map(|frame| frame.op)
    };
    assert_eq!(nested(14), Ok(3));
    assert_eq!(nested(15), Err(CodecError::TooDeep));

    let wide = |elements: u16| {
        let mut message = vec![0x93, 0x03, 0x00, 0x81, 0xa1, b'x', 0xdc];
        message.extend(elements.to_be_bytes());
        message.extend(std::iter::repeat_n(0xc0, usize::from(elements)));
        frames(&message).next().unwrap().map(|frame| frame.op)
    };
    assert_eq!(wide(1024), Ok(3));
    assert_eq!(wide(1025), Err(CodecError::TooMany));

    let long = |length: usize| {
        let mut message = vec![0x93, 0x03, 0x00, 0x81, 0xa1, b'x', 0xdb];
        message.extend(u32::try_from(length - 11).unwrap().to_be_bytes());
        message.resize(length, b'.');
        frames(&message).next().unwrap().map(|frame| frame.op)
    };
    assert_eq!(long(limit::FRAME_BYTES), Ok(3));
    assert_eq!(long(limit::FRAME_BYTES + 1), Err(CodecError::TooLarge));
}

#[test]
fn an_announced_length_is_never_believed() {
    // 4 GiB of text, bytes, elements and fields, announced in 5 bytes.
    for (marker, error) in [
        (0xdb, CodecError::Truncated),
        (0xc6, CodecError::Truncated),
        (0xdd, CodecError::TooMany),
        (0xdf, CodecError::TooMany),
    ] {
        let message = [0x93, 0x03, 0x00, marker, 0xff, 0xff, 0xff, 0xff];
        assert_eq!(frames(&message).next(), Some(Err(error)), "{marker:#x}");
    }
}

#[test]
fn bytes_are_bin_and_nothing_else() {
    let packed = |value: &serde_json::Value| frame::encode(0, 0, value)[3..].to_vec();
    let chunk = |bytes: &[u8]| {
        let mut message = vec![0x93, 66, 0, 0x83];
        for (name, value) in [("upload", CONVERSATION.into()), ("offset", serde_json::json!(7))] {
            message.extend(packed(&name.into()));
            message.extend(packed(&value));
        }
        message.extend(packed(&"bytes".into()));
        message.extend(bytes);
        let frame = frames(&message).next().unwrap().unwrap();
        ClientFrame::decode(&frame).unwrap().map_err(|error| error.field)
    };
    let taken = chunk(&[0xc4, 2, 0xff, 0]).unwrap();
    let ClientFrame::UploadChunk(taken) = taken else { panic!("{taken:?}") };
    assert_eq!((taken.offset, taken.bytes.0.as_ref()), (7, [0xff_u8, 0].as_slice()));
    for other in [&[0xa2, b'f', b'f'][..], &[0x92, 1, 2], &[0xc0], &[7], &[0x80]] {
        assert_eq!(chunk(other), Err("bytes".into()), "{other:x?}");
    }
}

#[test]
fn where_the_form_is_text_bytes_are_digits() {
    let chunk = Chunk(vec![0x00, 0xff, 0x1a].into());
    assert_eq!(serde_json::to_string(&chunk).unwrap(), r#""00ff1a""#);
    assert_eq!(serde_json::from_str::<Chunk>(r#""00Ff1a""#).unwrap(), chunk);
    for bad in [r#""0""#, r#""0g""#, r#""+1""#, r#""é""#, "7", "[0]", "null"] {
        assert!(serde_json::from_str::<Chunk>(bad).is_err(), "{bad}");
    }
}
