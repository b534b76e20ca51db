//! Loops against a server that says what the test wants, byte for byte.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread::JoinHandle;
use std::time::Duration;

use super::*;

const ANSWER: &[u8] = b"HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\
    sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
/// More than a system's socket buffers hold.
const MUCH: usize = 12 * 1024 * 1024;

/// What a world does when its socket has opened.
type Begin = fn(&mut Io, SocketId);

/// Notes what happens on one socket, and is done when it is gone.
struct Notes {
    connect: Connect,
    begin: Begin,
    heard: Vec<String>,
    wait_until: Option<Instant>,
    done: bool,
}

impl Notes {
    fn new(target: SocketAddr, begin: Begin) -> Self {
        let connect = Connect { target, source: None, path: "/".into(), subprotocol: None, headers: Vec::new() };
        Self { connect, begin, heard: Vec::new(), wait_until: None, done: false }
    }
}

impl World for Notes {
    type Order = &'static str;

    fn start(&mut self, io: &mut Io) {
        io.open(&self.connect);
    }

    fn told(&mut self, _io: &mut Io, order: &'static str) {
        self.heard.push(format!("told {order}"));
        self.done = true;
    }

    fn opened(&mut self, io: &mut Io, socket: SocketId) {
        self.heard.push("opened".into());
        (self.begin)(io, socket);
        self.done |= io.sockets() == 0;
    }

    fn message(&mut self, io: &mut Io, socket: SocketId, payload: &[u8]) {
        let text = String::from_utf8_lossy(payload).into_owned();
        if text == "bye?" {
            io.close(socket, 1000);
        }
        self.heard.push(text);
    }

    fn closed(&mut self, io: &mut Io, socket: SocketId, why: Closed) {
        assert!(!io.send(socket, Kind::Text, b"too late"));
        self.heard.push(why.to_string());
        self.done = true;
    }

    fn turn(&mut self, io: &mut Io) -> Next {
        match self.wait_until {
            _ if self.done => Next::Done,
            Some(until) if io.now() >= until => Next::Done,
            Some(until) => Next::At(until),
            None => Next::Idle,
        }
    }
}

/// A server for one connection.
fn server<T: Send + 'static>(serve: impl FnOnce(TcpStream) -> T + Send + 'static) -> (SocketAddr, JoinHandle<T>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let thread = std::thread::spawn(move || {
        let mut stream = listener.accept().unwrap().0;
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let mut request = Vec::new();
        while !request.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).unwrap();
            request.extend(byte);
        }
        serve(stream)
    });
    (address, thread)
}

/// Runs a world to its end; what it heard.
async fn heard(world: Notes) -> Vec<String> {
    spawn(world).unwrap().ended().await.unwrap().world.heard
}

/// One frame of a client, unmasked: its first byte, and the payload.
fn client_frame(stream: &mut TcpStream) -> (u8, Vec<u8>) {
    let mut head = [0; 2];
    stream.read_exact(&mut head).unwrap();
    assert!(head[1] & 0x80 != 0, "clients mask");
    let length = match head[1] & 0x7f {
        126 => {
            let mut length = [0; 2];
            stream.read_exact(&mut length).unwrap();
            u64::from(u16::from_be_bytes(length))
        }
        127 => {
            let mut length = [0; 8];
            stream.read_exact(&mut length).unwrap();
            u64::from_be_bytes(length)
        }
        short => u64::from(short),
    };
    let mut key = [0; 4];
    stream.read_exact(&mut key).unwrap();
    let mut payload = vec![0; usize::try_from(length).unwrap()];
    stream.read_exact(&mut payload).unwrap();
    payload.iter_mut().zip(key.iter().cycle()).for_each(|(byte, key)| *byte ^= key);
    (head[0], payload)
}

#[tokio::test]
async fn messages_pass_both_ways_pings_are_answered_and_a_goodbye_is_returned() {
    let (address, server) = server(|mut stream| {
        // The first frame in the same segment as the answer, and a message cut in three.
        stream.write_all(&[ANSWER, b"\x81\x05first", b"\x02\x02"].concat()).unwrap();
        assert_eq!(client_frame(&mut stream), (0x81, b"hello".to_vec()));
        assert_eq!(client_frame(&mut stream), (0x82, vec![7; 300]));
        stream.write_all(b"ab\x89\x02hi\x80\x01").unwrap();
        assert_eq!(client_frame(&mut stream), (0x8a, b"hi".to_vec()));
        stream.write_all(b"c\x88\x06\x0f\xa1slow").unwrap();
        assert_eq!(client_frame(&mut stream), (0x88, vec![0x0f, 0xa1]));
        stream.read(&mut [0]).unwrap()
    });
    let world = Notes::new(address, |io, socket| {
        io.send(socket, Kind::Text, b"hello");
        io.send(socket, Kind::Binary, &[7; 300]);
    });
    assert_eq!(heard(world).await, ["opened", "first", "abc", "closed with 4001 slow"]);
    assert_eq!(server.join().unwrap(), 0, "the connection is closed behind it");
}

