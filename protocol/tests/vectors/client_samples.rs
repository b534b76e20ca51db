//! What a client says.

use bytes::Bytes;
use protocol::client::*;
use protocol::value::*;

use crate::samples::{AT, MOST, Sample, attributes, client, conversation, file, id, page};

pub(crate) fn client_frames() -> Vec<Sample> {
    let mut all = hellos();
    all.extend(visitors());
    all.extend(conversations());
    all.extend(inboxes());
    all.extend(uploads());
    all
}

fn hellos() -> Vec<Sample> {
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
    let agent = Hello { role: HelloRole::Agent, widget_key: None, ..visitor.clone() };
    let full = Hello {
        token: Some("c2Vzc2lvbg".into()),
        features: vec!["uploads".into()],
        agent: Some("widget/0.1.0".into()),
        page: Some(page()),
        resume: vec![cursor(1, Some(0)), cursor(2, Some(70_000)), cursor(3, None)],
        ..visitor.clone()
    };
    let many = Hello { resume: (1..=500).map(|last| cursor(last, Some(last.into()))).collect(), ..agent.clone() };
    let heads = (1..=2).map(|last| Head { conversation: id(last), head: 300 * Seq::from(last) }).collect();
    vec![
        client("hello: a new visitor", 1, visitor.clone()),
        client("hello: a visitor, all fields", 1, full),
        client("hello: a page without fields", 1, Hello { page: Some(Page::default()), ..visitor }),
        client("hello: an agent with a cookie", 1, agent.clone()),
        client("hello: an agent with a token", 1, Hello { token: Some("bG9naW4".into()), ..agent }),
        client("hello: an agent with 500 conversations", 1, many),
        client("ping", 7, Ping::default()),
        client("ping: no ref", 0, Ping::default()),
        client("ping: with heads, which no gateway needs", 7, Ping { heads }),
        client("pong", 0, Pong {}),
    ]
}

fn visitors() -> Vec<Sample> {
    let of_token = Identify { token: Some("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI3In0.c2ln".into()), ..Identify::default() };
    let full = Identify {
        external_id: Some("shop-7".into()),
        name: Some("Ada".into()),
        email: Some("ada@example.org".into()),
        phone: Some("+43 1 5550100".into()),
        attributes: attributes(),
        ..of_token.clone()
    };
    let forget = [("plan".into(), Attribute::Nothing), ("trial".into(), Attribute::Flag(false))];
    let update = Update {
        visitor: Some(id(0xa)),
        name: Some("Ada".into()),
        email: Some("ada@example.org".into()),
        phone: Some("+43 1 5550100".into()),
        attributes: forget.into(),
    };
    let fifty = (0..50).map(|n| (format!("property_{n:02}"), Attribute::Integer(n - 25))).collect();
    vec![
        client("identify: nothing", 10, Identify::default()),
        client("identify: a token and nothing else", 10, of_token),
        client("identify: all fields", 10, full),
        client("update: nothing", 11, Update::default()),
        client("update: by an agent, all fields, one attribute forgotten", 11, update),
        client("page: nothing", 0, Page::default()),
        client("page: all fields", 12, page()),
        client("track: nothing but a name", 0, Track { name: "signup".into(), properties: Attributes::new() }),
        client("track: all fields", 13, Track { name: "cart: filled".into(), properties: attributes() }),
        client("track: as many properties as may be", 13, Track { name: "much".into(), properties: fifty }),
    ]
}

fn conversations() -> Vec<Sample> {
    let send = |content| Send { conversation: conversation(), client_id: "m-1".into(), content };
    let start = Start { client_id: "c-1".into(), department: None, answers: vec![] };
    let answers = ["name", "email"].map(|key| Answer { key: key.into(), value: format!("{key} é") });
    let history = History { conversation: conversation(), before: 51, limit: None };
    let nameless = Attachment { name: String::new(), size: 0, media_type: String::new(), url: String::new(), ..file() };
    let typing = |on, draft: Option<&str>| Typing { conversation: conversation(), on, draft: draft.map(Into::into) };
    vec![
        client("start: nothing but a client_id", 2, start.clone()),
        client("start: all fields", 2, Start { department: Some(id(0xd1)), answers: answers.to_vec(), ..start }),
        client("send: a text", 3, send(Content::text("Hello"))),
        client("send: a text of 32 bytes, where fixstr ends", 4, send(Content::text("0123456789abcdef".repeat(2)))),
        client("send: a text of 300 bytes", 5, send(Content::text("Grüße ".repeat(37) + "0123"))),
        client("send: a note", 255, send(Content::note("Calls back\non Monday"))),
        client("send: an attachment", 14, send(Content::attachment(file()))),
        client("send: an attachment by its id", 14, send(Content::attachment(nameless))),
        client("send: resolved", 256, send(Content::status(ConversationStatus::Resolved))),
        client("send: opened again", 65_536, send(Content::status(ConversationStatus::Open))),
        client("send: pending", 15, send(Content::status(ConversationStatus::Pending))),
        client("send: assigned", 16, send(Content::assignment(Some(id(0xaa))))),
        client("send: assigned to nobody", 16, send(Content::assignment(None))),
        client("send: a priority", 16, send(Content::priority(Priority::Urgent))),
        client("send: a priority taken back", 16, send(Content::priority(Priority::None))),
        client("send: a rating", 17, send(Content::rating(5, None))),
        client("send: a rating, all fields", 17, send(Content::rating(1, Some("Nobody came.".into())))),
        client("follow: from a cursor", 128, Follow { conversation: conversation(), cursor: Some(300) }),
        client("follow: from the first entry", 127, Follow { conversation: conversation(), cursor: Some(0) }),
        client("follow: the latest page", u32::MAX, Follow { conversation: conversation(), cursor: None }),
        client("unfollow", 6, Unfollow { conversation: conversation() }),
        client("history: all fields", 8, History { limit: Some(20), ..history }),
        client("history: no limit", 8, history),
        client("read", 0, Read { conversation: conversation(), seq: MOST }),
        client("transcript", 7, Transcript { conversation: conversation(), email: "ada@mail.example".into() }),
        client("typing: on", 0, typing(true, None)),
        client("typing: off", 0, typing(false, None)),
        client("typing: all fields", 0, typing(true, Some("Do you ha"))),
        client("typing: an empty draft", 0, typing(true, Some(""))),
    ]
}

