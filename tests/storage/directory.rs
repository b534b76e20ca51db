//! Sign-up, logins, and the look-ups that find an organization.

use protocol::value::Role;
use storage::{NewMember, NewOrganization, StorageError};
use tests::database::TestDatabase;

use super::{shop, token};

fn sign_up<'a>(email: &'a str, widget_key: &'a str) -> NewOrganization<'a> {
    NewOrganization { name: "Tea & Co", owner_name: "Olga", email, password_hash: "hash", widget_key }
}

#[tokio::test]
async fn signing_up_makes_an_owner_who_can_log_in() {
    let database = TestDatabase::new();
    let storage = database.storage().await;
    let made = storage.create_organization(&sign_up("Ölga@Shop.example", "wk_tea")).await.unwrap();
    assert_eq!(made.member.role, Role::Owner);
    assert_eq!(made.member.email, "Ölga@Shop.example");
    for spelling in ["Ölga@Shop.example", "ölga@shop.EXAMPLE", " ÖLGA@SHOP.EXAMPLE "] {
        let login = storage.find_login(spelling).await.unwrap().unwrap();
        assert_eq!(login.memberships, std::slice::from_ref(&made), "{spelling}");
        assert_eq!(login.password_hash, "hash");
    }
    assert_eq!(storage.find_login("olga@shop.example").await.unwrap(), None);
}

#[tokio::test]
async fn an_address_has_one_account_and_a_key_one_widget() {
    let database = TestDatabase::new();
    let storage = database.storage().await;
    storage.create_organization(&sign_up("olga@shop.example", "wk_tea")).await.unwrap();
    let again = storage.create_organization(&sign_up("OLGA@shop.example", "wk_other")).await;
    assert_eq!(again, Err(StorageError::Conflict("email")));
    let again = storage.create_organization(&sign_up("other@shop.example", "wk_tea")).await;
    assert_eq!(again, Err(StorageError::Conflict("widget_key")));
    // What was refused left nothing behind.
    let count = database.client().await.query_one("select count(*) from organizations", &[]).await.unwrap();
    assert_eq!(count.get::<_, i64>(0), 1);
}

#[tokio::test]
async fn a_member_is_added_once() {
    let (_database, shop) = shop().await;
    let new = NewMember { name: "Abel", email: "abel@shop.example", password_hash: "hash", role: Role::Agent };
    let member = shop.storage.create_member(shop.organization, &new).await.unwrap();
    let login = shop.storage.find_login("abel@shop.example").await.unwrap().unwrap();
    assert_eq!(login.memberships[0].member, member);
    assert_eq!(login.memberships[0].organization.id, shop.organization);
    let again = shop.storage.create_member(shop.organization, &new).await;
    assert_eq!(again, Err(StorageError::Conflict("email")));
    let nowhere = NewMember { email: "nobody@shop.example", ..new };
    let refused = shop.storage.create_member(protocol::id::OrganizationId::generate(), &nowhere).await;
    assert_eq!(refused, Err(StorageError::Conflict("organization")));
}

#[tokio::test]
async fn a_login_is_found_while_it_is_in_force() {
    let (_database, shop) = shop().await;
    let (storage, organization, owner) = (&shop.storage, shop.organization, shop.owner.id);
    let far = 4_000_000_000_000;
    let (live, expired) = (token(), token());
    storage.create_member_session(organization, owner, &live, far).await.unwrap();
    storage.create_member_session(organization, owner, &expired, 1_000).await.unwrap();
    let found = storage.find_member_session(&live).await.unwrap().unwrap();
    assert_eq!((found.member, found.organization.id), (shop.owner.clone(), organization));
    assert_eq!(storage.find_member_session(&expired).await.unwrap(), None);
    assert_eq!(storage.find_member_session(&token()).await.unwrap(), None);
    // Another organization cannot end it.
    storage.delete_member_session(protocol::id::OrganizationId::generate(), &live).await.unwrap();
    assert!(storage.find_member_session(&live).await.unwrap().is_some());
    storage.delete_member_session(organization, &live).await.unwrap();
    storage.delete_member_session(organization, &live).await.unwrap();
    assert_eq!(storage.find_member_session(&live).await.unwrap(), None);
    let stranger = storage.create_member_session(organization, protocol::id::MemberId::generate(), &token(), far).await;
    assert_eq!(stranger, Err(StorageError::Conflict("member")));
}
