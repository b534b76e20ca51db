//! A client as it could be written when version 1 was first described. It holds whatever it is told against the tables
//! of that description, and passes over what is not in them.

use std::collections::BTreeMap;

use protocol::client::{Send, SetAvailability, Watch, Watched};
use protocol::id::ConversationId;
use protocol::value::{AgentAvailability, Content};
use serde_json::{Value, json};
use tests::gateway::TestGateway;
use tests::raw::RawFrame;

use super::{Client, agent_hello, log, text, visitor_hello};
use crate::uploads::{self, PNG};

/// The bodies of the gateway's frames, as they were described first.
const FRAMES: &[(u64, &str)] = &[
    (2, "now: ms, features: [str], limits: Limits, visitor?: VisitorWelcome, agent?: AgentWelcome"),
    (3, ""),
    (4, ""),
    (5, "code: str, retryable: bool, retry_ms: int, text: str, field?: str"),
    (6, "within_ms: int"),
    (7, ""),
    (17, "client_id: str, conversation: Summary"),
    (19, "conversation: id, client_id: str, id: id, at: ms"),
    (20, "conversation: id, id: id, seq?: seq, sender: Participant, client_id: str, at: ms, content: Content"),
    (21, "conversation: id, seq: seq, id: id, sender: Participant, client_id: str, at: ms"),
    (23, "summary: Summary, reset: bool, entries: [Entry], more: bool, read?: [ReadReceipt]"),
    (26, "conversation: id, entries: [Entry], more: bool"),
    (28, "conversation: id, participant: Participant, seq: seq"),
    (33, "conversation: id, participant: Participant, on: bool"),
    (34, "online: bool, agents: [AgentCard]"),
    (49, "conversations: [Summary], next?: InboxPlace"),
    (50, SUMMARY),
];
const SUMMARY: &str = "conversation: id, status: ConversationStatus, visitor: VisitorSummary, department?: id, head: seq, preview?: Preview, visitor_read: seq, agent_read: seq, created_at: ms, updated_at: ms, answers?: [Answer]";
/// What they are made of.
const VALUES: &[(&str, &str)] = &[
    ("Participant", "kind: ParticipantKind, id: id, name?: str"),
    ("Content", "kind: str, text?: str, status?: ConversationStatus"),
    ("Entry", "conversation: id, id: id, seq?: seq, sender: Participant, client_id: str, at: ms, content: Content"),
    ("ReadReceipt", "participant: Participant, seq: seq"),
    ("Summary", SUMMARY),
    ("VisitorSummary", "id: id, name?: str, email?: str"),
    ("Preview", "from: ParticipantKind, text: str"),
    ("Answer", "key: str, value: str"),
    ("InboxPlace", "updated_at: ms, conversation: id"),
    ("Limits", "frame_bytes: int, text_bytes: int, ping_ms: int, silence_ms: int, unstored_sends: int"),
    (
        "VisitorWelcome",
        "visitor: id, name?: str, token?: str, expires_at: ms, settings: WidgetSettings, form: Form, departments: [Department], availability: Availability, conversation?: Summary",
    ),
    ("AgentWelcome", "member: Member, organization: Organization, departments: [Department]"),
    (
        "WidgetSettings",
        "primary_color: str, position: Position, bubble_icon: str, greeting_message: str, offline_message: str, auto_open: bool, auto_open_delay: int, show_agent_avatars: bool, show_typing_indicator: bool",
    ),
    ("Form", "enabled: bool, fields: [FormField]"),
    ("FormField", "key: str, label: str, kind: FormFieldKind, required: bool, options?: [str]"),
    ("Department", "id?: id, name: str"),
    ("Availability", "online: bool, agents: [AgentCard]"),
    ("AgentCard", "id: id, name: str"),
    ("Member", "id: id, name: str, email: str, role: Role"),
    ("Organization", "id: id, name: str"),
];
/// The enumerations whose words were all there would be. Those of kinds of entries and of errors were left open.
const WORDS: &[(&str, &str)] = &[
    ("ParticipantKind", "visitor agent system"),
    ("ConversationStatus", "open pending snoozed resolved"),
    ("FormFieldKind", "text email phone select checkbox textarea"),
    ("Position", "bottom-right bottom-left"),
    ("Role", "owner admin agent"),
];

