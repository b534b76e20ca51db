//! The languages that entries can be searched with.

use super::FieldError;

/// By the English names that Postgres gives its text search configurations; `simple`: words are found as they stand.
pub const SEARCH_LANGUAGES: [&str; 29] = [
    "simple",
    "arabic",
    "armenian",
    "basque",
    "catalan",
    "danish",
    "dutch",
    "english",
    "finnish",
    "french",
    "german",
    "greek",
    "hindi",
    "hungarian",
    "indonesian",
    "irish",
    "italian",
    "lithuanian",
    "nepali",
    "norwegian",
    "portuguese",
    "romanian",
    "russian",
    "serbian",
    "spanish",
    "swedish",
    "tamil",
    "turkish",
    "yiddish",
];

/// One of [`SEARCH_LANGUAGES`].
///
/// # Errors
/// The rule that `name` breaks.
pub fn check_search_language(field: &str, name: &str) -> Result<(), FieldError> {
    if SEARCH_LANGUAGES.contains(&name) {
        Ok(())
    } else {
        Err(FieldError::new(field, format!("must be one of {}", SEARCH_LANGUAGES.join(", "))))
    }
}
