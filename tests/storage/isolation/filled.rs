//! An organization that has something of everything: a row in each tenant table, and a word of its own in each text.

use std::time::Duration;

use protocol::id::{ConversationId, DepartmentId, MemberId, OrganizationId, VisitorId};
use protocol::value::{Attachment, Attributes, Content, Department, Participant, ParticipantKind, Role};
use storage::{
    Browser, Erasure, Membership, NewAttachment, NewConversation, NewEntry, NewMember, NewOrganization, NewRead,
    Retention, Storage, StorageConfig, StoredAttachment, VisitorUpdate, WidgetSession, Write, Writer, WriterConfig,
    with_parameter,
};
use tests::database::TestDatabase;
use tokio_postgres::Client;
use uuid::Uuid;

use crate::storage::visit::note;
use crate::storage::{Shop, submit, token, visitor};

/// What the writer's connections are called while they fill an organization.
const FILLING: &str = "filling";
/// When logins end: not in these tests.
const FAR: u64 = 4_000_000_000_000;

/// An organization with its ids, its secrets and its word.
pub(in crate::storage) struct Filled {
    pub(in crate::storage) shop: Shop,
    /// Stands in every text of its own.
    pub(super) word: String,
    /// An agent besides the owner.
    pub(super) agent: MemberId,
    pub(super) member_token: [u8; 32],
    pub(super) department: DepartmentId,
    pub(super) session: WidgetSession,
    pub(super) session_token: [u8; 32],
    pub(super) conversation: ConversationId,
    /// A file that an entry names, one that none names, and one that is on its way.
    pub(super) file: StoredAttachment,
    pub(super) unsent: StoredAttachment,
    pub(super) upload: StoredAttachment,
    /// A visitor who is about to be erased.
    pub(super) erased: VisitorId,
}

impl Filled {
    pub(in crate::storage) async fn open(database: &TestDatabase, storage: &Storage, word: &str) -> Self {
        let shop = sign_up(storage, word).await;
        let organization = shop.organization;
        let new = NewMember {
            name: &format!("{word} agent"),
            email: &format!("agent@{word}.example"),
            password_hash: &format!("hash of {word}"),
            role: Role::Agent,
        };
        let agent = storage.create_member(organization, &new).await.unwrap().id;
        let (member_token, session_token) = (token(), token());
        storage.create_member_session(organization, agent, &member_token, FAR).await.unwrap();
        let department = furnish(&shop, word).await;

        let url = format!("https://{word}.example/");
        let browser = Browser {
            ip_address: Some([127, 0, 0, 1].into()),
            user_agent: Some(word),
            referrer: Some(&url),
            current_url: Some(&url),
            ..Browser::default()
        };
        let session = storage.create_widget_session(organization, &session_token, &browser).await.unwrap();
        let (name, email) = (format!("{word} visitor"), format!("visitor@{word}.example"));
        let update = VisitorUpdate {
            name: Some(&name),
            email: Some(&email),
            phone: Some(word),
            external_id: Some(word),
            attributes: &Attributes::default(),
            own_word: true,
        };
        storage.update_visitor(organization, session.visitor, &update).await.unwrap().unwrap();
        // A session of somebody else, whom the site vouches for.
        let other = storage.create_widget_session(organization, &token(), &browser).await.unwrap();
        let verified = VisitorUpdate { external_id: None, email: None, ..update };
        let name = format!("{word}-verified");
        storage.identify_visitor(organization, other.id, &name, &verified).await.unwrap().unwrap();
        let erased = storage.create_widget_session(organization, &token(), &browser).await.unwrap().visitor;
        assert!(storage.begin_erasure(organization, erased, Erasure::Delete).await.unwrap());
        let kept = Retention {
            conversations_days: Some(10),
            visitors_days: Some(10),
            page_views_days: Some(10),
            events_days: Some(10),
        };
        assert!(storage.set_retention(organization, &kept).await.unwrap());
        let new =
            NewConversation { visitor: session.visitor, client_id: word, department: Some(department), answers: &[] };
        let conversation = storage.start_conversation(organization, &new).await.unwrap().summary.conversation;
        let file = upload(&shop, conversation, &format!("{word}-sent"), true).await;
        let unsent = upload(&shop, conversation, &format!("{word}-unsent"), true).await;
        let upload = upload(&shop, conversation, &format!("{word}-upload"), false).await;
        let filled = Self {
            shop,
            word: word.to_owned(),
            agent,
            member_token,
            department,
            session,
            session_token,
            conversation,
            file,
            unsent,
            upload,
            erased,
        };
        filled.write(database).await;
        let client = database.client().await;
        filled.set_aside(&client).await;
        filled.grow_old(&client).await;
        filled
    }

