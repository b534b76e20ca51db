//! What is asked across organizations: by what nobody can guess or what is public, and then it is one organization's and
//! no other's; or for all of them, and then it is ids and nothing else.

use protocol::value::Role;
use storage::{NewMember, StorageError};

use super::rows::Secrets;
use super::two;

/// Later than anything was touched.
const LATER: u64 = 33_000_000_000_000;

/// Texts and tokens are no matter of theirs; which organizations and files there are is.
#[tokio::test]
async fn what_is_about_all_organizations_tells_ids_only() {
    let (_database, storage, us, them) = two().await;
    storage.delete_organization(them.id()).await.unwrap();
    let told = [
        format!("{:?}", storage.organizations(None, 10).await.unwrap()),
        format!("{:?}", storage.deleted_organizations(10).await.unwrap()),
        format!("{:?}", storage.organizations_with_abandoned_files(10).await.unwrap()),
        format!("{:?}", storage.expired_uploads(LATER, 10).await.unwrap()),
        format!("{:?}", storage.unsent_files(LATER, 10).await.unwrap()),
        format!("{:?}", storage.make_partitions(4).await.unwrap()),
        format!("{:?}", storage.drop_partitions().await.unwrap()),
    ];
    for told in &told {
        assert!(!told.contains(&us.word) && !told.contains(&them.word), "{told}");
    }
    assert!(told[0].contains(&us.id().to_string()) && told[1].contains(&them.id().to_string()), "{told:?}");
}

/// A key, an address and a token each lead to one organization.
#[tokio::test]
async fn what_leads_to_an_organization_tells_nothing_of_another() {
    let (database, storage, us, them) = two().await;
    let theirs = Secrets::of(&database, &them, &us).await;
    let owner = format!("owner@{}.example", us.word);
    let found = [
        format!("{:?}", storage.find_widget(&us.shop.widget_key).await.unwrap().unwrap()),
        format!("{:?}", storage.find_widget(&us.id().to_string()).await.unwrap().unwrap()),
        format!("{:?}", storage.find_login(&owner).await.unwrap().unwrap()),
        format!("{:?}", storage.find_member_session(&us.member_token).await.unwrap().unwrap()),
        format!("{:?}", storage.heads(&[(us.id(), us.conversation), (us.id(), them.conversation)]).await.unwrap()),
    ];
    for found in &found {
        assert_eq!(theirs.told_by(found), None, "{found}");
        assert!(found.contains(&us.id().to_string()), "{found}");
    }
    // A widget's token is no login, nor the other way round, and neither is known elsewhere.
    assert_eq!(storage.find_member_session(&us.session_token).await, Ok(None));
    let again = storage.resume_widget_session(them.id(), &us.session_token, &storage::Browser::default()).await;
    assert_eq!(again, Ok(None));
}

/// Whoever is a member of two is shown in each as a member of it: what they are called and may do in the other is not
/// known there, and a session is of one.
#[tokio::test]
async fn a_member_of_two_organizations_is_two_members() {
    let (_database, storage, us, them) = two().await;
    let email = format!("agent@{}.example", them.word);
    let here = storage.add_member(us.id(), &email, "Visiting", Role::Agent).await.unwrap();
    assert_ne!(here.id, them.agent);
    assert_eq!(storage.find_member(us.id(), them.agent).await, Ok(None));
    assert_eq!(storage.find_member(them.id(), here.id).await, Ok(None));
    assert_eq!(storage.set_department_members(us.id(), us.department, &[here.id]).await, Ok(()));
    assert_eq!(storage.team(them.id(), here.id, 10).await, Ok(None));
    let elsewhere = storage.create_member_session(them.id(), here.id, &[5; 32], LATER).await;
    assert_eq!(elsewhere, Err(StorageError::Conflict("member")));
    storage.create_member_session(us.id(), here.id, &[5; 32], LATER).await.unwrap();
    let session = storage.find_member_session(&[5; 32]).await.unwrap().unwrap();
    assert_eq!((session.organization.id, session.member.id), (us.id(), here.id));
    // Both are theirs to know, and nobody else's.
    let all = async |organization, member| storage.memberships_of(organization, member).await.unwrap().len();
    assert_eq!(
        (all(us.id(), here.id).await, all(them.id(), them.agent).await, all(us.id(), them.agent).await),
        (2, 2, 0)
    );
    // An account is made once, and no organization takes it away from another.
    let new = NewMember { name: "Visiting", email: &email, password_hash: "another", role: Role::Owner };
    assert_eq!(storage.create_member(us.id(), &new).await, Err(StorageError::Conflict("email")));
}
