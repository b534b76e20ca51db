//! What a file is, by its bytes: what was announced must be what came, and nothing that a browser would run.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// Bytes of a file's beginning that tell what it is.
const HEAD_BYTES: usize = 8 * 1024;
/// Bytes of a text that are read at a time.
const TEXT_BYTES: usize = 64 * 1024;

/// How a media type is recognised.
enum Look {
    /// The bytes look like one of these, as the crate `infer` calls them.
    Like(&'static [&'static str]),
    /// UTF-8 without NUL that looks like no page and no drawing.
    Text,
}

/// Every type that an operator may allow, and how it is recognised. No SVG and no HTML: those are programs.
const TYPES: &[(&str, Look)] = &[
    ("image/png", Look::Like(&["image/png"])),
    ("image/jpeg", Look::Like(&["image/jpeg"])),
    ("image/gif", Look::Like(&["image/gif"])),
    ("image/webp", Look::Like(&["image/webp"])),
    ("image/avif", Look::Like(&["image/avif"])),
    ("image/heic", Look::Like(&["image/heif"])),
    ("image/heif", Look::Like(&["image/heif"])),
    ("video/mp4", Look::Like(&["video/mp4", "video/x-m4v"])),
    ("video/quicktime", Look::Like(&["video/quicktime"])),
    ("video/webm", Look::Like(&["video/webm"])),
    ("audio/mpeg", Look::Like(&["audio/mpeg"])),
    ("audio/mp4", Look::Like(&["audio/m4a", "video/mp4"])),
    ("audio/ogg", Look::Like(&["audio/ogg", "audio/opus"])),
    ("audio/wav", Look::Like(&["audio/x-wav"])),
    ("audio/webm", Look::Like(&["video/webm"])),
    ("application/pdf", Look::Like(&["application/pdf"])),
    ("application/zip", Look::Like(&["application/zip", DOCX, XLSX, PPTX])),
    (DOCX, Look::Like(&[DOCX, "application/zip"])),
    (XLSX, Look::Like(&[XLSX, "application/zip"])),
    (PPTX, Look::Like(&[PPTX, "application/zip"])),
    ("text/plain", Look::Text),
    ("text/csv", Look::Text),
    ("application/json", Look::Text),
];

const DOCX: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
const PPTX: &str = "application/vnd.openxmlformats-officedocument.presentationml.presentation";

/// The types that can be recognised.
pub fn types() -> impl Iterator<Item = &'static str> {
    TYPES.iter().map(|(name, _)| *name)
}

/// Whether the file at `path` is what `media_type` says. Blocks.
///
/// # Errors
/// The system's.
pub fn is(path: &Path, media_type: &str) -> io::Result<bool> {
    let Some((_, look)) = TYPES.iter().find(|(name, _)| *name == media_type) else { return Ok(false) };
    let mut file = File::open(path)?;
    let mut head = Vec::with_capacity(HEAD_BYTES);
    file.by_ref().take(HEAD_BYTES as u64).read_to_end(&mut head)?;
    let seen = infer::get(&head).map(|kind| kind.mime_type());
    match look {
        Look::Like(names) => Ok(seen.is_some_and(|seen| names.contains(&seen))),
        // Many a text begins like something else: `BM` begins a bitmap.
        Look::Text => {
            let runs = matches!(seen, Some("text/html" | "text/xml")) || looks_drawn(&head);
            Ok(!runs && is_text(&mut io::Cursor::new(head).chain(file))?)
        }
    }
}

/// An SVG image without XML's first line, which is how `infer` knows one.
fn looks_drawn(head: &[u8]) -> bool {
    let head = String::from_utf8_lossy(head).trim_start_matches('\u{feff}').trim_start().to_ascii_lowercase();
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
        }
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
