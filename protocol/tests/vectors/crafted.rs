//! Messages that no encoder of ours writes: such as a receiver must take all the same, and such as it must refuse.

use protocol::frame::{self, Op};
use protocol::limit;
use serde_json::{Value, json};

use crate::side::{Side, bytes, hex};

pub(crate) const CONVERSATION: &str = "0198c5a0-7b00-7d3e-9a41-000000000001";

/// A message, and what a receiver makes of it.
pub(crate) struct Crafted {
    pub(crate) name: String,
    pub(crate) from: Side,
    pub(crate) bytes: Vec<u8>,
    /// A byte, and how often it stands behind `bytes`.
    pub(crate) pad: Option<(u8, usize)>,
    pub(crate) expected: Expected,
}

pub(crate) enum Expected {
    /// Frames with the fields that are known.
    Frames(Vec<(Op, u32, Value)>),
    /// An error's code; for `bad_frame` the codec's reason, for `bad_field` the field; and how many frames come before.
    Error { code: &'static str, detail: &'static str, before: usize },
}

fn taken(name: &str, from: Side, hex: &str, frames: Vec<(Op, u32, Value)>) -> Crafted {
    Crafted { name: name.into(), from, bytes: bytes(hex), pad: None, expected: Expected::Frames(frames) }
}

pub(crate) fn padded(mut crafted: Crafted, byte: u8, times: usize) -> Crafted {
    crafted.pad = Some((byte, times));
    crafted
}

/// The MessagePack of a value, without an envelope.
pub(crate) fn packed(value: &Value) -> String {
    // A frame's first three bytes are its envelope.
    hex(&frame::encode(0, 0, value)[3..])
}

pub(crate) fn framed(op: Op, reference: u32, body: &Value) -> String {
    hex(&frame::encode(op, reference, body))
}

