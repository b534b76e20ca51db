//! Pages and scripts: the widget's, the console's, the demo shop. A release binary holds them; a debug one reads them
//! from the folders where they are built.

use std::fmt::Write as _;

use bytes::Bytes;
use http::StatusCode;
use http::header::{self, HeaderMap, HeaderName};
use rust_embed::EmbeddedFile;
use warp::Filter;
use warp::path::FullPath;
use warp::reply::Response;

use super::{Routes, respond};

mod place;

use place::place;

/// Bytes of a file's hash in its tag.
const TAG_BYTES: usize = 16;

pub(super) fn routes(demo: bool) -> Routes {
    warp::get()
        .or(warp::head())
        .unify()
        .and(warp::path::full())
        .and(warp::header::headers_cloned())
        .and_then(move |path: FullPath, headers: HeaderMap| {
            let answer = answer(path.as_str(), demo, &headers);
            std::future::ready(answer.ok_or_else(warp::reject::not_found))
        })
        .boxed()
}

fn answer(path: &str, demo: bool, asked: &HeaderMap) -> Option<Response> {
    if path == "/" {
        let home = if demo { "/demo" } else { "/console/" };
        return Some(respond::raw(StatusCode::FOUND, Bytes::new(), &[(header::LOCATION, home)]));
    }
    let text = |name| asked.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let place = place(path, demo)?;
    let accepted = text(header::ACCEPT_ENCODING);
    let compressed = [("br", ".br"), ("gzip", ".gz")].into_iter().find_map(|(encoding, ending)| {
        let file = accepts(accepted, encoding).then(|| place.file(ending))??;
        Some((Some(encoding), file))
    });
    let (encoding, file) = match compressed {
        Some(found) => found,
        None => (None, place.file("")?),
    };
    let tag = tag(&file);
    let mut headers = vec![
        (header::CONTENT_TYPE, content_type(&place.name)),
        (header::CACHE_CONTROL, place.cache),
        (header::ETAG, &tag),
        (header::VARY, "accept-encoding"),
        (header::REFERRER_POLICY, "strict-origin-when-cross-origin"),
    ];
    headers.extend(encoding.map(|encoding| (header::CONTENT_ENCODING, encoding)));
    headers.extend(place.policy.map(|policy| (header::CONTENT_SECURITY_POLICY, policy)));
    if place.shared {
        headers.push((header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"));
        headers.push((HeaderName::from_static("cross-origin-resource-policy"), "cross-origin"));
    }
    if place.opened {
        headers.push((HeaderName::from_static("cross-origin-opener-policy"), "unsafe-none"));
    }
    if names(text(header::IF_NONE_MATCH), &tag) {
        return Some(respond::raw(StatusCode::NOT_MODIFIED, Bytes::new(), &headers));
    }
    let body = match file.data {
        std::borrow::Cow::Borrowed(data) => Bytes::from_static(data),
        std::borrow::Cow::Owned(data) => data.into(),
    };
    Some(respond::raw(StatusCode::OK, body, &headers))
}

/// A file's tag (RFC 9110, section 8.8.3): by its bytes as they are sent, so each encoding has its own.
fn tag(file: &EmbeddedFile) -> String {
    let mut tag = String::from("\"");
    for byte in &file.metadata.sha256_hash()[..TAG_BYTES] {
        // Writing into a string cannot fail.
        let _ = write!(tag, "{byte:02x}");
    }
    tag.push('"');
    tag
}

/// Whether an `If-None-Match` header names `tag`. Proxies that compress anew weaken tags.
fn names(header: &str, tag: &str) -> bool {
    header.split(',').map(str::trim).any(|named| named == "*" || named.strip_prefix("W/").unwrap_or(named) == tag)
}

/// Whether an `Accept-Encoding` header names `encoding` and does not give it the weight 0 (RFC 9110, section 12.5.3).
fn accepts(header: &str, encoding: &str) -> bool {
    header.split(',').any(|item| {
        let (name, weight) = item.split_once(';').unwrap_or((item, "q=1"));
        let none = weight.trim().strip_prefix("q=").is_some_and(|q| q.parse() == Ok(0.0));
        name.trim().eq_ignore_ascii_case(encoding) && !none
    })
}

/// The kinds of file that the builds make.
fn content_type(path: &str) -> &'static str {
    match path.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("json" | "map") => "application/json",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("woff2") => "font/woff2",
        Some("ico") => "image/x-icon",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_compared_whole() {
        assert!(names("\"a\", W/\"b\"", "\"b\"") && names("*", "\"b\""));
        assert!(!names("\"ab\"", "\"b\"") && !names("", "\"b\""));
    }

    #[test]
    fn weights_and_names_of_encodings_are_read() {
        assert!(accepts("gzip, deflate, br", "br") && accepts("BR;q=0.5", "br"));
        assert!(!accepts("gzip;q=1.0, br;q=0", "br") && !accepts("brotli", "br") && !accepts("", "gzip"));
    }
}
