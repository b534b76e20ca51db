//! What a gateway says, but for its welcomes.

use protocol::client::InboxPlace;
use protocol::code::ErrorCode;
use protocol::frame::Error;
use protocol::server::*;
use protocol::value::*;

use crate::samples::{AT, Sample, attributes, bare_visitor, conversation, file, gateway, id, page, summary_of_visitor};
use crate::welcomes::welcomes;

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

pub(crate) fn bare_summary() -> Summary {
    Summary {
        conversation: conversation(),
        status: ConversationStatus::Open,
        visitor: bare_visitor(),
        department: None,
        assignee: None,
        priority: Priority::None,
        rating: None,
        head: 0,
        preview: None,
        visitor_read: 0,
        agent_read: 0,
        created_at: AT,
        updated_at: AT,
        answers: vec![],
    }
}

pub(crate) fn summary() -> Summary {
    Summary {
        status: ConversationStatus::Pending,
        visitor: summary_of_visitor(),
        department: Some(id(0xd1)),
        assignee: Some(id(0xaa)),
        priority: Priority::High,
        rating: Some(4),
        head: 300,
        preview: Some(Preview { from: ParticipantKind::Agent, text: "Grüße — 你好 👋".into() }),
        visitor_read: 127,
        agent_read: 128,
        updated_at: AT + 70_000,
        answers: vec![Answer { key: "name".into(), value: "Ada".into() }],
        ..bare_summary()
    }
}

pub(crate) fn server_frames() -> Vec<Sample> {
    let mut all = welcomes();
    all.extend(signals());
    all.extend(logs());
    all.extend(people());
    all.extend(inboxes());
    all.extend(found());
    all.extend(uploads());
    all
}

fn signals() -> Vec<Sample> {
    let error = |code, text: &str| Error::new(code, text);
    let of = |field: &str, rule: &str| Error::from(FieldError::new(field, rule));
    let full = Error { conversation: Some(conversation()), upload: Some(id(0xf1)), ..of("offset", "must be 16384") };
    let heads = vec![
        Head { conversation: conversation(), head: 300 },
        Head { conversation: id(2), head: 0 },
        Head { conversation: id(3), head: 1 << 40 },
    ];
    let throttle = |scope| Throttle { scope, retry_ms: 2_500 };
    let mut all = vec![
        gateway("ping", 0, Ping::default()),
        gateway("ping: with heads", 0, Ping { heads }),
        gateway("pong", 7, Pong {}),
        gateway("error: of a request", 3, error(ErrorCode::NotFound, "no such conversation")),
        gateway("error: of no request", 0, error(ErrorCode::BadFrame, "the message ends inside a frame")),
        gateway("error: a field", 3, of("content.text", "must not be empty")),
        gateway("error: wait", 3, error(ErrorCode::RateLimited, "too many sends").retry_after(2_500)),
        gateway("error: of one of several", 1, error(ErrorCode::NotFound, "not there").about(conversation())),
        gateway("error: the end of an upload", 0, error(ErrorCode::Conflict, "goes on elsewhere").of_upload(id(0xf1))),
        gateway("error: all fields", 0, full),
    ];
    let each = |&code: &ErrorCode| gateway(&format!("error: {}", code.as_str()), 3, error(code, "in a few words"));
    all.extend(ErrorCode::ALL.iter().map(each));
    all.extend([
        gateway("goaway", 0, Goaway { within_ms: 30_000 }),
        gateway("ok", 6, Done {}),
        gateway("throttle: the session", 0, throttle(Scope::Session)),
        gateway("throttle: the address", 0, throttle(Scope::Address)),
        gateway("throttle: the organization", 0, throttle(Scope::Organization)),
    ]);
    all
}

