//! One frame or more of each op, with all their fields and with none that may be left out.

use protocol::client::*;
use protocol::code::ErrorCode;
use protocol::frame::{Error, Op};
use protocol::id::*;
use protocol::server::*;
use protocol::value::*;
use serde::Serialize;

/// A frame with the text that its vector shows.
pub(crate) struct Sample {
    pub(crate) name: &'static str,
    pub(crate) op: Op,
    pub(crate) reference: u32,
    pub(crate) json: String,
    pub(crate) bytes: Vec<u8>,
}

fn client<B: Serialize + Clone + Into<ClientFrame>>(name: &'static str, reference: u32, body: B) -> Sample {
    let json = serde_json::to_string(&body).unwrap();
    let frame: ClientFrame = body.into();
    Sample { name, op: frame.op(), reference, json, bytes: frame.encode(reference).to_vec() }
}

fn gateway<B: Serialize + Clone + Into<ServerFrame>>(name: &'static str, reference: u32, body: B) -> Sample {
    let json = serde_json::to_string(&body).unwrap();
    let frame: ServerFrame = body.into();
    Sample { name, op: frame.op(), reference, json, bytes: frame.encode(reference).to_vec() }
}

fn id<T: std::str::FromStr<Err: std::fmt::Debug>>(last: u16) -> T {
    format!("0198c5a0-7b00-7d3e-9a41-00000000{last:04x}").parse().unwrap()
}

const AT: Millis = 1_755_500_000_000;
/// The greatest integer that every language's numbers hold.
const MOST: u64 = (1 << 53) - 1;

fn conversation() -> ConversationId {
    id(1)
}

fn ada() -> Participant {
    Participant { kind: ParticipantKind::Visitor, id: id(0xa), name: Some("Ada".into()) }
}

fn grace() -> Participant {
    Participant { kind: ParticipantKind::Agent, id: id(0xaa), name: Some("Grace Höpper".into()) }
}

fn nobody() -> Participant {
    Participant { kind: ParticipantKind::Visitor, id: id(0xa), name: None }
}

fn entry(seq: Option<Seq>, sender: Participant, content: Content) -> Entry {
    Entry { conversation: conversation(), id: id(0xe1), seq, sender, client_id: "m-1".into(), at: AT, content }
}

fn bare_summary() -> Summary {
    Summary {
        conversation: conversation(),
        status: ConversationStatus::Open,
        visitor: VisitorSummary { id: id(0xa), name: None, email: None },
        department: None,
        head: 0,
        preview: None,
        visitor_read: 0,
        agent_read: 0,
        created_at: AT,
        updated_at: AT,
        answers: vec![],
    }
}

fn summary() -> Summary {
    Summary {
        status: ConversationStatus::Pending,
        visitor: VisitorSummary { id: id(0xa), name: Some("Ada".into()), email: Some("ada@example.org".into()) },
        department: Some(id(0xd1)),
        head: 300,
        preview: Some(Preview { from: ParticipantKind::Agent, text: "Grüße — 你好 👋".into() }),
        visitor_read: 127,
        agent_read: 128,
        updated_at: AT + 70_000,
        answers: vec![Answer { key: "name".into(), value: "Ada".into() }],
        ..bare_summary()
    }
}

