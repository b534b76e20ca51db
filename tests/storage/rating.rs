//! Ratings: the newest of each conversation, and how many there are of each score.

use protocol::id::ConversationId;
use protocol::value::Content;
use storage::{NewEntry, Writer, WriterConfig};
use tests::database::TestDatabase;

use super::{Shop, shop, submit, visitor};

/// Rates conversations one after the other, as their visitors.
async fn rate(database: &TestDatabase, shop: &Shop, ratings: &[(ConversationId, u8, Option<&str>)]) {
    for (number, (conversation, score, comment)) in ratings.iter().enumerate() {
        let found = shop.storage.find_conversation(shop.organization, *conversation).await.unwrap().unwrap();
        let content = Content::rating(*score, comment.map(str::to_owned));
        let sender = visitor(found.visitor.id);
        let at = 1_700_000_000_000 + number as u64;
        let entry = NewEntry { content, at, ..shop.text(*conversation, &sender, "") };
        let (writer, _announced) = Writer::start(database.config(), WriterConfig::default());
        submit(&writer, [entry]);
        writer.close(std::time::Duration::from_secs(10)).await.unwrap();
    }
}

#[tokio::test]
async fn the_newest_rating_of_each_conversation_is_listed_and_counted() {
    let (database, shop) = shop().await;
    let other = Shop::open(&shop.storage).await;
    let (one, two, three) = (shop.conversation().await, shop.conversation().await, shop.conversation().await);
    let theirs = other.conversation().await;
    shop.conversation().await;
    let counts = async || shop.storage.rating_counts(shop.organization).await.unwrap();
    assert_eq!(counts().await, [0; 5]);
    rate(&database, &other, &[(theirs, 3, None)]).await;
    rate(&database, &shop, &[(one, 1, Some("slow")), (two, 5, None), (three, 5, Some("kind")), (one, 4, None)]).await;
    assert_eq!(counts().await, [0, 0, 0, 1, 2]);
    let page = async |after, limit| shop.storage.ratings(shop.organization, after, limit).await.unwrap();
    let (all, more) = page(None, 10).await;
    let listed: Vec<_> = all.iter().map(|rated| (rated.conversation, rated.score, rated.comment.as_deref())).collect();
    assert_eq!((listed, more), (vec![(one, 4, None), (three, 5, Some("kind")), (two, 5, None)], false));
    let (first, more) = page(None, 2).await;
    assert_eq!((&first[..], more), (&all[..2], true));
    let (last, more) = page(first.last().map(|rated| (rated.at, rated.conversation)), 2).await;
    assert_eq!((&last[..], more), (&all[2..], false));

    // Conversations that go are counted no longer.
    database.client().await.execute("delete from conversations where id = $1", &[&three.0]).await.unwrap();
    assert_eq!(counts().await, [0, 0, 0, 1, 1]);
    assert_eq!(shop.storage.rating_counts(other.organization).await.unwrap(), [0, 0, 1, 0, 0]);
    assert_eq!(shop.storage.ratings(other.organization, None, 10).await.unwrap().0[0].conversation, theirs);
}