pub(crate) fn tolerated() -> Vec<Crafted> {
    let ping = |reference| vec![(3, reference, json!({}))];
    let follow = json!({"conversation": CONVERSATION, "cursor": 5});
    let of_follow = || vec![(22, 1, follow.clone())];
    let conversation = packed(&json!("conversation")) + &packed(&json!(CONVERSATION));
    let cursor = packed(&json!("cursor"));
    // A follow whose fields are as given, in a map of so many.
    let fields = |count: u8, fields: &str| format!("93 16 01 {:02x} {fields}", 0x80 + count);
    let with = |name: &str, extra: &str| {
        let hex = fields(3, &format!("{conversation}{cursor}05{}{extra}", packed(&json!("later"))));
        taken(&format!("an unknown field: {name}"), Side::Client, &hex, of_follow())
    };
    let uuid = hex(CONVERSATION.as_bytes());
    let name = hex(b"conversation");
    let wide = |text: &str, hex: &str| taken(text, Side::Client, hex, of_follow());
    let ids = |text: &str, header: &str| {
        wide(text, &fields(2, &format!("{}{header}{uuid}{cursor}05", packed(&json!("conversation")))))
    };
    let seqs = |text: &str, number: &str| wide(text, &fields(2, &format!("{conversation}{cursor}{number}")));
    let other_order = fields(2, &format!("{cursor}05{conversation}"));
    let kind = json!({"conversation": CONVERSATION, "id": CONVERSATION, "seq": 9, "sender": {"kind": "system", "id": CONVERSATION},
        "client_id": "x", "at": 1, "content": {"kind": "sticker", "sticker": "cat"}});
    let code = json!({"code": "teapot", "retryable": true, "retry_ms": 418, "text": "short and stout"});
    let scope = json!({"scope": "planet", "retry_ms": 250});
    let past = json!({"now": 1, "features": [],
        "limits": {"frame_bytes": 1, "text_bytes": 2, "ping_ms": 3, "silence_ms": 4, "unstored_sends": 5}});
    let mut future = past.clone();
    future["limits"]["cups_of_tea"] = json!(6);
    future["later"] = json!({"x": [1]});
    // An update that sets one attribute, and a chunk, with the value as it is given.
    let attribute = |name: &str, hex: &str, value: Value| {
        let body = json!({"attributes": {"x": value}});
        let hex = format!("93 0c 01 81 {} 81 a1 78 {hex}", packed(&json!("attributes")));
        taken(&format!("an attribute: {name}"), Side::Client, &hex, vec![(12, 1, body)])
    };
    let chunk = |name: &str, hex: &str| {
        let [upload, offset, bytes] = ["upload", "offset", "bytes"].map(|key| packed(&json!(key)));
        let hex = format!("93 42 00 83 {upload} {} {offset} 00 {bytes} {hex}", packed(&json!(CONVERSATION)));
        let body = json!({"upload": CONVERSATION, "offset": 0, "bytes": "00ff"});
        taken(&format!("a chunk: {name}"), Side::Client, &hex, vec![(66, 0, body)])
    };
    let deepest = format!("93 03 07 81 a1 78 {} 90", "91 ".repeat(limit::DEPTH - 3));
    // What stands before the bytes of a frame whose body is `{"x": bytes}`.
    let header = 11;
    vec![
        taken("no frame at all", Side::Client, "", vec![]),
        taken("op as uint 8", Side::Client, "93 cc 03 07 80", ping(7)),
        taken("op as uint 16", Side::Client, "93 cd 00 03 07 80", ping(7)),
        taken("op as uint 32", Side::Client, "93 ce 00 00 00 03 07 80", ping(7)),
        taken("op as uint 64", Side::Client, "93 cf 00 00 00 00 00 00 00 03 07 80", ping(7)),
        taken("op as int 8", Side::Client, "93 d0 03 07 80", ping(7)),
        taken("op as int 64", Side::Client, "93 d3 00 00 00 00 00 00 00 03 07 80", ping(7)),
        taken("ref as uint 64", Side::Client, "93 03 cf 00 00 00 00 ff ff ff ff 80", ping(u32::MAX)),
        taken("ref as int 32", Side::Client, "93 03 d2 00 00 00 07 80", ping(7)),
        taken("the frame as array 16", Side::Client, "dc 00 03 03 07 80", ping(7)),
        taken("the frame as array 32", Side::Client, "dd 00 00 00 03 03 07 80", ping(7)),
        taken("the body as map 16", Side::Client, "93 03 07 de 00 00", ping(7)),
        taken("the body as map 32", Side::Client, "93 03 07 df 00 00 00 00", ping(7)),
        taken("a fourth element", Side::Client, "94 03 07 80 a5 6c 61 74 65 72", ping(7)),
        taken("a fourth and a fifth element", Side::Gateway, "95 03 07 80 81 a1 78 91 01 c0", ping(7)),
        taken(
            "frames back to back",
            Side::Client,
            "93 03 01 80 93 04 00 80 93 03 02 80",
            vec![(3, 1, json!({})), (4, 0, json!({})), (3, 2, json!({}))],
        ),
        taken(
            "a push of a later version between others",
            Side::Gateway,
            "93 03 00 80 93 cd 03 e7 00 81 a1 78 01 93 04 07 80",
            vec![(3, 0, json!({})), (999, 0, json!({"x": 1})), (4, 7, json!({}))],
        ),
        taken("a kind of entry of a later version", Side::Gateway, &framed(20, 0, &kind), vec![(20, 0, kind.clone())]),
        taken("an error code of a later version", Side::Gateway, &framed(5, 3, &code), vec![(5, 3, code.clone())]),
        with("nil", "c0"),
        with("true", "c3"),
        with("a negative integer", "d0 80"),
        with("a float 32", "ca 3f c0 00 00"),
        with("a float 64", "cb 3f f8 00 00 00 00 00 00"),
        with("a text", "a2 c3 a9"),
        with("bytes as bin 8", "c4 02 00 ff"),
        with("bytes as bin 16", "c5 00 02 00 ff"),
        with("bytes as bin 32", "c6 00 00 00 02 00 ff"),
        with("an array", "93 01 a1 78 90"),
        with("a map in a map", "81 a1 78 81 a1 79 c0"),
        wide("fields in another order", &other_order),
        ids("text as str 8", "d9 24"),
        ids("text as str 16", "da 00 24"),
        ids("text as str 32", "db 00 00 00 24"),
        wide("a key as str 8", &fields(2, &format!("d9 0c {name}{}{cursor}05", packed(&json!(CONVERSATION))))),
        wide("the fields as map 32", &format!("93 16 01 df 00 00 00 02 {conversation}{cursor}05")),
        seqs("an integer as uint 8", "cc 05"),
        seqs("an integer as uint 32", "ce 00 00 00 05"),
        seqs("an integer as uint 64", "cf 00 00 00 00 00 00 00 05"),
        seqs("an integer as int 16", "d1 00 05"),
        seqs("an integer as int 64", "d3 00 00 00 00 00 00 00 05"),
        attribute("a float 32 for a number", "ca 3f c0 00 00", json!(1.5)),
        attribute("an integer as a float", "cb 40 08 00 00 00 00 00 00", json!(3.0)),
        attribute("an integer beyond 2^53 as a float", "cb 43 50 00 00 00 00 00 00", json!(18_014_398_509_481_984.0)),
        attribute("a negative integer as int 64", "d3 ff ff ff ff ff ff ff fe", json!(-2)),
        attribute("the least integer", "d3 ff e0 00 00 00 00 00 01", json!(-9_007_199_254_740_991_i64)),
        attribute("a text as str 32", "db 00 00 00 01 78", json!("x")),
        attribute("nil, which forgets", "c0", Value::Null),
        chunk("bytes as bin 16", "c5 00 02 00 ff"),
        chunk("bytes as bin 32", "c6 00 00 00 02 00 ff"),
        taken("a scope of a later version", Side::Gateway, &framed(8, 0, &scope), vec![(8, 0, scope.clone())]),
        taken("limits of a gateway that is older", Side::Gateway, &framed(2, 1, &past), vec![(2, 1, past.clone())]),
        taken("limits of a gateway that is newer", Side::Gateway, &framed(2, 1, &future), vec![(2, 1, past.clone())]),
        taken("as deep as may be", Side::Client, &deepest, ping(7)),
        padded(
            taken("an array as long as may be", Side::Client, "93 03 07 81 a1 78 dc 04 00", ping(7)),
            0xc0,
            limit::ELEMENTS,
        ),
        padded(
            taken(
                "a frame as long as may be",
                Side::Client,
                &format!("93 03 07 81 a1 78 c6 {:08x}", limit::FRAME_BYTES - header),
                ping(7),
            ),
            0,
            limit::FRAME_BYTES - header,
        ),
    ]
}

