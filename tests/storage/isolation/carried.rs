//! A connection that has just served one organization serves the next: nothing of the first is left on it, however its
//! request ended.

use std::future::{Future, poll_fn};
use std::task::Poll;

use storage::{Storage, StorageConfig, StorageError, VisitorUpdate};
use tests::database::TestDatabase;
use tests::postgres_line::{Message, PostgresLine};

use super::filled::Filled;
use super::two;

/// Says for whom it is, as long as the test lets it.
const SET_WHILE_ON: &str = "select set_config('chatdesk.organization', $1, true) where (select sets from switch)";

/// Storage with one connection for requests, on which saying for whom one asks can be switched off.
struct Forgetful {
    database: TestDatabase,
    storage: Storage,
    us: Filled,
    _line: PostgresLine,
}

impl Forgetful {
    async fn open() -> Self {
        let (database, _, us, _) = two().await;
        let switch = "create table switch (sets bool); insert into switch values (true);
            grant select on switch to chatdesk_request, chatdesk_maintenance";
        database.client().await.batch_execute(switch).await.unwrap();
        let hook = |message: &mut Message| {
            if message.sql().is_some_and(|sql| sql.contains("set_config('chatdesk.organization'")) {
                message.set_sql(SET_WHILE_ON);
            }
        };
        let line = PostgresLine::with(database.url(), hook).await;
        let config = StorageConfig { pool_size: 1, ..StorageConfig::new(line.url()) };
        let storage = Storage::connect(config).await.unwrap();
        Self { database, storage, us, _line: line }
    }

    async fn switch(&self, sets: bool) {
        self.database.client().await.execute("update switch set sets = $1", &[&sets]).await.unwrap();
    }

    /// Whether a request that says nothing of whom it is for still sees what the one before saw.
    async fn is_carried(&self) -> bool {
        self.switch(false).await;
        let seen = self.storage.find_conversation(self.us.id(), self.us.conversation).await.unwrap();
        let logged = self.storage.entries_after(self.us.id(), self.us.conversation, 0, 10).await.unwrap();
        self.switch(true).await;
        seen.is_some() || !logged.entries.is_empty()
    }

    async fn sees_its_own(&self) -> bool {
        self.storage.find_conversation(self.us.id(), self.us.conversation).await.unwrap().is_some()
    }
}

#[tokio::test]
async fn for_whom_a_connection_was_used_ends_with_the_transaction() {
    let forgetful = Forgetful::open().await;
    assert!(forgetful.sees_its_own().await);
    assert!(!forgetful.is_carried().await, "after a request");
    let (us, storage) = (&forgetful.us, &forgetful.storage);

    let taken = storage.update_visitor(us.id(), us.session.visitor, &noted()).await;
    assert!(taken.unwrap().is_some());
    assert!(!forgetful.is_carried().await, "after a transaction of several statements");

    let stranger = storage.create_member_session(us.id(), protocol::id::MemberId::generate(), &[9; 32], 1).await;
    assert_eq!(stranger, Err(StorageError::Conflict("member")));
    assert!(!forgetful.is_carried().await, "after a statement that failed");

    let unknown = storage.set_department_members(us.id(), protocol::id::DepartmentId::generate(), &[]).await;
    assert_eq!(unknown, Err(StorageError::Conflict("department")));
    assert!(!forgetful.is_carried().await, "after a transaction that was given up");
    assert!(forgetful.sees_its_own().await);
}

/// A caller may go away at any point: between any two of a request's steps.
#[tokio::test]
async fn nor_is_it_carried_by_a_request_that_nobody_waits_for() {
    let forgetful = Forgetful::open().await;
    let (us, storage) = (&forgetful.us, &forgetful.storage);
    let (mut left, mut done) = (0, 0);
    for polls in 0..24 {
        let one = polled(storage.find_conversation(us.id(), us.conversation), polls).await;
        assert!(!forgetful.is_carried().await, "a statement, polled {polls} times");
        let several = polled(storage.update_visitor(us.id(), us.session.visitor, &noted()), polls).await;
        assert!(!forgetful.is_carried().await, "a transaction, polled {polls} times");
        for ended in [one, several] {
            if ended { done += 1 } else { left += 1 }
        }
        assert!(forgetful.sees_its_own().await);
    }
    assert!(left >= 6 && done >= 2, "{left} were left and {done} came to their end");
}

/// Polls a request so many times, each when it has something to go on with, and then drops it: whether it had ended.
async fn polled<T>(request: impl Future<Output = T>, polls: u32) -> bool {
    let (mut request, mut polls) = (Box::pin(request), polls);
    poll_fn(|context| {
        if polls == 0 {
            return Poll::Ready(false);
        }
        polls -= 1;
        match request.as_mut().poll(context) {
            Poll::Ready(_) => Poll::Ready(true),
            Poll::Pending if polls == 0 => Poll::Ready(false),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}

fn noted() -> VisitorUpdate<'static> {
    static NOTHING: std::sync::LazyLock<protocol::value::Attributes> = std::sync::LazyLock::new(Default::default);
    VisitorUpdate {
        name: Some("probe"),
        email: None,
        phone: None,
        external_id: None,
        attributes: &NOTHING,
        own_word: false,
    }
}
