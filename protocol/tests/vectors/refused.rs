//! Frames of the right shape that a gateway refuses: those that open a socket, and those of conversations.

use protocol::frame::Op;
use protocol::limit;
use serde_json::{Value, json};

use crate::crafted::{CONVERSATION, Crafted, Expected, framed, packed, padded, refused};

pub(crate) fn field(op: Op, name: &str, body: &Value, field: &'static str) -> Crafted {
    raw(name, &framed(op, 1, body), field)
}

pub(crate) fn raw(name: &str, hex: &str, field: &'static str) -> Crafted {
    let expected = Expected::Error { code: "bad_field", detail: field, before: 0 };
    Crafted { expected, ..refused(name, hex, field) }
}

fn unsupported(name: &str, op: Op) -> Crafted {
    let expected = Expected::Error { code: "unsupported", detail: "", before: 0 };
    Crafted { expected, ..refused(name, &framed(op, 1, &json!({})), "") }
}

/// Frames of the log and of its list that a gateway does not take.
pub(crate) fn of_logs() -> Vec<Crafted> {
    let send = |content: Value| json!({"conversation": CONVERSATION, "client_id": "m", "content": content});
    let rating = |rating: Value| send(json!({"kind": "rating", "rating": rating}));
    let by = |client_id: &str| json!({"conversation": CONVERSATION, "client_id": client_id, "content": {"kind": "text", "text": "x"}});
    let follow = |id: Value| json!({"conversation": id, "cursor": 1});
    let hello = |more: Value| {
        let mut hello = json!({"role": "visitor", "widget_key": "wk_demo"});
        hello.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        hello
    };
    let cursors: Vec<Value> = (0..=limit::RESUME_CURSORS).map(|_| follow(json!(CONVERSATION))).collect();
    let uuid = packed(&json!(CONVERSATION));
    let key = |name: &str| packed(&json!(name));
    // A send up to its text, which must come last.
    let text = format!(
        "93 12 01 83 {} {uuid} {} {} {} 82 {} {} {}",
        key("conversation"),
        key("client_id"),
        key("m"),
        key("content"),
        key("kind"),
        key("text"),
        key("text")
    );
    let twice = format!("93 16 01 82 {0} {uuid} {0} {uuid}", key("conversation"));
    let binary = format!("93 16 01 81 {} c4 10 {}", key("conversation"), "00".repeat(16));
    vec![
        unsupported("op 0", 0),
        unsupported("an op that only a gateway sends", 2),
        unsupported("an op of a later version", 999),
        unsupported("the greatest op", 65_535),
        field(1, "hello without a role", &json!({"widget_key": "wk_demo"}), "role"),
        field(1, "hello with an unknown role", &json!({"role": "robot"}), "role"),
        field(1, "hello of a visitor without a widget_key", &json!({"role": "visitor"}), "widget_key"),
        field(1, "hello with a number for a widget_key", &json!({"role": "visitor", "widget_key": 7}), "widget_key"),
        field(1, "hello with an empty widget_key", &json!({"role": "visitor", "widget_key": ""}), "widget_key"),
        field(1, "hello with a token of 201 bytes", &hello(json!({"token": "x".repeat(201)})), "token"),
        field(1, "hello with a token of two lines", &hello(json!({"token": "a\nb"})), "token"),
        field(1, "hello with a map for resume", &hello(json!({"resume": {}})), "resume"),
        field(
            1,
            "hello with a bad id in resume",
            &hello(json!({"resume": [{"conversation": "x"}]})),
            "resume[0].conversation",
        ),
        field(1, "hello with NUL in a title", &hello(json!({"page": {"title": "a\0b"}})), "page.title"),
        field(1, "hello with a text for features", &hello(json!({"features": "all"})), "features"),
        field(1, "hello with 501 cursors", &hello(json!({"resume": cursors})), "resume"),
        field(16, "start without a client_id", &json!({}), "client_id"),
        field(16, "start with an empty client_id", &json!({"client_id": ""}), "client_id"),
        field(16, "start with a client_id of 65 bytes", &json!({"client_id": "x".repeat(65)}), "client_id"),
        field(16, "start with a bad department", &json!({"client_id": "c", "department": "sales"}), "department"),
        field(
            16,
            "start with an answer without a value",
            &json!({"client_id": "c", "answers": [{"key": "name"}]}),
            "answers[0].value",
        ),
        field(
            16,
            "start with a number for an answer",
            &json!({"client_id": "c", "answers": [{"key": "a", "value": "b"}, {"key": "c", "value": 1}]}),
            "answers[1].value",
        ),
        field(18, "send of nothing", &json!({}), "conversation"),
        field(18, "send with a blank in its client_id", &by("a b"), "client_id"),
        field(18, "send with a client_id beyond ASCII", &by("é"), "client_id"),
        field(18, "send without content", &json!({"conversation": CONVERSATION, "client_id": "m"}), "content"),
        field(18, "send with a text for content", &send(json!("hello")), "content"),
        field(18, "send without a kind", &send(json!({"text": "hello"})), "content.kind"),
        field(18, "send of a kind that is unknown", &send(json!({"kind": "sticker"})), "content.kind"),
        field(18, "send of the placeholder", &send(json!({"kind": "hidden"})), "content.kind"),
        field(18, "send of a text without text", &send(json!({"kind": "text"})), "content.text"),
        field(18, "send of an empty text", &send(json!({"kind": "text", "text": ""})), "content.text"),
        field(18, "send of a blank text", &send(json!({"kind": "text", "text": " \n\t"})), "content.text"),
        field(18, "send of a text with NUL", &send(json!({"kind": "text", "text": "a\0b"})), "content.text"),
        field(18, "send of a number for text", &send(json!({"kind": "text", "text": 7})), "content.text"),
        field(
            18,
            "send of a text with a status",
            &send(json!({"kind": "text", "text": "x", "status": "open"})),
            "content.status",
        ),
        field(
            18,
            "send of a status with text",
            &send(json!({"kind": "status", "text": "x", "status": "open"})),
            "content.text",
        ),
        field(18, "send of a status without status", &send(json!({"kind": "status"})), "content.status"),
        field(
            18,
            "send of a status that is not for clients",
            &send(json!({"kind": "status", "status": "snoozed"})),
            "content.status",
        ),
        field(18, "send of an unknown status", &send(json!({"kind": "status", "status": "gone"})), "content.status"),
        field(18, "send of an attachment without one", &send(json!({"kind": "attachment"})), "content.attachment"),
        field(
            18,
            "send of an attachment without an id",
            &send(json!({"kind": "attachment", "attachment": {"name": "tea.pdf"}})),
            "content.attachment.id",
        ),
        field(
            18,
            "send of an attachment with text",
            &send(json!({"kind": "attachment", "attachment": {"id": CONVERSATION}, "text": "tea.pdf"})),
            "content.text",
        ),
        field(18, "send of a priority without one", &send(json!({"kind": "priority"})), "content.priority"),
        field(
            18,
            "send of an unknown priority",
            &send(json!({"kind": "priority", "priority": "asap"})),
            "content.priority",
        ),
        field(
            18,
            "send of a text with a priority",
            &send(json!({"kind": "text", "text": "x", "priority": "high"})),
            "content.priority",
        ),
        field(
            25,
            "history with a limit of 101",
            &json!({"conversation": CONVERSATION, "before": 9, "limit": 101}),
            "limit",
        ),
        field(18, "send of an assignment without one", &send(json!({"kind": "assignment"})), "content.assignment"),
        field(
            18,
            "send of an assignment to a name",
            &send(json!({"kind": "assignment", "assignment": {"member": "Grace"}})),
            "content.assignment.member",
        ),
        field(
            18,
            "send of a note with an assignment",
            &send(json!({"kind": "note", "text": "x", "assignment": {}})),
            "content.assignment",
        ),
        field(18, "send of a rating without one", &send(json!({"kind": "rating"})), "content.rating"),
        field(
            18,
            "send of a rating without a score",
            &send(json!({"kind": "rating", "rating": {}})),
            "content.rating.score",
        ),
        field(18, "send of a rating of 0", &rating(json!({"score": 0})), "content.rating.score"),
        field(18, "send of a rating of 6", &rating(json!({"score": 6})), "content.rating.score"),
        field(18, "send of a rating of 256", &rating(json!({"score": 256})), "content.rating.score"),
        field(18, "send of a rating of 4.5", &rating(json!({"score": 4.5})), "content.rating.score"),
        field(
            18,
            "send of a rating with a blank comment",
            &rating(json!({"score": 5, "comment": " "})),
            "content.rating.comment",
        ),
        field(
            18,
            "send of a rating with a comment of 2001 bytes",
            &rating(json!({"score": 5, "comment": "x".repeat(2_001)})),
            "content.rating.comment",
        ),
        field(
            18,
            "send of a text with a rating",
            &send(json!({"kind": "text", "text": "x", "rating": {"score": 5}})),
            "content.rating",
        ),
        raw("send of a text that is not UTF-8", &format!("{text} a2 c3 28"), "content.text"),
        padded(
            raw("send of a text of 16385 bytes", &format!("{text} da 40 01"), "content.text"),
            b'x',
            limit::TEXT_BYTES + 1,
        ),
        field(22, "follow of nothing", &json!({}), "conversation"),
        field(22, "an id without hyphens", &follow(json!(CONVERSATION.replace('-', ""))), "conversation"),
        field(22, "an id in braces", &follow(json!(format!("{{{CONVERSATION}}}"))), "conversation"),
        field(22, "an id as URN", &follow(json!(format!("urn:uuid:{CONVERSATION}"))), "conversation"),
        field(
            22,
            "an id with a letter that is no digit",
            &follow(json!(CONVERSATION.replace('c', "g"))),
            "conversation",
        ),
        field(
            22,
            "an id with its hyphens elsewhere",
            &follow(json!("0198c5a07-b00-7d3e-9a41-000000000001")),
            "conversation",
        ),
        field(22, "a number for an id", &follow(json!(7)), "conversation"),
        field(22, "nil for an id", &follow(Value::Null), "conversation"),
        raw("bytes for an id", &binary, "conversation"),
        field(22, "a negative cursor", &json!({"conversation": CONVERSATION, "cursor": -1}), "cursor"),
        field(22, "a float for a cursor", &json!({"conversation": CONVERSATION, "cursor": 1.0}), "cursor"),
        field(22, "a text for a cursor", &json!({"conversation": CONVERSATION, "cursor": "1"}), "cursor"),
        raw("a field twice", &twice, "conversation"),
        field(24, "unfollow of nothing", &json!({}), "conversation"),
        field(25, "history without before", &json!({"conversation": CONVERSATION}), "before"),
        field(25, "history before a negative seq", &json!({"conversation": CONVERSATION, "before": -1}), "before"),
        field(
            25,
            "history with a limit of 2^32",
            &json!({"conversation": CONVERSATION, "before": 1, "limit": 1_u64 << 32}),
            "limit",
        ),
        field(27, "read without a seq", &json!({"conversation": CONVERSATION}), "seq"),
        field(32, "typing with a number for on", &json!({"conversation": CONVERSATION, "on": 1}), "on"),
        field(32, "typing without on", &json!({"conversation": CONVERSATION}), "on"),
        field(
            32,
            "typing with a draft of 2001 bytes",
            &json!({"conversation": CONVERSATION, "on": true, "draft": "x".repeat(2_001)}),
            "draft",
        ),
        field(
            32,
            "typing with NUL in a draft",
            &json!({"conversation": CONVERSATION, "on": true, "draft": "\0"}),
            "draft",
        ),
        field(48, "inbox with an unknown status", &json!({"status": "lost"}), "status"),
        field(48, "inbox after half a place", &json!({"after": {"updated_at": 1}}), "after.conversation"),
    ]
}

