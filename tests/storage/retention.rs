//! What has been kept long enough goes, in batches, and nothing else.

use protocol::id::{ConversationId, OrganizationId};
use protocol::value::{Attributes, Content, ConversationStatus};
use storage::{Expiring, Gone, Heard, Retention, VisitorUpdate, Write, Writer, WriterConfig};
use tokio::task::yield_now;

use super::visit::note;
use super::writer::receipts;
use super::{Shop, anybody, shop, submit, visitor};

const DAYS: Retention =
    Retention { conversations_days: Some(30), visitors_days: Some(60), page_views_days: Some(5), events_days: None };

#[tokio::test]
async fn how_long_what_is_kept_is_set_for_each_organization() {
    let (_database, shop) = shop().await;
    let other = Shop::open(&shop.storage).await;
    let default = Retention {
        conversations_days: None,
        visitors_days: Some(365),
        page_views_days: Some(90),
        events_days: Some(365),
    };
    assert_eq!(shop.storage.retention(shop.organization).await.unwrap(), Some(default));
    assert!(shop.storage.set_retention(shop.organization, &DAYS).await.unwrap());
    assert_eq!(shop.storage.retention(shop.organization).await.unwrap(), Some(DAYS));
    assert_eq!(shop.storage.retention(other.organization).await.unwrap(), Some(default));
    let never = Retention { visitors_days: Some(0), ..DAYS };
    shop.storage.set_retention(shop.organization, &never).await.unwrap_err();
    assert!(!shop.storage.set_retention(OrganizationId::generate(), &DAYS).await.unwrap());
    assert_eq!(shop.storage.retention(OrganizationId::generate()).await.unwrap(), None);
}

#[tokio::test]
async fn old_resolved_conversations_go_in_batches_with_all_that_belongs_to_them() {
    const OLD: usize = 230;
    let (database, shop) = shop().await;
    let client = database.client().await;
    let guest = shop.visitor().await;
    let mut conversations = vec![];
    for number in 0..OLD + 3 {
        conversations.push(shop.conversation_of(guest, &number.to_string()).await);
    }
    let (writer, mut announced) = Writer::start(database.config(), WriterConfig::default());
    submit(&writer, conversations.iter().map(|id| shop.text(*id, &visitor(guest), "about tea")));
    receipts(&mut announced, OLD + 3).await;
    // The second agent overtakes the first, who gets a row for their place.
    for agent in [shop.agent(), anybody()] {
        submit(&writer, conversations.iter().map(|id| shop.text(*id, &agent, "with milk")));
        receipts(&mut announced, OLD + 3).await;
    }
    // Making words holds their conversations for a moment, and what is held is left for the next time.
    let waiting = "select count(*) from search_queue";
    while client.query_one(waiting, &[]).await.unwrap().get::<_, i64>(0) > 0 {
        yield_now().await;
    }
    let old =
        "update conversations set status = 'resolved', updated_at = now() - interval '31 days' where id = any($1)";
    let ids: Vec<_> = conversations.iter().map(|id| id.0).collect();
    client.execute(old, &[&ids]).await.unwrap();
    // One was open all the time, and one is not old enough.
    let young = "update conversations set updated_at = now() - interval '29 days' where id = $1";
    client.execute(young, &[&ids[0]]).await.unwrap();
    client.execute("update conversations set status = 'open' where id = $1", &[&ids[1]]).await.unwrap();

    let expire = || shop.storage.expire(shop.organization, Expiring::Conversations);
    assert_eq!(expire().await, Ok(0), "kept for good unless it is said otherwise");
    shop.storage.set_retention(shop.organization, &DAYS).await.unwrap();
    // One is being written to: its row is locked by whoever does.
    let busy = database.client().await;
    busy.batch_execute("begin").await.unwrap();
    busy.execute("update conversations set updated_at = now() where id = $1", &[&ids[2]]).await.unwrap();
    for expected in [100, 100, 30, 0] {
        assert_eq!(expire().await, Ok(expected));
    }
    busy.batch_execute("commit").await.unwrap();
    assert_eq!(expire().await, Ok(0), "it is not old any more");
    for (table, left) in [("conversations", 3), ("entries", 9), ("participants", 3)] {
        let rows = client.query_one(&format!("select count(*) from {table}"), &[]).await.unwrap();
        assert_eq!(rows.get::<_, i64>(0), left, "{table}");
    }
    let left = shop.storage.inbox_counts(shop.organization, shop.owner.id).await.unwrap();
    assert_eq!((left.open, left.resolved), (1, 2));

    // Whoever still writes to one that is gone is told so.
    submit(&writer, [shop.text(conversations[9], &visitor(guest), "late")]);
    let commit = announced.recv().await.unwrap();
    assert_eq!((commit.stored.len(), commit.rejected.len()), (0, 1));
}

