//! Tenants that cannot leak, as the functions of storage show it: each is called for one organization with another's
//! ids, as it is and with its conditions taken out.

use storage::Storage;
use tests::database::TestDatabase;

use filled::Filled;
use rows::{Secrets, changed, rows};

mod across;
mod carried;
pub(super) mod filled;
mod functions;
mod plain;
mod plans;
mod rows;
mod stripped;
mod walk;
mod writes;

/// Two organizations that have something of everything, ours first.
async fn two() -> (TestDatabase, Storage, Filled, Filled) {
    let database = TestDatabase::new();
    let storage = database.storage().await;
    let us = Filled::open(&database, &storage, "zanzibar").await;
    let them = Filled::open(&database, &storage, "wyoming").await;
    (database, storage, us, them)
}

/// Walks from one organization to the other through `storage`: what was answered wrong and what was changed.
async fn walk(database: &TestDatabase, storage: &Storage, us: &Filled, them: &Filled) -> Vec<String> {
    let theirs = Secrets::of(database, them, us).await;
    let before = rows(database, them).await;
    let mut broken = walk::wrong_answers(storage, us, them, &theirs, |_| vec![]).await;
    broken.extend(changed(&before, &rows(database, them).await));
    broken
}

#[tokio::test]
async fn another_organizations_ids_find_nothing_and_change_nothing() {
    let (database, storage, us, them) = two().await;
    let broken = walk(&database, &storage, &us, &them).await;
    assert!(broken.is_empty(), "\n{}", broken.join("\n"));
    // The other way round, in rows that nobody has walked through.
    let (database, storage, us, them) = two().await;
    let broken = walk(&database, &storage, &them, &us).await;
    assert!(broken.is_empty(), "\n{}", broken.join("\n"));
}
