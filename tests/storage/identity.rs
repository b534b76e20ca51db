//! Verified identity: one visitor for an external id that was vouched for, and never one who only claims it.

use protocol::id::{OrganizationId, VisitorId, WidgetSessionId};
use protocol::value::{Answer, Attribute, Attributes, VisitorSummary};
use storage::{Browser, NewConversation, StorageError, VisitorUpdate, WidgetSession};

use super::visitor::{nothing, update};
use super::{Shop, shop, token};

impl Shop {
    async fn identify(&self, session: &WidgetSession, external_id: &str) -> VisitorSummary {
        let update = VisitorUpdate { name: Some("Ada"), ..nothing() };
        let found = self.storage.identify_visitor(self.organization, session.id, external_id, &update).await;
        found.unwrap().unwrap().visitor
    }
}

#[tokio::test]
async fn sessions_of_one_external_id_stand_for_one_verified_visitor() {
    let (_database, shop) = shop().await;
    let hash = token();
    let browser = Browser::default();
    let anonymous = shop.storage.create_widget_session(shop.organization, &hash, &browser).await.unwrap();
    assert!(!anonymous.verified);
    let before = shop.conversation_of(anonymous.visitor, "before").await;
    let ada = shop.identify(&anonymous, "ada-1").await;
    assert_ne!(ada.id, anonymous.visitor);
    assert_eq!((ada.name.as_deref(), ada.verified), (Some("Ada"), true));
    let resumed = shop.storage.resume_widget_session(shop.organization, &hash, &browser).await.unwrap().unwrap();
    assert_eq!((resumed.id, resumed.visitor, resumed.verified), (anonymous.id, ada.id, true));
    assert_eq!(resumed.name.as_deref(), Some("Ada"));

    // Once more, and from another browser: the same visitor.
    let second = shop.session().await;
    assert_eq!(shop.identify(&anonymous, "ada-1").await.id, ada.id);
    assert_eq!(shop.identify(&second, "ada-1").await.id, ada.id);
    // What was said before stays with who said it.
    let summary = shop.storage.find_conversation(shop.organization, before).await.unwrap().unwrap();
    assert_eq!((summary.visitor.id, summary.visitor.verified), (anonymous.visitor, false));
    let ours = shop.conversation_of(ada.id, "after").await;
    let (theirs, _) = shop.storage.conversations_of(shop.organization, ada.id, None, None, 10).await.unwrap();
    assert_eq!(theirs.iter().map(|summary| summary.conversation).collect::<Vec<_>>(), [ours]);
    assert!(theirs[0].visitor.verified);

    // Somebody else may take the browser over.
    let bob = shop.identify(&anonymous, "bob-2").await;
    assert_ne!(bob.id, ada.id);
    let resumed = shop.storage.resume_widget_session(shop.organization, &hash, &browser).await.unwrap().unwrap();
    assert_eq!(resumed.visitor, bob.id);
}

#[tokio::test]
async fn one_who_only_claims_an_external_id_is_somebody_else() {
    let (_database, shop) = shop().await;
    let (claims, vouched) = (shop.session().await, shop.session().await);
    let claim = VisitorUpdate { external_id: Some("ada-1"), ..nothing() };
    let claimed =
        shop.storage.update_visitor(shop.organization, claims.visitor, &claim).await.unwrap().unwrap().visitor;
    assert!(!claimed.verified);
    let ada = shop.identify(&vouched, "ada-1").await;
    assert_ne!(ada.id, claims.visitor);
    // Also the other way round: the claim comes after.
    let late = shop.visitor().await;
    let claimed = shop.storage.update_visitor(shop.organization, late, &claim).await.unwrap().unwrap().visitor;
    assert_eq!((claimed.id, claimed.verified), (late, false));
    // Vouched for at last, the browser that claimed becomes who it is; its own visitor stays unverified.
    assert_eq!(shop.identify(&claims, "ada-1").await.id, ada.id);
    let profile = shop.storage.visitor_profile(shop.organization, claims.visitor).await.unwrap().unwrap();
    assert_eq!((profile.external_id.as_deref(), profile.visitor.verified), (Some("ada-1"), false));
}

