//! Identity tokens, as a site's server makes them.

use ring::hmac;
use serde_json::Value;

use crate::database::TestDatabase;
use crate::gateway::Tenant;

/// The digits of RFC 4648's URL-safe base64.
const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

fn base64(bytes: &[u8]) -> String {
    let digit = |group: u32, shift: u32| char::from(DIGITS[(group >> shift & 63) as usize]);
    let group = |chunk: &[u8]| {
        let padded = [chunk[0], chunk.get(1).copied().unwrap_or(0), chunk.get(2).copied().unwrap_or(0)];
        let bits = u32::from(padded[0]) << 16 | u32::from(padded[1]) << 8 | u32::from(padded[2]);
        [18, 12, 6, 0].into_iter().take(chunk.len() + 1).map(|shift| digit(bits, shift)).collect::<String>()
    };
    bytes.chunks(3).map(group).collect()
}

/// A JSON Web Token of `header` and `claims`, signed with HMAC-SHA-256, whatever the header says.
#[must_use]
pub fn token(secret: &[u8], header: &Value, claims: &Value) -> String {
    let signed = format!("{}.{}", base64(header.to_string().as_bytes()), base64(claims.to_string().as_bytes()));
    let signature = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), signed.as_bytes());
    format!("{signed}.{}", base64(signature.as_ref()))
}

impl TestDatabase {
    /// The secret that an organization's site signs with.
    pub async fn identity_secret(&self, tenant: &Tenant) -> Vec<u8> {
        let sql = "select identity_secret from widget_settings where organization_id = $1";
        self.client().await.query_one(sql, &[&tenant.organization().0]).await.expect("there is one").get(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_specs_own_example_comes_out() {
        let secret: Vec<u8> = (0..32).collect();
        let signed =
            "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiAic2hvcC03IiwgImV4cCI6IDE3NjcyMjU2MDAsICJuYW1lIjogIkFkYSJ9";
        let (header, claims) = signed.split_once('.').unwrap();
        assert_eq!(base64(br#"{"alg":"HS256","typ":"JWT"}"#), header);
        assert_eq!(base64(br#"{"sub": "shop-7", "exp": 1767225600, "name": "Ada"}"#), claims);
        let signature = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &secret), signed.as_bytes());
        assert_eq!(base64(signature.as_ref()), "KPEcW4YUTRMrA4XCJPacFtuFq1de34RVztCXfLEkdxg");
    }
}
