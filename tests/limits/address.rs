//! What one address may ask for besides frames: HTTP requests, downloads, handshakes and hellos that are refused.

use std::net::{IpAddr, SocketAddr};

use protocol::client::Hello;
use protocol::code::ErrorCode;
use protocol::connection::{Connection, ConnectionError, Options};
use protocol::frame::Error;
use tests::gateway::{TestGateway, visitor_hello};
use tests::http::Answer;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

use crate::delivery::start;
use crate::uploads::{announce, png, upload};

/// Another address of this machine.
const ELSEWHERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(127, 0, 0, 9));
/// More than what the system holds for a connection that is not read.
const LARGE_BYTES: usize = 12 * 1024 * 1024;

/// Asks for `path` and reads nothing but the answer's first bytes.
async fn begin(address: SocketAddr, from: Option<IpAddr>, path: &str) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4 * 1024).unwrap();
    if let Some(from) = from {
        socket.bind((from, 0).into()).unwrap();
    }
    let mut stream = socket.connect(address).await.unwrap();
    let head = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    stream
}

/// The status of an answer that has begun.
async fn status(stream: &mut TcpStream) -> String {
    let mut line = [0; 12];
    stream.read_exact(&mut line).await.unwrap();
    String::from_utf8_lossy(&line[9..]).into_owned()
}

fn told_to_wait(answer: &Answer) {
    let seconds: u64 = answer.header("retry-after").and_then(|seconds| seconds.parse().ok()).unwrap_or_default();
    assert!(seconds >= 1, "{answer:?}");
    assert_eq!((answer.status, answer.code().as_str()), (429, "rate_limited"));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_request_counts_for_its_address_also_for_keys_that_nobody_has() {
    let gateway = TestGateway::with(&["--request-rate", "1", "--request-burst", "20"]).await;
    let tenant = gateway.tenant("Shop").await;
    let path = format!("/files/{}/{}/x", tenant.organization(), "a".repeat(64));
    let mut found = 0;
    let refused = loop {
        let answer = gateway.http("GET", &path, &[], None).await;
        match answer.status {
            404 => found += 1,
            _ => break answer,
        }
        assert!(found < 30, "there is no bound");
    };
    told_to_wait(&refused);
    assert!(found >= 15, "{found}");
    for path in ["/healthz", "/console/", "/nothing"] {
        told_to_wait(&gateway.http("GET", path, &[], None).await);
    }
    // Another address is served, and so are sockets.
    assert_eq!(status(&mut begin(gateway.address(), Some(ELSEWHERE), "/healthz").await).await, "200");
    gateway.visitor(&tenant).await;
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_download_that_nobody_reads_is_cut_off_and_its_place_had_again() {
    let flags = ["--downloads-per-address", "2", "--unread-seconds", "1", "--request-burst", "4000000"];
    let gateway = TestGateway::with(&flags).await;
    let tenant = gateway.tenant("Shop").await;
    let (mut visitor, _) = gateway.visitor(&tenant).await;
    let conversation = start(&mut visitor).await;
    let bytes = png(LARGE_BYTES, 1);
    let url = upload(&mut visitor, &announce(conversation, "large", &bytes), &bytes).await.url;

    let mut unread = Vec::new();
    for _ in 0..2 {
        let mut stream = begin(gateway.address(), None, &url).await;
        assert_eq!(status(&mut stream).await, "200");
        unread.push(stream);
    }
    told_to_wait(&gateway.http("GET", &url, &[], None).await);
    let about = gateway.http("HEAD", &url, &[], None).await;
    assert_eq!((about.status, about.header("content-length")), (200, Some(LARGE_BYTES.to_string().as_str())));
    assert_eq!(status(&mut begin(gateway.address(), Some(ELSEWHERE), &url).await).await, "200");
    // Whoever reads gets all of it, once the others have been cut off.
    let whole = loop {
        let answer = gateway.http("GET", &url, &[], None).await;
        if answer.status == 200 {
            break answer;
        }
        told_to_wait(&answer);
    };
    assert!(whole.body == bytes, "it is another file");
    for mut stream in unread {
        let mut rest = Vec::new();
        // The end may be a reset.
        let _ = stream.read_to_end(&mut rest).await;
        assert!(rest.len() < LARGE_BYTES, "it was served in full");
    }
    gateway.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn too_many_handshakes_are_answered_with_429() {
    let gateway = TestGateway::with(&["--handshake-rate", "1", "--handshake-burst", "5"]).await;
    let mut open = 0;
    let refused = loop {
        match Connection::open(&gateway.ws(), &Options::default()).await {
            Ok(socket) => socket.close().await.unwrap(),
            Err(error) => break error,
        }
        open += 1;
        assert!(open < 15, "there is no bound");
    };
    assert!(matches!(refused, ConnectionError::Refused { status: 429, .. }), "{refused:?}");
    assert!(open >= 5, "{open}");
    gateway.socket_with(&Options { local_address: Some(ELSEWHERE), ..Options::default() }).await;
    gateway.stop().await;
}

async fn hello(gateway: &TestGateway, from: Option<IpAddr>, hello: Hello) -> Result<(), Error> {
    let mut socket = gateway.socket_with(&Options { local_address: from, ..Options::default() }).await;
    match socket.hello(hello).await {
        Ok(_) => Ok(()),
        Err(ConnectionError::Answer(error)) => Err(error),
        Err(other) => panic!("{other}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_says_bad_hellos_is_not_listened_to_and_whoever_is_elsewhere_is() {
    let gateway = TestGateway::with(&["--refused-hello-rate", "1", "--refused-hello-burst", "4"]).await;
    let tenant = gateway.tenant("Shop").await;
    // Good ones cost nothing.
    for _ in 0..8 {
        hello(&gateway, None, visitor_hello(&tenant.widget_key, None)).await.unwrap();
    }
    let mut looked_at = 0;
    let refused = loop {
        let bad = visitor_hello(&tenant.widget_key, Some("made up"));
        let error = hello(&gateway, None, bad).await.unwrap_err();
        if error.code != ErrorCode::Unauthenticated {
            break error;
        }
        looked_at += 1;
        assert!(looked_at < 15, "there is no bound");
    };
    assert!(refused.code == ErrorCode::RateLimited && refused.retryable, "{refused:?}");
    assert!((1..=1_000).contains(&refused.retry_ms) && looked_at >= 4, "{looked_at} {refused:?}");
    hello(&gateway, Some(ELSEWHERE), visitor_hello(&tenant.widget_key, None)).await.unwrap();
    gateway.stop().await;
}
