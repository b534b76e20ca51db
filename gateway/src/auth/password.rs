//! Passwords: argon2id with the crate's defaults (19 MiB, 2 passes, as OWASP's cheat sheet recommends). A hash takes
//! tens of milliseconds of one core, so they run off the async threads, and only a few at once.

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use tokio::sync::Semaphore;

/// Hashes computed at once; more wait.
const AT_ONCE: usize = 2;
/// Logins and sign-ups that may wait for a hash; more are turned away.
const WAITING: usize = 64;

/// A bounded place to hash in.
pub struct Passwords {
    running: Semaphore,
    admitted: Semaphore,
}

/// Too many are hashing already, or the hasher failed.
#[derive(Debug, thiserror::Error)]
#[error("no password can be checked now")]
pub struct Busy;

impl Default for Passwords {
    fn default() -> Self {
        Self::new()
    }
}

impl Passwords {
    /// Nobody hashing.
    #[must_use]
    pub fn new() -> Self {
        Self { running: Semaphore::new(AT_ONCE), admitted: Semaphore::new(AT_ONCE + WAITING) }
    }

    /// The PHC string to keep for a new password.
    ///
    /// # Errors
    /// [`Busy`].
    pub async fn hash(&self, password: String) -> Result<String, Busy> {
        self.run(move || Argon2::default().hash_password(password.as_bytes()).map(|hash| hash.to_string()).ok()).await
    }

    /// Whether `password` is the one that was kept. With nothing kept, as much time is spent to say no, so that the
    /// answer's timing does not tell which addresses have an account.
    ///
    /// # Errors
    /// [`Busy`].
    pub async fn verify(&self, password: String, kept: Option<String>) -> Result<bool, Busy> {
        self.run(move || {
            let Some(kept) = kept else {
                return Argon2::default().hash_password(password.as_bytes()).ok().map(|_| false);
            };
            let kept = PasswordHash::new(&kept).ok()?;
            Some(Argon2::default().verify_password(password.as_bytes(), &kept).is_ok())
        })
        .await
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> Option<T> + Send + 'static) -> Result<T, Busy> {
        let _admitted = self.admitted.try_acquire().map_err(|_| Busy)?;
        let _running = self.running.acquire().await.map_err(|_| Busy)?;
        tokio::task::spawn_blocking(work).await.ok().flatten().ok_or(Busy)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_right_password_is_right() {
        let passwords = Passwords::new();
        let kept = passwords.hash("correct horse".into()).await.unwrap();
        assert!(kept.starts_with("$argon2id$"));
        assert!(passwords.verify("correct horse".into(), Some(kept.clone())).await.unwrap());
        assert!(!passwords.verify("Correct horse".into(), Some(kept)).await.unwrap());
        assert!(!passwords.verify("correct horse".into(), None).await.unwrap());
    }
}
