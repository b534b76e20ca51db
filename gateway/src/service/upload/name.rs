//! Files' names: as they are kept, and in a URL or a header.

use std::fmt::Write;

use protocol::value::FieldError;

/// The name without a path before it and without characters that would show it as another one.
///
/// # Errors
/// When nothing is left.
pub(super) fn kept(name: &str) -> Result<String, FieldError> {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let kept: String = last.chars().filter(|c| !turns_text(*c)).collect();
    let kept = kept.trim();
    if kept.is_empty() || kept == "." || kept == ".." {
        return Err(FieldError::new("name", "must be the name of a file"));
    }
    Ok(kept.to_owned())
}

/// Unicode's marks for the direction of text: with them, `gpj.exe` reads `exe.jpg`.
fn turns_text(c: char) -> bool {
    matches!(c, '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Percent-encoded (RFC 3986, section 2.3; also RFC 8187's `ext-value`).
#[must_use]
pub fn encoded(name: &str) -> String {
    let mut encoded = String::with_capacity(name.len());
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            encoded.push(char::from(byte));
        } else {
            // Writing to a string does not fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_cut_off_and_no_name_reads_as_another() {
        assert_eq!(kept("C:\\fakepath\\tea.pdf").unwrap(), "tea.pdf");
        assert_eq!(kept("../../etc/passwd").unwrap(), "passwd");
        assert_eq!(kept("photo\u{202e}gpj.exe").unwrap(), "photogpj.exe");
        for name in ["..", "a/", " \u{200f}", "/"] {
            assert_eq!(kept(name).unwrap_err().field, "name");
        }
    }

    #[test]
    fn a_name_in_a_url_is_ascii() {
        assert_eq!(encoded("tea & café.pdf"), "tea%20%26%20caf%C3%A9.pdf");
    }
}
