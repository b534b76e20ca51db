//! Erasing a contact: whatever stood of them anywhere is gone, and nobody else has lost anything.

use std::time::Duration;

use protocol::id::{AttachmentId, ConversationId, VisitorId};
use protocol::value::{Answer, Attachment, Attribute, Attributes, Content, EntryKind};
use storage::{
    Browser, Erasure, NewAttachment, NewConversation, NewEntry, VisitorUpdate, WidgetSession, Write, Writer,
    WriterConfig,
};
use tests::database::TestDatabase;
use tokio_postgres::Client;
use uuid::Uuid;

use super::catalogue::{mentions, rows_of};
use super::isolation::filled::Filled;
use super::visit::note;
use super::{Shop, shop, submit, token, visitor};

/// A contact whose word stands in everything that they are and did.
struct Contact {
    session: WidgetSession,
    conversations: Vec<ConversationId>,
}

impl Contact {
    /// Two conversations, which members answered without the word.
    async fn open(database: &TestDatabase, shop: &Shop, word: &str) -> Self {
        let url = format!("https://{word}.example/");
        let browser =
            Browser { user_agent: Some(word), referrer: Some(&url), current_url: Some(&url), ..Browser::default() };
        let session = shop.storage.create_widget_session(shop.organization, &token(), &browser).await.unwrap();
        let attributes = Attributes::from(
            [(word.to_owned(), Some(Attribute::Text(word.to_owned())))].map(|(name, value)| (name, value.unwrap())),
        );
        let email = format!("{word}@mail.example");
        let update = VisitorUpdate {
            name: Some(word),
            email: Some(&email),
            phone: Some(word),
            external_id: Some(word),
            attributes: &attributes,
            own_word: true,
        };
        shop.storage.update_visitor(shop.organization, session.visitor, &update).await.unwrap();
        let mut contact = Self { session, conversations: vec![] };
        for client_id in ["one", "two"] {
            contact.talk(database, shop, client_id, word).await;
        }
        let client = database.client().await;
        let words = "insert into entry_search (organization_id, conversation_id, seq, at, words)
            select e.organization_id, e.conversation_id, e.seq, e.at,
                chatdesk_entry_words(o.id, o.search_language, e.content)
            from entries e join organizations o on o.id = e.organization_id
            where e.conversation_id = any($1) and chatdesk_entry_words(o.id, o.search_language, e.content) is not null
            on conflict do nothing";
        let ids: Vec<Uuid> = contact.conversations.iter().map(|id| id.0).collect();
        client.execute(words, &[&ids]).await.unwrap();
        let rejected = "insert into rejected_entries (organization_id, id, conversation_id, sender_kind, sender_id,
                client_id, at, content, reason)
            values ($1, gen_random_uuid(), $2, 'visitor', $3, $4, now(), convert_to($4, 'utf8'), $4)";
        client.execute(rejected, &[&shop.organization.0, &ids[0], &contact.session.visitor.0, &word]).await.unwrap();
        contact
    }

    async fn talk(&mut self, database: &TestDatabase, shop: &Shop, client_id: &str, word: &str) {
        let guest = visitor(self.session.visitor);
        let answers = [Answer { key: "topic".into(), value: word.into() }];
        let new = NewConversation { visitor: self.session.visitor, client_id, department: None, answers: &answers };
        let started = shop.storage.start_conversation(shop.organization, &new).await.unwrap();
        let conversation = started.summary.conversation;
        self.conversations.push(conversation);
        let (name, key) = (format!("{word}.png"), format!("{word}-{client_id}"));
        let file = NewAttachment {
            conversation,
            uploader: &guest,
            client_id: &key,
            name: &name,
            size: 3,
            media_type: "image/png",
            sha256: token(),
            key: &key,
        };
        let file = shop.storage.open_attachment(shop.organization, &file).await.unwrap();
        shop.storage.finish_attachment(shop.organization, file.id).await.unwrap();
        let file = Attachment { id: file.id, name, size: 3, media_type: "image/png".into(), url: key };
        let (writer, _announced) = Writer::start(database.config(), WriterConfig::default());
        let rating = Content::rating(5, Some(word.to_owned()));
        submit(
            &writer,
            [
                shop.text(conversation, &guest, &format!("I am {word}")),
                shop.text(conversation, &shop.agent(), "how can we help?"),
                NewEntry { content: Content::attachment(file), ..shop.text(conversation, &guest, "") },
                NewEntry { content: rating, ..shop.text(conversation, &guest, "") },
                shop.text(conversation, &guest, &format!("bye, {word}")),
            ],
        );
        note(&writer, Write::PageView(shop.page_view(&self.session, &format!("https://{word}.example/2"))));
        note(&writer, Write::Event(shop.event(self.session.visitor, word)));
        writer.close(Duration::from_secs(20)).await.unwrap();
    }

    /// What is known by them: their ids and their word.
    fn names(&self, word: &str) -> Vec<String> {
        let ids = self.conversations.iter().map(ToString::to_string);
        ids.chain([word.to_owned(), self.session.visitor.to_string()]).collect()
    }
}

