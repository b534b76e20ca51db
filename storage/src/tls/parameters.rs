//! Parameters of a database URL that tokio-postgres does not know: taken out of it before it is parsed.

/// Takes a parameter out of a URL, or out of `key=value` words: what is left, and the parameter's last value.
pub(crate) fn take(url: &str, name: &str) -> (String, Option<String>) {
    if url.contains("://") { take_from_query(url, name) } else { take_from_words(url, name) }
}

/// The same database, with a parameter set that the URL does not set yet.
#[must_use]
pub fn with_parameter(url: &str, name: &str, value: &str) -> String {
    if take(url, name).1.is_some() {
        return url.to_owned();
    }
    if !url.contains("://") {
        return format!("{url} {name}={}", quoted(value));
    }
    let separator = if url.contains('?') { '&' } else { '?' };
    let mut encoded = String::new();
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    format!("{url}{separator}{name}={encoded}")
}

fn take_from_query(url: &str, name: &str) -> (String, Option<String>) {
    let (mut left, mut value, mut was_last) = (String::with_capacity(url.len()), None, false);
    // By their separators and not from the first question mark on: a password may hold one.
    for piece in url.split_inclusive(['?', '&']) {
        let (text, separator) = match piece.strip_suffix(['?', '&']) {
            Some(text) => (text, &piece[text.len()..]),
            None => (piece, ""),
        };
        let follows = left.ends_with(['?', '&']);
        match text.strip_prefix(name).and_then(|found| found.strip_prefix('=')).filter(|_| follows) {
            Some(found) => {
                value = Some(decoded(found));
                // The separator before it serves what follows, if anything does.
                was_last = true;
            }
            None => {
                left.push_str(text);
                left.push_str(separator);
                was_last = false;
            }
        }
    }
    if was_last {
        left.pop();
    }
    (left, value)
}

fn decoded(text: &str) -> String {
    let (bytes, mut out, mut at) = (text.as_bytes(), Vec::with_capacity(text.len()), 0);
    while at < bytes.len() {
        let hex = (bytes[at] == b'%').then(|| text.get(at + 1..at + 3)).flatten();
        if let Some(byte) = hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            out.push(byte);
            at += 3;
        } else {
            out.push(bytes[at]);
            at += 1;
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

fn take_from_words(words: &str, name: &str) -> (String, Option<String>) {
    let (mut left, mut value) = (Vec::new(), None);
    let mut rest = words.trim_start();
    while !rest.is_empty() {
        let Some((key, after)) = rest.split_once('=') else {
            // Not ours to complain about.
            left.push(rest.to_owned());
            break;
        };
        let (found, after) = word(after.trim_start());
        if key.trim() == name {
            value = Some(found);
        } else {
            left.push(format!("{}={}", key.trim(), quoted(&found)));
        }
        rest = after.trim_start();
    }
    (left.join(" "), value)
}

/// Reads a value: bare up to a space, or in quotes, a backslash before a quote or a backslash.
fn word(text: &str) -> (String, &str) {
    let quote = text.starts_with('\'');
    let (mut value, mut escaped) = (String::new(), false);
    for (at, c) in text.char_indices().skip(usize::from(quote)) {
        match c {
            _ if escaped => {
                value.push(c);
                escaped = false;
            }
            '\\' => escaped = true,
            '\'' if quote => return (value, &text[at + 1..]),
            c if !quote && c.is_whitespace() => return (value, &text[at..]),
            c => value.push(c),
        }
    }
    (value, "")
}

fn quoted(value: &str) -> String {
    format!("'{}'", value.replace('\\', "\\\\").replace('\'', "\\'"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_is_taken_wherever_it_stands() {
        for (url, left, value) in [
            ("postgres://a@db/chat", "postgres://a@db/chat", None),
            ("postgres://a@db/chat?sslmode=require", "postgres://a@db/chat", Some("require")),
            ("postgres://a@db/chat?sslmode=require&x=1", "postgres://a@db/chat?x=1", Some("require")),
            ("postgres://a@db/chat?x=1&sslmode=require&y=2", "postgres://a@db/chat?x=1&y=2", Some("require")),
            ("postgres://a@db/chat?sslmode=a&sslmode=b&x=1", "postgres://a@db/chat?x=1", Some("b")),
            ("postgres://a@db/chat?sslmode=a&x=1&sslmode=b", "postgres://a@db/chat?x=1", Some("b")),
            ("postgres://a:p?w&d@db/chat?sslmode=verify%2Dfull", "postgres://a:p?w&d@db/chat", Some("verify-full")),
            ("postgres://a@db/chat?xsslmode=require", "postgres://a@db/chat?xsslmode=require", None),
            ("host=db sslmode=require user=a", "host='db' user='a'", Some("require")),
            ("host=db password='it\\'s \\\\ a' sslmode = 'b'", "host='db' password='it\\'s \\\\ a'", Some("b")),
            ("nonsense", "nonsense", None),
        ] {
            assert_eq!(take(url, "sslmode"), (left.to_owned(), value.map(str::to_owned)), "{url}");
        }
    }

    #[test]
    fn a_parameter_is_set_unless_it_is() {
        let ca = |url: &str| with_parameter(url, "sslrootcert", "/a b/ca.pem");
        assert_eq!(ca("postgres://db/chat"), "postgres://db/chat?sslrootcert=/a%20b/ca.pem");
        assert_eq!(ca("postgres://db/chat?x=1"), "postgres://db/chat?x=1&sslrootcert=/a%20b/ca.pem");
        assert_eq!(ca("postgres://db/chat?sslrootcert=b"), "postgres://db/chat?sslrootcert=b");
        assert_eq!(ca("host=db"), "host=db sslrootcert='/a b/ca.pem'");
        assert_eq!(take(&ca("postgres://db/chat"), "sslrootcert").1.as_deref(), Some("/a b/ca.pem"));
        assert_eq!(take(&ca("host=db"), "sslrootcert").1.as_deref(), Some("/a b/ca.pem"));
    }
}