    /// Who acts for it.
    pub(super) fn id(&self) -> OrganizationId {
        self.shop.organization
    }

    /// Its visitor, as a sender.
    pub(super) fn visitor(&self) -> Participant {
        visitor(self.session.visitor)
    }

    /// What the writer keeps: a log with a message, a file and a rating, receipts, pages and events.
    async fn write(&self, database: &TestDatabase) {
        // By this name it is known when its last connection, the indexer's, has ended: it would make more words.
        let url = with_parameter(database.url(), "application_name", FILLING);
        let (writer, _announced) = Writer::start(StorageConfig::new(url), WriterConfig::default());
        let guest = self.visitor();
        let file = Attachment {
            id: self.file.id,
            name: self.file.name.clone(),
            size: self.file.size,
            media_type: self.file.media_type.clone(),
            url: format!("/files/{}/{}", self.id(), self.file.key),
        };
        let text = self.shop.text(self.conversation, &guest, &self.word);
        let attachment =
            NewEntry { content: Content::attachment(file), ..self.shop.text(self.conversation, &guest, "") };
        let rating = Content::rating(4, Some(format!("{} was liked", self.word)));
        let rating = NewEntry { content: rating, ..self.shop.text(self.conversation, &guest, "") };
        submit(&writer, [text, attachment, rating]);
        let (organization, conversation) = (self.id(), self.conversation);
        // The second overtakes the first, who gets a row for it.
        let second = Participant { id: self.agent.into(), ..self.shop.agent() };
        for (participant, seq) in [(self.shop.agent(), 1), (second, 2)] {
            note(&writer, Write::Read(NewRead { organization, conversation, participant, seq }));
        }
        let url = format!("https://{}.example/page", self.word);
        note(&writer, Write::PageView(self.shop.page_view(&self.session, &url)));
        note(&writer, Write::Event(self.shop.event(self.session.visitor, &self.word)));
        writer.close(Duration::from_secs(20)).await.unwrap();
        drop(writer);
        let client = database.client().await;
        let sql = "select count(*) from pg_stat_activity where datname = current_database() and application_name = $1";
        let ended = async { while client.query_one(sql, &[&FILLING]).await.unwrap().get::<_, i64>(0) > 0 {} };
        tokio::time::timeout(Duration::from_secs(20), ended).await.unwrap();
    }

