//! What a person types to search with, taken apart. There is no wrong input: what makes no sense is a word or nothing.
//!
//! Words must all be there; `"several words"` must stand so, one after the other; `-word` and `-"words"` must not be
//! there; and the last word, unless something follows it, may be the beginning of one, for it may still be being typed.

use tokio_postgres::Row;

use crate::error::StorageError;

/// Longest query that is looked at, in characters; the rest of a longer one is left out.
const QUERY_CHARS: usize = 1_000;
/// Most terms that are looked for; the rest are left out.
const TERMS: usize = 24;
/// Shortest beginning of a word that is looked for as such: shorter ones are those of too many words.
const BEGINNING_CHARS: usize = 2;

/// A word, or several in quotes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Term {
    text: String,
    kind: Kind,
    /// Whether it must not be there.
    excluded: bool,
}

/// How a term is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// In any form that the organization's language gives it.
    Word,
    /// Exactly so; a single word also where it is what the language makes of another, for words and those stand together.
    Phrase,
    /// As a word, or as the beginning of one.
    Beginning,
}

impl Kind {
    /// How [`UNDERSTAND`] names it.
    fn label(self) -> &'static str {
        match self {
            Self::Word => "word",
            Self::Phrase => "phrase",
            Self::Beginning => "beginning",
        }
    }
}

/// Makes Postgres' words of terms, in the organization's language and as they stand. A term with several words in it, such
/// as an address, is looked for as a phrase.
pub(super) const UNDERSTAND: &str = r"select o.search_language, plain.query::text, numnode(plain.query),
        inflected.query::text, numnode(inflected.query)
    from organizations o
    cross join unnest($2::text[], $3::text[]) with ordinality as term(text, kind, place)
    cross join lateral (select chatdesk_searched(term.text) as text) searched
    cross join lateral (select case when term.kind = 'beginning'
        then to_tsquery('simple', '''' || replace(replace(searched.text, '\', '\\'), '''', '''''') || ''':*')
        else phraseto_tsquery('simple', searched.text) end as query) plain
    cross join lateral (select case when term.kind = 'phrase' then ''::tsquery
        else plainto_tsquery(o.search_language::regconfig, searched.text) end as query) inflected
    where o.id = $1 order by term.place";

/// Takes a query apart.
pub(super) fn terms(query: &str) -> Vec<Term> {
    let mut rest: &str = query;
    if let Some((end, _)) = query.char_indices().nth(QUERY_CHARS) {
        rest = &query[..end];
    }
    let mut terms = Vec::new();
    while terms.len() < TERMS {
        rest = rest.trim_start();
        let excluded = rest.starts_with('-');
        rest = rest.trim_start_matches('-');
        let Some(first) = rest.chars().next() else { break };
        let (text, kind, after) = if is_quote(first) {
            let inside = &rest[first.len_utf8()..];
            let end = inside.find(is_quote).unwrap_or(inside.len());
            (&inside[..end], Kind::Phrase, inside[end..].trim_start_matches(is_quote))
        } else {
            let end = rest.find(|c: char| c.is_whitespace() || is_quote(c)).unwrap_or(rest.len());
            let last = end == rest.len() && !excluded && rest.chars().nth(BEGINNING_CHARS - 1).is_some();
            (&rest[..end], if last { Kind::Beginning } else { Kind::Word }, &rest[end..])
        };
        rest = after;
        if text.chars().any(char::is_alphanumeric) {
            // Postgres' text holds no NUL.
            terms.push(Term { text: text.replace('\0', " "), kind, excluded });
        }
    }
    terms
}

/// Those of keyboards and those of languages, either way round.
fn is_quote(character: char) -> bool {
    matches!(character, '"' | '“' | '”' | '„' | '«' | '»')
}

/// A query in Postgres' words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Understood {
    /// The organization's language, as text search configuration.
    pub(super) language: String,
    /// All that must be there and must not be.
    pub(super) all: String,
    /// What must be there.
    pub(super) wanted: String,
    /// Any of it.
    pub(super) any: String,
}

/// The parameters of [`UNDERSTAND`], after the organization.
pub(super) fn columns(terms: &[Term]) -> (Vec<&str>, Vec<&'static str>) {
    terms.iter().map(|term| (term.text.as_str(), term.kind.label())).unzip()
}

/// Puts together what [`UNDERSTAND`] made of the terms; `None` when there is nothing to look for. Words that the language
/// does without are looked for only when there are no others.
pub(super) fn understood(terms: &[Term], rows: &[Row]) -> Result<Option<Understood>, StorageError> {
    let (mut wanted, mut unimportant, mut unwanted) = (vec![], vec![], vec![]);
    let mut language = String::new();
    for (term, row) in terms.iter().zip(rows) {
        language = row.try_get(0)?;
        let (plain, inflected): (String, String) = (row.try_get(1)?, row.try_get(3)?);
        let (parts, forms): (i32, i32) = (row.try_get(2)?, row.try_get(4)?);
        if parts == 0 {
            continue;
        }
        let single = parts == 1 && term.kind != Kind::Phrase;
        let query = if single && forms > 0 && plain != inflected {
            format!("({plain} | {inflected})")
        } else {
            format!("({plain})")
        };
        match (term.excluded, single && forms == 0) {
            (false, false) => wanted.push(query),
            (false, true) => unimportant.push(query),
            (true, false) => unwanted.push(format!("!{query}")),
            (true, true) => {}
        }
    }
    if wanted.is_empty() {
        wanted = unimportant;
    }
    if wanted.is_empty() {
        return Ok(None);
    }
    let all = wanted.iter().chain(&unwanted).cloned().collect::<Vec<_>>().join(" & ");
    Ok(Some(Understood { language, all, wanted: wanted.join(" & "), any: wanted.join(" | ") }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken_apart(query: &str) -> Vec<(String, Kind, bool)> {
        terms(query).into_iter().map(|term| (term.text, term.kind, term.excluded)).collect()
    }

    #[test]
    fn a_query_is_words_phrases_and_what_is_not_wanted() {
        let term = |text: &str, kind, excluded| (text.to_owned(), kind, excluded);
        assert_eq!(
            taken_apart(r#"red "size nine" -blue -"not this" sho"#),
            [
                term("red", Kind::Word, false),
                term("size nine", Kind::Phrase, false),
                term("blue", Kind::Word, true),
                term("not this", Kind::Phrase, true),
                term("sho", Kind::Beginning, false),
            ]
        );
        assert_eq!(taken_apart("shoes "), [term("shoes", Kind::Word, false)]);
        assert_eq!(taken_apart("„rote Schuhe“"), [term("rote Schuhe", Kind::Phrase, false)]);
        assert_eq!(taken_apart("\"still typ"), [term("still typ", Kind::Phrase, false)]);
        assert_eq!(taken_apart("a"), [term("a", Kind::Word, false)]);
        assert_eq!(taken_apart("e-mail"), [term("e-mail", Kind::Beginning, false)]);
        assert_eq!(taken_apart("--x"), [term("x", Kind::Word, true)]);
    }

    #[test]
    fn what_holds_no_word_is_nothing() {
        for query in ["", " ", "'", ":*", "\\", "-", "--", "\"", "\"\"", "- -", "\"-", "!&|()", "\0", "\u{a0}"] {
            assert_eq!(terms(query), [], "{query:?}");
        }
    }

    #[test]
    fn long_queries_are_cut() {
        assert_eq!(terms(&"word ".repeat(1_000)).len(), TERMS);
        let long = "ö".repeat(5_000);
        assert_eq!(terms(&long)[0].text.chars().count(), QUERY_CHARS);
    }
}
