//! Contacts: found by whatever is known of them, in pages, by their own organization only.

use protocol::id::VisitorId;
use protocol::value::{Attributes, Contact, ContactPlace};
use storage::{ContactFilter, VisitorUpdate};
use tests::database::TestDatabase;

use super::{Shop, shop};

struct Known {
    name: Option<&'static str>,
    email: Option<&'static str>,
    phone: Option<&'static str>,
    external_id: Option<&'static str>,
}

const NOBODY: Known = Known { name: None, email: None, phone: None, external_id: None };

async fn know(shop: &Shop, known: Known) -> VisitorId {
    let visitor = shop.visitor().await;
    let update = VisitorUpdate {
        name: known.name,
        email: known.email,
        phone: known.phone,
        external_id: known.external_id,
        attributes: &Attributes::default(),
        own_word: false,
    };
    shop.storage.update_visitor(shop.organization, visitor, &update).await.unwrap().unwrap();
    visitor
}

/// Makes it somebody whom the site vouched for.
async fn vouch(database: &TestDatabase, visitor: VisitorId) {
    database.client().await.execute("update visitors set verified = true where id = $1", &[&visitor.0]).await.unwrap();
}

fn ids(contacts: &[Contact]) -> Vec<VisitorId> {
    let mut ids: Vec<VisitorId> = contacts.iter().map(|contact| contact.visitor.id).collect();
    ids.sort();
    ids
}

async fn found(shop: &Shop, query: &str) -> Vec<VisitorId> {
    let filter = ContactFilter { query: Some(query), verified: None };
    let (contacts, more) = shop.storage.contacts(shop.organization, &filter, None, 100).await.unwrap();
    assert!(!more);
    ids(&contacts)
}

#[tokio::test]
async fn contacts_are_found_by_the_beginning_of_any_word() {
    let (_database, shop) = shop().await;
    shop.visitor().await;
    let ada = know(
        &shop,
        Known {
            name: Some("Ada Lovelace-Byron"),
            email: Some("Ada.L@shop.example"),
            phone: Some("+49 (0)170 123-4567"),
            ..NOBODY
        },
    )
    .await;
    let bob = know(&shop, Known { name: Some("Bob O'Brien"), external_id: Some("CRM-1701"), ..NOBODY }).await;
    let zoe = know(&shop, Known { name: Some("Zoë Ärmel"), email: Some("zoe@other.example"), ..NOBODY }).await;
    for (query, expected) in [
        ("ada", vec![ada]),
        ("love", vec![ada]),
        ("byr lov", vec![ada]),
        ("lovelace-b", vec![ada]),
        ("velace", vec![]),
        ("ada.l@shop.example", vec![ada]),
        ("@shop", vec![ada]),
        ("example", vec![ada, zoe]),
        ("o'brien", vec![bob]),
        ("crm-17", vec![bob]),
        ("1701", vec![ada, bob]),
        ("ärm", vec![zoe]),
        ("ÄRMEL zoë", vec![zoe]),
        ("+49 170 1234567", vec![ada]),
        ("0170/123 45 67", vec![ada]),
        ("0049-170-123", vec![ada]),
        ("4567", vec![ada]),
        ("0171 1234567", vec![]),
        ("ada bob", vec![]),
        ("---", vec![]),
        ("':*", vec![]),
        ("ada\0", vec![ada]),
    ] {
        let mut expected = expected;
        expected.sort();
        assert_eq!(found(&shop, query).await, expected, "{query:?}");
    }
    // Blank asks for nothing in particular: whoever came to be known.
    for blank in ["", "  "] {
        let mut all = vec![ada, bob, zoe];
        all.sort();
        assert_eq!(found(&shop, blank).await, all);
    }
    assert_eq!(found(&shop, &"x".repeat(5_000)).await, []);
    assert_eq!(found(&shop, &"ada ".repeat(500)).await, [ada]);
}

