//! Random frames: every op, every optional field, any text.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use protocol::client::*;
use protocol::code::ErrorCode;
use protocol::frame::Error;
use protocol::server::*;
use protocol::value::*;
use uuid::Uuid;

macro_rules! id {
    () => {
        any::<u128>().prop_map(|bits| Uuid::from_u128(bits).to_string().parse().unwrap())
    };
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![any::<String>(), "[a-z]{0,40}", "\\PC{0,300}"]
}

fn number() -> impl Strategy<Value = u64> {
    prop_oneof![0_u64..300, 60_000_u64..70_000, any::<u32>().prop_map(u64::from), 0..1_u64 << 53]
}

fn status() -> impl Strategy<Value = ConversationStatus> {
    use ConversationStatus::*;
    prop_oneof![Just(Open), Just(Pending), Just(Snoozed), Just(Resolved)]
}

fn side() -> impl Strategy<Value = ParticipantKind> {
    prop_oneof![Just(ParticipantKind::Visitor), Just(ParticipantKind::Agent), Just(ParticipantKind::System)]
}

fn content() -> impl Strategy<Value = Content> {
    prop_oneof![
        text().prop_map(Content::text),
        text().prop_map(Content::note),
        status().prop_map(Content::status),
        Just(Content::hidden()),
    ]
}

fn answers() -> impl Strategy<Value = Vec<Answer>> {
    vec((text(), text()).prop_map(|(key, value)| Answer { key, value }), 0..4)
}

fn cursor() -> impl Strategy<Value = Cursor> {
    (id!(), option::of(number())).prop_map(|(conversation, cursor)| Cursor { conversation, cursor })
}

fn place() -> impl Strategy<Value = InboxPlace> {
    (number(), id!()).prop_map(|(updated_at, conversation)| InboxPlace { updated_at, conversation })
}

fn hello() -> impl Strategy<Value = Hello> {
    let page = (option::of(text()), option::of(text()), option::of(text())).prop_map(|(url, title, referrer)| Page {
        url,
        title,
        referrer,
    });
    let role = prop_oneof![Just(HelloRole::Visitor), Just(HelloRole::Agent)];
    let texts = (option::of(text()), option::of(text()), option::of(text()));
    (role, texts, vec(text(), 0..3), option::of(page), vec(cursor(), 0..4)).prop_map(
        |(role, (widget_key, token, agent), features, page, resume)| Hello {
            role,
            widget_key,
            token,
            features,
            agent,
            page,
            resume,
        },
    )
}

pub(crate) fn client_frame() -> impl Strategy<Value = ClientFrame> {
    let start = (text(), option::of(id!()), answers()).prop_map(|(client_id, department, answers)| Start {
        client_id,
        department,
        answers,
    });
    let send = (id!(), text(), content()).prop_map(|(conversation, client_id, content)| Send {
        conversation,
        client_id,
        content,
    });
    let history = (id!(), number(), option::of(any::<u32>())).prop_map(|(conversation, before, limit)| History {
        conversation,
        before,
        limit,
    });
    let read = (id!(), number()).prop_map(|(conversation, seq)| Read { conversation, seq });
    let typing = (id!(), any::<bool>()).prop_map(|(conversation, on)| Typing { conversation, on });
    let inbox = (option::of(status()), option::of(place()), option::of(any::<u32>()))
        .prop_map(|(status, after, limit)| Inbox { status, after, limit });
    prop_oneof![
        hello().prop_map(Into::into),
        Just(Ping::default().into()),
        Just(ClientFrame::Pong(Pong {})),
        start.prop_map(Into::into),
        send.prop_map(Into::into),
        cursor().prop_map(Into::into),
        id!().prop_map(|conversation| Unfollow { conversation }.into()),
        history.prop_map(Into::into),
        read.prop_map(Into::into),
        typing.prop_map(Into::into),
        inbox.prop_map(Into::into),
    ]
}

fn participant() -> impl Strategy<Value = Participant> {
    (side(), id!(), option::of(text())).prop_map(|(kind, id, name)| Participant { kind, id, name })
}

fn entry() -> impl Strategy<Value = Entry> {
    (id!(), id!(), option::of(number()), participant(), text(), number(), content()).prop_map(
        |(conversation, id, seq, sender, client_id, at, content)| Entry {
            conversation,
            id,
            seq,
            sender,
            client_id,
            at,
            content,
        },
    )
}

fn summary() -> impl Strategy<Value = Summary> {
    let visitor = (id!(), option::of(text()), option::of(text())).prop_map(|(id, name, email)| VisitorSummary {
        id,
        name,
        email,
    });
    let preview = option::of((side(), text()).prop_map(|(from, text)| Preview { from, text }));
    let numbers = (number(), number(), number(), number(), number());
    (id!(), status(), visitor, option::of(id!()), preview, numbers, answers()).prop_map(
        |(conversation, status, visitor, department, preview, numbers, answers)| Summary {
            conversation,
            status,
            visitor,
            department,
            head: numbers.0,
            preview,
            visitor_read: numbers.1,
            agent_read: numbers.2,
            created_at: numbers.3,
            updated_at: numbers.4,
            answers,
        },
    )
}

fn departments() -> impl Strategy<Value = Vec<Department>> {
    vec((option::of(id!()), text()).prop_map(|(id, name)| Department { id, name }), 0..3)
}

