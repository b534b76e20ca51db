//! Entries are found by their words, in several languages, by their own organization only.

use protocol::id::{AttachmentId, ConversationId};
use protocol::value::{Attachment, Content, EntryKind, SearchHit, SearchPlace, SnippetPart};
use storage::{Indexer, NewEntry, Writer, WriterConfig};
use tests::database::TestDatabase;

use super::{Shop, shop, submit, visitor};

mod language;

/// What is found when nothing is.
const NOTHING: [u64; 0] = [];

/// Stores entries and makes their words, whoever is to make them.
pub(crate) async fn say(database: &TestDatabase, entries: Vec<NewEntry>) {
    let (writer, _announced) = Writer::start(database.config(), WriterConfig::default());
    submit(&writer, entries);
    writer.close(std::time::Duration::from_secs(10)).await.unwrap();
    index(database).await;
}

/// Makes the words of every log, once more if they are there.
pub(crate) async fn index(database: &TestDatabase) {
    let sql = "insert into search_queue (organization_id, id, conversations, first_seqs, last_seqs)
        select organization_id, gen_random_uuid(), array[id], array[1::bigint], array[head_seq]
        from conversations where head_seq > 0";
    database.client().await.execute(sql, &[]).await.unwrap();
    let mut indexer = Indexer::new(database.config());
    while indexer.index_pending(100).await.unwrap() > 0 {}
}

/// What was found, in its order, as (conversation, seq).
async fn found(shop: &Shop, query: &str) -> Vec<(ConversationId, u64)> {
    let (hits, more) = shop.storage.search_entries(shop.organization, query, None, 100).await.unwrap();
    assert!(!more);
    hits.iter().map(|hit| (hit.conversation, hit.seq)).collect()
}

/// The seqs of what was found, in ascending order.
async fn seqs(shop: &Shop, query: &str) -> Vec<u64> {
    let mut seqs: Vec<u64> = found(shop, query).await.into_iter().map(|(_, seq)| seq).collect();
    seqs.sort_unstable();
    seqs
}

async fn first(shop: &Shop, query: &str) -> SearchHit {
    let (hits, _) = shop.storage.search_entries(shop.organization, query, None, 1).await.unwrap();
    hits.into_iter().next().unwrap()
}

fn marked(snippet: &[SnippetPart]) -> String {
    snippet.iter().map(|part| if part.found { format!("[{}]", part.text) } else { part.text.clone() }).collect()
}

/// One conversation that says each of these, the first with seq 1.
async fn talk(database: &TestDatabase, shop: &Shop, texts: &[&str]) -> ConversationId {
    let conversation = shop.conversation().await;
    say(database, texts.iter().map(|text| shop.text(conversation, &shop.agent(), text)).collect()).await;
    conversation
}

/// What Postgres has counted once so many rows of words are there: how many entries were read through keys.
async fn read_by_then(database: &TestDatabase, words: i64) -> i64 {
    let sql = "select coalesce(sum(idx_tup_fetch) filter (where relname like 'entries_part_%'), 0)::bigint,
        coalesce(sum(n_tup_ins) filter (where relname like 'entry_search_part_%'), 0)::bigint from pg_stat_user_tables";
    let client = database.client().await;
    loop {
        // Sessions hand in their counts when they end, each statement of ours sees them as they are by then.
        let row = client.query_one(sql, &[]).await.unwrap();
        if row.get::<_, i64>(1) >= words {
            return row.get(0);
        }
    }
}

#[tokio::test]
async fn words_of_one_entry_are_made_without_reading_its_whole_log() {
    const LENGTH: i64 = 400;
    const ENTRIES: i64 = 50;
    let (database, shop) = shop().await;
    let conversation = shop.conversation().await;
    let (writer, _announced) = Writer::start(database.config(), WriterConfig::default());
    submit(&writer, (0..LENGTH).map(|number| shop.text(conversation, &shop.agent(), &format!("word {number}"))));
    writer.close(std::time::Duration::from_secs(10)).await.unwrap();
    let mut indexer = Indexer::new(database.config());
    while indexer.index_pending(100).await.unwrap() > 0 {}
    drop(indexer);
    let before = read_by_then(&database, LENGTH).await;
    let client = database.client().await;
    client.batch_execute("delete from entry_search").await.unwrap();
    let sql = "insert into search_queue (organization_id, id, conversations, first_seqs, last_seqs)
        select organization_id, gen_random_uuid(), array[id], array[seq], array[seq]
        from conversations, generate_series(1::bigint, $1) as seq where head_seq > 0";
    client.execute(sql, &[&ENTRIES]).await.unwrap();
    let mut indexer = Indexer::new(database.config());
    while indexer.index_pending(100).await.unwrap() > 0 {}
    drop(indexer);
    let read = read_by_then(&database, LENGTH + ENTRIES).await - before;
    assert!((ENTRIES..ENTRIES * 2).contains(&read), "{read} entries were read for the words of {ENTRIES}");
}

