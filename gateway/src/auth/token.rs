//! Session tokens: 256 random bits, shown once, kept as their SHA-256.

use ring::digest;
use ring::rand::{SecureRandom, SystemRandom};

/// Bytes of randomness in a token.
const TOKEN_BYTES: usize = 32;
/// Bytes of randomness in a widget key: it is public, and only must not collide.
const WIDGET_KEY_BYTES: usize = 12;

/// What is kept of a token.
pub type TokenHash = [u8; digest::SHA256_OUTPUT_LEN];

/// A new token and its hash. `None` when the system has no randomness to give.
#[must_use]
pub fn generate() -> Option<(String, TokenHash)> {
    let token = random_hex::<TOKEN_BYTES>()?;
    let hash = hash(&token);
    Some((token, hash))
}

/// A new widget key.
#[must_use]
pub fn widget_key() -> Option<String> {
    random_hex::<WIDGET_KEY_BYTES>().map(|hex| format!("wk_{hex}"))
}

/// A new key of a file: whoever has it may fetch the file.
#[must_use]
pub fn file_key() -> Option<String> {
    random_hex::<TOKEN_BYTES>()
}

/// The hash of a token that somebody shows.
#[must_use]
pub fn hash(token: &str) -> TokenHash {
    let mut hash = TokenHash::default();
    hash.copy_from_slice(digest::digest(&digest::SHA256, token.as_bytes()).as_ref());
    hash
}

fn random_hex<const BYTES: usize>() -> Option<String> {
    let mut bytes = [0; BYTES];
    SystemRandom::new().fill(&mut bytes).ok()?;
    Some(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_differ_and_hash_to_what_is_kept() {
        let (one, kept) = generate().unwrap();
        let (two, _) = generate().unwrap();
        assert_ne!(one, two);
        assert_eq!(one.len(), 2 * TOKEN_BYTES);
        assert_eq!(hash(&one), kept);
        assert_ne!(hash(&two), kept);
    }
}
