//! A commit whose answer never arrives: the one case in which a writer cannot know what happened.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use storage::{NewEntry, StorageConfig, Writer, WriterConfig};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};

use super::shop;
use super::writer::{check_logs, receipts};

/// Stands between a writer and Postgres, and cuts a connection in place of delivering the answer to a commit.
pub(super) struct Cutter {
    url: String,
    cuts: Arc<AtomicU32>,
}

impl Cutter {
    pub(super) async fn start(database: &str, cuts: u32) -> Self {
        let (server, path) = database.rsplit_once('/').unwrap();
        let (account, address) = server.rsplit_once('@').unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("{account}@{}/{path}", listener.local_addr().unwrap());
        let (cuts, address) = (Arc::new(AtomicU32::new(cuts)), address.to_owned());
        let counter = Arc::clone(&cuts);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = TcpStream::connect(&address).await.unwrap();
                let ((from_client, to_client), (from_server, to_server)) = (client.into_split(), server.into_split());
                tokio::spawn(pass(from_client, to_server, None));
                tokio::spawn(pass(from_server, to_client, Some(Arc::clone(&counter))));
            }
        });
        Self { url, cuts }
    }

    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// How many are still to come.
    pub(super) fn left(&self) -> u32 {
        self.cuts.load(Ordering::SeqCst)
    }
}

/// Passes bytes on until either end closes, or until a commit was done that nobody shall hear of.
async fn pass(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, cuts: Option<Arc<AtomicU32>>) {
    let mut bytes = vec![0; 64 * 1024];
    while let Ok(count) = from.read(&mut bytes).await {
        let answer = &bytes[..count];
        let done = answer.windows(7).any(|window| window == b"COMMIT\0");
        let cut = |cuts: &Arc<AtomicU32>| {
            cuts.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok()
        };
        if count == 0 || (done && cuts.as_ref().is_some_and(cut)) || to.write_all(answer).await.is_err() {
            return;
        }
    }
}

#[tokio::test]
async fn a_commit_without_an_answer_is_stored_once_and_receipted_as_stored() {
    let (database, shop) = shop().await;
    let conversation = shop.conversation().await;
    let cutter = Cutter::start(database.url(), 3).await;
    let config = WriterConfig { lanes: 1, batch_entries: 10, retry_min: Duration::ZERO, ..WriterConfig::default() };
    let (writer, mut announced) = Writer::start(StorageConfig::new(cutter.url()), config);
    let sent: Vec<NewEntry> = (0..50).map(|n| shop.text(conversation, &shop.agent(), &n.to_string())).collect();
    super::submit(&writer, sent.clone());
    let first = announced.recv().await.unwrap();
    assert_eq!(cutter.left(), 0, "all cuts hit the first batch");
    assert_eq!((first.stored.len(), first.summaries.len()), (10, 1), "its summary is announced, too");
    assert_eq!(first.summaries[0].1.head, 10);
    let mut stored = first.stored;
    stored.extend(receipts(&mut announced, 40).await);
    check_logs(&database, &[sent], &stored).await;
}
