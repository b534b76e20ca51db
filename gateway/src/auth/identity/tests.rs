use ring::hmac;
use serde_json::{Value, json};

use super::*;

const SECRET: &[u8] = b"0123456789abcdef0123456789abcdef";
const NOW: u64 = 1_800_000_000;

fn encode(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let held = group.iter().chain([0, 0].iter()).take(3).fold(0_usize, |held, byte| held << 8 | usize::from(*byte));
        for place in 0..=group.len() {
            text.push(char::from(DIGITS[held >> (18 - 6 * place) & 63]));
        }
    }
    text
}

/// A token over exactly these texts.
fn sign(header: &str, claims: &str, secret: &[u8]) -> String {
    let signed = format!("{}.{}", encode(header.as_bytes()), encode(claims.as_bytes()));
    let signature = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), signed.as_bytes());
    format!("{signed}.{}", encode(signature.as_ref()))
}

fn token(claims: &Value) -> String {
    sign(r#"{"alg":"HS256","typ":"JWT"}"#, &claims.to_string(), SECRET)
}

fn verdict(token: &str) -> Result<String, IdentityError> {
    verify(token, SECRET, NOW).map(|claims| claims.subject)
}

#[test]
fn a_good_token_names_somebody() {
    let claims =
        json!({"sub": "customer 7", "exp": NOW + 60, "name": "Vera", "email": "vera@shop.example", "aud": "?"});
    let good = verify(&token(&claims), SECRET, NOW).unwrap();
    assert_eq!((good.subject.as_str(), good.name.as_deref()), ("customer 7", Some("Vera")));
    assert_eq!(good.email.as_deref(), Some("vera@shop.example"));
    let claims = json!({"sub": "7", "exp": NOW + LONGEST_SECONDS, "nbf": NOW}).to_string();
    for header in [r#"{"alg":"HS256"}"#, r#"{"typ":"anything","kid":"1","alg":"HS256"}"#] {
        assert_eq!(verdict(&sign(header, &claims, SECRET)), Ok("7".into()));
    }
}

/// From RFC 7515, appendix A.1, so that what is checked is not only what is signed here.
#[test]
fn the_standards_own_example_has_a_good_signature() {
    let key = decode("AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow").unwrap();
    let token = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9\
                 .eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ\
                 .dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    // It has no `sub`, and so falls at the next step.
    assert_eq!(verify(token, &key, 1_300_819_000), Err(IdentityError::Claims));
    assert_eq!(verify(token, SECRET, 1_300_819_000), Err(IdentityError::Signature));
}

#[test]
fn another_signature_is_refused_whatever_the_header_says() {
    let claims = json!({"sub": "7", "exp": NOW + 60}).to_string();
    let forged = sign(r#"{"alg":"HS256"}"#, &claims, b"guessed");
    assert_eq!(verdict(&forged), Err(IdentityError::Signature));
    let (signed, signature) = forged.rsplit_once('.').unwrap();
    assert_eq!(verdict(&format!("{signed}.")), Err(IdentityError::Signature));
    assert_eq!(verdict(&format!("{signed}.{}", &signature[..40])), Err(IdentityError::Signature));
    let unsigned = format!("{}.{}.", encode(br#"{"alg":"none"}"#), encode(claims.as_bytes()));
    assert_eq!(verdict(&unsigned), Err(IdentityError::Signature));
    // Another's claims under a good signature.
    let good = token(&json!({"sub": "7", "exp": NOW + 60}));
    let mut parts: Vec<&str> = good.split('.').collect();
    let other = encode(json!({"sub": "8", "exp": NOW + 60}).to_string().as_bytes());
    parts[1] = &other;
    assert_eq!(verdict(&parts.join(".")), Err(IdentityError::Signature));
}

#[test]
fn a_header_other_than_hs256_is_refused_even_when_signed() {
    let claims = json!({"sub": "7", "exp": NOW + 60}).to_string();
    for header in [
        r#"{"alg":"none"}"#,
        r#"{"alg":"hs256"}"#,
        r#"{"alg":"HS512"}"#,
        r#"{"alg":"RS256"}"#,
        r#"{"alg":["HS256"]}"#,
        r#"{"alg":"HS256","alg":"none"}"#,
        r#"{"alg":"HS256","crit":["b64"],"b64":false}"#,
        r#"{"alg":"HS256","crit":null}"#,
        r#"["HS256",false]"#,
        "{}",
        "[]",
        "",
    ] {
        assert_eq!(verdict(&sign(header, &claims, SECRET)), Err(IdentityError::Header), "{header}");
    }
}

#[test]
fn claims_are_an_object() {
    let claims = json!(["7", NOW + 60, null, null, null]);
    assert_eq!(verdict(&token(&claims)), Err(IdentityError::Claims));
}

#[test]
fn a_token_is_good_for_its_time_only() {
    for (times, expected) in [
        (json!({"exp": NOW}), IdentityError::Expired),
        (json!({"exp": -1}), IdentityError::Expired),
        (json!({"exp": NOW + LONGEST_SECONDS + 1}), IdentityError::TooLong),
        (json!({"exp": 1e300}), IdentityError::TooLong),
        (json!({"exp": NOW + 60, "nbf": NOW + 1}), IdentityError::Early),
        (json!({}), IdentityError::Claims),
        (json!({"exp": "tomorrow"}), IdentityError::Claims),
        (json!({"exp": null}), IdentityError::Claims),
    ] {
        let mut claims = times.clone();
        claims["sub"] = json!("7");
        assert_eq!(verdict(&token(&claims)), Err(expected), "{times}");
    }
    assert_eq!(verdict(&token(&json!({"sub": "7", "exp": NOW as f64 + 0.5}))), Ok("7".into()));
}

#[test]
fn claims_keep_the_rules_of_what_they_become() {
    for (claim, value) in [
        ("sub", json!("")),
        ("sub", json!("a\nb")),
        ("sub", json!("x".repeat(201))),
        ("name", json!("\u{7}")),
        ("email", json!("nobody")),
    ] {
        let mut claims = json!({"sub": "7", "exp": NOW + 60});
        claims[claim] = value;
        let verdict = verdict(&token(&claims));
        assert!(matches!(&verdict, Err(IdentityError::Claim(rule)) if rule.starts_with(claim)), "{verdict:?}");
    }
    assert_eq!(verdict(&token(&json!({"sub": 7, "exp": NOW + 60}))), Err(IdentityError::Claims));
}

#[test]
fn what_is_no_token_is_refused() {
    let good = token(&json!({"sub": "7", "exp": NOW + 60}));
    let with_more = format!("{good}.x");
    for text in ["", ".", "..", "a.b", "a.b.c.d.e", "ü.ü.ü", &format!("{good}="), &format!(" {good}")] {
        assert!(matches!(verdict(text), Err(IdentityError::Form | IdentityError::Signature)), "{text}");
    }
    assert!(verdict(&with_more).is_err());
}
