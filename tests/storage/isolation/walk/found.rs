//! What is looked for and found: entries and contacts by their words, ratings.

use storage::ContactFilter;

use super::{NONE_OF_THEM, NOTHING, OWN};

/// An empty page.
const NO_PAGE: &str = "Ok(([], false))";

probes! { |us, them|
    search_entries(us.id(), &them.word, None, 10) => NO_PAGE;
    search_entries(us.id(), &us.word, None, 10) => OWN;
    // Each organization's id is a word of its entries and contacts.
    search_entries(us.id(), &them.id().to_string(), None, 10) => NO_PAGE;
    contacts(us.id(), &ContactFilter { query: Some(&them.word), verified: None }, None, 10) => NO_PAGE;
    contacts(us.id(), &ContactFilter { query: Some(&them.id().to_string()), verified: None }, None, 10) => NO_PAGE;
    contacts(us.id(), &ContactFilter { query: Some(&us.word), verified: None }, None, 10) => OWN;
    contacts(us.id(), &ContactFilter::default(), None, 10) => OWN;
    contacts_with_email(us.id(), &format!("visitor@{}.example", them.word), 10) => NONE_OF_THEM;
    contacts_with_email(us.id(), &format!("visitor@{}.example", us.word), 10) => OWN;
    find_contact(us.id(), &format!("{}-verified", them.word)) => NOTHING;
    find_contact(us.id(), &format!("{}-verified", us.word)) => OWN;
    ratings(us.id(), None, 10) => OWN;
    rating_counts(us.id()) => OWN;
    search_language(us.id()) => "Ok(Some(SearchLanguage(\"simple\")))";
    set_search_language(us.id(), "english".parse().unwrap()) => "Ok(true)";
}
