//! Months of page views and events.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use protocol::value::Millis;
use storage::{NewEvent, NewPageView, Write, Writer, WriterConfig};

use super::shop;
use super::visit::note;

#[tokio::test]
async fn whatever_the_time_it_lies_in_its_month_and_empty_months_go() {
    let (database, shop) = shop().await;
    let client = database.client().await;
    // The last moment of a month that has no partition yet, the first of the next, and one that has its own.
    let row = client.query_one("select date_trunc('month', now(), 'UTC') + interval '6 months'", &[]).await.unwrap();
    let begin: SystemTime = row.get(0);
    let millis = |at: SystemTime| Millis::try_from(at.duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap();
    let times = [begin - Duration::from_millis(1), begin, SystemTime::now()].map(millis);
    let session = shop.session().await;
    let (writer, _announced) = Writer::start(database.config(), WriterConfig::default());
    for at in times {
        note(&writer, Write::PageView(NewPageView { at, ..shop.page_view(&session, "https://a.example") }));
        note(&writer, Write::Event(NewEvent { at, ..shop.event(session.visitor, "seen") }));
    }
    writer.close(Duration::from_secs(20)).await.unwrap();
    let parts = async |table: &str| -> Vec<String> {
        let sql = format!("select tableoid::regclass::text from {table} order by at");
        client.query(&sql, &[]).await.unwrap().iter().map(|row| row.get(0)).collect()
    };
    let month = async |table: &str, at: SystemTime| -> String {
        let sql = "select $1 || to_char($2::timestamptz at time zone 'UTC', '_YYYY_MM')";
        client.query_one(sql, &[&table, &at]).await.unwrap().get(0)
    };
    for table in ["page_views", "events"] {
        let (now, other) = (month(table, SystemTime::now()).await, format!("{table}_other"));
        assert_eq!(parts(table).await, [now, other.clone(), other]);
    }
    let made = shop.storage.make_partitions(6).await.unwrap();
    assert_eq!(made.len(), 6, "{made:?}: the fourth, fifth and sixth of each");
    for table in ["page_views", "events"] {
        let last = month(table, begin - Duration::from_millis(1)).await;
        let (now, next) = (month(table, SystemTime::now()).await, month(table, begin).await);
        assert_eq!(parts(table).await, [now, last, next], "moved");
    }
    assert_eq!(shop.storage.make_partitions(6).await.unwrap(), Vec::<String>::new());

    // A month that is over goes once nothing is left of it.
    client
        .batch_execute(
            "create table page_views_2024_01 partition of page_views
            for values from ('2024-01-01 00:00+00') to ('2024-02-01 00:00+00')",
        )
        .await
        .unwrap();
    let old = "insert into page_views (organization_id, visitor_id, id, at) values ($1, $2, gen_random_uuid(),
        '2024-01-31 23:59:59.999+00')";
    client.execute(old, &[&shop.organization.0, &session.visitor.0]).await.unwrap();
    assert_eq!(shop.storage.drop_partitions().await.unwrap(), Vec::<String>::new());
    assert_eq!(shop.storage.expire(shop.organization, storage::Expiring::PageViews).await, Ok(1));
    assert_eq!(shop.storage.drop_partitions().await.unwrap(), ["page_views_2024_01"]);
    assert_eq!(parts("page_views").await.len(), 3);
}

#[tokio::test]
async fn whoever_maintains_rather_waits_than_keeps_others_waiting() {
    let (database, shop) = shop().await;
    let busy = database.client().await;
    busy.batch_execute("begin; lock table page_views in share mode").await.unwrap();
    let put_off = shop.storage.make_partitions(9).await;
    assert!(matches!(put_off, Err(storage::StorageError::Unavailable(_))), "{put_off:?}");
    busy.batch_execute("rollback").await.unwrap();
    assert_eq!(shop.storage.make_partitions(9).await.unwrap().len(), 12);
    let turn = shop.storage.take_turn().await.unwrap();
    assert!(turn.is_some());
    let other = database.storage().await;
    assert!(other.take_turn().await.unwrap().is_none(), "another gateway has it");
    drop(turn);
    // Given back when the server has seen the connection's end.
    while other.take_turn().await.unwrap().is_none() {}
}

#[tokio::test]
async fn months_are_those_of_utc_whatever_the_servers_time_zone() {
    let (database, _shop) = shop().await;
    let client = database.client().await;
    let wanted = "select array_agg('page_views' || to_char(at, '_YYYY_MM') order by at) from generate_series(
        date_trunc('month', now() at time zone 'UTC') + interval '4 months',
        date_trunc('month', now() at time zone 'UTC') + interval '20 months', interval '1 month') at";
    let wanted: Vec<String> = client.query_one(wanted, &[]).await.unwrap().get(0);
    for zone in ["UTC", "America/New_York", "Pacific/Kiritimati", "Asia/Kolkata"] {
        client.batch_execute(&format!("begin; set local timezone = '{zone}'")).await.unwrap();
        let rows = client.query("select chatdesk_make_partitions(20)", &[]).await.unwrap();
        let made = rows.iter().map(|row| row.get(0)).filter(|name: &String| name.starts_with("page_views"));
        assert_eq!(made.collect::<Vec<_>>(), wanted, "{zone}");
        let bounds =
            "select bool_and(pg_get_expr(relpartbound, oid) ~ '-01 00:00:00.00''\\) TO .*-01 00:00:00.00''\\)')
            from pg_class where relname ~ '^(page_views|events)_[0-9]{4}_[0-9]{2}$'";
        client.batch_execute("set local timezone = 'UTC'").await.unwrap();
        assert!(client.query_one(bounds, &[]).await.unwrap().get::<_, bool>(0), "{zone}: from first to first");
        client.batch_execute("rollback").await.unwrap();
    }
}

#[tokio::test]
async fn a_month_that_somebody_writes_to_is_not_dropped() {
    let (database, shop) = shop().await;
    let client = database.client().await;
    client
        .batch_execute(
            "create table events_2024_01 partition of events
            for values from ('2024-01-01 00:00+00') to ('2024-02-01 00:00+00')",
        )
        .await
        .unwrap();
    let (writes, visitor) = (database.client().await, shop.visitor().await);
    writes.batch_execute("begin").await.unwrap();
    let late = "insert into events (organization_id, visitor_id, id, at, name)
        values ($1, $2, gen_random_uuid(), '2024-01-31 23:59:59.999+00', 'late')";
    writes.execute(late, &[&shop.organization.0, &visitor.0]).await.unwrap();
    let commits = async {
        let waiting = "select count(*) from pg_stat_activity where datname = current_database()
            and wait_event_type = 'Lock'";
        while client.query_one(waiting, &[]).await.unwrap().get::<_, i64>(0) == 0 {}
        writes.batch_execute("commit").await.unwrap();
    };
    let (dropped, ()) = tokio::join!(shop.storage.drop_partitions(), commits);
    assert_eq!(dropped.unwrap(), Vec::<String>::new());
    let kept = client.query_one("select count(*) from events_2024_01", &[]).await.unwrap();
    assert_eq!(kept.get::<_, i64>(0), 1);
}
