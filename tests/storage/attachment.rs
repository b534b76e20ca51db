//! Attachments: opened once however often, found when they are there, given up when nobody goes on.

use protocol::id::{AttachmentId, ConversationId, OrganizationId};
use protocol::value::{Attachment, Content, Participant};
use storage::{NewAttachment, NewEntry, StorageError, StoredAttachment, Writer, WriterConfig};

use super::writer::receipts;
use super::{Shop, anybody, shop, submit, visitor};

/// A file of somebody's.
pub(super) fn file<'a>(
    conversation: ConversationId,
    uploader: &'a Participant,
    client_id: &'a str,
) -> NewAttachment<'a> {
    NewAttachment {
        conversation,
        uploader,
        client_id,
        name: "tea.png",
        size: 5_000_000_000,
        media_type: "image/png",
        sha256: [7; 32],
        key: client_id,
    }
}

#[tokio::test]
async fn an_attachment_is_opened_once_and_comes_back_as_it_was() {
    let (_database, shop) = shop().await;
    let conversation = shop.conversation().await;
    let (agent, storage) = (shop.agent(), &shop.storage);
    let opened = storage.open_attachment(shop.organization, &file(conversation, &agent, "a")).await.unwrap();
    assert_eq!((opened.conversation, opened.uploader, opened.client_id.as_str()), (conversation, agent.id, "a"));
    assert_eq!(
        (opened.name.as_str(), opened.size, opened.media_type.as_str()),
        ("tea.png", 5_000_000_000, "image/png")
    );
    assert_eq!((opened.sha256, opened.key.as_str(), opened.done), ([7; 32], "a", false));
    assert_eq!(storage.find_attachment(shop.organization, opened.id).await.unwrap().as_ref(), Some(&opened));

    // The same key again is the same upload, whatever else is said of it.
    let other = NewAttachment { name: "coffee.png", size: 1, key: "b", ..file(conversation, &agent, "a") };
    assert_eq!(storage.open_attachment(shop.organization, &other).await.unwrap(), opened);
    // The key belongs to its uploader.
    let guest = anybody();
    let theirs = NewAttachment { key: "c", ..file(conversation, &guest, "a") };
    assert_ne!(storage.open_attachment(shop.organization, &theirs).await.unwrap().id, opened.id);
}

#[tokio::test]
async fn two_at_once_open_one_attachment() {
    let (_database, shop) = shop().await;
    let conversation = shop.conversation().await;
    let agent = shop.agent();
    for round in 0..100 {
        let client_id = round.to_string();
        let (one, other) = (format!("{round}-one"), format!("{round}-other"));
        let first = NewAttachment { key: &one, ..file(conversation, &agent, &client_id) };
        let second = NewAttachment { key: &other, ..first };
        let (first, second) = tokio::join!(
            shop.storage.open_attachment(shop.organization, &first),
            shop.storage.open_attachment(shop.organization, &second),
        );
        assert_eq!(first.unwrap(), second.unwrap(), "round {round}");
    }
}

#[tokio::test]
async fn only_what_is_done_is_a_file_and_only_what_is_not_can_be_forgotten() {
    let (_database, shop) = shop().await;
    let conversation = shop.conversation().await;
    let (agent, storage, organization) = (shop.agent(), &shop.storage, shop.organization);
    let opened = storage.open_attachment(organization, &file(conversation, &agent, "a")).await.unwrap();
    assert_eq!(storage.find_file(organization, "a").await.unwrap(), None);
    assert!(storage.finish_attachment(organization, opened.id).await.unwrap());
    assert!(storage.finish_attachment(organization, opened.id).await.unwrap(), "once more is no harm");
    let done = storage::StoredAttachment { done: true, ..opened.clone() };
    assert_eq!(storage.find_file(organization, "a").await.unwrap().as_ref(), Some(&done));
    assert_eq!(storage.open_attachment(organization, &file(conversation, &agent, "a")).await.unwrap(), done);
    assert!(!storage.delete_attachment(organization, opened.id).await.unwrap(), "it is done");

    let given_up = storage.open_attachment(organization, &file(conversation, &agent, "b")).await.unwrap();
    assert!(storage.delete_attachment(organization, given_up.id).await.unwrap());
    assert!(!storage.delete_attachment(organization, given_up.id).await.unwrap());
    let abandoned = storage.abandoned_files(organization, None, 10).await.unwrap();
    assert_eq!(abandoned, ["b"], "a file may have been stored just before");
    assert!(!storage.finish_attachment(organization, given_up.id).await.unwrap());
    assert_eq!(storage.find_attachment(organization, given_up.id).await.unwrap(), None);
    let again = storage.open_attachment(organization, &file(conversation, &agent, "b")).await.unwrap();
    assert_ne!(again.id, given_up.id, "begun anew");
}

