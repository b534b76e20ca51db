use super::*;

/// A client's frame, masked.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![first, 0x80 | u8::try_from(payload.len()).unwrap(), 9, 8, 7, 6];
    bytes.extend(payload.iter().zip([9, 8, 7, 6].into_iter().cycle()).map(|(byte, mask)| byte ^ mask));
    bytes
}

/// Whether each message is text, and its bytes.
type Messages = Vec<(bool, Vec<u8>)>;

/// Hands over `bytes` in pieces of `piece` bytes: the messages, and the first thing that ended it.
fn read(bytes: &[u8], piece: usize) -> (Messages, Option<Read<()>>) {
    let (mut input, mut output, mut messages) = (Input::default(), Output::default(), Vec::new());
    for piece in bytes.chunks(piece) {
        let mut take = |message: Message<'_>| {
            messages.push(match message {
                Message::Text(text) => (true, text.as_bytes().to_vec()),
                Message::Binary(bytes) => (false, bytes.to_vec()),
            });
            Taken::<()>::Done
        };
        input.kept.extend_from_slice(piece);
        match input.take_kept(100, &mut output, &mut take) {
            Read::Some => {}
            other => return (messages, Some(other)),
        }
    }
    assert!(input.kept.is_empty() && input.begun.is_none(), "nothing is kept behind a whole message");
    (messages, None)
}

#[test]
fn messages_are_the_same_however_their_bytes_are_cut() {
    let bytes = [
        frame(0x82, b"one"),
        frame(0x01, "zwei \u{fc}".as_bytes()),
        frame(0x89, b"ping"),
        frame(0x00, b""),
        frame(0x80, b" drei"),
        frame(0x82, b""),
    ]
    .concat();
    let expected = vec![(false, b"one".to_vec()), (true, "zwei ü drei".into()), (false, Vec::new())];
    for piece in 1..=bytes.len() {
        let (messages, end) = read(&bytes, piece);
        assert_eq!(messages, expected, "in pieces of {piece}");
        assert!(end.is_none());
    }
}

#[test]
fn what_breaks_the_protocol_ends_the_reading_behind_what_came_before() {
    let cut = "\u{fc}".as_bytes();
    let faults = [
        (frame(0x80, b"x"), Fault::Protocol),
        ([frame(0x02, b"x"), frame(0x82, b"y")].concat(), Fault::Protocol),
        (frame(0x81, &cut[..1]), Fault::NotUtf8),
        ([frame(0x01, &cut[..1]), frame(0x80, b"x")].concat(), Fault::NotUtf8),
        ([frame(0x01, &cut[..1]), frame(0x80, b"")].concat(), Fault::NotUtf8),
        (frame(0x01, b"\xff"), Fault::NotUtf8),
        (frame(0x82, &[0; 101]), Fault::TooLong),
        ([frame(0x02, &[0; 60]), frame(0x80, &[0; 41])].concat(), Fault::TooLong),
        (frame(0x88, b"x"), Fault::Protocol),
    ];
    for (bytes, fault) in faults {
        let (messages, end) = read(&[frame(0x82, b"before"), bytes.clone()].concat(), 1_000);
        assert_eq!(messages, [(false, b"before".to_vec())]);
        assert!(matches!(end, Some(Read::Fault(found)) if found == fault), "{bytes:x?}: {end:?}");
    }
    let (_, end) = read(&frame(0x88, &[0x03, 0xe8]), 3);
    assert!(matches!(end, Some(Read::Goodbye(Some(1000)))), "{end:?}");
}

#[test]
fn what_stands_behind_work_is_taken_when_that_is_done() {
    let bytes = [frame(0x82, b"one"), frame(0x82, b"two"), frame(0x82, b"three")[..5].to_vec()].concat();
    let (mut input, mut output, mut messages) = (Input::after(bytes), Output::default(), Vec::new());
    let mut turns = 0;
    while input.fresh {
        let mut take = |message: Message<'_>| {
            let Message::Binary(bytes) = message else { return Taken::Enough };
            messages.push(bytes.to_vec());
            Taken::Work(())
        };
        input.take_kept(100, &mut output, &mut take);
        turns += 1;
    }
    assert_eq!((messages, turns, input.kept.len()), (vec![b"one".to_vec(), b"two".to_vec()], 3, 5));
}
