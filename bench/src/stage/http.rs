//! One HTTP/1.1 request a connection (RFC 9112), for what a scenario does beside its load: sign-up, login, metrics,
//! fetching a file.

use std::net::SocketAddr;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Longest answer that is read: more than the largest file that a gateway takes unless told otherwise.
const ANSWER_BYTES: u64 = 128 * 1024 * 1024;
/// How long an answer may take: hashing a password is slow by intention, and there may be a queue of those.
const PATIENCE: Duration = Duration::from_secs(60);

/// An answer.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    /// The status code.
    pub(crate) status: u16,
    head: String,
    /// What came behind the head.
    pub(crate) body: Vec<u8>,
}

/// A request without a body, and its answer.
///
/// # Errors
/// Nobody answers, or something else than HTTP.
pub(crate) async fn get(address: SocketAddr, path: &str, headers: &[(&str, &str)]) -> Result<Answer, String> {
    exchange(address, &format!("GET {path}"), headers, &[]).await
}

/// A request with a JSON body, and its answer.
///
/// # Errors
/// Nobody answers, or something else than HTTP.
pub(crate) async fn send(
    address: SocketAddr,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &impl Serialize,
) -> Result<Answer, String> {
    let body = serde_json::to_vec(body).map_err(|error| error.to_string())?;
    let headers = [headers, &[("content-type", "application/json")]].concat();
    exchange(address, &format!("{method} {path}"), &headers, &body).await
}

async fn exchange(address: SocketAddr, what: &str, headers: &[(&str, &str)], body: &[u8]) -> Result<Answer, String> {
    let mut request = format!("{what} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n");
    request.push_str(&format!("content-length: {}\r\n", body.len()));
    headers.iter().for_each(|(name, value)| request.push_str(&format!("{name}: {value}\r\n")));
    request.push_str("\r\n");
    let talk = async {
        let mut stream = TcpStream::connect(address).await?;
        stream.write_all(&[request.as_bytes(), body].concat()).await?;
        let mut answer = Vec::new();
        stream.take(ANSWER_BYTES).read_to_end(&mut answer).await?;
        Ok::<_, std::io::Error>(answer)
    };
    let named = |why: String| format!("{what} at {address}: {why}");
    let answer = tokio::time::timeout(PATIENCE, talk).await;
    let answer = answer.map_err(|_| named(format!("no answer in {PATIENCE:?}")))?;
    Answer::parse(&answer.map_err(|error| named(error.to_string()))?).ok_or_else(|| named("no HTTP answer".into()))
}

impl Answer {
    fn parse(bytes: &[u8]) -> Option<Self> {
        let end = bytes.windows(4).position(|part| part == b"\r\n\r\n")?;
        let head = String::from_utf8_lossy(bytes.get(..end)?).into_owned();
        let status = head.strip_prefix("HTTP/1.1 ")?.split(' ').next()?.parse().ok()?;
        let mut answer = Self { status, head, body: bytes.get(end + 4..)?.to_vec() };
        if answer.header("transfer-encoding") == Some("chunked") {
            answer.body = unchunked(&answer.body)?;
        }
        Some(answer)
    }

    fn header<'a>(&'a self, name: &'a str) -> Option<&'a str> {
        self.headers(name).next()
    }

    fn headers<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let fields = self.head.lines().filter_map(|line| line.split_once(':'));
        fields.filter(move |(field, _)| field.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    }

    /// The value of a cookie that it sets.
    pub(crate) fn cookie(&self, name: &str) -> Option<&str> {
        self.headers("set-cookie").find_map(|cookie| {
            let (field, value) = cookie.split_once('=')?;
            (field == name).then(|| value.split(';').next().unwrap_or_default())
        })
    }

    /// Its body, if it is a success.
    ///
    /// # Errors
    /// What it says instead.
    pub(crate) fn json<T: DeserializeOwned>(&self, asked: &str) -> Result<T, String> {
        self.success(asked)?;
        serde_json::from_slice(&self.body).map_err(|error| format!("{asked}: {error}"))
    }

    /// Whether it is a success.
    ///
    /// # Errors
    /// What it says instead.
    pub(crate) fn success(&self, asked: &str) -> Result<(), String> {
        if (200..300).contains(&self.status) {
            return Ok(());
        }
        let failure = serde_json::from_slice::<protocol::http::Failure>(&self.body).ok();
        let said = failure.map_or_else(
            || String::from_utf8_lossy(&self.body).chars().take(200).collect(),
            |failure| failure.error.to_string(),
        );
        Err(format!("{asked}: answered with {} {said}", self.status))
    }
}

fn unchunked(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut whole = Vec::new();
    loop {
        let end = rest.windows(2).position(|part| part == b"\r\n")?;
        let size = std::str::from_utf8(rest.get(..end)?).ok()?.split(';').next()?;
        let size = usize::from_str_radix(size.trim(), 16).ok()?;
        let from = end + 2;
        whole.extend_from_slice(rest.get(from..from + size)?);
        if size == 0 {
            return Some(whole);
        }
        rest = rest.get(from + size + 2..)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_whole_or_in_chunks() {
        let answer = Answer::parse(b"HTTP/1.1 201 Created\r\nSet-Cookie: a=b; Path=/\r\n\r\n{\"x\":1}").unwrap();
        assert_eq!((answer.status, answer.cookie("a"), answer.cookie("x")), (201, Some("b"), None));
        assert_eq!(answer.json::<serde_json::Value>("x").unwrap()["x"], 1);
        let chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n";
        assert_eq!(Answer::parse(chunked).unwrap().body, b"abcde");
        assert!(Answer::parse(b"").is_none());
    }

    #[test]
    fn a_refusal_is_told_in_one_line() {
        let error = r#"{"error":{"code":"unauthenticated","retryable":false,"retry_ms":0,"text":"wrong"}}"#;
        let answer = Answer::parse(format!("HTTP/1.1 401 Unauthorized\r\n\r\n{error}").as_bytes()).unwrap();
        assert_eq!(answer.success("login"), Err("login: answered with 401 unauthenticated: wrong".into()));
    }
}
