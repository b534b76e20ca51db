//! How enums stand in text columns. Written out rather than derived, because stored names outlive the code's.

use protocol::value::{AgentAvailability, ConversationStatus, ParticipantKind, Position, Priority, Role, Theme};

use crate::error::StorageError;
use crate::widget_session::DeviceType;

/// An enum that a text column holds.
pub(crate) trait Label: Copy + 'static {
    /// Every value with its text.
    const LABELS: &'static [(Self, &'static str)];

    /// Whether two values are the same one.
    fn same(self, other: Self) -> bool;

    /// The text of this value.
    fn label(self) -> &'static str {
        Self::LABELS.iter().find(|(value, _)| value.same(self)).map_or("", |(_, text)| *text)
    }

    /// The value of a text.
    fn read(text: &str) -> Result<Self, StorageError> {
        let found = Self::LABELS.iter().find(|(_, label)| *label == text);
        found.map(|(value, _)| *value).ok_or_else(|| {
            let kind = std::any::type_name::<Self>();
            StorageError::Fault(format!("a row holds {text:?}, which is no {kind}"))
        })
    }
}

macro_rules! labels {
    ($($enum:ident { $($variant:ident = $text:literal,)* })*) => {$(
        impl Label for $enum {
            const LABELS: &'static [(Self, &'static str)] = &[$(($enum::$variant, $text),)*];

            fn same(self, other: Self) -> bool {
                self == other
            }
        }

        // Fails to compile when a variant is added without its text.
        const _: fn($enum) = |value| match value { $($enum::$variant => (),)* };
    )*};
}

labels! {
    Role { Owner = "owner", Admin = "admin", Agent = "agent", }
    AgentAvailability { Online = "online", Away = "away", }
    ParticipantKind { Visitor = "visitor", Agent = "agent", System = "system", }
    ConversationStatus { Open = "open", Pending = "pending", Snoozed = "snoozed", Resolved = "resolved", }
    Priority { None = "none", Low = "low", Medium = "medium", High = "high", Urgent = "urgent", }
    DeviceType { Desktop = "desktop", Mobile = "mobile", Tablet = "tablet", Bot = "bot", Other = "other", }
    Position { BottomRight = "bottom-right", BottomLeft = "bottom-left", }
    Theme { Auto = "auto", Light = "light", Dark = "dark", }
}