#[tokio::test]
async fn a_goodbye_of_ones_own_waits_for_its_answer() {
    let (address, server) = server(|mut stream| {
        stream.write_all(&[ANSWER, b"\x81\x04bye?"].concat()).unwrap();
        assert_eq!(client_frame(&mut stream), (0x88, 1000_u16.to_be_bytes().to_vec()));
        stream.write_all(b"\x81\x04last\x88\x02\x03\xe8").unwrap();
    });
    let heard = heard(Notes::new(address, |_, _| {})).await;
    server.join().unwrap();
    assert_eq!(heard, ["opened", "bye?", "last", "closed with 1000 "]);
}

#[tokio::test]
async fn refusals_lost_connections_and_broken_protocols_are_told_apart() {
    type Serve = fn(TcpStream);
    let cases: [(Serve, &str); 4] = [
        (
            |mut stream| stream.write_all(b"HTTP/1.1 429 Too Many Requests\r\n\r\nslow down").unwrap(),
            "the handshake was refused with 429 slow down",
        ),
        (|_| {}, "the connection ended without a goodbye"),
        (|mut stream| stream.write_all(&[ANSWER, b"\x83\x00"].concat()).unwrap(), "a frame of an unknown kind"),
        (|mut stream| stream.write_all(b"HTTP/1.1 101 OK\r\n\r\n").unwrap(), "does not prove"),
    ];
    for (serve, said) in cases {
        let (address, server) = server(serve);
        let heard = heard(Notes::new(address, |_, _| {})).await;
        server.join().unwrap();
        assert!(heard.last().is_some_and(|last| last.contains(said)), "{said}: {heard:?}");
    }
    // Nobody listens there any more.
    let (address, server) = server(drop);
    drop(TcpStream::connect(address).map(|mut stream| stream.write_all(b"\r\n\r\n")));
    server.join().unwrap();
    assert!(heard(Notes::new(address, |_, _| {})).await[0].contains("refused"));
}

#[tokio::test]
async fn what_the_system_has_no_room_for_is_written_when_it_has() {
    let (asleep, wakes) = std::sync::mpsc::channel::<()>();
    let (address, server) = server(move |mut stream| {
        stream.write_all(&[ANSWER, b"\x81\x02go"].concat()).unwrap();
        // Reads nothing before the other side must have met the end of its buffers.
        assert_eq!(wakes.recv_timeout(Duration::from_secs(20)), Ok(()));
        let first = client_frame(&mut stream);
        let second = client_frame(&mut stream);
        stream.write_all(b"\x88\x00").unwrap();
        (first, second)
    });
    let world = Notes::new(address, |io, socket| {
        let much: Vec<u8> = (0..MUCH).map(|byte| (byte % 251) as u8).collect();
        io.send(socket, Kind::Binary, &much);
        io.send(socket, Kind::Text, b"behind");
    });
    let running = spawn(world).unwrap();
    asleep.send(()).unwrap();
    let ended = running.ended().await.unwrap();
    assert_eq!(ended.world.heard, ["opened", "go", "closed without a code"]);
    let ((_, much), behind) = server.join().unwrap();
    assert!(much.len() == MUCH && much.iter().enumerate().all(|(at, byte)| usize::from(*byte) == at % 251));
    assert_eq!(behind, (0x81, b"behind".to_vec()));
}

#[tokio::test]
async fn a_dropped_socket_resets_its_server_and_its_world_is_told_nothing() {
    let (address, server) = server(|mut stream| {
        stream.write_all(ANSWER).unwrap();
        stream.read(&mut [0]).map_err(|error| error.kind())
    });
    let heard = heard(Notes::new(address, |io, socket| io.drop_now(socket))).await;
    assert_eq!(heard, ["opened"]);
    assert_eq!(server.join().unwrap(), Err(ErrorKind::ConnectionReset));
}

#[tokio::test]
async fn a_world_is_wakened_by_orders_and_by_the_clock_and_a_loop_ends_with_its_owner() {
    let serve = |mut stream: TcpStream| {
        stream.write_all(ANSWER).unwrap();
        stream.read(&mut [0]).unwrap_or_default()
    };
    let (address, quiet) = server(serve);
    let running = spawn(Notes::new(address, |_, _| {})).unwrap();
    running.tell("enough");
    let ended = running.ended().await.unwrap();
    assert!(ended.world.heard.iter().any(|heard| heard == "told enough"));
    assert!(ended.busy <= ended.time);
    quiet.join().unwrap();

    let (address, quiet) = server(serve);
    let until = Instant::now() + Duration::from_millis(30);
    heard(Notes { wait_until: Some(until), ..Notes::new(address, |_, _| {}) }).await;
    assert!(Instant::now() >= until);
    quiet.join().unwrap();

    let (address, quiet) = server(serve);
    drop(spawn(Notes::new(address, |_, _| {})).unwrap());
    assert_eq!(quiet.join().unwrap(), 0, "its sockets are closed");
}
