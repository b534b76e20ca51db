//! Pages and scripts: the widget's, the console's, the demo shop. A release binary holds them; a debug one reads them
//! from the folders where they are built.

use bytes::Bytes;
use http::StatusCode;
use http::header::{self, HeaderName};
use rust_embed::{EmbeddedFile, RustEmbed};
use warp::Filter;
use warp::path::FullPath;
use warp::reply::Response;

use super::{Routes, respond};

#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/../widget-sdk/dist"]
#[allow_missing = true]
struct WidgetFiles;

#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/../console/dist"]
#[allow_missing = true]
struct ConsoleFiles;

#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/assets"]
struct OwnFiles;

/// Names with a hash of their content in them never change.
const IMMUTABLE: &str = "public, max-age=31536000, immutable";
/// The entry files are asked for again after five minutes.
const SHORT_LIVED: &str = "public, max-age=300";
/// Pages are asked for every time.
const NEVER: &str = "no-cache";

/// Nothing inline, nothing foreign; framed by nobody.
const CONSOLE_POLICY: &str = "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
    connect-src 'self' ws: wss:; frame-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; \
    frame-ancestors 'none'";
/// As strict as a host page can be: what the widget promises to run under.
const DEMO_POLICY: &str = "default-src 'self'; script-src 'self'; connect-src 'self' ws: wss:; style-src 'self'; \
    img-src 'self' data:; object-src 'none'; base-uri 'none'; require-trusted-types-for 'script'; \
    frame-ancestors 'self'";

pub(super) fn routes(demo: bool) -> Routes {
    warp::get()
        .or(warp::head())
        .unify()
        .and(warp::path::full())
        .and(warp::header::optional::<String>("accept-encoding"))
        .and_then(move |path: FullPath, accepted: Option<String>| {
            let answer = answer(path.as_str(), demo, accepted.as_deref().unwrap_or_default());
            std::future::ready(answer.ok_or_else(warp::reject::not_found))
        })
        .boxed()
}

/// Where a path's file is kept, and how it is sent.
struct Place {
    folder: fn(&str) -> Option<EmbeddedFile>,
    name: String,
    cache: &'static str,
    policy: Option<&'static str>,
    /// Pages of other origins load it: `import()` of another origin's module asks for leave.
    shared: bool,
}

fn place(path: &str, demo: bool) -> Option<Place> {
    let own = |name: &str, policy| Place {
        folder: OwnFiles::get,
        name: name.to_owned(),
        cache: NEVER,
        policy,
        shared: false,
    };
    let widget = |name: &str, cache| Place {
        folder: WidgetFiles::get,
        name: name.to_owned(),
        cache,
        policy: None,
        shared: true,
    };
    let console = |name: &str, cache, policy| Place {
        folder: ConsoleFiles::get,
        name: name.to_owned(),
        cache,
        policy,
        shared: false,
    };
    let (first, rest) = path.strip_prefix('/')?.split_once('/').unwrap_or((&path[1..], ""));
    Some(match (first, rest) {
        ("widget.js", "") => widget("widget.js", SHORT_LIVED),
        // The panel under a name without a hash: for pages that hold an older loader.
        ("widget", "panel.js") => widget("widget/panel.js", SHORT_LIVED),
        ("widget", name) => widget(&format!("widget/{name}"), IMMUTABLE),
        ("console", name) if name.starts_with("assets/") => console(name, IMMUTABLE, None),
        // Any other path below /console is a page of the app.
        ("console", _) => console("index.html", NEVER, Some(CONSOLE_POLICY)),
        ("preview.js" | "preview.css", "") => own(first, None),
        ("preview", key) if !key.is_empty() => own("preview.html", Some(DEMO_POLICY)),
        ("demo", "") if demo => own("demo/index.html", Some(DEMO_POLICY)),
        ("demo", name) if demo => own(&format!("demo/{name}"), Some(DEMO_POLICY)),
        _ => return None,
    })
}

fn answer(path: &str, demo: bool, accepted: &str) -> Option<Response> {
    if path == "/" {
        let home = if demo { "/demo" } else { "/console/" };
        return Some(respond::raw(StatusCode::FOUND, Bytes::new(), &[(header::LOCATION, home)]));
    }
    let place = place(path, demo)?;
    let mut headers = vec![
        (header::CONTENT_TYPE, content_type(&place.name)),
        (header::CACHE_CONTROL, place.cache),
        (header::VARY, "accept-encoding"),
        (header::REFERRER_POLICY, "strict-origin-when-cross-origin"),
    ];
    headers.extend(place.policy.map(|policy| (header::CONTENT_SECURITY_POLICY, policy)));
    if place.shared {
        headers.push((header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"));
        headers.push((HeaderName::from_static("cross-origin-resource-policy"), "cross-origin"));
    }
    let compressed = [("br", "br"), ("gzip", "gz")].into_iter().find_map(|(encoding, ending)| {
        let file = accepts(accepted, encoding).then(|| (place.folder)(&format!("{}.{ending}", place.name)))??;
        Some((encoding, file))
    });
    let file = match compressed {
        Some((encoding, file)) => {
            headers.push((header::CONTENT_ENCODING, encoding));
            file
        }
        None => (place.folder)(&place.name)?,
    };
    let body = match file.data {
        std::borrow::Cow::Borrowed(data) => Bytes::from_static(data),
        std::borrow::Cow::Owned(data) => data.into(),
    };
    Some(respond::raw(StatusCode::OK, body, &headers))
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
    fn weights_and_names_of_encodings_are_read() {
        assert!(accepts("gzip, deflate, br", "br") && accepts("BR;q=0.5", "br"));
        assert!(!accepts("gzip;q=1.0, br;q=0", "br") && !accepts("brotli", "br") && !accepts("", "gzip"));
    }
}
