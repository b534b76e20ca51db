//! A client of a later version: fields that are not known yet in every map, elements behind the third of every frame,
//! wider numbers than needed, ops and words and features of a time to come.

use serde_json::{Map, Value, json};
use tests::gateway::TestGateway;
use tests::raw::RawFrame;

use super::{Client, agent_hello, is_error, log, text, visitor_hello};

/// Maps whose keys are the site's own: there is no unknown one among them.
const FREE: &[&str] = &["attributes", "properties"];

/// The same with an unknown field in every map.
fn later(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let known = fields.iter().map(|(name, field)| {
                (name.clone(), if FREE.contains(&name.as_str()) { field.clone() } else { later(field) })
            });
            let unknown = ("x_mood".to_owned(), json!({"deep": [1, {"er": null}, -2.5, "…"]}));
            Value::Object(known.chain([unknown]).collect::<Map<_, _>>())
        }
        Value::Array(elements) => elements.iter().map(later).collect(),
        other => other.clone(),
    }
}

fn packed(value: &Value) -> Vec<u8> {
    rmp_serde::to_vec(value).expect("JSON's values are MessagePack's")
}

impl Client {
    /// Says something as it will be said one day.
    async fn say_later(&mut self, op: u16, reference: u64, body: Value) {
        self.say_body_later(op, reference, &packed(&later(&body))).await;
    }

    /// The same, of a body that JSON cannot say.
    async fn say_body_later(&mut self, op: u16, reference: u64, body: &[u8]) {
        // An array of five with its length, the op and the ref written as wide as they can be.
        let mut message = vec![0xdd, 0, 0, 0, 5, 0xcf];
        message.extend(u64::from(op).to_be_bytes());
        message.push(0xcf);
        message.extend(reference.to_be_bytes());
        message.extend(body);
        for element in [json!({"trace": "0af7"}), json!([1, 2, 3])] {
            message.extend(packed(&element));
        }
        self.socket.say_bytes(&message).await;
    }

    /// A part of a file: a map of four, one of which is unknown, with its bytes as MessagePack's `bin`.
    async fn chunk_later(&mut self, upload: &Value, bytes: &[u8]) {
        let length = u16::try_from(bytes.len()).expect("a chunk is short").to_be_bytes();
        let mut body = vec![0x84];
        for (name, value) in [("upload", upload.clone()), ("codec", json!("zstd")), ("offset", json!(0))] {
            body.extend([packed(&json!(name)), packed(&value)].concat());
        }
        body.extend([packed(&json!("bytes")), vec![0xc5], length.to_vec(), bytes.to_vec()].concat());
        self.say_body_later(66, 0, &body).await;
    }

    /// Asks, and waits for the reply. Pushes meanwhile are passed over.
    async fn ask_later(&mut self, op: u16, body: Value) -> RawFrame {
        let reference = self.reference();
        self.say_later(op, reference, body).await;
        self.until(|frame| frame.reference == reference).await
    }

    async fn until(&mut self, wanted: impl Fn(&RawFrame) -> bool) -> RawFrame {
        loop {
            let frame = self.socket.next().await;
            if wanted(&frame) {
                return frame;
            }
        }
    }