/// Entries that are written while their writer is erased, and how many of them a batch stores.
const WRITTEN: usize = 400;
const AT_ONCE: usize = 5;
/// Most passes that erasing takes: one for whatever each of the batches stored, though they may be of one entry, one for
/// what is noted beside each, and what it takes of anybody.
const PASSES: usize = 2 * WRITTEN + 50;

async fn erase(shop: &Shop, visitor: VisitorId) -> usize {
    let mut batches = 0;
    while shop.storage.erase(shop.organization, visitor).await.unwrap() {
        batches += 1;
        assert!(batches < PASSES, "it ends");
    }
    batches
}

async fn about(client: &Client, names: &[String]) -> std::collections::BTreeMap<String, Vec<String>> {
    mentions(client, &names.iter().map(String::as_str).collect::<Vec<_>>()).await
}

#[tokio::test]
async fn nothing_that_a_contact_was_or_wrote_is_left_and_others_lost_nothing() {
    for how in [Erasure::Anonymize, Erasure::Delete] {
        let (database, shop) = shop().await;
        let client = database.client().await;
        let theirs = Filled::open(&database, &shop.storage, "wyoming").await.shop;
        let contact = Contact::open(&database, &shop, "quetzalcoatl").await;
        let other = Contact::open(&database, &shop, "axolotl").await;
        assert!(mentions(&client, &["quetzalcoatl"]).await.len() >= 9, "it stands everywhere");
        let others = about(&client, &other.names("axolotl")).await;
        let before = rows_of(&client, theirs.organization.0).await;
        let visitor = contact.session.visitor;
        assert!(!shop.storage.erase(shop.organization, visitor).await.unwrap(), "it was not begun");
        assert!(!shop.storage.begin_erasure(theirs.organization, visitor, how).await.unwrap());
        let found = shop.storage.contacts_with_email(shop.organization, "Quetzalcoatl@mail.example", 2).await.unwrap();
        assert_eq!(found.iter().map(|contact| contact.visitor.id).collect::<Vec<_>>(), [visitor]);
        assert!(shop.storage.begin_erasure(shop.organization, visitor, how).await.unwrap());
        assert_eq!(shop.storage.erasures(shop.organization, None, 9).await.unwrap(), [visitor]);
        // Cut off, and gone on with by somebody else.
        assert!(database.storage().await.erase(shop.organization, visitor).await.unwrap());
        assert!(erase(&shop, visitor).await >= 2);
        let keys = shop.storage.abandoned_files(shop.organization, None, 9).await.unwrap();
        assert_eq!(keys, ["quetzalcoatl-one", "quetzalcoatl-two"]);
        shop.storage.forget_files(shop.organization, &keys).await.unwrap();

        let left = mentions(&client, &["quetzalcoatl"]).await;
        assert!(left.is_empty(), "{how:?} {left:#?}");
        assert_eq!(about(&client, &other.names("axolotl")).await, others, "{how:?}");
        assert_eq!(rows_of(&client, theirs.organization.0).await, before, "{how:?}");
        let counts = shop.storage.inbox_counts(shop.organization, shop.owner.id).await.unwrap();
        match how {
            Erasure::Delete => {
                let left = about(&client, &contact.names("quetzalcoatl")).await;
                // What words were still to be made of it is found to be gone.
                assert!(left.keys().all(|table| table == "search_queue"), "{left:#?}");
                assert_eq!((counts.open, counts.resolved), (2, 0));
            }
            Erasure::Anonymize => {
                anonymous(&shop, &contact).await;
                assert_eq!((counts.open, counts.resolved), (4, 0));
            }
        }
    }
}

/// The conversations stand as before, without what the visitor wrote.
async fn anonymous(shop: &Shop, contact: &Contact) {
    for conversation in &contact.conversations {
        let page = shop.storage.entries_after(shop.organization, *conversation, 0, 10).await.unwrap();
        let kinds: Vec<_> = page.entries.iter().map(|entry| (entry.seq.unwrap(), entry.content.kind)).collect();
        let hidden = EntryKind::Hidden;
        assert_eq!(kinds, [(1, hidden), (2, EntryKind::Text), (3, hidden), (4, hidden), (5, hidden)]);
        assert_eq!(page.entries[1].content, Content::text("how can we help?"));
        assert_eq!(serde_json::to_value(&page.entries[0].content).unwrap(), serde_json::json!({"kind": "hidden"}));
        let summary = shop.storage.find_conversation(shop.organization, *conversation).await.unwrap().unwrap();
        assert_eq!((summary.head, summary.preview, summary.answers.len()), (5, None, 0));
        assert_eq!((summary.visitor.name, summary.visitor.verified, summary.rating), (None, false, Some(5)));
    }
    let words = shop.storage.search_entries(shop.organization, "help", None, 9).await.unwrap();
    assert!(!words.0.is_empty(), "what members wrote is found");
}