fn availability() -> impl Strategy<Value = Availability> {
    let card = (id!(), text()).prop_map(|(id, name)| AgentCard { id, name });
    (any::<bool>(), vec(card, 0..3)).prop_map(|(online, agents)| Availability { online, agents })
}

fn form() -> impl Strategy<Value = Form> {
    use FormFieldKind::*;
    let kind = prop_oneof![Just(Text), Just(Email), Just(Phone), Just(Select), Just(Checkbox), Just(Textarea)];
    let field = (text(), text(), kind, any::<bool>(), vec(text(), 0..3))
        .prop_map(|(key, label, kind, required, options)| FormField { key, label, kind, required, options });
    (any::<bool>(), vec(field, 0..4)).prop_map(|(enabled, fields)| Form { enabled, fields })
}

fn settings() -> impl Strategy<Value = WidgetSettings> {
    let position = prop_oneof![Just(Position::BottomRight), Just(Position::BottomLeft)];
    (position, vec(text(), 4), any::<u32>(), any::<[bool; 3]>()).prop_map(|(position, mut texts, delay, flags)| {
        let mut next = || texts.pop().unwrap();
        WidgetSettings {
            primary_color: next(),
            position,
            bubble_icon: next(),
            greeting_message: next(),
            offline_message: next(),
            auto_open: flags[0],
            auto_open_delay: delay,
            show_agent_avatars: flags[1],
            show_typing_indicator: flags[2],
        }
    })
}

fn welcome() -> impl Strategy<Value = Welcome> {
    let who = (id!(), option::of(text()), option::of(text()), number(), settings(), form());
    let visitor = (who, departments(), availability(), option::of(summary())).prop_map(
        |((visitor, name, token, expires_at, settings, form), departments, availability, conversation)| {
            VisitorWelcome { visitor, name, token, expires_at, settings, form, departments, availability, conversation }
        },
    );
    let role = prop_oneof![Just(Role::Owner), Just(Role::Admin), Just(Role::Agent)];
    let member = (id!(), text(), text(), role).prop_map(|(id, name, email, role)| Member { id, name, email, role });
    let organization = (id!(), text()).prop_map(|(id, name)| Organization { id, name });
    let agent = (member, organization, departments()).prop_map(|(member, organization, departments)| AgentWelcome {
        member,
        organization,
        departments,
    });
    let limits = any::<[u32; 5]>().prop_map(|[frame_bytes, text_bytes, ping_ms, silence_ms, unstored_sends]| Limits {
        frame_bytes,
        text_bytes,
        ping_ms,
        silence_ms,
        unstored_sends,
    });
    (number(), vec(text(), 0..3), limits, option::of(visitor), option::of(agent))
        .prop_map(|(now, features, limits, visitor, agent)| Welcome { now, features, limits, visitor, agent })
}

pub(crate) fn server_frame() -> impl Strategy<Value = ServerFrame> {
    let error = (prop::sample::select(ErrorCode::ALL), any::<bool>(), any::<u32>(), text(), option::of(text()))
        .prop_map(|(code, retryable, retry_ms, text, field)| Error { code, retryable, retry_ms, text, field });
    let started = (text(), summary()).prop_map(|(client_id, conversation)| Started { client_id, conversation });
    let routed = (id!(), text(), id!(), number()).prop_map(|(conversation, client_id, id, at)| Routed {
        conversation,
        client_id,
        id,
        at,
    });
    let stored = (id!(), number(), id!(), participant(), text(), number()).prop_map(
        |(conversation, seq, id, sender, client_id, at)| Stored { conversation, seq, id, sender, client_id, at },
    );
    let receipt = (participant(), number()).prop_map(|(participant, seq)| ReadReceipt { participant, seq });
    let replay = (summary(), any::<bool>(), vec(entry(), 0..4), any::<bool>(), vec(receipt, 0..3))
        .prop_map(|(summary, reset, entries, more, read)| Replay { summary, reset, entries, more, read });
    let history = (id!(), vec(entry(), 0..4), any::<bool>()).prop_map(|(conversation, entries, more)| HistoryPage {
        conversation,
        entries,
        more,
    });
    let read_by = (id!(), participant(), number()).prop_map(|(conversation, participant, seq)| ReadBy {
        conversation,
        participant,
        seq,
    });
    let typing_by = (id!(), participant(), any::<bool>()).prop_map(|(conversation, participant, on)| TypingBy {
        conversation,
        participant,
        on,
    });
    let inbox =
        (vec(summary(), 0..4), option::of(place())).prop_map(|(conversations, next)| InboxPage { conversations, next });
    prop_oneof![
        welcome().prop_map(Into::into),
        Just(ServerFrame::Ping(Ping::default())),
        Just(ServerFrame::Pong(Pong {})),
        error.prop_map(Into::into),
        any::<u32>().prop_map(|within_ms| Goaway { within_ms }.into()),
        Just(Done {}.into()),
        started.prop_map(Into::into),
        routed.prop_map(Into::into),
        entry().prop_map(Into::into),
        stored.prop_map(Into::into),
        replay.prop_map(Into::into),
        history.prop_map(Into::into),
        read_by.prop_map(Into::into),
        typing_by.prop_map(Into::into),
        availability().prop_map(Into::into),
        inbox.prop_map(Into::into),
        summary().prop_map(Into::into),
    ]
}