#[tokio::test]
async fn contacts_come_in_pages_newest_first_with_and_without_words() {
    let (database, shop) = shop().await;
    let client = database.client().await;
    let mut all = vec![];
    for number in 0..20_i32 {
        let visitor = know(&shop, Known { name: Some("Tea Drinker"), external_id: Some("x"), ..NOBODY }).await;
        // Four at a time share a moment.
        let sql = "update visitors set created_at = to_timestamp(1700000000 + $2 / 4), verified = $2 % 5 = 0,
            external_id = 'x' || $2 where id = $1";
        client.execute(sql, &[&visitor.0, &number]).await.unwrap();
        all.push((number / 4, visitor, number % 5 == 0));
    }
    all.sort_by_key(|(at, visitor, _)| std::cmp::Reverse((*at, *visitor)));
    for query in [None, Some("tea")] {
        for verified in [None, Some(true), Some(false)] {
            let expected = all.iter().filter(|(.., is)| verified.is_none_or(|wanted| wanted == *is));
            let expected: Vec<VisitorId> = expected.map(|(_, visitor, _)| *visitor).collect();
            let (mut got, mut after) = (vec![], None);
            loop {
                let filter = ContactFilter { query, verified };
                let (page, more) = shop.storage.contacts(shop.organization, &filter, after, 3).await.unwrap();
                let last = page.last();
                after = last.map(|last| ContactPlace { created_at: last.created_at, visitor: last.visitor.id });
                got.extend(page.iter().map(|contact| contact.visitor.id));
                if !more {
                    break;
                }
                assert_eq!(page.len(), 3);
            }
            assert_eq!(got, expected, "{query:?} {verified:?}");
        }
    }
}

#[tokio::test]
async fn contacts_are_looked_up_by_what_they_are_called_and_by_address() {
    let (database, shop) = shop().await;
    let other = Shop::open(&shop.storage).await;
    let address = Some("Ada@Shop.example");
    let ada = know(&shop, Known { email: address, external_id: Some("crm 1"), ..NOBODY }).await;
    let claims = know(&shop, Known { email: Some("ada@shop.EXAMPLE"), external_id: Some("crm 1"), ..NOBODY }).await;
    know(&shop, Known { email: Some("not.ada@shop.example"), ..NOBODY }).await;
    let theirs = know(&other, Known { email: address, external_id: Some("crm 1"), ..NOBODY }).await;
    vouch(&database, ada).await;
    vouch(&database, theirs).await;
    let called = async |shop: &Shop, external_id| {
        let contact = shop.storage.find_contact(shop.organization, external_id).await.unwrap();
        contact.map(|contact| contact.visitor.id)
    };
    assert_eq!(called(&shop, "crm 1").await, Some(ada));
    assert_eq!(called(&other, "crm 1").await, Some(theirs));
    assert_eq!((called(&shop, "crm").await, called(&shop, "\0").await), (None, None));
    let mut both = vec![ada, claims];
    both.sort();
    let with =
        async |email, limit| ids(&shop.storage.contacts_with_email(shop.organization, email, limit).await.unwrap());
    assert_eq!(with("ADA@shop.example", 10).await, both);
    assert_eq!(with("ada@shop.example", 1).await.len(), 1);
    for nobody in ["ada@shop", "ada", "", "'", "\\", "a'b\\c@x", "\0"] {
        assert_eq!(with(nobody, 10).await, [], "{nobody:?}");
    }
}

#[tokio::test]
async fn an_address_with_quotes_is_found() {
    let (_database, shop) = shop().await;
    let odd = know(&shop, Known { email: Some("o'\\brien@shop.example"), ..NOBODY }).await;
    let found = shop.storage.contacts_with_email(shop.organization, "O'\\Brien@shop.example", 10).await.unwrap();
    assert_eq!(ids(&found), [odd]);
}

#[tokio::test]
async fn the_organizations_id_among_the_words_is_no_word_to_be_found() {
    let (_database, shop) = shop().await;
    know(&shop, Known { name: Some("Yorick"), ..NOBODY }).await;
    let id = shop.organization.to_string();
    for query in [&id[..2], &id[..4], &id[..8], &id, &format!("@{id}")] {
        assert_eq!(found(&shop, query).await, [], "{query}");
    }
}