pub(crate) fn client_frames() -> Vec<Sample> {
    let cursor = |last, cursor| Cursor { conversation: id(last), cursor };
    let visitor = Hello {
        role: HelloRole::Visitor,
        widget_key: Some("wk_demo".into()),
        token: None,
        features: vec![],
        agent: None,
        page: None,
        resume: vec![],
    };
    let page = Page {
        url: Some("https://shop.example/?q=tea".into()),
        title: Some("Tea – Shop".into()),
        referrer: Some("https://search.example/".into()),
    };
    let agent = Hello { role: HelloRole::Agent, widget_key: None, ..visitor.clone() };
    let full = Hello {
        token: Some("c2Vzc2lvbg".into()),
        features: vec!["uploads".into()],
        agent: Some("widget/0.1.0".into()),
        page: Some(page),
        resume: vec![cursor(1, Some(0)), cursor(2, Some(70_000)), cursor(3, None)],
        ..visitor.clone()
    };
    let send = |content| Send { conversation: conversation(), client_id: "m-1".into(), content };
    let start = Start { client_id: "c-1".into(), department: None, answers: vec![] };
    let answers = ["name", "email"].map(|key| Answer { key: key.into(), value: format!("{key} é") });
    let inbox = Inbox {
        status: Some(ConversationStatus::Open),
        after: Some(InboxPlace { updated_at: AT, conversation: conversation() }),
        limit: Some(100),
    };
    let history = History { conversation: conversation(), before: 51, limit: None };
    vec![
        client("hello: a new visitor", 1, visitor.clone()),
        client("hello: a visitor, all fields", 1, full),
        client("hello: a page without fields", 1, Hello { page: Some(Page::default()), ..visitor }),
        client("hello: an agent with a cookie", 1, agent.clone()),
        client("hello: an agent with a token", 1, Hello { token: Some("bG9naW4".into()), ..agent }),
        client("ping", 7, Ping::default()),
        client("ping: no ref", 0, Ping::default()),
        client("pong", 0, Pong {}),
        client("start: nothing but a client_id", 2, start.clone()),
        client("start: all fields", 2, Start { department: Some(id(0xd1)), answers: answers.to_vec(), ..start }),
        client("send: a text", 3, send(Content::text("Hello"))),
        client("send: a text of 32 bytes, where fixstr ends", 4, send(Content::text("0123456789abcdef".repeat(2)))),
        client("send: a text of 300 bytes", 5, send(Content::text("Grüße ".repeat(37) + "0123"))),
        client("send: a note", 255, send(Content::note("Calls back\non Monday"))),
        client("send: resolved", 256, send(Content::status(ConversationStatus::Resolved))),
        client("send: opened again", 65_536, send(Content::status(ConversationStatus::Open))),
        client("follow: from a cursor", 128, Follow { conversation: conversation(), cursor: Some(300) }),
        client("follow: from the first entry", 127, Follow { conversation: conversation(), cursor: Some(0) }),
        client("follow: the latest page", u32::MAX, Follow { conversation: conversation(), cursor: None }),
        client("unfollow", 6, Unfollow { conversation: conversation() }),
        client("history: all fields", 8, History { limit: Some(20), ..history }),
        client("history: no limit", 8, history),
        client("read", 0, Read { conversation: conversation(), seq: MOST }),
        client("typing: on", 0, Typing { conversation: conversation(), on: true }),
        client("typing: off", 0, Typing { conversation: conversation(), on: false }),
        client("inbox: the first page", 9, Inbox::default()),
        client("inbox: all fields", 9, inbox.clone()),
        client("inbox: snoozed", 9, Inbox { status: Some(ConversationStatus::Snoozed), ..Inbox::default() }),
    ]
}

pub(crate) fn server_frames() -> Vec<Sample> {
    let mut all = welcomes();
    let stored =
        Stored { conversation: conversation(), seq: 1, id: id(0xe1), sender: ada(), client_id: "m-1".into(), at: AT };
    let replay = Replay { summary: bare_summary(), reset: false, entries: vec![], more: false, read: vec![] };
    let entries = vec![
        entry(Some(1), ada(), Content::text("Hello")),
        entry(Some(2), nobody(), Content::hidden()),
        entry(Some(3), grace(), Content::status(ConversationStatus::Resolved)),
    ];
    let read = vec![ReadReceipt { participant: ada(), seq: 3 }, ReadReceipt { participant: grace(), seq: 2 }];
    let note = Content::note("Calls back on Monday");
    let error = |code, text: &str| Error::new(code, text);
    let of = |field: &str, rule: &str| Error::from(FieldError::new(field, rule));
    let card = AgentCard { id: id(0xaa), name: "Grace".into() };
    let history = HistoryPage { conversation: conversation(), entries: vec![], more: false };
    let page = InboxPage { conversations: vec![], next: None };
    let next = InboxPlace { updated_at: AT, conversation: conversation() };
    let routed = Routed { conversation: conversation(), client_id: "m-1".into(), id: id(0xe1), at: AT };
    let system = Participant { kind: ParticipantKind::System, id: id(0xf), name: None };
    let by = |participant, seq| ReadBy { conversation: conversation(), participant, seq };
    let typing = |on| TypingBy { conversation: conversation(), participant: grace(), on };
    all.extend([
        gateway("ping", 0, Ping::default()),
        gateway("pong", 7, Pong {}),
        gateway("error: of a request", 3, error(ErrorCode::NotFound, "no such conversation")),
        gateway("error: of no request", 0, error(ErrorCode::BadFrame, "the message ends inside a frame")),
        gateway("error: a field", 3, of("content.text", "must not be empty")),
        gateway("error: wait", 3, error(ErrorCode::RateLimited, "too many sends").retry_after(2_500)),
        gateway("goaway", 0, Goaway { within_ms: 30_000 }),
        gateway("ok", 6, Done {}),
        gateway("started", 2, Started { client_id: "c-1".into(), conversation: bare_summary() }),
        gateway(
            "started: all of the summary's fields",
            2,
            Started { client_id: "c-1".into(), conversation: summary() },
        ),
        gateway("routed", 3, routed),
        gateway("entry: pending", 0, entry(None, ada(), Content::text("Hello"))),
        gateway("entry: stored", 0, entry(Some(65_535), grace(), Content::text("Hi\nAda"))),
        gateway("entry: a note, for agents", 0, entry(Some(128), grace(), note)),
        gateway("entry: hidden, for visitors", 0, entry(Some(128), nobody(), Content::hidden())),
        gateway(
            "entry: a status, from the system",
            0,
            entry(Some(4), system, Content::status(ConversationStatus::Open)),
        ),
        gateway("stored", 0, stored.clone()),
        gateway("stored: far on, by somebody without a name", 0, Stored { seq: 1 << 32, sender: nobody(), ..stored }),
        gateway("replay: nothing new", 1, replay.clone()),
        gateway(
            "replay: a page of several",
            1,
            Replay { summary: summary(), entries: entries.clone(), more: true, ..replay },
        ),
        gateway(
            "replay: the last page of a reset, all fields",
            1,
            Replay { summary: summary(), reset: true, entries: entries.clone(), more: false, read },
        ),
        gateway("history_page", 8, HistoryPage { entries, more: true, ..history.clone() }),
        gateway("history_page: nothing", 8, history),
        gateway("read_by", 0, by(ada(), 3)),
        gateway("read_by: by somebody without a name", 0, by(nobody(), 256)),
        gateway("typing_by: on", 0, typing(true)),
        gateway("typing_by: off", 0, typing(false)),
        gateway("availability: online", 0, Availability { online: true, agents: vec![card] }),
        gateway("availability: nobody", 0, Availability::default()),
        gateway("inbox_page: the last", 9, page.clone()),
        gateway(
            "inbox_page: all fields",
            9,
            InboxPage { conversations: vec![summary(), bare_summary()], next: Some(next) },
        ),
        gateway("summary", 0, bare_summary()),
        gateway("summary: all fields", 0, summary()),
        gateway("summary: snoozed", 0, Summary { status: ConversationStatus::Snoozed, ..bare_summary() }),
    ]);
    all
}

