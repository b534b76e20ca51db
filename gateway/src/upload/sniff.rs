//! What a file is, by its bytes: what was announced must be what came, and nothing that a browser would run.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// Bytes of a file's beginning that tell what it is.
const HEAD_BYTES: usize = 8 * 1024;
/// Bytes of a text that are read at a time.
const TEXT_BYTES: usize = 64 * 1024;

/// What a UTF-8 text may begin with, and a browser passes over.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// How a media type is recognised.
enum Look {
    /// The bytes look like one of these, as the crate `infer` calls them.
    Like(&'static [&'static str]),
    /// UTF-8 without NUL that looks like no page and no drawing.
    Text,
}

/// A media type.
struct Type {
    name: &'static str,
    /// How its files' names end, in lower case; first what is appended to a name that ends otherwise.
    endings: &'static [&'static str],
    look: Look,
}

const fn like(name: &'static str, endings: &'static [&'static str], seen: &'static [&'static str]) -> Type {
    Type { name, endings, look: Look::Like(seen) }
}

const fn text(name: &'static str, endings: &'static [&'static str]) -> Type {
    Type { name, endings, look: Look::Text }
}

/// Every type that an operator may allow, and how it is recognised. No SVG and no HTML: those are programs.
const TYPES: &[Type] = &[
    like("image/png", &["png"], &["image/png"]),
    like("image/jpeg", &["jpg", "jpeg", "jpe", "jfif"], &["image/jpeg"]),
    like("image/gif", &["gif"], &["image/gif"]),
    like("image/webp", &["webp"], &["image/webp"]),
    like("image/avif", &["avif"], &["image/avif"]),
    like("image/heic", &["heic", "heif"], &["image/heif"]),
    like("image/heif", &["heif", "heic", "hif"], &["image/heif"]),
    like("video/mp4", &["mp4", "m4v"], &["video/mp4", "video/x-m4v"]),
    like("video/quicktime", &["mov", "qt"], &["video/quicktime"]),
    like("video/webm", &["webm"], &["video/webm"]),
    like("audio/mpeg", &["mp3"], &["audio/mpeg"]),
    like("audio/mp4", &["m4a", "mp4"], &["audio/m4a", "video/mp4"]),
    like("audio/ogg", &["ogg", "oga", "opus"], &["audio/ogg", "audio/opus"]),
    like("audio/wav", &["wav"], &["audio/x-wav"]),
    like("audio/webm", &["webm", "weba"], &["video/webm"]),
    like("application/pdf", &["pdf"], &["application/pdf"]),
    like("application/zip", &["zip"], &["application/zip", DOCX, XLSX, PPTX]),
    like(DOCX, &["docx"], &[DOCX, "application/zip"]),
    like(XLSX, &["xlsx"], &[XLSX, "application/zip"]),
    like(PPTX, &["pptx"], &[PPTX, "application/zip"]),
    text("text/plain", &["txt", "text", "log", "md"]),
    text("text/csv", &["csv"]),
    text("application/json", &["json"]),
];

const DOCX: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
const PPTX: &str = "application/vnd.openxmlformats-officedocument.presentationml.presentation";

/// The types that can be recognised.
pub fn types() -> impl Iterator<Item = &'static str> {
    TYPES.iter().map(|one| one.name)
}

/// What a name that ends with `ending` lacks to be that of a file of `media_type`; nothing when it is one.
#[must_use]
pub fn lacks(media_type: &str, ending: Option<&str>) -> Option<&'static str> {
    let endings = TYPES.iter().find(|one| one.name == media_type)?.endings;
    let is = ending.is_some_and(|ending| endings.iter().any(|known| known.eq_ignore_ascii_case(ending)));
    if is { None } else { endings.first().copied() }
}

/// Whether the file at `path` is what `media_type` says. Blocks.
///
/// # Errors
/// The system's.
pub fn is(path: &Path, media_type: &str) -> io::Result<bool> {
    let Some(Type { look, .. }) = TYPES.iter().find(|one| one.name == media_type) else { return Ok(false) };
    let mut file = File::open(path)?;
    let mut head = Vec::with_capacity(HEAD_BYTES);
    file.by_ref().take(HEAD_BYTES as u64).read_to_end(&mut head)?;
    let marked = head.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&head);
    let seen = infer::get(if matches!(look, Look::Text) { marked } else { &head }).map(|kind| kind.mime_type());
    match look {
        Look::Like(names) => Ok(seen.is_some_and(|seen| names.contains(&seen))),
        // Many a text begins like something else: `BM` begins a bitmap.
        Look::Text => {
            let runs = matches!(seen, Some("text/html" | "text/xml")) || looks_drawn(marked);
            Ok(!runs && is_text(&mut io::Cursor::new(head).chain(file))?)
        }
    }
}

