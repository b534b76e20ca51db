//! Languages: what they find besides the words as they stand, and what changing one does.

use storage::SearchLanguage;

use super::{NOTHING, Shop, first, index, marked, seqs, shop, talk};

async fn speak(shop: &Shop, language: &str) {
    let language: SearchLanguage = language.parse().unwrap();
    assert!(shop.storage.set_search_language(shop.organization, language).await.unwrap());
    assert_eq!(shop.storage.search_language(shop.organization).await.unwrap(), Some(language));
}

#[tokio::test]
async fn german_finds_other_forms_and_the_words_as_they_stand() {
    let (database, shop) = shop().await;
    speak(&shop, "german").await;
    talk(
        &database,
        &shop,
        &[
            "Die Bücher sind angekommen, danke für die schnelle Lieferung!",
            "Wann wird das Buch geliefert? Die Lieferzeitangabe fehlt.",
            "ÄRGERLICH: der Paketbote klingelt nie",
            "Ich und der Hund",
        ],
    )
    .await;
    assert_eq!(seqs(&shop, "buch ").await, [1, 2]);
    assert_eq!(seqs(&shop, "Bücher ").await, [1, 2]);
    assert_eq!(seqs(&shop, "\"Bücher\"").await, [1]);
    assert_eq!(seqs(&shop, "ärgerlich").await, [3]);
    // Compounds are one word: they are found by their beginning, and not by what else is in them.
    assert_eq!(seqs(&shop, "Liefer").await, [1, 2]);
    assert_eq!(seqs(&shop, "Paket").await, [3]);
    assert_eq!(seqs(&shop, "Angabe ").await, NOTHING);
    // Words that every text has are not asked for, unless there is nothing else.
    assert_eq!(seqs(&shop, "der Hund ").await, [4]);
    assert_eq!(seqs(&shop, "und Bücher ").await, [1, 2]);
    assert_eq!(seqs(&shop, "und ").await, [4]);
    assert_eq!(seqs(&shop, "\"der Hund\"").await, [4]);
    // What is excluded is so in all its forms.
    assert_eq!(seqs(&shop, "die -buch").await, NOTHING);
    assert_eq!(seqs(&shop, "Lieferung -geliefert").await, [1]);
    assert_eq!(
        marked(&first(&shop, "bücher angekommen").await.snippet),
        "Die [Bücher] sind [angekommen], danke für die schnelle Lieferung!"
    );
}

#[tokio::test]
async fn languages_with_other_scripts() {
    let (database, shop) = shop().await;
    speak(&shop, "russian").await;
    talk(&database, &shop, &["Где мой заказ? Жду новую книгу", "Заказы отправляем каждый день"]).await;
    assert_eq!(seqs(&shop, "заказов ").await, [1, 2]);
    assert_eq!(seqs(&shop, "КНИГА ").await, [1]);
}

#[tokio::test]
async fn french_and_accents() {
    let (database, shop) = shop().await;
    speak(&shop, "french").await;
    talk(&database, &shop, &["L'été dernier, nous avons commandé des théières"]).await;
    assert_eq!(seqs(&shop, "théière ").await, [1]);
    assert_eq!(seqs(&shop, "commander ").await, [1]);
    // An accent makes another letter.
    assert_eq!(seqs(&shop, "\"theieres\"").await, NOTHING);
}

/// Japanese sets no spaces: what stands between two marks is one word, and is found by its beginning only.
#[tokio::test]
async fn japanese_is_found_by_the_beginning_of_what_stands_between_marks() {
    let (database, shop) = shop().await;
    talk(&database, &shop, &["こんにちは。注文した靴が届きません。", "注文番号 12345 を確認してください"]).await;
    assert_eq!(seqs(&shop, "注文").await, [1, 2]);
    assert_eq!(seqs(&shop, "注文番号").await, [2]);
    assert_eq!(seqs(&shop, "12345").await, [2]);
    assert_eq!(seqs(&shop, "靴が").await, NOTHING);
}

#[tokio::test]
async fn changing_the_language_makes_all_words_anew() {
    let (database, shop) = shop().await;
    let other = Shop::open(&shop.storage).await;
    talk(&database, &shop, &["Die Bücher", "walking the dogs"]).await;
    talk(&database, &other, &["Die Bücher"]).await;
    assert_eq!(seqs(&shop, "buch ").await, NOTHING);
    speak(&shop, "german").await;
    // They are gone until they are made: never those of the language before.
    assert_eq!(seqs(&shop, "bücher").await, NOTHING);
    assert_eq!(seqs(&other, "bücher").await, [1]);
    index(&database).await;
    assert_eq!(seqs(&shop, "buch ").await, [1]);
    assert_eq!(seqs(&other, "buch ").await, NOTHING);
    speak(&shop, "english").await;
    index(&database).await;
    assert_eq!(seqs(&shop, "walks dog ").await, [2]);
    assert_eq!(seqs(&shop, "buch ").await, NOTHING);
    // The same once more changes nothing.
    speak(&shop, "english").await;
    assert_eq!(seqs(&shop, "walk").await, [2]);
    let nowhere = protocol::id::OrganizationId::generate();
    assert!(!shop.storage.set_search_language(nowhere, "english".parse().unwrap()).await.unwrap());
    assert_eq!(shop.storage.search_language(nowhere).await.unwrap(), None);
}

#[tokio::test]
async fn every_language_that_can_be_chosen_is_one_that_postgres_has() {
    let (database, shop) = shop().await;
    let client = database.client().await;
    let rows = client.query("select cfgname::text from pg_ts_config", &[]).await.unwrap();
    let mut known = 0;
    for row in rows {
        let name: String = row.get(0);
        // Newer versions have more.
        let Ok(language) = name.parse::<SearchLanguage>() else { continue };
        assert_eq!(language.to_string(), name);
        assert!(shop.storage.set_search_language(shop.organization, language).await.unwrap());
        known += 1;
    }
    assert_eq!(known, 29);
    for wrong in ["klingon", "", "English", "pg_catalog.english", "simple'"] {
        assert!(wrong.parse::<SearchLanguage>().is_err(), "{wrong}");
    }
}