fn logs() -> Vec<Sample> {
    let stored =
        Stored { conversation: conversation(), seq: 1, id: id(0xe1), sender: ada(), client_id: "m-1".into(), at: AT };
    let replay = Replay { summary: bare_summary(), reset: false, entries: vec![], more: false, read: vec![] };
    let grace_has = Content {
        assignment: Some(Assignment { member: Some(id(0xaa)), name: Some("Grace".into()) }),
        ..Content::assignment(None)
    };
    let entries = vec![
        entry(Some(1), ada(), Content::text("Hello")),
        entry(Some(2), nobody(), Content::hidden()),
        entry(Some(3), grace(), grace_has.clone()),
        entry(Some(4), ada(), Content::attachment(file())),
        entry(Some(5), grace(), Content::status(ConversationStatus::Resolved)),
        entry(Some(6), ada(), Content::rating(5, Some("Quick!".into()))),
        entry(Some(7), grace(), Content::priority(Priority::Urgent)),
    ];
    let read = vec![ReadReceipt { participant: ada(), seq: 6 }, ReadReceipt { participant: grace(), seq: 2 }];
    let history = HistoryPage { conversation: conversation(), entries: vec![], more: false };
    let routed = Routed { conversation: conversation(), client_id: "m-1".into(), id: id(0xe1), at: AT };
    let system = Participant { kind: ParticipantKind::System, id: id(0xf), name: None };
    let by = |participant, seq| ReadBy { conversation: conversation(), participant, seq };
    let typing = |participant, on, draft: Option<&str>| TypingBy {
        conversation: conversation(),
        participant,
        on,
        draft: draft.map(Into::into),
    };
    vec![
        gateway("started", 2, Started { client_id: "c-1".into(), conversation: bare_summary() }),
        gateway(
            "started: all of the summary's fields",
            2,
            Started { client_id: "c-1".into(), conversation: summary() },
        ),
        gateway("routed", 3, routed),
        gateway("entry: pending", 0, entry(None, ada(), Content::text("Hello"))),
        gateway("entry: stored", 0, entry(Some(65_535), grace(), Content::text("Hi\nAda"))),
        gateway("entry: a note, for agents", 0, entry(Some(128), grace(), Content::note("Calls back on Monday"))),
        gateway("entry: hidden, for visitors", 0, entry(Some(128), nobody(), Content::hidden())),
        gateway("entry: an attachment", 0, entry(Some(129), ada(), Content::attachment(file()))),
        gateway("entry: assigned", 0, entry(Some(130), grace(), grace_has)),
        gateway("entry: assigned to nobody", 0, entry(Some(131), grace(), Content::assignment(None))),
        gateway("entry: a rating", 0, entry(Some(132), ada(), Content::rating(1, None))),
        gateway("entry: a priority, for agents", 0, entry(Some(133), grace(), Content::priority(Priority::None))),
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
        gateway("typing_by: on", 0, typing(grace(), true, None)),
        gateway("typing_by: off", 0, typing(grace(), false, None)),
        gateway("typing_by: all fields, for agents", 0, typing(ada(), true, Some("Do you ha"))),
    ]
}

fn people() -> Vec<Sample> {
    let card = AgentCard { id: id(0xaa), name: "Grace".into() };
    let grace =
        Colleague { id: id(0xaa), name: "Grace".into(), availability: AgentAvailability::Online, present: true };
    let gone = Colleague { availability: AgentAvailability::Away, present: false, ..grace.clone() };
    let identified = Identified { visitor: id(0xa), verified: false, name: None, conversation: None };
    let known =
        Identified { verified: true, name: Some("Ada".into()), conversation: Some(summary()), ..identified.clone() };
    let bare = LiveVisitor { visitor: bare_visitor(), page: None, since: AT, conversation: None };
    let live = LiveVisitor {
        visitor: summary_of_visitor(),
        page: Some(page()),
        conversation: Some(conversation()),
        ..bare.clone()
    };
    let profile = VisitorProfile {
        visitor: bare_visitor(),
        phone: None,
        external_id: None,
        attributes: Attributes::new(),
        browser: None,
        created_at: AT,
        pages: vec![],
        events: vec![],
    };
    let browser = Browser {
        ip_address: Some("2001:db8::7".into()),
        user_agent: Some("Mozilla/5.0".into()),
        device_type: Some("desktop".into()),
        browser: Some("Firefox 128".into()),
        os: Some("Linux".into()),
        country: Some("AT".into()),
        city: Some("Sankt Pölten".into()),
        referrer: Some("https://search.example/".into()),
        last_seen_at: AT,
    };
    let event = |name: &str, properties| TrackedEvent { at: AT, name: name.into(), properties };
    let full = VisitorProfile {
        visitor: summary_of_visitor(),
        phone: Some("+43 1 5550100".into()),
        external_id: Some("shop-7".into()),
        attributes: attributes(),
        browser: Some(browser),
        pages: vec![PageView { at: AT, page: page() }, PageView { at: AT - 1, page: Default::default() }],
        events: vec![event("cart: filled", attributes()), event("signup", Attributes::new())],
        ..profile.clone()
    };
    let seen_only = Browser { last_seen_at: AT, ..Browser::default() };
    vec![
        gateway("identified: not verified", 10, identified),
        gateway("identified: all fields", 10, known),
        gateway("availability: online", 0, Availability { online: true, agents: vec![card] }),
        gateway("availability: nobody", 0, Availability::default()),
        gateway("presence: here and online", 0, grace),
        gateway("presence: away and gone", 0, gone),
        gateway("visitors", 20, Visitors { visitors: vec![live.clone(), bare.clone()], total: 1_000 }),
        gateway("visitors: nobody", 20, Visitors { visitors: vec![], total: 0 }),
        gateway("live_visitor: nothing known", 0, bare),
        gateway("live_visitor: all fields", 0, live),
        gateway("visitor_left", 0, VisitorLeft { visitor: id(0xa) }),
        gateway("visitor_profile: nothing known", 22, profile.clone()),
        gateway(
            "visitor_profile: a browser of which nothing is known",
            22,
            VisitorProfile { browser: Some(seen_only), ..profile },
        ),
        gateway("visitor_profile: all fields", 22, full),
    ]
}

