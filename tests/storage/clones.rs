//! The databases that tests run on: each its own, made in milliseconds.

use std::time::{Duration, Instant};

use tests::database::{TestDatabase, connect};

/// Far more than a copy takes on a machine that does nothing else: this is about minutes, not about milliseconds.
const PATIENCE: Duration = Duration::from_secs(10);

#[tokio::test]
async fn each_test_has_a_migrated_database_of_its_own() {
    // The cluster is there by then.
    drop(TestDatabase::new());
    let makers: Vec<_> = (0..8)
        .map(|_| {
            std::thread::spawn(|| {
                let since = Instant::now();
                (TestDatabase::new(), since.elapsed())
            })
        })
        .collect();
    let made: Vec<(TestDatabase, Duration)> = makers.into_iter().map(|maker| maker.join().unwrap()).collect();
    for (number, (database, _)) in made.iter().enumerate() {
        let client = connect(database.url()).await;
        let there: i64 = client.query_one("select count(*) from accounts", &[]).await.unwrap().get(0);
        assert_eq!(there, 0, "database {number} is not as the template is");
        let sql =
            "insert into accounts (id, email, email_key, password_hash) values (gen_random_uuid(), 'a@b', 'a@b', 'x')";
        client.execute(sql, &[]).await.unwrap();
    }
    let mut took: Vec<Duration> = made.iter().map(|(_, took)| *took).collect();
    took.sort();
    println!("eight at once: the first after {:?}, the last after {:?}", took[0], took[7]);
    assert!(took[7] < PATIENCE, "{took:?}");
}

#[tokio::test]
async fn one_that_is_empty_has_no_tables() {
    let database = TestDatabase::empty();
    let sql = "select count(*) from pg_class where relnamespace = 'public'::regnamespace";
    assert_eq!(database.client().await.query_one(sql, &[]).await.unwrap().get::<_, i64>(0), 0);
}
