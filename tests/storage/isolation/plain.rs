//! The walk on a database whose owner is no superuser, as it is where somebody is in earnest: row-level security binds the
//! owner too, and with it what triggers and foreign keys do in the owner's name.

use storage::{Storage, StorageConfig};
use tests::database::TestDatabase;

use super::filled::Filled;
use super::stripped::{Strip, walk_through};
use super::walk;

/// Owns what it is given. One for all databases of a cluster; nothing of it is kept.
const OWNER: &str = "do $$ begin
        if not exists (select from pg_roles where rolname = 'plain_owner') then
            create role plain_owner login password 'plain';
        end if;
    exception when duplicate_object or unique_violation then
        null;
    end $$;
    grant chatdesk_request, chatdesk_writer, chatdesk_directory, chatdesk_search, chatdesk_maintenance to plain_owner";

const HAND_OVER: &str = "do $$ declare each record; begin
        for each in select oid::regclass as name from pg_class
            where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')
        loop
            execute format('alter table %s owner to plain_owner', each.name);
        end loop;
        for each in select oid::regprocedure as name from pg_proc where pronamespace = 'public'::regnamespace loop
            execute format('alter function %s owner to plain_owner', each.name);
        end loop;
        execute 'alter schema public owner to plain_owner';
    end $$";

/// A database of a plain role's, and storage as that role.
async fn plain() -> (TestDatabase, Storage, String) {
    let database = TestDatabase::new();
    let admin = database.client().await;
    admin.batch_execute(OWNER).await.unwrap();
    admin.batch_execute(HAND_OVER).await.unwrap();
    let (scheme, rest) = database.url().split_once("://").unwrap();
    let server = rest.split_once('@').map_or(rest, |(_, server)| server);
    let url = format!("{scheme}://plain_owner:plain@{server}");
    let storage = Storage::connect(StorageConfig::new(&url)).await.unwrap();
    (database, storage, url)
}

#[tokio::test]
async fn as_a_plain_role_the_same_is_found_and_the_same_is_not() {
    let (database, storage, _) = plain().await;
    let us = Filled::open(&database, &storage, "zanzibar").await;
    let them = Filled::open(&database, &storage, "wyoming").await;
    let broken = walk(&database, &storage, &us, &them).await;
    assert!(broken.is_empty(), "\n{}", broken.join("\n"));
}

#[tokio::test]
async fn as_a_plain_role_nothing_leaks_without_conditions() {
    let (database, storage, url) = plain().await;
    let us = Filled::open(&database, &storage, "zanzibar").await;
    let them = Filled::open(&database, &storage, "wyoming").await;
    let broken = walk_through(&database, &url, &us, &them, Strip::Joins).await;
    assert!(broken.is_empty(), "\n{}", broken.join("\n"));
}
