//! An agent's login, over HTTP/1.1 (RFC 9112): one small request, so no HTTP client is needed for it.

use std::time::Duration;

use protocol::http::Login;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::ClientError;
use crate::target::Target;

/// Longest answer that is read.
const ANSWER_BYTES: u64 = 64 * 1024;
/// How long a login may take: hashing a password is slow by intention.
const PATIENCE: Duration = Duration::from_secs(10);
/// The cookie that holds the session's token.
const COOKIE: &str = "chatdesk_agent=";

/// Logs in. Returns the session's token, for `hello`.
///
/// # Errors
/// The gateway cannot be reached, or says no.
pub(crate) async fn login(target: Target, email: &str, password: &str) -> Result<String, ClientError> {
    let body = serde_json::to_string(&Login { email: email.into(), password: password.into(), organization: None });
    let body = body.map_err(|error| ClientError::Login(error.to_string()))?;
    let answer = post(target, "/api/login", "", &body).await?;
    token(&answer).ok_or_else(|| ClientError::Login(summary(&answer)))
}

/// Ends the session.
///
/// # Errors
/// The gateway cannot be reached, or says no.
pub(crate) async fn logout(target: Target, token: &str) -> Result<(), ClientError> {
    let answer = post(target, "/api/logout", &format!("cookie: {COOKIE}{token}\r\n"), "").await?;
    if status(&answer).starts_with('2') { Ok(()) } else { Err(ClientError::Login(summary(&answer))) }
}

async fn post(target: Target, path: &str, headers: &str, body: &str) -> Result<String, ClientError> {
    let request = format!(
        "POST {path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\ncontent-type: application/json\r\n\
         content-length: {}\r\n{headers}\r\n{body}",
        target.0,
        body.len()
    );
    let exchange = async {
        let mut stream = TcpStream::connect(target.0).await?;
        stream.write_all(request.as_bytes()).await?;
        let mut answer = Vec::new();
        stream.take(ANSWER_BYTES).read_to_end(&mut answer).await?;
        Ok(String::from_utf8_lossy(&answer).into_owned())
    };
    let late = |_| std::io::Error::new(std::io::ErrorKind::TimedOut, format!("no answer in {PATIENCE:?}"));
    tokio::time::timeout(PATIENCE, exchange).await.map_err(late)?
}

/// The status code and phrase.
fn status(answer: &str) -> &str {
    let line = answer.lines().next().unwrap_or_default();
    line.split_once(' ').map_or("", |(_, status)| status)
}

/// The session's token, if the answer is a success that sets one.
fn token(answer: &str) -> Option<String> {
    let head = answer.split("\r\n\r\n").next()?;
    let cookies = head.lines().filter_map(|line| line.split_once(':'));
    let mut cookies =
        cookies.filter(|(name, _)| name.eq_ignore_ascii_case("set-cookie")).map(|(_, value)| value.trim());
    let value = cookies.find_map(|cookie| cookie.strip_prefix(COOKIE))?;
    let token = value.split(';').next()?;
    (status(answer).starts_with('2') && !token.is_empty()).then(|| token.to_owned())
}

/// A refusal in one line: the status, and what the body says.
fn summary(answer: &str) -> String {
    if answer.is_empty() {
        return "nothing".into();
    }
    let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    let failure = serde_json::from_str::<protocol::http::Failure>(body).ok();
    let text = failure.map_or_else(|| body.chars().take(200).collect(), |failure| failure.error.to_string());
    format!("{} {text}", status(answer)).trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_is_taken_from_the_cookie_of_a_success() {
        let answer = "HTTP/1.1 200 OK\r\nSet-Cookie: theme=dark\r\nSet-Cookie: chatdesk_agent=abc; Path=/\r\n\r\n{}";
        assert_eq!(token(answer).as_deref(), Some("abc"));
        assert_eq!(token(&answer.replace("200 OK", "401 Unauthorized")), None);
        assert_eq!(token("HTTP/1.1 200 OK\r\n\r\nset-cookie: chatdesk_agent=abc"), None);
        assert_eq!(token(""), None);
    }

    #[test]
    fn a_refusal_is_told_in_one_line() {
        let error = r#"{"error":{"code":"unauthenticated","retryable":false,"retry_ms":0,"text":"wrong"}}"#;
        let answer = format!("HTTP/1.1 401 Unauthorized\r\n\r\n{error}");
        assert_eq!(summary(&answer), "401 Unauthorized unauthenticated: wrong");
        assert_eq!(summary("HTTP/1.1 502 Bad Gateway\r\n\r\n<html>"), "502 Bad Gateway <html>");
        assert_eq!(summary(""), "nothing");
    }
}