fn inboxes() -> Vec<Sample> {
    let place = InboxPlace { updated_at: AT, conversation: conversation() };
    let inbox = Inbox {
        status: Some(ConversationStatus::Open),
        assigned: Some(Assigned { member: Some(id(0xaa)) }),
        department: Some(id(0xd1)),
        priority: Some(Priority::High),
        visitor: None,
        after: Some(place),
        limit: Some(100),
    };
    let theirs = Inbox { visitor: Some(id(0xa)), status: Some(ConversationStatus::Resolved), ..Inbox::default() };
    let nobody = Inbox { assigned: Some(Assigned::default()), priority: Some(Priority::None), ..Inbox::default() };
    let search = Search { query: "\"größter tea\" ear -coffee".into(), after: None, limit: None };
    let found = SearchPlace { at: AT, conversation: conversation(), seq: 300 };
    let contacts = Contacts {
        query: Some("ada@exa".into()),
        verified: Some(true),
        after: Some(ContactPlace { created_at: AT, visitor: id(0xa) }),
        limit: Some(20),
    };
    let known = |last: u16| Known { conversation: id(last), head: last.into(), agent_read: u64::from(last) / 2 };
    vec![
        client("set_availability: online", 18, SetAvailability { availability: AgentAvailability::Online }),
        client("set_availability: away", 18, SetAvailability { availability: AgentAvailability::Away }),
        client("inbox: the first page", 9, Inbox::default()),
        client("inbox: a place, and all filters that go together", 9, inbox),
        client("inbox: a visitor's, resolved", 9, theirs),
        client("inbox: snoozed", 9, Inbox { status: Some(ConversationStatus::Snoozed), ..Inbox::default() }),
        client("inbox: nobody's, of no urgency", 9, nobody),
        client("inbox_sync: nothing", 19, InboxSync::default()),
        client("inbox_sync: all fields", 19, InboxSync { known: vec![known(1), known(300)], newest: Some(place) }),
        client("inbox_sync: 500 known", 19, InboxSync { known: (1..=500).map(known).collect(), newest: None }),
        client("watch", 20, Watch { what: Watched::Visitors }),
        client("unwatch", 21, Unwatch { what: Watched::Visitors }),
        client("profile", 22, Profile { visitor: id(0xa) }),
        client("search: nothing but words", 25, search.clone()),
        client("search: all fields", 25, Search { after: Some(found), limit: Some(100), ..search }),
        client("contacts: all of them", 26, Contacts::default()),
        client("contacts: all fields", 26, contacts),
        client("contacts: not verified", 26, Contacts { verified: Some(false), ..Contacts::default() }),
    ]
}

fn uploads() -> Vec<Sample> {
    let open = UploadOpen {
        conversation: conversation(),
        client_id: "u-1".into(),
        name: "tea menu.pdf".into(),
        size: 81_920,
        media_type: "application/pdf".into(),
        sha256: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".into(),
    };
    let chunk =
        |offset, bytes: &[u8]| UploadChunk { upload: id(0xf1), offset, bytes: Chunk(Bytes::copy_from_slice(bytes)) };
    let most: Vec<u8> = (0..=255).cycle().take(protocol::limit::UPLOAD_CHUNK_BYTES).collect();
    vec![
        client("upload_open", 23, open.clone()),
        client("upload_open: one byte", 23, UploadOpen { size: 1, ..open }),
        client("upload_chunk: one byte", 0, chunk(0, &[0])),
        client("upload_chunk: bytes that are no text", 0, chunk(16_384, &[0xff, 0x00, 0xc1, 0x80, 0x93])),
        client("upload_chunk: 256 bytes, where bin 8 ends", 0, chunk(1 << 32, &most[..256])),
        client("upload_chunk: as long as may be", 0, chunk(65_536, &most)),
        client("upload_abort", 24, UploadAbort { upload: id(0xf1) }),
    ]
}