/// Whether a value is of a type of those tables.
fn fits(kind: &str, value: &Value) -> Result<(), String> {
    let wrong = || Err(format!("{value} is no {kind}"));
    let holds = match kind {
        "id" => value.as_str().is_some_and(|text| text.len() == 36),
        "str" => value.is_string(),
        "bool" => value.is_boolean(),
        "seq" | "ms" | "int" => value.as_u64().is_some_and(|number| number < 1 << 53),
        _ if kind.starts_with('[') => {
            let Some(elements) = value.as_array() else { return wrong() };
            return elements.iter().try_for_each(|element| fits(&kind[1..kind.len() - 1], element));
        }
        _ => match (VALUES.iter().find(|(name, _)| *name == kind), WORDS.iter().find(|(name, _)| *name == kind)) {
            (Some((_, fields)), _) => return has(fields, value).map_err(|error| format!("{kind}: {error}")),
            (None, Some((_, words))) => value.as_str().is_some_and(|word| words.split(' ').any(|one| one == word)),
            (None, None) => panic!("{kind} is in no table"),
        },
    };
    if holds { Ok(()) } else { wrong() }
}

/// Whether a map has the fields of a table's row.
fn has(fields: &str, map: &Value) -> Result<(), String> {
    for field in fields.split(", ").filter(|field| !field.is_empty()) {
        let (name, kind) = field.split_once(": ").expect("a field has a name and a type");
        match map.get(name.trim_end_matches('?')) {
            Some(value) => fits(kind, value).map_err(|error| format!("{name}: {error}"))?,
            None if name.ends_with('?') => {}
            None => return Err(format!("{name} is missing in {map}")),
        }
    }
    Ok(())
}

/// What the old client holds of a conversation: section 8 and 9 of that description, in short.
#[derive(Default)]
struct Log {
    entries: Vec<Value>,
    /// By sender and `client_id`, what is not stored yet; its own as well.
    pending: BTreeMap<(String, String), Value>,
}

fn key(entry: &Value) -> (String, String) {
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    (text(&entry["sender"]["id"]), text(&entry["client_id"]))
}

impl Log {
    fn put(&mut self, entry: Value) {
        let (seq, next) = (entry["seq"].as_u64().expect("a seq"), self.entries.len() as u64 + 1);
        assert!(seq <= next, "a gap: {seq} where {next} should be");
        self.pending.remove(&key(&entry));
        if seq == next {
            self.entries.push(entry);
        }
    }

    fn take(&mut self, frame: &RawFrame) {
        match frame.op {
            23 => frame.body["entries"].as_array().expect("entries").iter().for_each(|entry| self.put(entry.clone())),
            20 if frame.body.get("seq").is_some() => self.put(frame.body.clone()),
            20 => {
                self.pending.insert(key(&frame.body), frame.body.clone());
            }
            21 => {
                if let Some(mut entry) = self.pending.remove(&key(&frame.body)) {
                    entry["seq"] = frame.body["seq"].clone();
                    self.put(entry);
                }
            }
            _ => {}
        }
    }
}

/// The old client.
struct Past {
    client: Client,
    own: Value,
    token: Option<String>,
    log: Log,
}

impl Past {
    async fn open(gateway: &TestGateway, hello: Value) -> Self {
        let mut past = Self { client: Client::open(gateway).await, own: Value::Null, token: None, log: Log::default() };
        let welcome = past.ask(1, hello).await;
        let own = [&welcome.body["visitor"]["visitor"], &welcome.body["agent"]["member"]["id"]];
        past.token = welcome.body["visitor"]["token"].as_str().map(Into::into);
        past.own = own.into_iter().find(|id| id.is_string()).expect("a welcome says who one is").clone();
        past
    }

    /// The next frame that it knows.
    async fn next(&mut self) -> RawFrame {
        loop {
            let frame = self.client.socket.next().await;
            let Some((_, fields)) = FRAMES.iter().find(|(op, _)| *op == frame.op) else {
                assert_eq!(frame.reference, 0, "a reply that nobody knows: {frame:?}");
                continue;
            };
            has(fields, &frame.body).unwrap_or_else(|error| panic!("op {}: {error}", frame.op));
            if frame.op == 3 {
                self.client.socket.say(&json!([4, frame.reference, {}])).await;
            }
            self.log.take(&frame);
            return frame;
        }
    }

    async fn ask(&mut self, op: u64, body: Value) -> RawFrame {
        let reference = self.client.reference();
        self.client.socket.say(&json!([op, reference, body])).await;
        loop {
            let frame = self.next().await;
            if frame.reference == reference {
                return frame;
            }
        }
    }

