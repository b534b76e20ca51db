//! The opening handshake (RFC 6455, section 4), as a client leads it.

use super::{Closed, Connect};

/// The nonce of every handshake: the RFC's own example. It tells a server's answer from a cache's, and here is no cache.
const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
/// What proves that the answer is a WebSocket server's, for that nonce.
const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
/// Longest head of an answer that is read.
const HEAD_BYTES: usize = 16 * 1024;
/// How much is kept of what a refusal says.
const SAID_CHARS: usize = 200;
/// Behind an answer's last header.
const HEAD_END: &[u8] = b"\r\n\r\n";

/// The request's bytes.
pub(super) fn request(connect: &Connect) -> Vec<u8> {
    let Connect { target, path, subprotocol, headers, .. } = connect;
    let mut request = format!(
        "GET {path} HTTP/1.1\r\nhost: {target}\r\nupgrade: websocket\r\nconnection: upgrade\r\n\
         sec-websocket-version: 13\r\nsec-websocket-key: {KEY}\r\n"
    );
    let subprotocol = subprotocol.map(|name| ("sec-websocket-protocol", name));
    let headers = headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    for (name, value) in subprotocol.into_iter().chain(headers) {
        request.push_str(name);
        request.push_str(": ");
        request.push_str(value);
        request.push_str("\r\n");
    }
    request.push_str("\r\n");
    request.into_bytes()
}

/// Reads an answer, if all of its head is there: how many bytes it takes. What follows are frames.
///
/// # Errors
/// It is not the 101 that was asked for.
pub(super) fn answer(bytes: &[u8], subprotocol: Option<&str>) -> Result<Option<usize>, Closed> {
    let failed = |why: String| Closed::Failed(format!("the handshake's answer {why}"));
    let Some(end) = bytes.windows(HEAD_END.len()).position(|window| window == HEAD_END) else {
        let whole = bytes.len() <= HEAD_BYTES;
        return if whole { Ok(None) } else { Err(failed(format!("has a head of more than {HEAD_BYTES} bytes"))) };
    };
    let (head, body) = (String::from_utf8_lossy(&bytes[..end]), &bytes[end + HEAD_END.len()..]);
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse::<u16>().ok());
    let Some(status) = status else { return Err(failed("is no HTTP/1.1".into())) };
    if status != 101 {
        let said = String::from_utf8_lossy(body).chars().take(SAID_CHARS).collect();
        return Err(Closed::Refused(status, said));
    }
    let headers: Vec<_> = lines.filter_map(|line| line.split_once(':')).collect();
    let header = |wanted: &str| {
        headers.iter().find_map(|(name, value)| name.eq_ignore_ascii_case(wanted).then_some(value.trim()))
    };
    if header("sec-websocket-accept") != Some(ACCEPT) {
        return Err(failed("does not prove that it is of a WebSocket server".into()));
    }
    if header("sec-websocket-protocol") != subprotocol {
        return Err(failed("names another subprotocol than was asked for".into()));
    }
    if header("sec-websocket-extensions").is_some_and(|extensions| !extensions.is_empty()) {
        return Err(failed("names an extension, and none was asked for".into()));
    }
    Ok(Some(end + HEAD_END.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANSWER: &str = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
        Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Protocol: chat.v1\r\n\r\n";

    #[test]
    fn a_request_names_what_is_asked_for() {
        let connect = Connect {
            target: "127.0.0.1:80".parse().unwrap(),
            source: None,
            path: "/ws?a=b".into(),
            subprotocol: Some("chat.v1"),
            headers: vec![("origin".into(), "http://shop.test".into())],
        };
        let request = String::from_utf8(request(&connect)).unwrap();
        assert!(request.starts_with("GET /ws?a=b HTTP/1.1\r\nhost: 127.0.0.1:80\r\n"));
        assert!(request.ends_with("sec-websocket-protocol: chat.v1\r\norigin: http://shop.test\r\n\r\n"));
    }

    #[test]
    fn an_answer_is_taken_when_its_head_is_whole_and_frames_may_follow() {
        for cut in [0, 5, ANSWER.len() - 1] {
            assert_eq!(answer(&ANSWER.as_bytes()[..cut], Some("chat.v1")), Ok(None));
        }
        let followed = format!("{ANSWER}\u{1}\u{2}");
        assert_eq!(answer(followed.as_bytes(), Some("chat.v1")), Ok(Some(ANSWER.len())));
    }

    #[test]
    fn other_answers_are_refused_with_a_word() {
        let refused = "HTTP/1.1 429 Too Many Requests\r\ncontent-length: 4\r\n\r\nslow";
        assert_eq!(answer(refused.as_bytes(), None), Err(Closed::Refused(429, "slow".into())));
        let wrong = [
            (ANSWER.to_owned(), None, "subprotocol"),
            (ANSWER.replace("chat.v1", "chat.v2"), Some("chat.v1"), "subprotocol"),
            (ANSWER.replace("s3pP", "s3pQ"), Some("chat.v1"), "prove"),
            (ANSWER.replace("\r\n\r\n", "\r\nsec-websocket-extensions: x\r\n\r\n"), Some("chat.v1"), "extension"),
            (ANSWER.replace("HTTP/1.1", "ICY"), Some("chat.v1"), "HTTP"),
            ("x".repeat(HEAD_BYTES + 1), None, "head"),
        ];
        for (bytes, subprotocol, said) in wrong {
            let Err(Closed::Failed(why)) = answer(bytes.as_bytes(), subprotocol) else { panic!("{bytes}") };
            assert!(why.contains(said), "{why}");
        }
    }
}
