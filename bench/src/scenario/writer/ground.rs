//! What the writer writes into: a database of this schema with organizations, visitors and their conversations.

use std::collections::HashMap;
use std::fmt::{Display, Formatter};
use std::time::{Duration, Instant};

use protocol::id::{ConversationId, EntryId, OrganizationId};
use protocol::value::{Participant, ParticipantKind};
use storage::{Browser, Indexer, NewConversation, NewOrganization, Storage, StorageConfig, migrate};
use tokio::task::JoinSet;
use tokio_postgres::{Client, NoTls};

/// A password that nobody has: organizations of a run are never logged in to.
const NO_PASSWORD: &str = "$argon2id$of-no-password";

/// Parts of logs whose words are made at once: as the writer's own indexer takes them.
const PARTS: u32 = 16;

/// A conversation to write to.
#[derive(Clone, Debug)]
pub(super) struct Log {
    pub(super) organization: OrganizationId,
    pub(super) conversation: ConversationId,
    /// Who writes.
    pub(super) visitor: Participant,
}

/// A migrated database, with conversations that nobody else writes to.
pub(super) struct Ground {
    url: String,
    /// The conversations, those of each organization spread evenly among them.
    pub(super) logs: Vec<Log>,
}

/// Which Postgres, and the settings that a commit's cost hangs on.
#[derive(Clone, Debug)]
pub(super) struct Server {
    pub(super) version: String,
    fsync: String,
    synchronous_commit: String,
    full_page_writes: String,
}

impl Display for Server {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        let Self { version, fsync, synchronous_commit, full_page_writes } = self;
        write!(
            f,
            "{version}, fsync {fsync}, synchronous_commit {synchronous_commit}, full_page_writes {full_page_writes}"
        )
    }
}

impl Ground {
    /// Migrates the database and starts so many conversations of so many organizations.
    ///
    /// # Errors
    /// The database does not answer, or does not let us.
    pub(super) async fn lay(url: &str, organizations: u32, conversations: u32) -> Result<Self, String> {
        migrate::run(url).await.map_err(|error| error.to_string())?;
        let storage = Storage::connect(StorageConfig::new(url)).await.map_err(|error| error.to_string())?;
        let mut settling = JoinSet::new();
        for number in 0..organizations {
            let count = (conversations - number).div_ceil(organizations);
            settling.spawn(settle(storage.clone(), count));
        }
        let mut of_each = Vec::new();
        while let Some(settled) = settling.join_next().await {
            of_each.push(settled.map_err(|error| error.to_string())??.into_iter());
        }
        storage.close();
        let mut logs = Vec::new();
        while logs.len() < conversations as usize {
            logs.extend(of_each.iter_mut().filter_map(Iterator::next));
        }
        Ok(Self { url: url.to_owned(), logs })
    }

    /// Which Postgres it is, and how careful.
    ///
    /// # Errors
    /// It does not tell.
    pub(super) async fn server(&self) -> Result<Server, String> {
        let sql =
            "select current_setting('server_version'), current_setting('fsync'), current_setting('synchronous_commit'),
            current_setting('full_page_writes')";
        let row = self.client().await?.query_one(sql, &[]).await.map_err(|error| error.to_string())?;
        Ok(Server {
            version: row.get(0),
            fsync: row.get(1),
            synchronous_commit: row.get(2),
            full_page_writes: row.get(3),
        })
    }

    /// The head of each log.
    ///
    /// # Errors
    /// They cannot be read.
    pub(super) async fn heads(&self) -> Result<Vec<u64>, String> {
        let storage = Storage::connect(self.storage()).await.map_err(|error| error.to_string())?;
        let logs: Vec<_> = self.logs.iter().map(|log| (log.organization, log.conversation)).collect();
        let heads = storage.heads(&logs).await.map_err(|error| error.to_string())?;
        storage.close();
        let heads: HashMap<_, _> = heads.into_iter().map(|(_, head)| (head.conversation, head.head)).collect();
        self.logs.iter().map(|log| heads.get(&log.conversation).copied().ok_or("a log is gone".to_owned())).collect()
    }

    /// How many entries are found by their words.
    ///
    /// # Errors
    /// They cannot be counted.
    pub(super) async fn found_by_words(&self) -> Result<f64, String> {
        let client = self.client().await?;
        client.batch_execute("set role chatdesk_writer").await.map_err(|error| error.to_string())?;
        let row =
            client.query_one("select count(*) from entry_search", &[]).await.map_err(|error| error.to_string())?;
        Ok(row.get::<_, i64>(0) as f64)
    }

    /// Makes words for so long, or until there are none to be made. Returns how many entries' a second.
    ///
    /// # Errors
    /// They cannot be made.
    pub(super) async fn index_for(&self, time: Duration) -> Result<f64, String> {
        let (before, begun) = (self.found_by_words().await?, Instant::now());
        let mut indexer = Indexer::new(self.storage());
        while begun.elapsed() < time {
            if indexer.index_pending(PARTS).await.map_err(|error| error.to_string())? == 0 {
                break;
            }
        }
        let took = begun.elapsed().as_secs_f64();
        Ok((self.found_by_words().await? - before) / took)
    }

    /// How the writer reaches it.
    pub(super) fn storage(&self) -> StorageConfig {
        StorageConfig::new(&self.url)
    }

    /// A connection as the schema's owner; it ends with the client.
    ///
    /// # Errors
    /// It cannot be had.
    pub(super) async fn client(&self) -> Result<Client, String> {
        let (client, connection) =
            tokio_postgres::connect(&self.url, NoTls).await.map_err(|error| format!("--database-url: {error}"))?;
        tokio::spawn(connection);
        Ok(client)
    }
}

/// An organization with conversations, each with a visitor of its own.
async fn settle(storage: Storage, conversations: u32) -> Result<Vec<Log>, String> {
    let unique = EntryId::generate();
    let new = NewOrganization {
        name: "Bench",
        owner_name: "Bench",
        email: &format!("{unique}@bench.test"),
        password_hash: NO_PASSWORD,
        widget_key: &format!("wk_{unique}"),
    };
    let organization = storage.create_organization(&new).await.map_err(|error| error.to_string())?.organization.id;
    let mut logs = Vec::new();
    for _ in 0..conversations {
        let mut token = [0; 32];
        token[..16].copy_from_slice(EntryId::generate().0.as_bytes());
        let session = storage.create_widget_session(organization, &token, &Browser::default()).await;
        let visitor = session.map_err(|error| error.to_string())?.visitor;
        let new = NewConversation { visitor, client_id: "bench", department: None, answers: &[] };
        let started = storage.start_conversation(organization, &new).await.map_err(|error| error.to_string())?;
        logs.push(Log {
            organization,
            conversation: started.summary.conversation,
            visitor: Participant { kind: ParticipantKind::Visitor, id: visitor.into(), name: None },
        });
    }
    Ok(logs)
}
