//! A mail server that keeps what it is sent, and says no when it is told to.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// How long an e-mail may take to come.
const PATIENCE: Duration = Duration::from_secs(60);

/// An e-mail as it came.
#[derive(Clone, Debug)]
pub struct Letter {
    /// Whom the envelope names.
    pub to: Vec<String>,
    /// Its head, folded lines joined.
    pub head: Vec<(String, String)>,
    /// Its parts, each with its media type, decoded.
    pub parts: Vec<(String, String)>,
}

impl Letter {
    /// A line of its head.
    #[must_use]
    pub fn head(&self, name: &str) -> Option<&str> {
        self.head.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// Its part of a media type.
    #[must_use]
    pub fn part(&self, kind: &str) -> &str {
        &self.parts.iter().find(|(name, _)| name.starts_with(kind)).expect("a part of this type").1
    }

    fn read(to: Vec<String>, source: &str) -> Self {
        let (head, body) = source.split_once("\r\n\r\n").expect("a head and a body");
        let head = lines(head);
        let kind = find(&head, "content-type");
        let boundary = kind.split("boundary=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a boundary");
        let divider = format!("--{boundary}");
        let parts = body.split(&divider).skip(1).filter(|part| !part.starts_with("--"));
        let parts = parts.map(|part| {
            let (head, body) = part.trim_start().split_once("\r\n\r\n").expect("a part's head and body");
            let head = lines(head);
            (find(&head, "content-type"), decoded(&find(&head, "content-transfer-encoding"), body))
        });
        Self { to, parts: parts.collect(), head }
    }
}

fn lines(head: &str) -> Vec<(String, String)> {
    let joined = head.replace("\r\n ", " ").replace("\r\n\t", " ");
    let pairs = joined.split("\r\n").filter_map(|line| line.split_once(": "));
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

fn find(head: &[(String, String)], name: &str) -> String {
    head.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.clone()).unwrap_or_default()
}

fn decoded(encoding: &str, body: &str) -> String {
    let bytes = match encoding {
        "quoted-printable" => quoted_printable(body),
        "base64" => base64(body),
        _ => body.as_bytes().to_vec(),
    };
    String::from_utf8(bytes).expect("text").replace("\r\n", "\n")
}

fn quoted_printable(body: &str) -> Vec<u8> {
    let joined = body.replace("=\r\n", "");
    let (mut rest, mut out) = (joined.as_bytes(), Vec::new());
    while let Some((first, behind)) = rest.split_first() {
        rest = behind;
        if *first == b'=' {
            let digits = std::str::from_utf8(&rest[..2]).expect("two digits");
            out.push(u8::from_str_radix(digits, 16).expect("hexadecimal digits"));
            rest = &rest[2..];
        } else {
            out.push(*first);
        }
    }
    out
}

fn base64(body: &str) -> Vec<u8> {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digits = body.bytes().filter_map(|byte| DIGITS.iter().position(|digit| *digit == byte));
    let bits: Vec<u8> = digits.flat_map(|digit| (0..6).rev().map(move |bit| u8::from(digit >> bit & 1 == 1))).collect();
    bits.chunks_exact(8).map(|byte| byte.iter().fold(0, |all, bit| all << 1 | bit)).collect()
}

/// Answers to the next e-mails, in place of "taken".
type Answers = Arc<Mutex<VecDeque<&'static str>>>;

/// A mail server on a port of its own.
pub struct Smtp {
    address: SocketAddr,
    letters: mpsc::UnboundedReceiver<Letter>,
    refusals: mpsc::UnboundedReceiver<()>,
    answers: Answers,
    listening: JoinHandle<()>,
}

impl Smtp {
    /// One that listens.
    pub async fn start() -> Self {
        Self::at("127.0.0.1:0".parse().expect("an address")).await
    }

    /// One at an address.
    pub async fn at(address: SocketAddr) -> Self {
        let listener = TcpListener::bind(address).await.expect("the address is free");
        let address = listener.local_addr().expect("an address");
        let (kept, letters) = mpsc::unbounded_channel();
        let (refused, refusals) = mpsc::unbounded_channel();
        let answers = Answers::default();
        let asked = Arc::clone(&answers);
        let listening = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                // A client that goes in the middle is none of the server's business.
                let _ = serve(stream, &kept, &refused, &asked).await;
            }
        });
        Self { address, letters, refusals, answers, listening }
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The flags of a gateway that sends through it.
    #[must_use]
    pub fn flags(&self) -> [String; 2] {
        [format!("--smtp-url=smtp://{}", self.address), "--mail-from=Shop <chat@shop.example>".into()]
    }

    /// What the next e-mail that is not answered otherwise yet is answered with, as `451 later`.
    pub fn answer(&self, line: &'static str) {
        self.answers.lock().unwrap_or_else(PoisonError::into_inner).push_back(line);
    }

    /// The next e-mail.
    pub async fn next(&mut self) -> Letter {
        tokio::time::timeout(PATIENCE, self.letters.recv()).await.expect("an e-mail comes").expect("the server runs")
    }

    /// Waits until an e-mail was refused.
    pub async fn refused(&mut self) {
        tokio::time::timeout(PATIENCE, self.refusals.recv()).await.expect("an e-mail comes").expect("the server runs");
    }

    /// Whether nothing came that was not read.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.letters.is_empty()
    }
}

impl Drop for Smtp {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

async fn serve(
    mut stream: TcpStream,
    kept: &mpsc::UnboundedSender<Letter>,
    refused: &mpsc::UnboundedSender<()>,
    answers: &Answers,
) -> std::io::Result<()> {
    let (read, mut write) = stream.split();
    let mut lines = BufReader::new(read).lines();
    let mut to = Vec::new();
    write.write_all(b"220 sink\r\n").await?;
    while let Some(line) = lines.next_line().await? {
        let verb = line.split([' ', ':']).next().unwrap_or_default().to_uppercase();
        let answer = match verb.as_str() {
            "EHLO" | "HELO" => "250 sink",
            "RCPT" => {
                to.extend(line.split(['<', '>']).nth(1).map(str::to_owned));
                "250 known"
            }
            "DATA" => {
                write.write_all(b"354 go on\r\n").await?;
                let mut source = String::new();
                while let Some(line) = lines.next_line().await?.filter(|line| line != ".") {
                    source += line.strip_prefix('.').unwrap_or(&line);
                    source += "\r\n";
                }
                let answer = answers.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
                let letter = Letter::read(std::mem::take(&mut to), &source);
                // Nobody who reads has gone: the test has ended.
                let _ = if answer.is_some() {
                    refused.send(())
                } else {
                    kept.send(letter).map_err(|_| mpsc::error::SendError(()))
                };
                answer.unwrap_or("250 taken")
            }
            "QUIT" => {
                write.write_all(b"221 bye\r\n").await?;
                return Ok(());
            }
            _ => "250 fine",
        };
        write.write_all(format!("{answer}\r\n").as_bytes()).await?;
    }
    Ok(())
}
