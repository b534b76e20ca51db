//! Identifiers. Each kind of thing has a type of its own, so that no function can be handed the wrong one.
//! On the wire and in JSON an id is the UUID's lower-case hyphenated text (RFC 9562, section 4).

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use uuid::Uuid;

macro_rules! id {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[cfg_attr(test, derive(ts_rs::TS), ts(type = "string"))]
        pub struct $name(pub Uuid);

        impl $name {
            /// A new id: UUIDv7, so that ids made later sort later and indexes grow at their end.
            #[must_use]
            pub fn generate() -> Self {
                Self(Uuid::now_v7())
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0.hyphenated())
            }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::try_parse(text).map(Self)
            }
        }

        // uuid's own implementation writes 16 bytes to formats that are not "human readable"; ids here are text
        // everywhere, so that integrators can log them and use them as map keys in any language.
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.0.hyphenated().encode_lower(&mut Uuid::encode_buffer()))
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_str(IdText).map(Self)
            }
        }
    )*};
}

id! {
    /// A tenant.
    OrganizationId;
    /// A person in one organization: owner, admin or agent.
    MemberId;
    /// An anonymous browser, or the known person it turned out to be, within one organization.
    VisitorId;
    /// One widget session: a browser's token and what is known of the browser.
    WidgetSessionId;
    /// A department of an organization.
    DepartmentId;
    /// A conversation, and so its log.
    ConversationId;
    /// One entry of a conversation's log, whatever its seq turns out to be.
    EntryId;
    /// A file in a conversation, from its upload on.
    AttachmentId;
    /// Whoever takes part in a conversation: a visitor's, a member's or the organization's id.
    ParticipantId;
}

impl From<VisitorId> for ParticipantId {
    fn from(id: VisitorId) -> Self {
        Self(id.0)
    }
}

impl From<MemberId> for ParticipantId {
    fn from(id: MemberId) -> Self {
        Self(id.0)
    }
}

impl From<OrganizationId> for ParticipantId {
    fn from(id: OrganizationId) -> Self {
        Self(id.0)
    }
}

struct IdText;

impl de::Visitor<'_> for IdText {
    type Value = Uuid;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a hyphenated UUID")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Uuid, E> {
        // Only the 36-character form: accepting `urn:uuid:…` or braces would give one thing several spellings.
        if text.len() != uuid::fmt::Hyphenated::LENGTH {
            return Err(E::custom("a hyphenated UUID has 36 characters"));
        }
        Uuid::try_parse(text).map_err(|_| E::custom("not a hyphenated UUID"))
    }
}
