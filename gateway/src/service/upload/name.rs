//! Files' names: as they are kept, and in a URL or a header.

use std::fmt::Write;

use protocol::limit::NAME_BYTES;
use protocol::value::FieldError;

use crate::upload::sniff;

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

/// The name with an ending that says what the file is, where it said something else: `invoice.hta`, a text, is kept as
/// `invoice.hta.txt`. Systems go by the ending when they decide whether to show a file or to run it.
pub(super) fn typed(name: String, media_type: &str) -> String {
    let ending = name.rsplit_once('.').map(|(_, ending)| ending);
    let Some(lacks) = sniff::lacks(media_type, ending) else { return name };
    let most = NAME_BYTES.saturating_sub(lacks.len() + 1);
    let end = (0..=most.min(name.len())).rev().find(|end| name.is_char_boundary(*end)).unwrap_or(0);
    format!("{}.{lacks}", &name[..end])
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
    fn a_name_ends_as_its_type_says() {
        for (name, media_type, expected) in [
            ("tea.txt", "text/plain", "tea.txt"),
            ("TEA.JPEG", "image/jpeg", "TEA.JPEG"),
            ("invoice.hta", "text/plain", "invoice.hta.txt"),
            ("run.bat", "text/csv", "run.bat.csv"),
            ("page.html", "image/png", "page.html.png"),
            ("setup.exe.", "application/zip", "setup.exe..zip"),
            ("README", "text/plain", "README.txt"),
            ("txt", "text/plain", "txt.txt"),
        ] {
            assert_eq!(typed(name.into(), media_type), expected);
        }
        let long = typed("é".repeat(100), "text/plain");
        assert!(long.len() == 200 && long.ends_with("é.txt"), "{long}");
    }

    #[test]
    fn a_name_in_a_url_is_ascii() {
        assert_eq!(encoded("tea & café.pdf"), "tea%20%26%20caf%C3%A9.pdf");
    }
}
