//! ChatDesk's Postgres side.
//!
//! [`Storage`] reads and writes rows, one file for each aggregate; [`Writer`] is the way of a conversation's entries
//! into its log; [`migrate`] brings a database to this build's schema; [`Embedded`] runs a private Postgres when none
//! is configured. Rows know only protocol's ids and values: frames stay with the gateway.

mod abandoned;
mod attachment;
mod attributes;
mod changes;
mod contact;
mod conversation;
mod count;
mod department;
pub mod dump;
mod embedded;
mod entry;
mod erasure;
mod error;
mod export;
pub mod guard;
mod identity;
mod in_force;
mod inbox;
mod label;
mod maintenance;
mod member;
pub mod migrate;
mod organization;
mod partitions;
mod place;
mod pool;
mod purge;
mod rating;
mod rejected;
mod replay;
mod retention;
mod search;
pub mod statistics;
mod team;
mod time;
mod tls;
mod together;
mod visitor;
mod widget;
mod widget_session;
mod writer;

pub use attachment::{NewAttachment, StoredAttachment};
pub use changes::{Heard, Listener};
pub use contact::ContactFilter;
pub use conversation::{NewConversation, StartedConversation};
pub use embedded::{Embedded, EmbeddedConfig, EmbeddedError, has_cluster, url_of_running};
pub use entry::{LogPage, PAGE_BYTES};
pub use erasure::Erasure;
pub use error::StorageError;
pub use export::{ExportPart, ExportPlace, ExportRow};
pub use inbox::{Changes, InboxFilter, InboxPlace};
pub use maintenance::{Gone, Turn};
pub use member::NewMember;
pub use organization::{LoginRow, Membership, NewOrganization};
pub use pool::{Storage, StorageConfig, place};
pub use rating::{Rated, RatingCounts, RatingPlace};
pub use replay::{FirstPage, Replayed};
pub use retention::{Expiring, Retention};
pub use search::{Indexer, SearchLanguage, UnknownLanguage};
pub use team::Team;
pub use tls::with_parameter;
pub use visitor::{Noted, VisitorUpdate};
pub use widget::Widget;
pub use widget_session::{Browser, DeviceType, WidgetSession};
pub use writer::{
    Committed, Depth, Full, NewEntry, NewEvent, NewPageView, NewRead, Permit, Rejected, StoredEntry, Write, Writer,
    WriterConfig,
};