#[tokio::test]
async fn another_organizations_attachment_looks_missing() {
    let (_database, shop) = shop().await;
    let other = Shop::open(&shop.storage).await;
    let conversation = shop.conversation().await;
    let (agent, storage, foreign) = (shop.agent(), &shop.storage, other.organization);
    let opened = storage.open_attachment(shop.organization, &file(conversation, &agent, "a")).await.unwrap();
    for organization in [foreign, OrganizationId::generate()] {
        assert_eq!(storage.find_attachment(organization, opened.id).await.unwrap(), None);
        assert!(!storage.finish_attachment(organization, opened.id).await.unwrap());
        assert!(!storage.delete_attachment(organization, opened.id).await.unwrap());
        let refused = storage.open_attachment(organization, &file(conversation, &agent, "b")).await;
        assert_eq!(refused, Err(StorageError::Conflict("conversation")));
    }
    storage.finish_attachment(shop.organization, opened.id).await.unwrap();
    assert_eq!(storage.find_file(foreign, "a").await.unwrap(), None);
    assert_eq!(storage.find_attachment(shop.organization, AttachmentId::generate()).await.unwrap(), None);
}

#[tokio::test]
async fn what_nobody_goes_on_with_expires_the_oldest_first() {
    let (database, shop) = shop().await;
    let other = Shop::open(&shop.storage).await;
    let client = database.client().await;
    let (mut opened, guest) = (vec![], visitor(shop.visitor().await));
    for (number, shop) in [&shop, &other, &shop, &shop].into_iter().enumerate() {
        let (conversation, client_id) = (shop.conversation().await, number.to_string());
        let new = file(conversation, &guest, &client_id);
        let upload = shop.storage.open_attachment(shop.organization, &new).await.unwrap();
        let sql = "update attachments set touched_at = to_timestamp(1700000000 - $2) where id = $1";
        client.execute(sql, &[&upload.id.0, &i32::try_from(number).unwrap()]).await.unwrap();
        opened.push((shop.organization, upload));
    }
    // One is done, and one goes on.
    shop.storage.finish_attachment(shop.organization, opened[2].1.id).await.unwrap();
    let again = file(opened[3].1.conversation, &guest, "3");
    shop.storage.open_attachment(shop.organization, &again).await.unwrap();
    let expired = async |before, limit| shop.storage.expired_uploads(before, limit).await.unwrap();
    let waiting = [1, 0].map(|number: usize| (opened[number].0, opened[number].1.id));
    assert_eq!(expired(1_700_000_000_001, 10).await, waiting);
    assert_eq!(expired(1_700_000_000_001, 1).await, waiting[..1]);
    assert_eq!(expired(1_700_000_000_000, 10).await, waiting[..1]);
    assert_eq!(expired(1_699_999_000_000, 10).await, []);
}

#[tokio::test]
async fn what_no_entry_names_is_found_when_it_is_old_and_what_one_names_never() {
    let (database, shop) = shop().await;
    let (conversation, guest) = (shop.conversation().await, visitor(shop.visitor().await));
    let (storage, organization) = (&shop.storage, shop.organization);
    let mut files = vec![];
    for client_id in ["sent", "unsent", "kept", "unfinished"] {
        let upload = storage.open_attachment(organization, &file(conversation, &guest, client_id)).await.unwrap();
        if client_id != "unfinished" {
            storage.finish_attachment(organization, upload.id).await.unwrap();
        }
        files.push(upload);
    }
    // An entry that names one is stored: the file is noted in the same commit.
    let (writer, mut announced) = Writer::start(database.config(), WriterConfig::default());
    let StoredAttachment { id, name, size, media_type, .. } = files[0].clone();
    let named = Attachment { id, name, size, media_type, url: "/files/x".into() };
    let entry = NewEntry { content: Content::attachment(named), ..shop.text(conversation, &guest, "") };
    submit(&writer, [entry, shop.text(conversation, &guest, "and a text")]);
    receipts(&mut announced, 2).await;
    let client = database.client().await;
    let sent = client.query("select id from attachments where sent_at is not null", &[]).await.unwrap();
    assert_eq!(sent.iter().map(|row| AttachmentId(row.get(0))).collect::<Vec<_>>(), [files[0].id]);

    let age = "update attachments set touched_at = to_timestamp(1600000000),
        done_at = case when done_at is not null then to_timestamp(1600000000) end";
    client.batch_execute(age).await.unwrap();
    assert_eq!(storage.keep_attachment(organization, files[3].id).await.unwrap(), None, "it is not done");
    assert_eq!(storage.keep_attachment(organization, files[2].id).await.unwrap().unwrap().id, files[2].id);
    let before = 1_600_000_000_001;
    assert_eq!(storage.unsent_files(before, 10).await.unwrap(), [(organization, files[1].id)]);
    assert_eq!(storage.unsent_files(before - 1, 10).await.unwrap(), []);
    for (number, gone) in [(0, false), (1, true), (2, false), (3, false), (1, false)] {
        let deleted = storage.delete_unsent(organization, files[number].id, before).await.unwrap();
        assert_eq!(deleted, gone, "file {number}");
    }
    assert_eq!(storage.abandoned_files(organization, None, 10).await.unwrap(), ["unsent"]);
    assert_eq!(storage.find_upload(organization, guest.id, "unsent").await.unwrap(), None);
    assert_eq!(storage.find_upload(organization, guest.id, "sent").await.unwrap().unwrap().id, files[0].id);
    assert_eq!(storage.find_upload(OrganizationId::generate(), guest.id, "sent").await.unwrap(), None);
}