#[tokio::test]
async fn a_log_goes_whole_however_long_it_is() {
    let (database, shop) = shop().await;
    let (client, guest) = (database.client().await, shop.visitor().await);
    shop.storage.set_retention(shop.organization, &DAYS).await.unwrap();
    for name in ["long", "short", "other"] {
        let conversation = shop.conversation_of(guest, name).await;
        let head: i64 = if name == "long" { 6_000 } else { 2 };
        let fill =
            "insert into entries select organization_id, id, seq, gen_random_uuid(), 'visitor', visitor_id, seq::text,
                now(), '{\"kind\": \"text\", \"text\": \"x\"}' from conversations, generate_series(1, $2::bigint) seq
            where id = $1";
        client.execute(fill, &[&conversation.0, &head]).await.unwrap();
        let age = "update conversations set head_seq = $2, status = 'resolved', updated_at = now() - interval '40 days'
            - $2::bigint * interval '1 second' where id = $1";
        client.execute(age, &[&conversation.0, &head]).await.unwrap();
    }
    let expire = || shop.storage.expire(shop.organization, Expiring::Conversations);
    assert_eq!(expire().await, Ok(1), "the long one alone");
    assert_eq!(expire().await, Ok(2));
    assert_eq!(expire().await, Ok(0));
}

#[tokio::test]
async fn visitors_go_of_whom_nothing_is_known_who_never_wrote_and_were_not_seen() {
    let (database, shop) = shop().await;
    let client = database.client().await;
    shop.storage.set_retention(shop.organization, &DAYS).await.unwrap();
    let mut sessions = vec![];
    for _ in 0..6 {
        sessions.push(shop.session().await);
    }
    let [gone, known, wrote, seen, viewed, young] = sessions.as_slice() else { panic!("there are six") };
    let name = VisitorUpdate {
        name: Some("Ada"),
        email: None,
        phone: None,
        external_id: None,
        attributes: &Attributes::default(),
        own_word: true,
    };
    shop.storage.update_visitor(shop.organization, known.visitor, &name).await.unwrap();
    shop.conversation_of(wrote.visitor, "a").await;
    client
        .batch_execute(
            "update visitors set created_at = now() - interval '61 days';
        update widget_sessions set last_seen_at = now() - interval '61 days'",
        )
        .await
        .unwrap();
    let now = "update widget_sessions set last_seen_at = now() - interval '59 days' where id = $1";
    client.execute(now, &[&seen.id.0]).await.unwrap();
    client.execute("update visitors set created_at = now() where id = $1", &[&young.visitor.0]).await.unwrap();
    let (writer, _announced) = Writer::start(database.config(), WriterConfig::default());
    let at = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_millis();
    let view = storage::NewPageView { at: at.try_into().unwrap(), ..shop.page_view(viewed, "https://a.example") };
    note(&writer, Write::PageView(view));
    writer.close(std::time::Duration::from_secs(20)).await.unwrap();
    client
        .batch_execute(
            "update widget_sessions set last_seen_at = now() - interval '61 days'
        where visitor_id in (select visitor_id from page_views)",
        )
        .await
        .unwrap();

    let mut changes = storage::Listener::of(database.config());
    assert_eq!(changes.next().await, Heard::Listening);
    assert_eq!(shop.storage.expire_visitors(shop.organization, None).await, Ok((1, None)));
    assert_eq!(
        changes.next().await,
        Heard::Gone(Gone::Sessions(shop.organization, gone.visitor)),
        "gateways close what they may still have open"
    );
    let left = client.query("select id from visitors order by id", &[]).await.unwrap();
    let left: Vec<uuid::Uuid> = left.iter().map(|row| row.get(0)).collect();
    let mut expected: Vec<_> = [known, wrote, seen, viewed, young].map(|session| session.visitor.0).to_vec();
    expected.sort_unstable();
    assert_eq!(left, expected);
    assert!(!left.contains(&gone.visitor.0));
    let sessions = client.query_one("select count(*) from widget_sessions", &[]).await.unwrap();
    assert_eq!(sessions.get::<_, i64>(0), 5);
    // Many go batch by batch.
    let many = "insert into visitors (organization_id, id, created_at)
        select $1, gen_random_uuid(), now() - interval '100 days' - n * interval '1 minute' from generate_series(1, 450) n";
    client.execute(many, &[&shop.organization.0]).await.unwrap();
    let (mut from, mut batches) = (None, vec![]);
    loop {
        let (count, next) = shop.storage.expire_visitors(shop.organization, from).await.unwrap();
        batches.push(count);
        from = next;
        if from.is_none() {
            break;
        }
    }
    assert_eq!(batches, [200, 200, 50]);
}

