//! Who answers for which department.

use protocol::id::{DepartmentId, MemberId};
use protocol::value::{Department, Member, Role};
use storage::{NewMember, StorageError};

use super::{Shop, shop};

async fn departments(shop: &Shop, names: &[&str]) -> Vec<DepartmentId> {
    let mut config = shop.storage.find_widget_of(shop.organization).await.unwrap().unwrap().config;
    config.departments = names.iter().map(|name| Department { id: None, name: (*name).into() }).collect();
    let saved = shop.storage.save_widget_config(shop.organization, &config).await.unwrap();
    saved.departments.into_iter().filter_map(|department| department.id).collect()
}

async fn member(shop: &Shop, email: &str) -> Member {
    let new = NewMember { name: "Abel", email, password_hash: "hash", role: Role::Agent };
    shop.storage.create_member(shop.organization, &new).await.unwrap()
}

#[tokio::test]
async fn members_of_departments_are_replaced_as_one() {
    let (database, shop) = shop().await;
    let other = Shop::open(&shop.storage).await;
    let named = departments(&shop, &["Sales", "Repairs"]).await;
    let (owner, abel) = (shop.owner.id, member(&shop, "abel@shop.example").await.id);
    let (storage, organization) = (&shop.storage, shop.organization);
    let set = async |department, members: &[MemberId]| {
        storage.set_department_members(organization, department, members).await
    };
    let of = async |organization, member| storage.team(organization, member, 10).await.unwrap().unwrap().departments;
    set(named[0], &[owner, abel, abel]).await.unwrap();
    set(named[1], &[abel]).await.unwrap();
    assert_eq!(of(organization, abel).await, named);
    assert_eq!(of(organization, owner).await, [named[0]]);
    set(named[0], &[owner]).await.unwrap();
    assert_eq!(storage.department_members(organization, named[0]).await.unwrap(), Some(vec![owner]));
    assert_eq!(of(organization, abel).await, [named[1]]);

    // What is somebody else's is not there, and nothing is changed by naming it.
    let conflict = |what| Err(StorageError::Conflict(what));
    assert_eq!(set(named[0], &[abel, other.owner.id]).await, conflict("member"));
    assert_eq!(set(DepartmentId::generate(), &[abel]).await, conflict("department"));
    assert_eq!(other.storage.set_department_members(other.organization, named[0], &[]).await, conflict("department"));
    assert_eq!(storage.department_members(organization, named[0]).await.unwrap(), Some(vec![owner]));
    assert_eq!(storage.department_members(other.organization, named[0]).await.unwrap(), None);
    assert_eq!(storage.team(other.organization, owner, 10).await.unwrap(), None);

    // A department or member that goes takes its rows along.
    let client = database.client().await;
    client.execute("delete from members where id = $1", &[&abel.0]).await.unwrap();
    assert_eq!(storage.department_members(organization, named[1]).await.unwrap(), Some(vec![]));
    departments(&shop, &["Other"]).await;
    assert_eq!(of(organization, owner).await, []);
    let left = client.query_one("select count(*) from department_members", &[]).await.unwrap();
    assert_eq!(left.get::<_, i64>(0), 0);
}