/// Values in another form than the page has, though serde would take them.
pub(crate) fn of_forms() -> Vec<Crafted> {
    let send = |content: Value| json!({"conversation": CONVERSATION, "client_id": "m", "content": content});
    let key = |name: &str| packed(&json!(name));
    let beyond = 1_u64 << 53;
    vec![
        field(18, "send with its content as an array", &send(json!(["text", "hello"])), "content"),
        field(18, "send with a kind by its number", &send(json!({"kind": 0, "text": "hello"})), "content.kind"),
        field(18, "send with a kind as a map", &send(json!({"kind": {"text": null}, "text": "hello"})), "content.kind"),
        field(1, "hello with a role by its number", &json!({"role": 0, "widget_key": "wk_demo"}), "role"),
        field(48, "inbox after a place as an array", &json!({"after": [0, CONVERSATION]}), "after"),
        field(22, "follow from 2^53", &json!({"conversation": CONVERSATION, "cursor": beyond}), "cursor"),
        field(25, "history before 2^64 - 1", &json!({"conversation": CONVERSATION, "before": u64::MAX}), "before"),
        field(27, "read up to 2^53", &json!({"conversation": CONVERSATION, "seq": beyond}), "seq"),
        raw(
            "hello with bytes for a widget_key",
            &format!("93 01 01 82 {} {} {} c4 01 78", key("role"), key("visitor"), key("widget_key")),
            "widget_key",
        ),
        raw(
            "set_availability with bytes for a word",
            &format!("93 23 01 81 {} c4 04 61776179", key("availability")),
            "availability",
        ),
    ]
}