    async fn push(&mut self, op: u64) -> RawFrame {
        self.until(|frame| frame.op == op && frame.reference == 0).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_from_later_holds_a_whole_conversation() {
    let gateway = TestGateway::start().await;
    let tenant = gateway.tenant("Shop").await;
    let mut visitor = Client::open(&gateway).await;
    let refused = visitor.ask_later(1, json!({"role": "oracle", "widget_key": tenant.widget_key})).await;
    is_error(&refused, "bad_field", Some("role"));
    let mut hello = visitor_hello(&tenant);
    hello["features"] = json!(["uploads", "telepathy"]);
    hello["page"] = json!({"url": "https://shop.example/ferns"});
    let welcome = visitor.ask_later(1, hello).await;
    assert_eq!(welcome.op, 2, "{welcome:?}");
    assert!(welcome.body["features"].as_array().is_some_and(|all| all.iter().all(|name| name != "telepathy")));
    let mut agent = Client::open(&gateway).await;
    assert_eq!(agent.ask_later(1, agent_hello(&tenant)).await.op, 2);

    let started = visitor.ask_later(16, json!({"client_id": "start", "answers": []})).await;
    let conversation = started.body["conversation"]["conversation"].clone();
    assert_eq!(started.op, 17, "{started:?}");
    let page = agent.ask_later(48, json!({"limit": 10})).await;
    assert_eq!((page.op, &page.body["conversations"][0]["conversation"]), (49, &conversation));
    assert_eq!(agent.ask_later(22, json!({"conversation": conversation, "cursor": 0})).await.op, 23);

    assert_eq!(visitor.ask_later(18, text(&conversation, "v1", "Ferns?")).await.op, 19);
    assert_eq!(agent.push(20).await.body["content"], json!({"kind": "text", "text": "Ferns?"}));
    for side in [&mut visitor, &mut agent] {
        assert_eq!(side.push(21).await.body["seq"], 1);
    }
    let note = json!({"conversation": conversation, "client_id": "a1", "content": {"kind": "note", "text": "regular"}});
    assert_eq!(agent.ask_later(18, note).await.op, 19);
    assert_eq!(visitor.push(20).await.body["content"], json!({"kind": "hidden"}));
    assert_eq!(agent.push(21).await.body["seq"], 2);
    // Without a ref, as pushes of its own.
    agent.say_later(32, 0, json!({"conversation": conversation, "on": true})).await;
    assert_eq!(visitor.push(33).await.body["on"], true);
    visitor.say_later(27, 0, json!({"conversation": conversation, "seq": 2})).await;
    assert_eq!(agent.push(28).await.body["seq"], 2);
    let history = visitor.ask_later(25, json!({"conversation": conversation, "before": 3})).await;
    let entries = history.body["entries"].as_array().expect("entries");
    assert_eq!(log(entries), [(1, "text".into()), (2, "hidden".into())]);
    assert_eq!(visitor.ask_later(24, json!({"conversation": conversation})).await.op, 7);
    assert_eq!(visitor.ask_later(3, json!({})).await.op, 4);
    gateway.stop().await;
}

/// What is there besides talking: who one is, what one looks at, who is there, lists, files.
#[tokio::test(flavor = "multi_thread")]
async fn a_client_from_later_does_all_else_as_well() {
    let gateway = TestGateway::start().await;
    let tenant = gateway.tenant("Shop").await;
    let mut visitor = Client::open(&gateway).await;
    let welcome = visitor.ask_later(1, visitor_hello(&tenant)).await;
    let own = &welcome.body["visitor"]["visitor"];
    let started = visitor.ask_later(16, json!({"client_id": "start"})).await;
    let conversation = &started.body["conversation"]["conversation"];
    let mut agent = Client::open(&gateway).await;
    agent.ask_later(1, agent_hello(&tenant)).await;

    let attributes = json!({"plan": "gold", "visits": 12, "balance": -3.5, "trial": false});
    let identified = visitor.ask_later(10, json!({"external_id": "shop-7", "attributes": attributes})).await;
    assert_eq!((identified.op, &identified.body["visitor"]), (11, own));
    for (op, body) in [
        (12, json!({"name": "Ada", "attributes": {"trial": null}})),
        (13, json!({"url": "https://shop.example/ferns"})),
        (14, json!({"name": "viewed", "properties": {"sku": "fern-3"}})),
    ] {
        assert_eq!(visitor.ask_later(op, body).await.op, 7, "{op}");
    }
    let profile = agent.ask_later(58, json!({"visitor": own})).await;
    let noted = json!({"plan": "gold", "visits": 12, "balance": -3.5});
    assert_eq!(
        (profile.op, &profile.body["attributes"], &profile.body["visitor"]["name"]),
        (59, &noted, &json!("Ada"))
    );
    let watched = agent.ask_later(53, json!({"what": "visitors"})).await;
    assert_eq!((watched.op, &watched.body["visitors"][0]["visitor"]["id"]), (55, own));
    assert_eq!(agent.ask_later(54, json!({"what": "visitors"})).await.op, 7);
    agent.say_later(35, 0, json!({"availability": "away"})).await;
    assert_eq!(agent.push(36).await.body["availability"], "away");
    let known = json!([{"conversation": conversation, "head": 7, "agent_read": 0}]);
    let changes = agent.ask_later(51, json!({"known": known})).await;
    assert_eq!((changes.op, &changes.body["changed"][0]["conversation"]), (52, conversation));

    let bytes = b"a file of a later version";
    let sha256 = protocol::connection::upload::sha256(bytes);
    let open = json!({
        "conversation": conversation, "client_id": "u1", "name": "later.txt",
        "size": bytes.len(), "type": "text/plain", "sha256": sha256,
    });
    let ready = visitor.ask_later(64, open).await;
    assert_eq!(ready.op, 65, "{ready:?}");
    visitor.chunk_later(&ready.body["upload"], bytes).await;
    let done = visitor.push(68).await;
    let content = json!({"kind": "attachment", "attachment": {"id": done.body["attachment"]["id"]}});
    let sent = json!({"conversation": conversation, "client_id": "v1", "content": content});
    assert_eq!(visitor.ask_later(18, sent).await.op, 19);
    assert_eq!(visitor.push(21).await.body["seq"], 1);
    is_error(&visitor.ask_later(69, json!({"upload": ready.body["upload"]})).await, "conflict", None);
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_known_yet_is_answered_and_the_socket_goes_on() {
    let gateway = TestGateway::start().await;
    let tenant = gateway.tenant("Shop").await;
    let mut visitor = Client::open(&gateway).await;
    visitor.ask_later(1, visitor_hello(&tenant)).await;
    let started = visitor.ask_later(16, json!({"client_id": "start"})).await;
    let conversation = &started.body["conversation"]["conversation"];
    let mut agent = Client::open(&gateway).await;
    agent.ask_later(1, agent_hello(&tenant)).await;

    for op in [0, 70, 999, 65_535] {
        is_error(&agent.ask_later(op, json!({"what": "ever"})).await, "unsupported", None);
        agent.say_later(op, 0, json!({"what": "ever"})).await;
        is_error(&agent.until(|frame| frame.op == 5).await, "unsupported", None);
    }
    // Words of enumerations, wherever a client may say one.
    let send = |content: Value| json!({"conversation": conversation, "client_id": "a", "content": content});
    for (op, body, field) in [
        (18, send(json!({"kind": "hologram", "text": "x"})), "content.kind"),
        (18, send(json!({"kind": "status", "status": "haunted"})), "content.status"),
        (35, json!({"availability": "siesta"}), "availability"),
        (48, json!({"status": "haunted"}), "status"),
        (53, json!({"what": "weather"}), "what"),
        (54, json!({"what": "weather"}), "what"),
    ] {
        is_error(&agent.ask_later(op, body).await, "bad_field", Some(field));
    }
    assert_eq!(agent.ask_later(18, text(conversation, "still", "here")).await.op, 19);
    gateway.stop().await;
}