#[tokio::test]
async fn two_browsers_at_once_find_one_visitor() {
    let (_database, shop) = shop().await;
    let (one, other) = (shop.session().await, shop.session().await);
    for round in 0..50 {
        let external_id = format!("round-{round}");
        let (first, second) = tokio::join!(shop.identify(&one, &external_id), shop.identify(&other, &external_id));
        assert_eq!(first, second, "round {round}");
    }
}

#[tokio::test]
async fn one_browser_twice_at_once_ends_as_one_of_the_two() {
    let (_database, shop) = shop().await;
    let hash = token();
    let session = shop.storage.create_widget_session(shop.organization, &hash, &Browser::default()).await.unwrap();
    for round in 0..50 {
        let (ada, bob) = (format!("ada-{round}"), format!("bob-{round}"));
        let (ada, bob) = tokio::join!(shop.identify(&session, &ada), shop.identify(&session, &bob));
        let resumed = shop.storage.resume_widget_session(shop.organization, &hash, &Browser::default()).await;
        let visitor = resumed.unwrap().unwrap().visitor;
        assert!(ada.id != bob.id && [ada.id, bob.id].contains(&visitor), "round {round}");
    }
}

#[tokio::test]
async fn organizations_share_no_external_ids_and_no_sessions() {
    let (_database, shop) = shop().await;
    let other = Shop::open(&shop.storage).await;
    let (ours, theirs) = (shop.session().await, other.session().await);
    assert_ne!(shop.identify(&ours, "ada-1").await.id, other.identify(&theirs, "ada-1").await.id);
    for (organization, session) in [
        (shop.organization, theirs.id),
        (OrganizationId::generate(), ours.id),
        (shop.organization, WidgetSessionId::generate()),
    ] {
        let found = shop.storage.identify_visitor(organization, session, "eve-3", &nothing()).await;
        assert_eq!(found, Ok(None));
    }
}

#[tokio::test]
async fn attributes_are_merged_into_the_verified_visitors_and_too_many_change_nothing() {
    let (_database, shop) = shop().await;
    let hash = token();
    let session = shop.storage.create_widget_session(shop.organization, &hash, &Browser::default()).await.unwrap();
    let named = |from: usize, to: usize| -> Attributes {
        (from..to).map(|number| (format!("a{number}"), Attribute::Integer(1))).collect()
    };
    let identify = async |external_id, attributes: Attributes| {
        shop.storage.identify_visitor(shop.organization, session.id, external_id, &update(&attributes)).await
    };
    let ada = identify("ada-1", named(0, 30)).await.unwrap().unwrap().visitor;
    assert_eq!(identify("ada-1", named(20, 50)).await.unwrap().unwrap().visitor.id, ada.id);
    assert_eq!(identify("ada-1", named(50, 51)).await, Err(StorageError::Conflict("attributes")));
    assert_eq!(identify("bob-2", named(0, 51)).await, Err(StorageError::Conflict("attributes")));
    let resumed = shop.storage.resume_widget_session(shop.organization, &hash, &Browser::default()).await;
    assert_eq!(resumed.unwrap().unwrap().visitor, ada.id, "who it was stays");
    let profile = shop.storage.visitor_profile(shop.organization, ada.id).await.unwrap().unwrap();
    assert_eq!((profile.attributes, profile.external_id.as_deref()), (named(0, 50), Some("ada-1")));
}

