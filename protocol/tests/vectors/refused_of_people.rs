//! Frames of the right shape that a gateway refuses: those about visitors and agents, and uploads.

use protocol::limit;
use serde_json::{Map, Value, json};

use crate::crafted::{CONVERSATION, Crafted, packed, padded};
use crate::refused::{field, raw};

const SHA256: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

/// `count` attributes, named by their number in so many digits.
fn attributes(count: usize, digits: usize, value: &Value) -> Value {
    Value::Object((0..count).map(|n| (format!("{n:0digits$}"), value.clone())).collect())
}

/// An update that sets the attribute `x`, its value as it is given.
fn attribute(name: &str, hex: &str, at: &'static str) -> Crafted {
    raw(name, &format!("93 0c 01 81 {} 81 a1 78 {hex}", packed(&json!("attributes"))), at)
}

/// What is noted of visitors.
pub(crate) fn of_visitors() -> Vec<Crafted> {
    let named = |name: &str| json!({"attributes": {name: 1}});
    let all = |attributes: Value| json!({"attributes": attributes});
    let long = json!("x".repeat(limit::ATTRIBUTE_BYTES));
    vec![
        field(10, "identify with an empty external_id", &json!({"external_id": ""}), "external_id"),
        field(10, "identify with an external_id of 201 bytes", &json!({"external_id": "x".repeat(201)}), "external_id"),
        field(10, "identify with an external_id of two lines", &json!({"external_id": "a\nb"}), "external_id"),
        field(10, "identify with a number for an external_id", &json!({"external_id": 7}), "external_id"),
        field(10, "identify with a token of 4001 bytes", &json!({"token": "x".repeat(4_001)}), "token"),
        field(10, "identify with bad attributes", &json!({"attributes": [1]}), "attributes"),
        field(12, "update of a visitor without an id", &json!({"visitor": "ada"}), "visitor"),
        field(12, "update with a blank name", &json!({"name": " "}), "name"),
        field(12, "update with a name of two lines", &json!({"name": "Ada\nLovelace"}), "name"),
        field(12, "update with half an address", &json!({"email": "ada@"}), "email"),
        field(12, "update with a phone of 201 bytes", &json!({"phone": "1".repeat(201)}), "phone"),
        field(12, "update with 51 attributes", &all(attributes(51, 2, &json!(1))), "attributes"),
        field(12, "an attribute without a name", &named(""), "attributes"),
        field(12, "an attribute with a name of 41 bytes", &named(&"x".repeat(41)), "attributes"),
        field(12, "an attribute with a name of two lines", &named("a\nb"), "attributes"),
        field(12, "an attribute of 501 bytes", &all(json!({"x": "x".repeat(501)})), "attributes.x"),
        field(12, "an attribute with NUL", &all(json!({"x": "\0"})), "attributes.x"),
        field(12, "attributes of more than 8192 bytes, all together", &all(attributes(17, 3, &long)), "attributes"),
        attribute("an attribute that is not a number", "cb 7f f8 00 00 00 00 00 00", "attributes.x"),
        attribute("an attribute that is infinite", "cb 7f f0 00 00 00 00 00 00", "attributes.x"),
        attribute("an attribute that is negatively infinite", "ca ff 80 00 00", "attributes.x"),
        attribute("an attribute of 2^53", "cf 00 20 00 00 00 00 00 00", "attributes.x"),
        attribute("an attribute of -2^53", "d3 ff e0 00 00 00 00 00 00", "attributes.x"),
        attribute("an attribute of 2^64-1", "cf ff ff ff ff ff ff ff ff", "attributes.x"),
        attribute("an attribute that is a list", "91 01", "attributes.x"),
        attribute("an attribute that is a map", "80", "attributes.x"),
        attribute("an attribute that is bytes", "c4 01 00", "attributes.x"),
        attribute("an attribute that is not UTF-8", "a1 ff", "attributes.x"),
        field(13, "page with a number for a url", &json!({"url": 7}), "url"),
        field(13, "page with a url of 2001 bytes", &json!({"url": "x".repeat(2_001)}), "url"),
        field(13, "page with NUL in a referrer", &json!({"referrer": "a\0"}), "referrer"),
        field(14, "track without a name", &json!({}), "name"),
        field(14, "track with an empty name", &json!({"name": ""}), "name"),
        field(14, "track with a name of 201 bytes", &json!({"name": "x".repeat(201)}), "name"),
        field(
            14,
            "track with 51 properties",
            &json!({"name": "x", "properties": attributes(51, 2, &Value::Null)}),
            "properties",
        ),
        field(
            14,
            "track with a property of 501 bytes",
            &json!({"name": "x", "properties": {"y": "y".repeat(501)}}),
            "properties.y",
        ),
        field(30, "transcript of nothing", &json!({"email": "ada@mail.example"}), "conversation"),
        field(30, "transcript to nobody", &json!({"conversation": CONVERSATION}), "email"),
        field(30, "transcript to half an address", &json!({"conversation": CONVERSATION, "email": "ada@"}), "email"),
        field(
            30,
            "transcript to two lines",
            &json!({"conversation": CONVERSATION, "email": "ada@mail.example\r\nBcc: eve@mail.example"}),
            "email",
        ),
        field(58, "profile of nobody", &json!({}), "visitor"),
    ]
}