fn welcomes() -> Vec<Sample> {
    let limits =
        Limits { frame_bytes: 65_536, text_bytes: 16_384, ping_ms: 25_000, silence_ms: 60_000, unstored_sends: 256 };
    let settings = WidgetSettings {
        primary_color: "#3B82F6".into(),
        position: Position::BottomRight,
        bubble_icon: "chat".into(),
        greeting_message: "How can we help?".into(),
        offline_message: "We are away.".into(),
        auto_open: false,
        auto_open_delay: 5,
        show_agent_avatars: true,
        show_typing_indicator: true,
    };
    let kinds = [
        FormFieldKind::Text,
        FormFieldKind::Email,
        FormFieldKind::Phone,
        FormFieldKind::Select,
        FormFieldKind::Checkbox,
        FormFieldKind::Textarea,
    ];
    let field = |(at, kind): (usize, FormFieldKind)| {
        let options = if kind == FormFieldKind::Select { vec!["Tea".into(), "Coffee".into()] } else { vec![] };
        FormField { key: format!("field_{at}"), label: format!("Field {at}"), kind, required: at < 2, options }
    };
    let fields = kinds.into_iter().enumerate().map(field).collect();
    let visitor = VisitorWelcome {
        visitor: id(0xa),
        name: None,
        token: None,
        expires_at: AT + 2_592_000_000,
        settings: settings.clone(),
        form: Form::default(),
        departments: vec![],
        availability: Availability::default(),
        conversation: None,
    };
    let departments = vec![Department { id: Some(id(0xd1)), name: "Sales".into() }];
    let full = VisitorWelcome {
        name: Some("Ada".into()),
        token: Some("c2Vzc2lvbg".into()),
        settings: WidgetSettings {
            position: Position::BottomLeft,
            auto_open: true,
            auto_open_delay: 3_600,
            ..settings
        },
        form: Form { enabled: true, fields },
        departments: departments.clone(),
        availability: Availability { online: true, agents: vec![AgentCard { id: id(0xaa), name: "Grace".into() }] },
        conversation: Some(Summary { answers: vec![], ..summary() }),
        ..visitor.clone()
    };
    let agent = |role, departments| AgentWelcome {
        member: Member { id: id(0xaa), name: "Grace".into(), email: "grace@example.org".into(), role },
        organization: Organization { id: id(0xf), name: "Shop".into() },
        departments,
    };
    let of = |visitor, agent| Welcome { now: AT, features: vec![], limits: limits.clone(), visitor, agent };
    vec![
        gateway("welcome: a visitor", 1, of(Some(visitor), None)),
        gateway(
            "welcome: a visitor, all fields",
            1,
            Welcome { features: vec!["uploads".into()], ..of(Some(full), None) },
        ),
        gateway("welcome: an agent", 1, of(None, Some(agent(Role::Agent, departments)))),
        gateway("welcome: an owner", 1, of(None, Some(agent(Role::Owner, vec![])))),
        gateway("welcome: an admin", 1, of(None, Some(agent(Role::Admin, vec![])))),
    ]
}