#[tokio::test]
async fn a_verified_visitor_keeps_the_external_id() {
    let (_database, shop) = shop().await;
    let ada = shop.identify(&shop.session().await, "ada-1").await;
    let claim = async |external_id| {
        let update = VisitorUpdate { external_id: Some(external_id), name: Some("Eve"), ..nothing() };
        shop.storage.update_visitor(shop.organization, ada.id, &update).await
    };
    assert_eq!(claim("eve-3").await, Err(StorageError::Conflict("external_id")));
    let profile = shop.storage.visitor_profile(shop.organization, ada.id).await.unwrap().unwrap();
    assert_eq!(profile.visitor, ada, "nothing is noted");
    assert!(claim("ada-1").await.unwrap().unwrap().visitor.verified);
}

#[tokio::test]
async fn a_verified_visitors_address_is_not_replaced_by_their_own_word() {
    let (_database, shop) = shop().await;
    let session = shop.session().await;
    let ada = shop.identify(&session, "ada-1").await;
    let said = async |email, own_word| {
        let update = VisitorUpdate { email: Some(email), own_word, ..nothing() };
        shop.storage.update_visitor(shop.organization, ada.id, &update).await.unwrap().unwrap().visitor.email
    };
    assert_eq!(said("first@ada.example", true).await.as_deref(), Some("first@ada.example"), "none was there");
    assert_eq!(said("boss@shop.example", true).await.as_deref(), Some("first@ada.example"));
    let answers = [Answer { key: "email".into(), value: "boss@shop.example".into() }];
    let new = NewConversation { visitor: ada.id, client_id: "c", department: None, answers: &answers };
    let started = shop.storage.start_conversation(shop.organization, &new).await.unwrap().summary;
    assert_eq!(started.visitor.email.as_deref(), Some("first@ada.example"));
    assert_eq!(said("new@ada.example", false).await.as_deref(), Some("new@ada.example"), "an agent's or a token's");
    let anonymous = shop.session().await.visitor;
    for email in ["one@home.example", "two@home.example"] {
        let update = VisitorUpdate { email: Some(email), ..nothing() };
        let noted = shop.storage.update_visitor(shop.organization, anonymous, &update).await.unwrap().unwrap();
        assert_eq!(noted.visitor.email.as_deref(), Some(email));
    }
}

#[tokio::test]
async fn whether_a_verified_visitor_appears_otherwise_is_told() {
    let (_database, shop) = shop().await;
    let (one, other) = (shop.session().await, shop.session().await);
    let identify = async |session: &WidgetSession, name| {
        let update = VisitorUpdate { name, ..nothing() };
        shop.storage.identify_visitor(shop.organization, session.id, "ada-1", &update).await.unwrap().unwrap().changed
    };
    assert!(!identify(&one, None).await, "nobody has seen them yet");
    assert!(identify(&one, Some("Ada")).await);
    assert!(!identify(&one, Some("Ada")).await);
    assert!(!identify(&other, Some("Ada")).await, "that a second session stands for them is nothing that lists show");
    assert!(identify(&other, Some("Ada Byron")).await);
    let ada = shop.identify(&one, "ada-1").await.id;
    let said = async |email, own_word| {
        let update = VisitorUpdate { email: Some(email), own_word, ..nothing() };
        shop.storage.update_visitor(shop.organization, ada, &update).await.unwrap().unwrap().changed
    };
    assert!(said("ada@home.example", true).await);
    assert!(!said("boss@shop.example", true).await, "their own word does not replace it");
    assert!(said("ada@work.example", false).await);
}

#[tokio::test]
async fn every_organization_has_a_secret_of_its_own() {
    let (_database, shop) = shop().await;
    let other = Shop::open(&shop.storage).await;
    let secret = async |organization| shop.storage.identity_secret(organization).await.unwrap();
    let (ours, theirs) = (secret(shop.organization).await.unwrap(), secret(other.organization).await.unwrap());
    assert_eq!((ours.len(), theirs.len()), (32, 32));
    assert_ne!(ours, theirs);
    assert_eq!(secret(shop.organization).await, Some(ours), "it stays");
    assert_eq!(secret(OrganizationId(VisitorId::generate().0)).await, None);
}
