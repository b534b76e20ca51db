//! Deleting an organization: nothing of it is left in any table, and nothing of others is touched.

use protocol::id::OrganizationId;
use protocol::value::Role;
use tests::database::TestDatabase;

use super::catalogue::{mentions, rows_of};
use super::isolation::filled::Filled;

#[tokio::test]
async fn nothing_of_a_deleted_organization_is_left_and_nothing_of_others_is_touched() {
    let database = TestDatabase::new();
    let (client, storage) = (database.client().await, database.storage().await);
    let ours = Filled::open(&database, &storage, "zanzibar").await.shop;
    let theirs = Filled::open(&database, &storage, "wyoming").await.shop;
    // Who works for both keeps their login.
    let email = format!("both@{}.example", uuid::Uuid::new_v4().simple());
    let new = storage::NewMember { name: "Bea", email: &email, password_hash: "$none$", role: Role::Agent };
    storage.create_member(ours.organization, &new).await.unwrap();
    storage.add_member(theirs.organization, &email, "Bea", Role::Agent).await.unwrap();

    assert!(!storage.purge(ours.organization).await.unwrap(), "it is not deleted");
    assert!(!storage.delete_organization(OrganizationId::generate()).await.unwrap());
    let before = rows_of(&client, theirs.organization.0).await;
    assert!(before.len() >= 19, "{:?}", before.keys());
    assert!(storage.delete_organization(ours.organization).await.unwrap());
    assert!(!storage.delete_organization(ours.organization).await.unwrap(), "once");
    assert_eq!(storage.deleted_organizations(10).await.unwrap(), [ours.organization]);
    assert_eq!(storage.organizations(None, 10).await.unwrap(), [theirs.organization]);
    assert_eq!(storage.retention(ours.organization).await.unwrap(), None);

    // A gateway that heard nothing when it was deleted hears it from whoever goes on.
    let mut changes = storage::Listener::of(database.config());
    assert_eq!(changes.next().await, storage::Heard::Listening);
    assert!(storage.purge(ours.organization).await.unwrap());
    let told = storage::Heard::Gone(storage::Gone::Organization(ours.organization));
    let again = async { while changes.next().await != told {} };
    tokio::time::timeout(std::time::Duration::from_secs(10), again).await.expect("gateways are told again");

    // Each batch by somebody who knows nothing of those before.
    let mut batches = 2;
    while database.storage().await.purge(ours.organization).await.unwrap() {
        batches += 1;
    }
    assert!(batches >= 4, "{batches}");
    assert_eq!(storage.deleted_organizations(10).await.unwrap(), []);
    let keys = storage.abandoned_files(ours.organization, None, 10).await.unwrap();
    assert_eq!(keys, ["zanzibar-abandoned", "zanzibar-sent", "zanzibar-unsent", "zanzibar-upload"]);
    assert_eq!(storage.organizations_with_abandoned_files(10).await.unwrap().len(), 2);
    storage.forget_files(ours.organization, &keys).await.unwrap();

    let left = mentions(&client, &["zanzibar", &ours.organization.to_string()]).await;
    assert!(left.is_empty(), "{left:#?}");
    assert_eq!(rows_of(&client, theirs.organization.0).await, before);
    let accounts = mentions(&client, &[&email, "wyoming.example"]).await;
    assert_eq!(accounts["accounts"].len(), 3, "the owner, the agent, and who works for both");
}

#[tokio::test]
async fn many_of_everything_go_batch_by_batch() {
    let database = TestDatabase::new();
    let (client, storage) = (database.client().await, database.storage().await);
    let shop = Filled::open(&database, &storage, "zanzibar").await.shop;
    let id = shop.organization.0;
    for many in [
        "insert into visitors (organization_id, id) select $1, gen_random_uuid() from generate_series(1, 2500)",
        "insert into conversations (organization_id, id, visitor_id, client_id)
            select $1, gen_random_uuid(), id, 'many' from visitors where organization_id = $1 order by id limit 150",
        "insert into events (organization_id, visitor_id, id, at, name)
            select $1, id, gen_random_uuid(), now(), 'many' from visitors where organization_id = $1",
        "with made as (
            insert into accounts (id, email, email_key, password_hash)
            select gen_random_uuid(), 'zanzibar', 'zanzibar' || n, 'x' from generate_series(1, 120) n returning id
        ) insert into members (organization_id, id, account_id, name, role) select $1, gen_random_uuid(), id, 'x', 'agent' from made",
    ] {
        // The last one alone names accounts.
        client.execute(many, &[&id]).await.unwrap();
    }
    storage.delete_organization(shop.organization).await.unwrap();
    let mut batches = 0;
    while storage.purge(shop.organization).await.unwrap() {
        batches += 1;
    }
    assert!((6..=20).contains(&batches), "{batches}");
    let left = mentions(&client, &["zanzibar", &id.to_string()]).await;
    assert_eq!(left.keys().collect::<Vec<_>>(), ["abandoned_files"], "{left:#?}");
}
