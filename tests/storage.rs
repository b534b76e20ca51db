//! Storage against a real Postgres.

use protocol::id::{ConversationId, EntryId, OrganizationId, ParticipantId, VisitorId};
use protocol::value::{Content, Member, Participant, ParticipantKind, ReadReceipt};
use storage::{
    Browser, Membership, NewConversation, NewEntry, NewOrganization, Storage, WidgetSession, Write, Writer,
    WriterConfig,
};
use tests::database::TestDatabase;
use uuid::Uuid;

mod ambiguous;
mod attachment;
pub(crate) mod catalogue;
mod clones;
mod contact;
mod conversation;
mod department;
mod directory;
mod embedded;
mod erasure;
mod faults;
mod guard;
mod held;
mod identity;
mod inbox;
mod inbox_model;
mod isolation;
mod log;
mod member;
mod migrations;
mod partitions;
mod purge;
mod rating;
mod reads;
mod replay;
mod retention;
mod search;
mod statistics;
mod summary;
mod tenancy;
mod tls;
mod together;
mod visit;
mod visitor;
mod widget;
mod widget_session;
mod writer;

/// An organization with its owner, in a database of its own or beside others.
struct Shop {
    storage: Storage,
    organization: OrganizationId,
    owner: Member,
    widget_key: String,
}

impl Shop {
    async fn open(storage: &Storage) -> Self {
        let widget_key = format!("wk_{}", Uuid::new_v4().simple());
        let new = NewOrganization {
            name: "Tea & Co",
            owner_name: "Olga",
            email: &format!("{}@shop.example", Uuid::new_v4().simple()),
            password_hash: "$argon2id$of-no-password",
            widget_key: &widget_key,
        };
        let Membership { member, organization } = storage.create_organization(&new).await.unwrap();
        Self { storage: storage.clone(), organization: organization.id, owner: member, widget_key }
    }

    async fn session(&self) -> WidgetSession {
        self.storage.create_widget_session(self.organization, &token(), &Browser::default()).await.unwrap()
    }

    async fn visitor(&self) -> VisitorId {
        self.session().await.visitor
    }

    async fn conversation(&self) -> ConversationId {
        let visitor = self.visitor().await;
        self.conversation_of(visitor, "first").await
    }

    async fn conversation_of(&self, visitor: VisitorId, client_id: &str) -> ConversationId {
        let new = NewConversation { visitor, client_id, department: None, answers: &[] };
        let started = self.storage.start_conversation(self.organization, &new).await.unwrap();
        started.summary.conversation
    }

    /// How far everybody in a conversation has read.
    async fn receipts(&self, conversation: ConversationId) -> Vec<ReadReceipt> {
        let found = self.storage.replays(self.organization, &[(conversation, Some(0))], None).await.unwrap();
        found.into_iter().flat_map(|replayed| replayed.read).collect()
    }

    fn agent(&self) -> Participant {
        Participant { kind: ParticipantKind::Agent, id: self.owner.id.into(), name: None }
    }

    /// A text from somebody, under a key of its own.
    fn text(&self, conversation: ConversationId, sender: &Participant, text: &str) -> NewEntry {
        NewEntry {
            organization: self.organization,
            conversation,
            id: EntryId::generate(),
            sender: sender.clone(),
            client_id: Uuid::new_v4().to_string(),
            at: 1_700_000_000_000,
            content: Content::text(text),
            origin: 0,
        }
    }
}

/// A shop in a database of its own.
async fn shop() -> (TestDatabase, Shop) {
    let database = TestDatabase::new();
    let shop = Shop::open(&database.storage().await).await;
    (database, shop)
}

/// Some visitor, as a sender.
fn visitor(id: VisitorId) -> Participant {
    Participant { kind: ParticipantKind::Visitor, id: id.into(), name: None }
}

/// Anybody at all, as a sender: the writer does not ask who is a member.
fn anybody() -> Participant {
    Participant { kind: ParticipantKind::Agent, id: ParticipantId::generate(), name: None }
}

/// The hash of some token.
fn token() -> [u8; 32] {
    let mut token = [0; 32];
    token[..16].copy_from_slice(Uuid::new_v4().as_bytes());
    token
}

/// Hands entries in, with room for what they hold.
fn submit(writer: &Writer, entries: impl IntoIterator<Item = NewEntry>) {
    for entry in entries {
        let bytes = entry.content.text.as_ref().map_or(0, String::len);
        writer.reserve(entry.organization, bytes).unwrap().submit(Write::Entry(entry));
    }
}

/// A writer that stores together what has been handed in without waiting: reads of one reader count as one, and do not fill
/// a batch.
fn at_once() -> WriterConfig {
    WriterConfig { lanes: 1, linger: std::time::Duration::from_millis(10), ..WriterConfig::default() }
}

/// A writer that stores what has been handed in once it holds so many writes, and not before.
fn batches_of(batch_entries: usize) -> WriterConfig {
    WriterConfig { lanes: 1, linger: std::time::Duration::from_secs(60), batch_entries, ..WriterConfig::default() }
}