#[tokio::test]
async fn words_phrases_exclusions_and_beginnings() {
    let (database, shop) = shop().await;
    talk(
        &database,
        &shop,
        &[
            "The red shoes in size nine, please",
            "Shoes: red ones are sold out, blue ones are not",
            "My order 4711-B never arrived at Ada.Lovelace@shop.example",
            "See https://shop.example/returns?reason=size or write to us",
            "<b>Bold</b> claims & R&D",
        ],
    )
    .await;
    for (query, expected) in [
        ("shoes ", vec![1, 2]),
        ("SHOES red", vec![1, 2]),
        ("red shoes blue", vec![2]),
        ("\"red shoes\"", vec![1]),
        ("“red shoes”", vec![1]),
        ("\"shoes red\"", vec![2]),
        ("shoes -blue", vec![1]),
        ("shoes -\"red shoes\"", vec![2]),
        ("sho", vec![1, 2, 3, 4]),
        ("sho ", vec![]),
        ("shoes siz", vec![1]),
        ("4711-b", vec![3]),
        ("4711", vec![3]),
        ("lovelace", vec![3]),
        ("ada.lovelace@shop.example", vec![3]),
        ("shop.example", vec![3, 4]),
        ("example.shop", vec![]),
        ("returns", vec![4]),
        ("bold", vec![5]),
        ("R&D", vec![5]),
        ("-shoes", vec![]),
        ("nothing-of-this", vec![]),
    ] {
        assert_eq!(seqs(&shop, query).await, expected, "{query}");
    }
}

#[tokio::test]
async fn odd_queries_find_nothing_and_fail_never() {
    let (database, shop) = shop().await;
    talk(&database, &shop, &["to be or not to be", "it's a \\ of :* and 'quotes'"]).await;
    for query in ["'", ":*", "\\", "", "   ", "\"", "\"\"", "-", "!", "a:*&b|!(c", "<->", "\0", "-\"\"", "(((", "&&&"] {
        assert_eq!(found(&shop, query).await, [], "{query:?}");
    }
    for query in ["quotes'", "'quotes", "quotes:*", "quotes\\", "\\quotes\\", "'quotes' & ", "quo"] {
        assert_eq!(seqs(&shop, query).await, [2], "{query:?}");
    }
    for query in ["x".repeat(1_024), "to ".repeat(400), "\u{1F600}".repeat(300), "'".repeat(1_024), "a-".repeat(512)] {
        shop.storage.search_entries(shop.organization, &query, None, 10).await.unwrap();
    }
}

#[tokio::test]
async fn files_ratings_and_notes_are_found_and_say_what_they_are() {
    let (database, shop) = shop().await;
    let client = shop.visitor().await;
    let conversation = shop.conversation_of(client, "first").await;
    let file = Attachment {
        id: AttachmentId::generate(),
        name: "Invoice_2024-final.pdf".into(),
        size: 1,
        media_type: "application/pdf".into(),
        url: "/files/invoice".into(),
    };
    let entry = |sender, content| NewEntry { content, ..shop.text(conversation, sender, "") };
    let (guest, agent) = (visitor(client), shop.agent());
    say(
        &database,
        vec![
            entry(&guest, Content::attachment(file)),
            entry(&guest, Content::rating(2, Some("The courier was unfriendly".into()))),
            entry(&agent, Content::note("Courier complaint, call the depot")),
            entry(&agent, Content::rating(5, None)),
        ],
    )
    .await;
    assert_eq!(seqs(&shop, "invoice").await, [1]);
    assert_eq!(seqs(&shop, "2024").await, [1]);
    assert_eq!(seqs(&shop, "Invoice_2024-final.pdf").await, [1]);
    // Neither its type nor where it lies.
    assert_eq!(seqs(&shop, "application ").await, NOTHING);
    assert_eq!(seqs(&shop, "courier ").await, [2, 3]);
    let hit = first(&shop, "invoice").await;
    assert_eq!((hit.kind, hit.visitor.id, hit.sender.id), (EntryKind::Attachment, client, guest.id));
    assert_eq!(marked(&hit.snippet), "[Invoice]_2024-final.pdf");
    let note = first(&shop, "depot").await;
    assert_eq!((note.kind, note.sender.name.as_deref()), (EntryKind::Note, Some("Olga")));
    assert_eq!(first(&shop, "unfriendly").await.kind, EntryKind::Rating);
}