/// An SVG image without XML's first line, which is how `infer` knows one.
fn looks_drawn(head: &[u8]) -> bool {
    let head = String::from_utf8_lossy(head).trim_start().to_ascii_lowercase();
    head.starts_with("<svg") || head.starts_with("<!doctype svg")
}

/// Whether all of `source` is UTF-8 without NUL.
fn is_text(source: &mut impl Read) -> io::Result<bool> {
    let mut buffer = vec![0; TEXT_BYTES];
    // Bytes of a character whose end has not been read yet.
    let mut kept = 0;
    loop {
        let read = source.read(&mut buffer[kept..])?;
        if read == 0 {
            return Ok(kept == 0);
        }
        let filled = kept + read;
        if buffer[..filled].contains(&0) {
            return Ok(false);
        }
        let valid = match std::str::from_utf8(&buffer[..filled]) {
            Ok(_) => filled,
            Err(error) if error.error_len().is_none() => error.valid_up_to(),
            Err(_) => return Ok(false),
        };
        buffer.copy_within(valid..filled, 0);
        kept = filled - valid;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_a(media_type: &str, bytes: &[u8]) -> bool {
        let path = std::env::temp_dir().join(format!("chatdesk-sniff-{}", uuid::Uuid::new_v4()));
        std::fs::write(&path, bytes).unwrap();
        let verdict = is(&path, media_type).unwrap();
        std::fs::remove_file(&path).unwrap();
        verdict
    }

    #[test]
    fn a_file_is_what_its_bytes_are() {
        let png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";
        assert!(is_a("image/png", png));
        assert!(!is_a("image/jpeg", png));
        assert!(!is_a("text/plain", png));
        assert!(is_a("application/pdf", b"%PDF-1.7\n"));
        assert!(is_a("application/zip", b"PK\x03\x04rest"));
        assert!(!is_a("application/x-executable", b"\x7fELF"));
    }

    #[test]
    fn text_is_utf8_without_nul_and_no_page() {
        assert!(is_a("text/plain", "Grüße, 世界".as_bytes()));
        assert!(is_a("application/json", b"{\"a\": 1}"));
        assert!(is_a("text/plain", b"BMW, a car"));
        assert!(!is_a("text/plain", b"a\0b"));
        assert!(!is_a("text/csv", b"caf\xe9;1"));
        assert!(!is_a("text/plain", "世".as_bytes().split_last().unwrap().1));
        for page in
            ["<!DOCTYPE html><p>", "<html>", "<?xml version='1.0'?><svg/>", " <svg onload=x>", "<script>x</script>"]
        {
            assert!(!is_a("text/plain", page.as_bytes()), "{page}");
            assert!(!is_a("text/plain", format!("\u{feff}{page}").as_bytes()), "{page} behind a mark");
        }
        assert!(is_a("text/plain", "\u{feff}a text".as_bytes()));
    }

    #[test]
    fn a_character_across_two_reads_is_whole() {
        let mut text = vec![b'x'; TEXT_BYTES - 1];
        text.extend("世界".as_bytes());
        assert!(is_a("text/plain", &text));
        text.push(0xe4);
        assert!(!is_a("text/plain", &text));
    }
}
