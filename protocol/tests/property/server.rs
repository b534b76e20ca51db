//! Random frames of a gateway: every op.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use protocol::code::ErrorCode;
use protocol::frame::Error;
use protocol::server::*;
use protocol::value::*;

use crate::arbitrary::*;
use crate::widget::{form, settings};

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

fn visitor() -> impl Strategy<Value = VisitorSummary> {
    (id!(), option::of(text()), option::of(text()), any::<bool>())
        .prop_map(|(id, name, email, verified)| VisitorSummary { id, name, email, verified })
}

fn summary() -> impl Strategy<Value = Summary> {
    let preview = option::of((side(), text()).prop_map(|(from, text)| Preview { from, text }));
    let numbers = (number(), number(), number(), number(), number());
    let given = (option::of(id!()), option::of(id!()), priority(), option::of(any::<u8>()));
    (id!(), status(), visitor(), given, preview, numbers, answers()).prop_map(
        |(conversation, status, visitor, (department, assignee, priority, rating), preview, numbers, answers)| {
            Summary {
                conversation,
                status,
                visitor,
                department,
                assignee,
                priority,
                rating,
                head: numbers.0,
                preview,
                visitor_read: numbers.1,
                agent_read: numbers.2,
                created_at: numbers.3,
                updated_at: numbers.4,
                answers,
            }
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

fn welcome() -> impl Strategy<Value = Welcome> {
    let who = (id!(), option::of(text()), option::of(text()), any::<bool>(), number(), settings(), form());
    let here = (departments(), availability(), any::<bool>(), option::of(summary()));
    let visitor = (who, here).prop_map(
        |(
            (visitor, name, token, verified, expires_at, settings, form),
            (departments, availability, transcripts, conversation),
        )| {
            VisitorWelcome {
                visitor,
                name,
                token,
                verified,
                expires_at,
                settings,
                form,
                departments,
                availability,
                transcripts,
                conversation,
            }
        },
    );
    let role = prop_oneof![Just(Role::Owner), Just(Role::Admin), Just(Role::Agent)];
    let member = (id!(), text(), text(), role).prop_map(|(id, name, email, role)| Member { id, name, email, role });
    let organization = (id!(), text()).prop_map(|(id, name)| Organization { id, name });
    let agent = (member, organization, departments(), vec(id!(), 0..3), available(), vec(colleague(), 0..3)).prop_map(
        |(member, organization, departments, own_departments, availability, colleagues)| AgentWelcome {
            member,
            organization,
            departments,
            own_departments,
            availability,
            colleagues,
        },
    );
    (number(), vec(text(), 0..3), limits(), option::of(visitor), option::of(agent))
        .prop_map(|(now, features, limits, visitor, agent)| Welcome { now, features, limits, visitor, agent })
}

fn limits() -> impl Strategy<Value = Limits> {
    (vec(any::<u32>(), 35), number(), vec(text(), 0..3)).prop_map(|(numbers, upload_bytes, upload_types)| {
        let mut numbers = numbers.into_iter();
        let mut next = || numbers.next().unwrap();
        Limits {
            frame_bytes: next(),
            text_bytes: next(),
            ping_ms: next(),
            silence_ms: next(),
            unstored_sends: next(),
            unstored_bytes: next(),
            frame_rate: next(),
            frame_burst: next(),
            byte_rate: next(),
            byte_burst: next(),
            start_rate: next(),
            start_burst: next(),
            visit_rate: next(),
            visit_burst: next(),
            update_rate: next(),
            update_burst: next(),
            search_rate: next(),
            search_burst: next(),
            address: shared([next(), next(), next(), next()]),
            organization: shared([next(), next(), next(), next()]),
            refusal_rate: next(),
            refusal_burst: next(),
            hello_ms: next(),
            queue_bytes: next(),
            resume_cursors: next(),
            followed: next(),
            upload_bytes,
            upload_byte_rate: upload_bytes,
            upload_byte_burst: upload_bytes,
            upload_unsent_ms: upload_bytes,
            upload_chunk_bytes: next(),
            uploads_at_once: next(),
            upload_expiry_ms: next(),
            upload_types,
        }
    })
}

fn shared([frame_rate, frame_burst, byte_rate, byte_burst]: [u32; 4]) -> SharedLimits {
    SharedLimits { frame_rate, frame_burst, byte_rate, byte_burst }
}

fn colleague() -> impl Strategy<Value = Colleague> {
    (id!(), text(), available(), any::<bool>()).prop_map(|(id, name, availability, present)| Colleague {
        id,
        name,
        availability,
        present,
    })
}

pub(crate) fn server_frame() -> impl Strategy<Value = ServerFrame> {
    let about = (option::of(text()), option::of(id!()), option::of(id!()));
    let error = (prop::sample::select(ErrorCode::ALL), any::<bool>(), any::<u32>(), text(), about).prop_map(
        |(code, retryable, retry_ms, text, (field, conversation, upload))| Error {
            code,
            retryable,
            retry_ms,
            text,
            field,
            conversation,
            upload,
        },
    );
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
    let typing_by = (id!(), participant(), any::<bool>(), option::of(text()))
        .prop_map(|(conversation, participant, on, draft)| TypingBy { conversation, participant, on, draft });
    let inbox = (vec(summary(), 0..4), option::of(place()), option::of(counts()))
        .prop_map(|(conversations, next, counts)| InboxPage { conversations, next, counts });
    let changes = (vec(summary(), 0..3), vec(id!(), 0..3), any::<bool>())
        .prop_map(|(changed, gone, more)| InboxChanges { changed, gone, more });
    let scope = prop_oneof![Just(Scope::Session), Just(Scope::Address), Just(Scope::Organization)];
    prop_oneof![
        welcome().prop_map(Into::into),
        vec(head(), 0..4).prop_map(|heads| ServerFrame::Ping(Ping { heads })),
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
        changes.prop_map(Into::into),
        colleague().prop_map(Into::into),
        (scope, any::<u32>()).prop_map(|(scope, retry_ms)| Throttle { scope, retry_ms }.into()),
        id!().prop_map(|conversation| Gone { conversation }.into()),
        of_visitors(),
        of_searches(),
        of_uploads(),
    ]
}

fn of_searches() -> impl Strategy<Value = ServerFrame> {
    use EntryKind::*;
    let kind = prop_oneof![Just(Text), Just(Note), Just(Attachment), Just(Rating)];
    let part = (text(), any::<bool>()).prop_map(|(text, found)| SnippetPart { text, found });
    let whose = (id!(), visitor(), status(), participant());
    let hit = (whose, number(), number(), kind, vec(part, 0..4)).prop_map(
        |((conversation, visitor, status, sender), seq, at, kind, snippet)| SearchHit {
            conversation,
            visitor,
            status,
            seq,
            at,
            sender,
            kind,
            snippet,
        },
    );
    let found = (number(), id!(), number()).prop_map(|(at, conversation, seq)| SearchPlace { at, conversation, seq });
    let contact = (visitor(), option::of(text()), option::of(text()), number())
        .prop_map(|(visitor, phone, external_id, created_at)| Contact { visitor, phone, external_id, created_at });
    let place = (number(), id!()).prop_map(|(created_at, visitor)| ContactPlace { created_at, visitor });
    prop_oneof![
        (vec(hit, 0..3), option::of(found)).prop_map(|(hits, next)| SearchPage { hits, next }.into()),
        (vec(contact, 0..3), option::of(place)).prop_map(|(contacts, next)| ContactsPage { contacts, next }.into()),
    ]
}

fn of_visitors() -> impl Strategy<Value = ServerFrame> {
    let identified = (id!(), any::<bool>(), option::of(text()), option::of(summary()))
        .prop_map(|(visitor, verified, name, conversation)| Identified { visitor, verified, name, conversation });
    let live = || {
        (visitor(), option::of(page()), number(), option::of(id!()))
            .prop_map(|(visitor, page, since, conversation)| LiveVisitor { visitor, page, since, conversation })
    };
    let visitors = (vec(live(), 0..4), any::<u32>()).prop_map(|(visitors, total)| Visitors { visitors, total });
    let view = (number(), page()).prop_map(|(at, page)| PageView { at, page });
    let event =
        (number(), text(), attributes()).prop_map(|(at, name, properties)| TrackedEvent { at, name, properties });
    let told = (option::of(text()), option::of(text()), attributes(), option::of(browser()));
    let profile = (visitor(), told, number(), vec(view, 0..3), vec(event, 0..3)).prop_map(
        |(visitor, (phone, external_id, attributes, browser), created_at, pages, events)| VisitorProfile {
            visitor,
            phone,
            external_id,
            attributes,
            browser,
            created_at,
            pages,
            events,
        },
    );
    prop_oneof![
        identified.prop_map(Into::into),
        visitors.prop_map(Into::into),
        live().prop_map(Into::into),
        id!().prop_map(|visitor| VisitorLeft { visitor }.into()),
        profile.prop_map(Into::into),
    ]
}

fn browser() -> impl Strategy<Value = Browser> {
    (vec(option::of(text()), 8), number()).prop_map(|(mut texts, last_seen_at)| {
        let mut next = || texts.pop().unwrap();
        Browser {
            ip_address: next(),
            user_agent: next(),
            device_type: next(),
            browser: next(),
            os: next(),
            country: next(),
            city: next(),
            referrer: next(),
            last_seen_at,
        }
    })
}

fn counts() -> impl Strategy<Value = InboxCounts> {
    let department = (id!(), number()).prop_map(|(department, open)| DepartmentCount { department, open });
    (vec(number(), 6), vec(department, 0..3)).prop_map(|(counts, departments)| InboxCounts {
        open: counts[0],
        pending: counts[1],
        snoozed: counts[2],
        resolved: counts[3],
        mine: counts[4],
        unassigned: counts[5],
        departments,
    })
}

fn of_uploads() -> impl Strategy<Value = ServerFrame> {
    let ready = (text(), id!(), number(), any::<u32>()).prop_map(|(client_id, upload, offset, credit)| UploadReady {
        client_id,
        upload,
        offset,
        credit,
    });
    let done = (text(), attachment()).prop_map(|(client_id, attachment)| UploadDone { client_id, attachment });
    prop_oneof![
        ready.prop_map(Into::into),
        (id!(), number(), any::<u32>())
            .prop_map(|(upload, offset, credit)| UploadCredit { upload, offset, credit }.into()),
        done.prop_map(Into::into),
    ]
}