#[tokio::test]
async fn a_snippet_shows_what_was_found_and_nothing_but_the_text() {
    let (database, shop) = shop().await;
    let long = format!("{} the needle is here {}", "hay ".repeat(2_000), "hay ".repeat(2_000));
    let spaceless = format!("{}針{}", "干".repeat(3_000), "し".repeat(1_000));
    talk(
        &database,
        &shop,
        &[
            "a \u{1}tricky\u{2} <b>tag</b> \u{e}x\u{17} with a/path.html & [brackets]",
            &long,
            &spaceless,
            "Größe 38/40: die roten Schuhe",
        ],
    )
    .await;
    assert_eq!(
        marked(&first(&shop, "tricky tag").await.snippet),
        "a [tricky] <b>[tag]</b> x with a/path.html & [brackets]"
    );
    let needle = first(&shop, "needle").await.snippet;
    assert!(needle.iter().any(|part| part.found && part.text == "needle"), "{needle:?}");
    assert!(needle.iter().map(|part| part.text.len()).sum::<usize>() < 400, "{needle:?}");
    assert_eq!(marked(&first(&shop, "\"roten schuhe\"").await.snippet), "Größe 38/40: die [roten] [Schuhe]");
    assert_eq!(marked(&first(&shop, "38").await.snippet), "Größe [38]/40: die roten Schuhe");
}

#[tokio::test]
async fn pages_are_newest_first_and_go_on_between_equal_times() {
    let (database, shop) = shop().await;
    let (one, two) = (shop.conversation().await, shop.conversation().await);
    let mut entries = vec![];
    for number in 0..30_u64 {
        let conversation = if number % 2 == 0 { one } else { two };
        // Ten at a time share a moment.
        entries.push(NewEntry { at: 1_700_000_000_000 + number / 10, ..shop.text(conversation, &shop.agent(), "tea") });
    }
    say(&database, entries).await;
    let (mut all, mut after) = (vec![], None);
    loop {
        let (hits, more) = shop.storage.search_entries(shop.organization, "tea", after, 7).await.unwrap();
        after = hits.last().map(|hit| SearchPlace { at: hit.at, conversation: hit.conversation, seq: hit.seq });
        all.extend(hits.iter().map(|hit| (hit.at, hit.conversation, hit.seq)));
        if !more {
            break;
        }
        assert_eq!(hits.len(), 7);
    }
    assert_eq!(all.len(), 30);
    assert!(all.windows(2).all(|pair| pair[0] > pair[1]), "{all:?}");
}

#[tokio::test]
async fn what_vanishes_between_finding_and_reading_ends_no_page() {
    let (database, shop) = shop().await;
    let conversation = talk(&database, &shop, &["tea"; 12]).await;
    let client = database.client().await;
    // As if they had been erased after they were found: words are there, texts are not.
    let sql =
        "update entries set content = '{\"kind\": \"hidden\"}' where conversation_id = $1 and seq between 4 and 12";
    client.execute(sql, &[&conversation.0]).await.unwrap();
    let (hits, more) = shop.storage.search_entries(shop.organization, "tea", None, 3).await.unwrap();
    let left: Vec<u64> = hits.iter().map(|hit| hit.seq).collect();
    assert_eq!((left, more), (vec![3, 2, 1], false));
}

#[tokio::test]
async fn the_same_words_of_another_organization_are_not_found() {
    let (database, shop) = shop().await;
    let other = Shop::open(&shop.storage).await;
    let ours = talk(&database, &shop, &["green tea", &format!("{} tea", other.organization)]).await;
    let theirs = talk(&database, &other, &["green tea", "black tea"]).await;
    assert_eq!(found(&shop, "tea").await.iter().filter(|(conversation, _)| *conversation == ours).count(), 2);
    assert_eq!(found(&shop, "tea").await.len(), 2);
    assert!(found(&other, "tea").await.iter().all(|(conversation, _)| *conversation == theirs));
    assert_eq!(found(&other, "tea").await.len(), 2);
    assert_eq!(found(&shop, &format!("\"{}\"", other.organization)).await.len(), 1);
    let nowhere = protocol::id::OrganizationId::generate();
    assert_eq!(shop.storage.search_entries(nowhere, "tea", None, 10).await.unwrap(), (vec![], false));
}

#[tokio::test]
async fn the_organizations_id_among_the_words_is_no_word_to_be_found() {
    let (database, shop) = shop().await;
    talk(&database, &shop, &["Nothing in here looks like a number"]).await;
    let id = shop.organization.to_string();
    for query in [&id[..2], &id[..4], &id[..8], &id, &format!("@{id}"), &format!("\"@{id}\"")] {
        assert_eq!(found(&shop, query).await, [], "{query}");
    }
}
