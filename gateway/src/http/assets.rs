//! Pages and scripts: the widget's, the console's, the demo shop. A release binary holds them; a debug one reads them
//! from the folders where they are built.

use bytes::Bytes;
use http::StatusCode;
use http::header::{self, HeaderName};
use protocol::code::ErrorCode;
use protocol::frame::Error;
use rust_embed::{EmbeddedFile, RustEmbed};
use warp::Filter;
use warp::path::Tail;
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
    let home = warp::path::end().map(move || redirect(if demo { "/demo" } else { "/console/" }));
    let loader = warp::path!("widget.js").map(|| shared(WidgetFiles::get("widget.js"), "widget.js", SHORT_LIVED));
    let widget = warp::path("widget").and(warp::path::tail()).map(|tail: Tail| {
        let path = format!("widget/{}", tail.as_str());
        shared(WidgetFiles::get(&path), &path, IMMUTABLE)
    });
    let console_file = warp::path!("console" / "assets" / ..).and(warp::path::tail()).map(|tail: Tail| {
        let path = format!("assets/{}", tail.as_str());
        file(ConsoleFiles::get(&path), &path, IMMUTABLE, None)
    });
    // Any other path below /console is a page of the app.
    let console = warp::path("console")
        .and(warp::path::tail())
        .map(|_: Tail| file(ConsoleFiles::get("index.html"), "index.html", NEVER, Some(CONSOLE_POLICY)));
    let preview_script = warp::path!("preview.js").map(|| file(OwnFiles::get("preview.js"), "preview.js", NEVER, None));
    let preview_style =
        warp::path!("preview.css").map(|| file(OwnFiles::get("preview.css"), "preview.css", NEVER, None));
    let preview = warp::path!("preview" / String)
        .map(|_key: String| file(OwnFiles::get("preview.html"), "preview.html", NEVER, Some(DEMO_POLICY)));
    let shop = warp::path("demo").and(warp::path::tail()).map(move |tail: Tail| {
        let name = if tail.as_str().is_empty() { "index.html" } else { tail.as_str() };
        let path = format!("demo/{name}");
        let found = if demo { OwnFiles::get(&path) } else { None };
        file(found, &path, NEVER, Some(DEMO_POLICY))
    });
    let files = home.or(loader).unify().or(widget).unify().or(console_file).unify().or(console).unify();
    let files = files.or(preview_script).unify().or(preview_style).unify().or(preview).unify().or(shop).unify();
    warp::get().or(warp::head()).unify().and(files).boxed()
}

fn redirect(to: &str) -> Response {
    respond::raw(StatusCode::FOUND, Bytes::new(), &[(header::LOCATION, to)])
}

/// A file that pages of other origins load: `import()` of another origin's module asks for leave.
fn shared(found: Option<EmbeddedFile>, path: &str, cache: &str) -> Response {
    let mut response = file(found, path, cache, None);
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, header::HeaderValue::from_static("*"));
    headers.insert(
        HeaderName::from_static("cross-origin-resource-policy"),
        header::HeaderValue::from_static("cross-origin"),
    );
    response
}

fn file(found: Option<EmbeddedFile>, path: &str, cache: &str, policy: Option<&str>) -> Response {
    let Some(found) = found else {
        return respond::failure(&Error::new(ErrorCode::NotFound, "there is nothing at this path"));
    };
    let mut headers = vec![
        (header::CONTENT_TYPE, content_type(path)),
        (header::CACHE_CONTROL, cache),
        (header::REFERRER_POLICY, "strict-origin-when-cross-origin"),
    ];
    headers.extend(policy.map(|policy| (header::CONTENT_SECURITY_POLICY, policy)));
    let body = match found.data {
        std::borrow::Cow::Borrowed(data) => Bytes::from_static(data),
        std::borrow::Cow::Owned(data) => data.into(),
    };
    respond::raw(StatusCode::OK, body, &headers)
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