    async fn until_entries(&mut self, count: usize) {
        while self.log.entries.len() < count {
            self.next().await;
        }
    }

    /// Sends, and keeps what it sent as the outbox does.
    async fn send(&mut self, send: Value) {
        let entry = json!({"sender": {"id": self.own}, "client_id": send["client_id"], "content": send["content"]});
        self.log.pending.insert(key(&entry), entry);
        assert_eq!(self.ask(18, send).await.op, 19);
    }
}

/// Two old clients of either side, and what is new in a conversation comes by.
#[tokio::test(flavor = "multi_thread")]
async fn clients_of_the_first_version_hold_a_conversation_among_new_ones() {
    let gateway = TestGateway::with(&["--ping-seconds", "1"]).await;
    let tenant = gateway.tenant("Shop").await;
    let mut agent = Past::open(&gateway, agent_hello(&tenant)).await;
    let mut visitor = Past::open(&gateway, visitor_hello(&tenant)).await;
    let started = visitor.ask(16, json!({"client_id": "start"})).await;
    let conversation = started.body["conversation"]["conversation"].clone();
    let page = agent.ask(48, json!({})).await;
    assert_eq!(page.body["conversations"][0]["conversation"], conversation);
    assert_eq!(agent.ask(22, json!({"conversation": conversation, "cursor": 0})).await.op, 23);

    visitor.send(text(&conversation, "v1", "Hello")).await;
    visitor.until_entries(1).await;
    agent.until_entries(1).await;
    agent.send(text(&conversation, "a1", "Good day")).await;
    agent.until_entries(2).await;
    visitor.until_entries(2).await;
    agent.client.socket.say(&json!([32, 0, {"conversation": conversation, "on": true}])).await;
    while visitor.next().await.op != 33 {}
    visitor.client.socket.say(&json!([27, 0, {"conversation": conversation, "seq": 2}])).await;
    while agent.next().await.op != 28 {}
    let resolved = json!({"kind": "status", "status": "resolved"});
    agent.send(json!({"conversation": conversation, "client_id": "a2", "content": resolved})).await;
    visitor.until_entries(3).await;
    agent.until_entries(3).await;

    // New ones join in, with kinds and pushes that were not thought of then.
    let id: ConversationId = conversation.as_str().expect("an id").parse().expect("an id");
    let mut tab = gateway.socket().await;
    tab.hello(tests::gateway::visitor_hello(&tenant.widget_key, visitor.token.as_deref()))
        .await
        .expect("a tab of the old visitor's");
    let mut colleague = gateway.agent(&tenant).await;
    reply!(colleague, Watch { what: Watched::Visitors }, Visitors);
    reply!(colleague, SetAvailability { availability: AgentAvailability::Away }, Done);
    let file = uploads::upload(&mut tab, &uploads::announce(id, "u1", PNG), PNG).await;
    for (n, content) in [Content::attachment(file), Content::rating(5, None)].into_iter().enumerate() {
        reply!(tab, Send { conversation: id, client_id: format!("t{n}"), content }, Routed);
    }
    visitor.until_entries(5).await;
    let given = Content::assignment(Some(tenant.owner()));
    reply!(colleague, Send { conversation: id, client_id: "c1".into(), content: given }, Routed);
    reply!(colleague, Send { conversation: id, client_id: "c2".into(), content: Content::note("aside") }, Routed);
    visitor.until_entries(7).await;
    agent.until_entries(7).await;
    // A ping with heads is a ping.
    while visitor.next().await.op != 3 {}
    visitor.send(text(&conversation, "v2", "still here")).await;
    visitor.until_entries(8).await;
    agent.until_entries(8).await;

    let history = agent.ask(25, json!({"conversation": conversation, "before": 9})).await;
    let kinds = ["text", "text", "status", "attachment", "rating", "assignment", "note", "text"];
    let expected: Vec<_> = (1..).zip(kinds).map(|(seq, kind)| (seq, kind.to_owned())).collect();
    for entries in [history.body["entries"].as_array().expect("entries"), &agent.log.entries] {
        assert_eq!(log(entries), expected);
    }
    let hidden = |(seq, kind): (u64, String)| (seq, if kind == "note" { "hidden".to_owned() } else { kind });
    assert_eq!(log(&visitor.log.entries), expected.into_iter().map(hidden).collect::<Vec<_>>());
    assert_eq!(visitor.ask(24, json!({"conversation": conversation})).await.op, 7);
    assert_eq!(visitor.ask(3, json!({})).await.op, 4);
    gateway.stop().await;
}