#[tokio::test]
async fn what_visitors_did_sessions_logins_and_counts_go_when_their_time_is_over() {
    let (database, shop) = shop().await;
    let client = database.client().await;
    shop.storage.set_retention(shop.organization, &DAYS).await.unwrap();
    let session = shop.session().await;
    shop.session().await;
    let rows = "insert into page_views (organization_id, visitor_id, id, at)
            select $1, $2, gen_random_uuid(), now() - days * interval '1 day' from unnest(array[1, 4, 6, 100]) days";
    client.execute(rows, &[&shop.organization.0, &session.visitor.0]).await.unwrap();
    let rows = "insert into events (organization_id, visitor_id, id, at, name)
            select $1, $2, gen_random_uuid(), now() - interval '1000 days', 'old' from generate_series(1, 3)";
    client.execute(rows, &[&shop.organization.0, &session.visitor.0]).await.unwrap();
    client
        .execute("update widget_sessions set expires_at = now() - interval '1 second' where id = $1", &[&session.id.0])
        .await
        .unwrap();
    for (token, expires_at) in [([1; 32], 1_000), ([2; 32], 4_000_000_000_000)] {
        shop.storage.create_member_session(shop.organization, shop.owner.id, &token, expires_at).await.unwrap();
    }
    let rejected =
        "insert into rejected_entries (organization_id, id, conversation_id, sender_kind, sender_id, client_id,
            at, content, reason, rejected_at)
        select $1, gen_random_uuid(), $2, 'visitor', $2, 'a', now(), '', 'why', now() - days * interval '1 day'
        from unnest(array[29, 31]) days";
    client.execute(rejected, &[&shop.organization.0, &session.visitor.0]).await.unwrap();
    // Begun and resolved: of the open ones nothing is left to count.
    let conversation: ConversationId = shop.conversation_of(session.visitor, "a").await;
    let (writer, mut announced) =
        Writer::start(database.config(), WriterConfig { lanes: 1, ..WriterConfig::default() });
    let status = Content::status(ConversationStatus::Resolved);
    submit(&writer, [storage::NewEntry { content: status, ..shop.text(conversation, &shop.agent(), "") }]);
    receipts(&mut announced, 1).await;
    // Counted by whichever connection it was: what was added and taken away may stand in two slots.
    client
        .batch_execute(
            "update conversation_counts set count = 0 where status = 'open';
        insert into rating_counts select id, 1, 5, 0 from organizations",
        )
        .await
        .unwrap();

    for (what, gone) in [
        (Expiring::PageViews, 2),
        (Expiring::Events, 0),
        (Expiring::WidgetSessions, 1),
        (Expiring::Logins, 1),
        (Expiring::RejectedEntries, 1),
        (Expiring::RatingCounts, 1),
    ] {
        assert_eq!(shop.storage.expire(shop.organization, what).await, Ok(gone), "{what:?}");
        assert_eq!(shop.storage.expire(shop.organization, what).await, Ok(0), "{what:?}");
    }
    assert!(shop.storage.expire(shop.organization, Expiring::Counts).await.unwrap() > 0);
    let counts = shop.storage.inbox_counts(shop.organization, shop.owner.id).await.unwrap();
    assert_eq!((counts.open, counts.resolved), (0, 1));
}