/// What agents ask for.
pub(crate) fn of_agents() -> Vec<Crafted> {
    let known = json!({"conversation": CONVERSATION, "head": 1, "agent_read": 1});
    let many = vec![known.clone(); limit::SYNC_KNOWN + 1];
    let half = json!({"conversation": CONVERSATION, "head": 1});
    vec![
        field(35, "set_availability to nothing", &json!({}), "availability"),
        field(35, "set_availability to something else", &json!({"availability": "busy"}), "availability"),
        field(51, "inbox_sync of 501 known", &json!({"known": many}), "known"),
        field(51, "inbox_sync of half a conversation", &json!({"known": [known, half]}), "known[1].agent_read"),
        field(51, "inbox_sync from half a place", &json!({"newest": {"updated_at": 1}}), "newest.conversation"),
        field(48, "inbox with a limit of 0", &json!({"limit": 0}), "limit"),
        field(48, "inbox with a limit of 101", &json!({"limit": 101}), "limit"),
        field(48, "inbox of an agent's name", &json!({"assigned": {"member": "Grace"}}), "assigned.member"),
        field(48, "inbox of a department's name", &json!({"department": "sales"}), "department"),
        field(48, "inbox of an unknown priority", &json!({"priority": "asap"}), "priority"),
        field(53, "watch of nothing", &json!({}), "what"),
        field(53, "watch of something else", &json!({"what": "birds"}), "what"),
        field(54, "unwatch of nothing", &json!({}), "what"),
        field(60, "search for nothing", &json!({}), "query"),
        field(60, "search for no words", &json!({"query": " \n"}), "query"),
        field(60, "search for 201 bytes", &json!({"query": "x".repeat(limit::SEARCH_QUERY_BYTES + 1)}), "query"),
        field(60, "search for NUL", &json!({"query": "a\0b"}), "query"),
        field(60, "search with a limit of 0", &json!({"query": "tea", "limit": 0}), "limit"),
        field(60, "search with a limit of 101", &json!({"query": "tea", "limit": 101}), "limit"),
        field(
            60,
            "search from half a place",
            &json!({"query": "tea", "after": {"at": 1, "seq": 1}}),
            "after.conversation",
        ),
        field(62, "contacts with an empty query", &json!({"query": ""}), "query"),
        field(62, "contacts of 201 bytes", &json!({"query": "x".repeat(limit::SEARCH_QUERY_BYTES + 1)}), "query"),
        field(62, "contacts with a text for verified", &json!({"verified": "yes"}), "verified"),
        field(62, "contacts with a limit of 101", &json!({"limit": 101}), "limit"),
        field(62, "contacts from half a place", &json!({"after": {"created_at": 1}}), "after.visitor"),
    ]
}

fn open(change: &Value) -> Value {
    let mut open = json!({"conversation": CONVERSATION, "client_id": "u", "name": "tea.pdf", "size": 5,
        "type": "application/pdf", "sha256": SHA256});
    let fields: &mut Map<String, Value> = open.as_object_mut().unwrap();
    for (name, value) in change.as_object().unwrap() {
        fields.insert(name.clone(), value.clone());
    }
    fields.retain(|_, value| !value.is_null());
    open
}

/// Files.
pub(crate) fn of_uploads() -> Vec<Crafted> {
    let opened = |name: &str, change: Value, at: &'static str| field(64, name, &open(&change), at);
    // A chunk up to its bytes, which must come last.
    let chunk = |offset: &str| {
        let [upload, at, bytes] = ["upload", "offset", "bytes"].map(|key| packed(&json!(key)));
        format!("93 42 00 83 {upload} {} {at} {offset} {bytes}", packed(&json!(CONVERSATION)))
    };
    let bytes = |name: &str, hex: &str| raw(name, &format!("{} {hex}", chunk("00")), "bytes");
    vec![
        opened("upload_open without a conversation", json!({"conversation": null}), "conversation"),
        opened("upload_open with a blank in its client_id", json!({"client_id": "a b"}), "client_id"),
        opened("upload_open without a name", json!({"name": null}), "name"),
        opened("upload_open with an empty name", json!({"name": ""}), "name"),
        opened("upload_open with a name of 201 bytes", json!({"name": "x".repeat(201)}), "name"),
        opened("upload_open with a name of two lines", json!({"name": "a\nb"}), "name"),
        opened("upload_open of no bytes", json!({"size": 0}), "size"),
        opened("upload_open of a negative size", json!({"size": -1}), "size"),
        opened("upload_open of half a byte", json!({"size": 0.5}), "size"),
        opened("upload_open without a type", json!({"type": null}), "type"),
        opened("upload_open with an empty type", json!({"type": ""}), "type"),
        opened("upload_open without a sha256", json!({"sha256": null}), "sha256"),
        opened("upload_open with a sha256 of 63 digits", json!({"sha256": SHA256[1..]}), "sha256"),
        opened("upload_open with a sha256 of 65 digits", json!({"sha256": format!("{SHA256}0")}), "sha256"),
        opened("upload_open with a sha256 in capitals", json!({"sha256": SHA256.to_uppercase()}), "sha256"),
        opened("upload_open with a sha256 of letters", json!({"sha256": "g".repeat(64)}), "sha256"),
        bytes("upload_chunk of no bytes", "c4 00"),
        padded(bytes("upload_chunk of 16385 bytes", "c5 40 01"), 0, limit::UPLOAD_CHUNK_BYTES + 1),
        bytes("upload_chunk of a text", "a2 30 30"),
        bytes("upload_chunk of a list of numbers", "92 00 01"),
        bytes("upload_chunk of nil", "c0"),
        raw("upload_chunk at a negative offset", &format!("{} c4 01 00", chunk("ff")), "offset"),
        raw("upload_chunk at half an offset", &format!("{} c4 01 00", chunk("ca 3f 00 00 00")), "offset"),
        field(66, "upload_chunk of nothing", &json!({}), "upload"),
        field(69, "upload_abort of nothing", &json!({}), "upload"),
    ]
}