    /// Something of each kind that has been kept long enough.
    async fn grow_old(&self, client: &Client) {
        let old = "with visitor as (
                insert into visitors (organization_id, id, created_at)
                values ($1, gen_random_uuid(), now() - interval '90 days') returning id
            ), conversation as (
                insert into conversations (organization_id, id, visitor_id, client_id, status, updated_at)
                values ($1, gen_random_uuid(), $2, 'old', 'resolved', now() - interval '90 days')
            ), viewed as (
                insert into page_views (organization_id, visitor_id, id, at, url)
                values ($1, $2, gen_random_uuid(), now() - interval '90 days', $3)
            ), tracked as (
                insert into events (organization_id, visitor_id, id, at, name)
                values ($1, $2, gen_random_uuid(), now() - interval '90 days', $3)
            ), session as (
                insert into widget_sessions (organization_id, id, visitor_id, session_token, last_seen_at, expires_at)
                values ($1, gen_random_uuid(), $2, sha256(convert_to($3, 'utf8')), now() - interval '90 days',
                    now() - interval '60 days')
            ), login as (
                insert into member_sessions (organization_id, token_hash, member_id, expires_at)
                values ($1, sha256(convert_to($3, 'utf8')), $4, now() - interval '60 days')
            ), rejected as (
                insert into rejected_entries (organization_id, id, conversation_id, sender_kind, sender_id, client_id, at,
                    content, reason, rejected_at)
                values ($1, gen_random_uuid(), $5, 'visitor', $2, $3, now(), '', $3, now() - interval '90 days')
            ), rated as (
                insert into rating_counts (organization_id, slot, score, count) values ($1, 99, 5, 0)
            )
            insert into conversation_counts (organization_id, slot, status, assignee_id, department_id, count)
            values ($1, 99, 'snoozed', $4, gen_random_uuid(), 0)";
        let ids = [self.session.visitor.0, self.agent.0, self.conversation.0];
        client.execute(old, &[&self.id().0, &ids[0], &self.word, &ids[1], &ids[2]]).await.unwrap();
    }

    /// What comes about behind others' backs, or when things go wrong, is put there as it would be.
    async fn set_aside(&self, client: &Client) {
        let (organization, conversation) = (self.id().0, self.conversation.0);
        let (mark, word) = (Uuid::now_v7(), &self.word);
        let department =
            "insert into department_members (organization_id, department_id, member_id) values ($1, $2, $3)
            on conflict do nothing";
        client.execute(department, &[&organization, &self.department.0, &self.agent.0]).await.unwrap();
        let search = "insert into entry_search (organization_id, conversation_id, seq, at, words)
            values ($1, $2, 1, now(), array_to_tsvector(array[chatdesk_organization_word($1)]) || to_tsvector('simple', $3::text))
            on conflict do nothing";
        client.execute(search, &[&organization, &conversation, word]).await.unwrap();
        let queue = "insert into search_queue values ($1, $2, array[$3::uuid], array[1::bigint], array[2::bigint])";
        client.execute(queue, &[&organization, &mark, &conversation]).await.unwrap();
        let abandoned = "insert into abandoned_files (organization_id, key) values ($1, $2)";
        client.execute(abandoned, &[&organization, &format!("{word}-abandoned")]).await.unwrap();
        let rejected = "insert into rejected_entries (organization_id, id, conversation_id, sender_kind, sender_id,
                client_id, at, content, reason)
            values ($1, $2, $3, 'visitor', $4, $5, now(), convert_to($5, 'utf8'), $5)";
        let sender = self.session.visitor.0;
        client.execute(rejected, &[&organization, &mark, &conversation, &sender, word]).await.unwrap();
    }
}

async fn sign_up(storage: &Storage, word: &str) -> Shop {
    let widget_key = format!("wk_{word}");
    let new = NewOrganization {
        name: &format!("{word} inc"),
        owner_name: &format!("{word} owner"),
        email: &format!("owner@{word}.example"),
        password_hash: &format!("hash of {word}"),
        widget_key: &widget_key,
    };
    let Membership { member, organization } = storage.create_organization(&new).await.unwrap();
    Shop { storage: storage.clone(), organization: organization.id, owner: member, widget_key }
}

/// Settings of its own, with a department.
async fn furnish(shop: &Shop, word: &str) -> DepartmentId {
    let mut config = shop.storage.find_widget_of(shop.organization).await.unwrap().unwrap().config;
    config.departments = vec![Department { id: None, name: format!("{word} sales") }];
    config.allowed_domains = vec![format!("{word}.example")];
    config.settings.greeting_message = format!("{word} says hello");
    let config = shop.storage.save_widget_config(shop.organization, &config).await.unwrap();
    config.departments[0].id.unwrap()
}

async fn upload(shop: &Shop, conversation: ConversationId, key: &str, done: bool) -> StoredAttachment {
    let uploader = Participant { kind: ParticipantKind::Agent, ..shop.agent() };
    let new = NewAttachment {
        conversation,
        uploader: &uploader,
        client_id: key,
        name: &format!("{key}.png"),
        size: 3,
        media_type: "image/png",
        sha256: token(),
        key,
    };
    let opened = shop.storage.open_attachment(shop.organization, &new).await.unwrap();
    if done {
        shop.storage.finish_attachment(shop.organization, opened.id).await.unwrap();
    }
    StoredAttachment { done, ..opened }
}
