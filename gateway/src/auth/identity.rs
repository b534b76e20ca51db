//! Identity tokens: how a site's server vouches for who a visitor is. A token is a JWT (RFC 7519) in compact form, signed
//! with HMAC-SHA-256 and the organization's identity secret. No other algorithm is known here, so none can be chosen.

use protocol::value::{FieldError, check_email, check_name};
use ring::hmac;
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny};

use base64url::decode;

mod base64url;

/// The furthest that a token's end may lie ahead, in seconds: a token that was stolen must not be good for ever.
pub const LONGEST_SECONDS: u64 = 24 * 60 * 60;

/// Whom a good token names.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Claims {
    /// What the site calls them.
    #[serde(rename = "sub")]
    pub subject: String,
    /// Until when it is good, in seconds since 1970. A number with a fraction is allowed by the RFC.
    #[serde(rename = "exp")]
    pub expires: f64,
    /// From when on it is good, likewise.
    #[serde(rename = "nbf")]
    pub not_before: Option<f64>,
    /// Their name.
    pub name: Option<String>,
    /// Their e-mail address.
    pub email: Option<String>,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    /// Whether there are extensions that must be understood (RFC 7515, section 4.1.11); none is, whatever it says.
    #[serde(default, deserialize_with = "there")]
    crit: bool,
}

fn there<'de, D: Deserializer<'de>>(value: D) -> Result<bool, D::Error> {
    IgnoredAny::deserialize(value).map(|_| true)
}

/// Why a token is not good.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdentityError {
    /// It is not of the form `header.claims.signature`, each part in base64url without padding.
    #[error("it is not a JWT in compact form")]
    Form,
    /// The signature is not the organization's.
    #[error("its signature is wrong")]
    Signature,
    /// The header names another algorithm, or asks for an extension.
    #[error("its header must say HS256, and nothing critical")]
    Header,
    /// The claims are not readable.
    #[error("its claims must be an object with sub and exp")]
    Claims,
    /// It is too late.
    #[error("it has expired")]
    Expired,
    /// It is too early.
    #[error("it is not good yet")]
    Early,
    /// Its end lies too far ahead.
    #[error("its exp must be at most {LONGEST_SECONDS} seconds ahead")]
    TooLong,
    /// A claim breaks its rule.
    #[error("its claim {0}")]
    Claim(String),
}

/// Reads a token, if it was signed with `secret` and is good at `now`, in seconds since 1970.
///
/// # Errors
/// What is wrong with it. Nothing in it is believed, or even read, before its signature has been checked.
pub fn verify(token: &str, secret: &[u8], now: u64) -> Result<Claims, IdentityError> {
    let (signed, signature) = token.rsplit_once('.').ok_or(IdentityError::Form)?;
    let (header, claims) = signed.split_once('.').ok_or(IdentityError::Form)?;
    let signature = decode(signature).ok_or(IdentityError::Form)?;
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
    // In constant time.
    hmac::verify(&key, signed.as_bytes(), &signature).map_err(|_| IdentityError::Signature)?;
    let header: Header = read(header)?.ok_or(IdentityError::Header)?;
    if header.alg != "HS256" || header.crit {
        return Err(IdentityError::Header);
    }
    let claims: Claims = read(claims)?.ok_or(IdentityError::Claims)?;
    claims.check(now)?;
    Ok(claims)
}

fn read<T: for<'de> Deserialize<'de>>(part: &str) -> Result<Option<T>, IdentityError> {
    let bytes = decode(part).ok_or(IdentityError::Form)?;
    // serde would take a struct's fields in order as an array, too.
    let object = bytes.trim_ascii_start().starts_with(b"{");
    Ok(serde_json::from_slice(&bytes).ok().filter(|_| object))
}

impl Claims {
    #[allow(clippy::cast_precision_loss, reason = "seconds since 1970 are far below 2^53")]
    fn check(&self, now: u64) -> Result<(), IdentityError> {
        let now = now as f64;
        if self.expires <= now {
            return Err(IdentityError::Expired);
        }
        if self.expires > now + LONGEST_SECONDS as f64 {
            return Err(IdentityError::TooLong);
        }
        if self.not_before.is_some_and(|begin| begin > now) {
            return Err(IdentityError::Early);
        }
        let rule = |error: FieldError| IdentityError::Claim(format!("{} {}", error.field, error.rule));
        check_name("sub", &self.subject).map_err(rule)?;
        self.name.as_ref().map_or(Ok(()), |name| check_name("name", name)).map_err(rule)?;
        self.email.as_ref().map_or(Ok(()), |email| check_email("email", email)).map_err(rule)
    }
}

#[cfg(test)]
mod tests;
