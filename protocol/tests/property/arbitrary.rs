//! Random values, such as frames of both directions are made of: every optional field, any text.

use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use protocol::client::*;
use protocol::value::*;

/// Any id.
macro_rules! id {
    () => {
        any::<u128>().prop_map(|bits| uuid::Uuid::from_u128(bits).to_string().parse().unwrap())
    };
}
pub(crate) use id;

pub(crate) fn text() -> impl Strategy<Value = String> {
    prop_oneof![any::<String>(), "[a-z]{0,40}", "\\PC{0,300}"]
}

pub(crate) fn number() -> impl Strategy<Value = u64> {
    prop_oneof![0_u64..300, 60_000_u64..70_000, any::<u32>().prop_map(u64::from), 0..1_u64 << 53]
}

pub(crate) fn status() -> impl Strategy<Value = ConversationStatus> {
    use ConversationStatus::*;
    prop_oneof![Just(Open), Just(Pending), Just(Snoozed), Just(Resolved)]
}

pub(crate) fn priority() -> impl Strategy<Value = Priority> {
    use Priority::*;
    prop_oneof![Just(None), Just(Low), Just(Medium), Just(High), Just(Urgent)]
}

pub(crate) fn side() -> impl Strategy<Value = ParticipantKind> {
    prop_oneof![Just(ParticipantKind::Visitor), Just(ParticipantKind::Agent), Just(ParticipantKind::System)]
}

pub(crate) fn content() -> impl Strategy<Value = Content> {
    prop_oneof![
        text().prop_map(Content::text),
        text().prop_map(Content::note),
        attachment().prop_map(Content::attachment),
        status().prop_map(Content::status),
        option::of(id!()).prop_map(Content::assignment),
        (any::<u8>(), option::of(text())).prop_map(|(score, comment)| Content::rating(score, comment)),
        priority().prop_map(Content::priority),
        Just(Content::hidden()),
    ]
}

pub(crate) fn attachment() -> impl Strategy<Value = Attachment> {
    (id!(), text(), number(), text(), text()).prop_map(|(id, name, size, media_type, url)| Attachment {
        id,
        name,
        size,
        media_type,
        url,
    })
}

pub(crate) fn page() -> impl Strategy<Value = Page> {
    (option::of(text()), option::of(text()), option::of(text())).prop_map(|(url, title, referrer)| Page {
        url,
        title,
        referrer,
    })
}

pub(crate) fn head() -> impl Strategy<Value = Head> {
    (id!(), number()).prop_map(|(conversation, head)| Head { conversation, head })
}

pub(crate) fn available() -> impl Strategy<Value = AgentAvailability> {
    prop_oneof![Just(AgentAvailability::Online), Just(AgentAvailability::Away)]
}

pub(crate) fn attributes() -> impl Strategy<Value = Attributes> {
    let integer = prop_oneof![-200_i64..200, -70_000_i64..70_000, -(1_i64 << 53) + 1..1_i64 << 53];
    let value = prop_oneof![
        Just(Attribute::Nothing),
        any::<bool>().prop_map(Attribute::Flag),
        integer.prop_map(Attribute::Integer),
        (prop::num::f64::NORMAL | prop::num::f64::SUBNORMAL | prop::num::f64::ZERO).prop_map(Attribute::Number),
        text().prop_map(Attribute::Text),
    ];
    btree_map(text(), value, 0..6)
}

pub(crate) fn answers() -> impl Strategy<Value = Vec<Answer>> {
    vec((text(), text()).prop_map(|(key, value)| Answer { key, value }), 0..4)
}

pub(crate) fn cursor() -> impl Strategy<Value = Cursor> {
    (id!(), option::of(number())).prop_map(|(conversation, cursor)| Cursor { conversation, cursor })
}

pub(crate) fn place() -> impl Strategy<Value = InboxPlace> {
    (number(), id!()).prop_map(|(updated_at, conversation)| InboxPlace { updated_at, conversation })
}