pub(crate) fn refused(name: &str, hex: &str, detail: &'static str) -> Crafted {
    let expected = Expected::Error { code: "bad_frame", detail, before: 0 };
    Crafted { name: name.into(), from: Side::Client, bytes: bytes(hex), pad: None, expected }
}

fn behind(frames: usize, name: &str, hex: &str, reason: &'static str) -> Crafted {
    let good = "93 03 01 80".repeat(frames);
    let expected = Expected::Error { code: "bad_frame", detail: reason, before: frames };
    Crafted { expected, ..refused(name, &format!("{good}{hex}"), reason) }
}

/// What is no frame.
pub(crate) fn no_frames() -> Vec<Crafted> {
    let (truncated, large, deep, many, shape, byte) =
        ("truncated", "too_large", "too_deep", "too_many", "bad_envelope", "bad_byte");
    vec![
        refused("ends behind the array's header", "93", truncated),
        refused("ends behind the op", "93 03", truncated),
        refused("ends behind the ref", "93 03 00", truncated),
        refused("ends inside the op", "93 cd 00", truncated),
        refused("ends inside the ref", "93 03 ce 00 00", truncated),
        refused("ends inside an array's header", "dc 00", truncated),
        refused("ends inside the body's header", "93 03 00 de 00", truncated),
        refused("ends inside a key", "93 03 00 81 a4 74 65", truncated),
        refused("ends behind a key", "93 03 00 81 a1 78", truncated),
        refused("ends inside a text", "93 03 00 81 a1 78 a5 68 65", truncated),
        refused("ends inside a number", "93 03 00 81 a1 78 cf 00 00", truncated),
        refused("ends inside an array", "93 03 00 81 a1 78 92 01", truncated),
        refused("ends before the fourth element", "94 03 00 80", truncated),
        refused("announces a text of 4 GiB", "93 03 00 81 a1 78 db ff ff ff ff", truncated),
        refused("announces 4 GiB of bytes", "93 03 00 81 a1 78 c6 ff ff ff ff", truncated),
        refused("is a map", "80", shape),
        refused("is an integer", "03", shape),
        refused("is nil", "c0", shape),
        refused("is a text", "a5 68 65 6c 6c 6f", shape),
        refused("is bytes", "c4 01 00", shape),
        refused("is JSON", &hex(b"[3,0,{}]"), shape),
        refused("has no elements", "90", shape),
        refused("has one element", "91 03", shape),
        refused("has two elements", "92 03 00", shape),
        refused("has a negative op", "93 ff 00 80", shape),
        refused("has an op of 65536", "93 ce 00 01 00 00 00 80", shape),
        refused("has an op of 2^64-1", "93 cf ff ff ff ff ff ff ff ff 00 80", shape),
        refused("has a float for an op", "93 cb 40 08 00 00 00 00 00 00 00 80", shape),
        refused("has a text for an op", "93 a1 33 00 80", shape),
        refused("has nil for an op", "93 c0 00 80", shape),
        refused("has a negative ref", "93 03 ff 80", shape),
        refused("has a ref of 2^32", "93 03 cf 00 00 00 01 00 00 00 00 80", shape),
        refused("has nil for a ref", "93 03 c0 80", shape),
        refused("has a text for a ref", "93 03 a1 31 80", shape),
        refused("has nil for a body", "93 03 00 c0", shape),
        refused("has an array for a body", "93 03 00 90", shape),
        refused("has a text for a body", "93 03 00 a2 7b 7d", shape),
        refused("has an integer for a body", "93 03 00 00", shape),
        refused("has bytes for a body", "93 03 00 c4 01 80", shape),
        refused("is the unused byte", "c1", byte),
        refused("has the unused byte for an op", "93 c1 00 80", byte),
        refused("has the unused byte in its body", "93 03 00 81 a1 78 c1", byte),
        refused("has a fixext 1", "93 03 00 81 a1 78 d4 01 00", byte),
        refused("has a fixext 2", "93 03 00 81 a1 78 d5 01 00 00", byte),
        refused("has a timestamp of 32 bits", "93 03 00 81 a1 78 d6 ff 00 00 00 00", byte),
        refused("has a timestamp of 64 bits", "93 03 00 81 a1 78 d7 ff 00 00 00 00 00 00 00 00", byte),
        refused("has a fixext 16", &format!("93 03 00 81 a1 78 d8 01 {}", "00".repeat(16)), byte),
        refused("has an ext 8", "93 03 00 81 a1 78 c7 01 01 00", byte),
        refused("has an ext 16", "93 03 00 81 a1 78 c8 00 01 01 00", byte),
        refused("has an ext 32", "93 03 00 81 a1 78 c9 00 00 00 01 01 00", byte),
        refused("is one array too deep", &format!("93 03 00 81 a1 78 {}90", "91".repeat(limit::DEPTH - 2)), deep),
        refused("is one map too deep", &format!("93 03 00 {}80", "81 a1 78".repeat(limit::DEPTH - 1)), deep),
        padded(refused("is arrays and nothing else", "93 03 00 81 a1 78", deep), 0x91, 60_000),
        padded(refused("has one element too many", "93 03 00 81 a1 78 dc 04 01", many), 0xc0, limit::ELEMENTS + 1),
        padded(refused("has one field too many", "93 03 00 de 04 01", many), 0xa0, 2 * (limit::ELEMENTS + 1)),
        refused("announces 2^32-1 elements", "93 03 00 81 a1 78 dd ff ff ff ff", many),
        refused("announces 2^32-1 fields", "93 03 00 df ff ff ff ff", many),
        refused("announces a frame of 65535 elements", "dc ff ff 03 00 80", many),
        padded(
            refused("is one byte too long", &format!("93 03 00 81 a1 78 c6 {:08x}", limit::FRAME_BYTES - 10), large),
            0,
            limit::FRAME_BYTES - 10,
        ),
        behind(1, "a frame, then a truncated one", "93 03", truncated),
        behind(2, "two frames, then the unused byte", "c1", byte),
        behind(1, "a frame, then zero bytes", "00 00", shape),
        behind(3, "three frames, then one with two elements", "92 03 00", shape),
    ]
}
