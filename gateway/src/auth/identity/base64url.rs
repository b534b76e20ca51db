//! base64url without padding (RFC 4648, section 5; RFC 7515, section 2).

/// The bytes that `text` stands for. None for anything that an encoder would not have written: other characters, padding,
/// an impossible length, bits that belong to no byte.
pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() * 3 / 4);
    let (mut held, mut bits) = (0_u32, 0);
    for character in text.bytes() {
        held = held << 6 | u32::from(sextet(character)?);
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push(u8::try_from(held >> bits).ok()?);
            held &= (1 << bits) - 1;
        }
    }
    // A whole character that is left over carries no byte.
    (bits < 6 && held == 0).then_some(bytes)
}

fn sextet(character: u8) -> Option<u8> {
    match character {
        b'A'..=b'Z' => Some(character - b'A'),
        b'a'..=b'z' => Some(character - b'a' + 26),
        b'0'..=b'9' => Some(character - b'0' + 52),
        b'-' => Some(62),
        b'_' => Some(63),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn what_an_encoder_writes_is_read() {
        for (text, bytes) in [
            ("", &b""[..]),
            ("Zg", b"f"),
            ("Zm8", b"fo"),
            ("Zm9v", b"foo"),
            ("Zm9vYmFy", b"foobar"),
            ("-_8", b"\xfb\xff"),
        ] {
            assert_eq!(decode(text).as_deref(), Some(bytes), "{text}");
        }
    }

    #[test]
    fn nothing_else_is() {
        for text in ["Z", "Zm9vY", "Zg==", "Zh", "Zm9", "+/8", "Z m8", "Zm8\n", "Zü"] {
            assert_eq!(decode(text), None, "{text}");
        }
    }
}
