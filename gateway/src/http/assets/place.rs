//! Which path is which file, and how it is sent.

use rust_embed::{EmbeddedFile, RustEmbed};

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
/// The same, of a window that nobody frames: what a frame shows can be covered and clicked through.
const POPOUT_POLICY: &str = "default-src 'self'; script-src 'self'; connect-src 'self' ws: wss:; style-src 'self'; \
    img-src 'self' data:; object-src 'none'; base-uri 'none'; require-trusted-types-for 'script'; \
    frame-ancestors 'none'";

/// Where a path's file is kept, and how it is sent.
pub(super) struct Place {
    folder: fn(&str) -> Option<EmbeddedFile>,
    /// Its name in the folder.
    pub(super) name: String,
    /// The Cache-Control.
    pub(super) cache: &'static str,
    /// The Content-Security-Policy, of a page.
    pub(super) policy: Option<&'static str>,
    /// Pages of other origins load it: `import()` of another origin's module asks for leave.
    pub(super) shared: bool,
    /// It keeps its opener, a page of another origin that opened it and talks with it.
    pub(super) opened: bool,
}

impl Place {
    /// The file, or its form under another ending: `.br`, `.gz`.
    pub(super) fn file(&self, ending: &str) -> Option<EmbeddedFile> {
        (self.folder)(&format!("{}{ending}", self.name))
    }

    fn with(self, policy: &'static str) -> Self {
        Self { policy: Some(policy), ..self }
    }
}

/// What a path stands for; a demo's paths only where there is a demo.
pub(super) fn place(path: &str, demo: bool) -> Option<Place> {
    let of = |folder, name: String, cache, shared| Place { folder, name, cache, policy: None, shared, opened: false };
    let own = |name: &str| of(OwnFiles::get, name.to_owned(), NEVER, false);
    let built = |name: String, cache, shared| of(WidgetFiles::get, name, cache, shared);
    let console = |name: &str, cache| of(ConsoleFiles::get, name.to_owned(), cache, false);
    let (first, rest) = path.strip_prefix('/')?.split_once('/').unwrap_or((&path[1..], ""));
    Some(match (first, rest) {
        ("widget.js", "") => built("widget.js".into(), SHORT_LIVED, true),
        // Names without a hash: for the package, and for pages that hold an older loader.
        ("widget", "panel.js" | "rules.js") => built(format!("widget/{rest}"), SHORT_LIVED, true),
        ("widget", name) => built(format!("widget/{name}"), IMMUTABLE, true),
        ("shim", name) if !name.contains('/') => built(format!("shim/{name}"), SHORT_LIVED, true),
        ("console", name) if name.starts_with("assets/") => console(name, IMMUTABLE),
        // Any other path below /console is a page of the app.
        ("console", _) => console("index.html", NEVER).with(CONSOLE_POLICY),
        ("preview.js" | "preview.css" | "popout.js" | "popout.css", "") => own(first),
        ("preview", key) if !key.is_empty() => own("preview.html").with(DEMO_POLICY),
        ("popout", key) if !key.is_empty() => Place { opened: true, ..own("popout.html") }.with(POPOUT_POLICY),
        ("demo", "") if demo => own("demo/index.html").with(DEMO_POLICY),
        ("demo", "gallery") if demo => own("demo/gallery.html").with(DEMO_POLICY),
        ("demo", name) if demo => match name.strip_prefix("gallery/") {
            Some(built_name) => built(format!("gallery/{built_name}"), NEVER, false),
            None => own(&format!("demo/{name}")).with(DEMO_POLICY),
        },
        _ => return None,
    })
}