fn inboxes() -> Vec<Sample> {
    let page = InboxPage { conversations: vec![], next: None, counts: None };
    let none = InboxCounts { resolved: 70_000, ..InboxCounts::default() };
    let counts = InboxCounts {
        open: 12,
        pending: 3,
        snoozed: 1,
        mine: 4,
        unassigned: 2,
        departments: vec![DepartmentCount { department: id(0xd1), open: 7 }],
        ..none.clone()
    };
    let next = InboxPlace { updated_at: AT, conversation: conversation() };
    vec![
        gateway("inbox_page: the last", 9, page.clone()),
        gateway("inbox_page: nothing open", 9, InboxPage { counts: Some(none), ..page }),
        gateway(
            "inbox_page: all fields",
            9,
            InboxPage { conversations: vec![summary(), bare_summary()], next: Some(next), counts: Some(counts) },
        ),
        gateway("summary", 0, bare_summary()),
        gateway("summary: all fields", 0, summary()),
        gateway("summary: snoozed", 0, Summary { status: ConversationStatus::Snoozed, ..bare_summary() }),
        gateway("inbox_changes: none", 19, InboxChanges::default()),
        gateway(
            "inbox_changes",
            19,
            InboxChanges { changed: vec![bare_summary(), summary()], gone: vec![id(3), id(4)], more: true },
        ),
    ]
}

fn found() -> Vec<Sample> {
    let part = |text: &str, found| SnippetPart { text: text.into(), found };
    let hit = SearchHit {
        conversation: conversation(),
        visitor: summary_of_visitor(),
        status: ConversationStatus::Open,
        seq: 300,
        at: AT,
        sender: ada(),
        kind: EntryKind::Text,
        snippet: vec![part("The ", false), part("größte", true), part(" tea", false)],
    };
    let note = SearchHit {
        visitor: bare_visitor(),
        status: ConversationStatus::Resolved,
        seq: 1,
        sender: grace(),
        kind: EntryKind::Note,
        snippet: vec![part("tea", true)],
        ..hit.clone()
    };
    let file = SearchHit { sender: nobody(), kind: EntryKind::Attachment, snippet: vec![], ..hit.clone() };
    let rating = SearchHit { seq: 2, kind: EntryKind::Rating, ..hit.clone() };
    let next = SearchPlace { at: AT, conversation: conversation(), seq: 1 };
    let contact = Contact {
        visitor: summary_of_visitor(),
        phone: Some("+43 1 5550100".into()),
        external_id: Some("shop-7".into()),
        created_at: AT,
    };
    let bare = Contact { visitor: bare_visitor(), phone: None, external_id: None, created_at: AT - 1 };
    let place = ContactPlace { created_at: AT - 1, visitor: id(0xa) };
    vec![
        gateway("search_page: nothing", 25, SearchPage { hits: vec![], next: None }),
        gateway("search_page: all fields", 25, SearchPage { hits: vec![hit, file, rating, note], next: Some(next) }),
        gateway("contacts_page: nobody", 26, ContactsPage { contacts: vec![], next: None }),
        gateway("contacts_page: all fields", 26, ContactsPage { contacts: vec![contact, bare], next: Some(place) }),
        gateway("gone", 0, Gone { conversation: conversation() }),
    ]
}

fn uploads() -> Vec<Sample> {
    let ready = UploadReady { client_id: "u-1".into(), upload: id(0xf1), offset: 0, credit: 32_768 };
    let credit = UploadCredit { upload: id(0xf1), offset: 49_152, credit: 65_536 };
    vec![
        gateway("upload_ready: from the first byte", 23, ready.clone()),
        gateway("upload_ready: further on", 23, UploadReady { offset: 16_384, ..ready }),
        gateway("upload_credit", 0, credit),
        gateway("upload_credit: of the rest", 0, UploadCredit { offset: 1 << 34, credit: 1, ..credit }),
        gateway("upload_done", 0, UploadDone { client_id: "u-1".into(), attachment: file() }),
        gateway(
            "upload_done: of one that was done before",
            23,
            UploadDone { client_id: "u-1".into(), attachment: file() },
        ),
    ]
}
