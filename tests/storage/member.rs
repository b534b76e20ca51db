//! Members, as the others see them.

use protocol::id::{MemberId, OrganizationId};
use protocol::value::{AgentAvailability, AgentCard, Role};
use storage::NewMember;

use super::{Shop, shop};

async fn hire(shop: &Shop, name: &str) -> MemberId {
    let email = format!("{}@shop.example", uuid::Uuid::new_v4().simple());
    let new = NewMember { name, email: &email, password_hash: "hash", role: Role::Agent };
    shop.storage.create_member(shop.organization, &new).await.unwrap().id
}

#[tokio::test]
async fn members_come_by_name_and_are_online_until_they_choose() {
    let (_database, shop) = shop().await;
    let other = Shop::open(&shop.storage).await;
    let (zoe, abel) = (hire(&shop, "Zoe").await, hire(&shop, "abel").await);
    let online = |id, name: &str| (AgentCard { id, name: name.to_owned() }, AgentAvailability::Online);
    let expected = [online(abel, "abel"), online(shop.owner.id, "Olga"), online(zoe, "Zoe")];
    let members = async |shop: &Shop, limit| {
        shop.storage.team(shop.organization, shop.owner.id, limit).await.unwrap().unwrap().members
    };
    assert_eq!(members(&shop, 200).await, expected);
    assert_eq!(members(&shop, 2).await, expected[..2]);
    assert_eq!(members(&other, 200).await, [online(other.owner.id, "Olga")]);
    assert_eq!(shop.storage.team(OrganizationId::generate(), shop.owner.id, 200).await.unwrap(), None);
}

#[tokio::test]
async fn what_a_member_chooses_is_kept() {
    let (_database, shop) = shop().await;
    let other = Shop::open(&shop.storage).await;
    let (storage, organization, owner) = (&shop.storage, shop.organization, shop.owner.id);
    assert!(storage.set_availability(organization, owner, AgentAvailability::Away).await.unwrap());
    let found = async |organization, member| storage.find_member(organization, member).await.unwrap();
    let card = AgentCard { id: owner, name: "Olga".into() };
    assert_eq!(found(organization, owner).await, Some((card.clone(), AgentAvailability::Away)));
    // Another organization's member can be neither seen nor told.
    assert!(!storage.set_availability(other.organization, owner, AgentAvailability::Online).await.unwrap());
    assert_eq!(found(other.organization, owner).await, None);
    assert_eq!(found(organization, MemberId::generate()).await, None);
    assert_eq!(found(organization, owner).await, Some((card, AgentAvailability::Away)));
}