#[tokio::test]
async fn what_is_written_meanwhile_is_erased_as_well() {
    for how in [Erasure::Anonymize, Erasure::Delete] {
        let (database, shop) = shop().await;
        let session = shop.session().await;
        let conversation = shop.conversation_of(session.visitor, "a").await;
        let guest = visitor(session.visitor);
        let (writer, mut announced) =
            Writer::start(database.config(), WriterConfig { batch_entries: AT_ONCE, ..WriterConfig::default() });
        let all = WRITTEN;
        let writing = async {
            let (mut stored, mut rejected) = (0, 0);
            for number in 0..all {
                submit(&writer, [shop.text(conversation, &guest, &format!("mine {number}"))]);
                note(&writer, Write::PageView(shop.page_view(&session, "https://mine.example")));
                if number % 20 == 0 {
                    let commit = announced.recv().await.unwrap();
                    stored += commit.stored.len();
                    rejected += commit.rejected.len();
                }
            }
            while stored + rejected < all {
                let commit = announced.recv().await.unwrap();
                stored += commit.stored.len();
                rejected += commit.rejected.len();
            }
            (stored, rejected)
        };
        let erasing = async {
            assert!(shop.storage.begin_erasure(shop.organization, session.visitor, how).await.unwrap());
            erase(&shop, session.visitor).await
        };
        let ((stored, rejected), _) = tokio::join!(writing, erasing);
        writer.close(Duration::from_secs(20)).await.unwrap();
        // The maintenance looks once more.
        erase(&shop, session.visitor).await;
        let client = database.client().await;
        let left = mentions(&client, &["mine"]).await;
        assert!(left.is_empty(), "{how:?} {left:#?}");
        let rows = client.query("select seq from entries order by seq", &[]).await.unwrap();
        let seqs: Vec<i64> = rows.iter().map(|row| row.get(0)).collect();
        match how {
            Erasure::Anonymize => {
                assert_eq!((stored, rejected), (all, 0));
                assert_eq!(seqs, (1..=i64::try_from(all).unwrap()).collect::<Vec<_>>(), "without a gap");
            }
            Erasure::Delete => assert!(seqs.is_empty(), "{seqs:?}"),
        }
    }
}

const LONG_AGO: &str = "update visitors set erase_since = now() - interval '11 minutes' where erase is not null";

#[tokio::test]
async fn an_anonymized_contact_is_looked_at_once_more_and_then_let_be() {
    let (database, shop) = shop().await;
    let client = database.client().await;
    let contact = Contact::open(&database, &shop, "quetzalcoatl").await;
    let visitor = contact.session.visitor;
    shop.storage.begin_erasure(shop.organization, visitor, Erasure::Anonymize).await.unwrap();
    erase(&shop, visitor).await;
    assert_eq!(shop.storage.erasures(shop.organization, None, 9).await.unwrap(), [visitor]);
    // What another gateway had still held, stored late, and the words of it.
    contact_writes_late(&database, &shop, &contact).await;
    client.batch_execute(LONG_AGO).await.unwrap();
    let mut changes = storage::Listener::of(database.config());
    assert_eq!(changes.next().await, storage::Heard::Listening);
    assert!(erase(&shop, visitor).await > 0);
    assert!(mentions(&client, &["quetzalcoatl"]).await.keys().all(|table| table == "abandoned_files"));
    let told = storage::Heard::Gone(storage::Gone::Sessions(shop.organization, visitor));
    let again = async { while changes.next().await != told {} };
    tokio::time::timeout(Duration::from_secs(10), again)
        .await
        .expect("gateways are told again: one may not have heard");
    // Who stored so late may store more: it waits as long again.
    assert_eq!(shop.storage.erasures(shop.organization, None, 9).await.unwrap(), [visitor]);
    erase(&shop, visitor).await;
    assert_eq!(shop.storage.erasures(shop.organization, None, 9).await.unwrap(), [visitor]);
    client.batch_execute(LONG_AGO).await.unwrap();
    assert_eq!(erase(&shop, visitor).await, 0);
    assert_eq!(shop.storage.erasures(shop.organization, None, 9).await.unwrap(), []);
    // Whoever asked for more gets more, and less does not bring back what is gone.
    shop.storage.begin_erasure(shop.organization, visitor, Erasure::Delete).await.unwrap();
    shop.storage.begin_erasure(shop.organization, visitor, Erasure::Anonymize).await.unwrap();
    erase(&shop, visitor).await;
    assert_eq!(client.query("select id from conversations", &[]).await.unwrap().len(), 0);
    let missing = AttachmentId::generate();
    assert_eq!(shop.storage.uploads_among(shop.organization, &[missing]).await.unwrap(), []);
}

async fn contact_writes_late(database: &TestDatabase, shop: &Shop, contact: &Contact) {
    let (writer, _announced) = Writer::start(database.config(), WriterConfig::default());
    let guest = visitor(contact.session.visitor);
    submit(&writer, [shop.text(contact.conversations[0], &guest, "late quetzalcoatl")]);
    note(&writer, Write::Event(shop.event(contact.session.visitor, "quetzalcoatl")));
    writer.close(Duration::from_secs(20)).await.unwrap();
}
