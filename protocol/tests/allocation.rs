//! What a message may cost: decoding n bytes allocates at most a constant factor of n, and some bytes, in all that is ever
//! taken while it goes on (not only at its peak), whatever the bytes announce.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test's way to fail")]

#[path = "property/arbitrary.rs"]
mod arbitrary;
#[path = "property/client.rs"]
mod client;
#[path = "property/server.rs"]
mod server;
#[path = "property/widget.rs"]
mod widget;

use proptest::collection::vec;
use proptest::prelude::*;
use protocol::client::ClientFrame;
use protocol::codec;
use protocol::frame::Op;
use protocol::limit;
use protocol::server::ServerFrame;

/// For each byte of a message to a gateway. A list makes room for all its elements as soon as it is announced, and an
/// element that is one byte on the wire is a cursor of some 40 in memory; a refused body is read twice.
const CLIENT_FACTOR: u64 = 96;
/// For each byte of a message from one, where the elements are entries and summaries of some 400 bytes.
const SERVER_FACTOR: u64 = 1_024;
/// Besides: the words of an error.
const BESIDES: u64 = 4 * 1_024;

/// Bytes allocated while `work` runs.
fn allocated(work: impl FnOnce()) -> u64 {
    allocation_counter::measure(work).bytes_total
}

fn as_client(message: &[u8]) -> u64 {
    allocated(|| {
        for frame in codec::frames(message).map_while(Result::ok) {
            let _ = ClientFrame::decode(&frame).map(|decoded| decoded.and_then(|typed| typed.check()));
        }
    })
}

fn as_server(message: &[u8]) -> u64 {
    allocated(|| {
        for frame in codec::frames(message).map_while(Result::ok) {
            let _ = ServerFrame::decode(&frame);
        }
    })
}

fn assert_bounded(message: &[u8]) {
    let length = u64::try_from(message.len()).unwrap();
    for (who, allocated, factor) in
        [("client", as_client(message), CLIENT_FACTOR), ("server", as_server(message), SERVER_FACTOR)]
    {
        let begin: String = message.iter().take(60).map(|byte| format!("{byte:02x}")).collect();
        assert!(allocated <= factor * length + BESIDES, "{who}: {allocated} bytes for {length}: {begin}…");
    }
}

/// `[op, 0, {name: value}]`.
fn with_field(op: Op, name: &str, value: &[u8]) -> Vec<u8> {
    let mut message = vec![0x93, 0xcd];
    message.extend(op.to_be_bytes());
    message.extend([0, 0x81, 0xd9, u8::try_from(name.len()).unwrap()]);
    message.extend(name.as_bytes());
    message.extend(value);
    message
}

fn headed(header: &[u8], filling: u8, times: usize) -> Vec<u8> {
    let mut value = header.to_vec();
    value.extend(std::iter::repeat_n(filling, times));
    value
}

/// Values that announce much and hold little, or nothing.
fn hostile() -> Vec<Vec<u8>> {
    let most = [0xdc, 0x04, 0x00];
    let room = limit::FRAME_BYTES - 60;
    let wide = |marker: u8| {
        let mut header = vec![marker];
        header.extend(u32::try_from(room).unwrap().to_be_bytes());
        header
    };
    let mut values = vec![
        headed(&most, 0xc0, limit::ELEMENTS),
        headed(&most, 0x80, limit::ELEMENTS),
        headed(&most, 0x90, limit::ELEMENTS),
        headed(&most, 0xa0, limit::ELEMENTS),
        headed(&most, 0x01, limit::ELEMENTS),
        headed(&[0xde, 0x04, 0x00], 0xa0, 2 * limit::ELEMENTS),
        // Bytes, which lists are made of as well: as many elements.
        headed(&wide(0xc6), 0x00, room),
        headed(&wide(0xc6), 0xff, room),
        // Text that an error quotes, with every character escaped; and some that is none.
        headed(&wide(0xdb), 0x07, room),
        headed(&wide(0xdb), 0xff, room),
    ];
    // Announced, and not there.
    values.extend([0xc6, 0xdb, 0xdd, 0xdf].map(|marker| vec![marker, 0xff, 0xff, 0xff, 0xff]));
    // A list in each element of a list, as wide as the frame is long.
    let mut nested = vec![0xdc, 0x00, 0x3f];
    for _ in 0..0x3f {
        nested.extend(headed(&most, 0xc0, limit::ELEMENTS - 60));
        nested.truncate(nested.len().min(room));
    }
    values.push(nested);
    values
}

#[test]
fn what_is_announced_costs_nothing() {
    let fields = [
        "resume",
        "features",
        "answers",
        "known",
        "attributes",
        "properties",
        "content",
        "heads",
        "entries",
        "read",
        "conversations",
        "changed",
        "gone",
        "visitors",
        "pages",
        "events",
        "departments",
        "colleagues",
        "form",
        "agents",
        "client_id",
        "conversation",
        "bytes",
        "seq",
        "on",
        "page",
        "limits",
        "summary",
        "text",
        "later",
    ];
    for value in hostile() {
        for op in 0..80 {
            for field in fields {
                assert_bounded(&with_field(op, field, &value));
            }
        }
    }
    // A name of a field is kept while its value is read, and told in the error.
    let name = "x".repeat(255);
    assert_bounded(&with_field(12, "attributes", &with_field(0, &name, &[0x90])[4..]));
}

/// What passes by unread, and what is no frame at all, costs nothing.
#[test]
fn the_envelope_is_free() {
    let long = with_field(3, "later", &headed(&[0xc5, 0xf0, 0x00], 0, 0xf000));
    assert_eq!(allocated(|| assert_eq!(codec::frames(&long).filter(Result::is_ok).count(), 1)), 0);
    for message in [&[0xc1][..], &[0xdd, 0xff, 0xff, 0xff, 0xff], &[0x91; 60_000], &[0x93, 3, 0, 0x81, 0xa1]] {
        assert_eq!(allocated(|| assert!(codec::frames(message).all(|frame| frame.is_err()))), 0);
    }
}

proptest! {
    #[test]
    fn frames_and_their_mutations_are_bounded(
        message in prop_oneof![
            client::client_frame().prop_map(|frame| frame.encode(1)),
            server::server_frame().prop_map(|frame| frame.encode(1)),
        ],
        changes in vec((any::<prop::sample::Index>(), any::<u8>()), 0..8),
    ) {
        let mut message = message.to_vec();
        assert_bounded(&message);
        for (at, byte) in changes {
            let at = at.index(message.len());
            message[at] = byte;
        }
        assert_bounded(&message);
    }

    #[test]
    fn any_bytes_are_bounded(op in 0_u8..80, bytes in vec(any::<u8>(), 0..300)) {
        assert_bounded(&bytes);
        let mut framed = vec![0x93, op, 1];
        framed.extend(bytes);
        assert_bounded(&framed);
    }
}
