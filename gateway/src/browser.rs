//! What a browser's User-Agent header tells: the browser, its system, and what kind of device that runs on. The patterns
//! are those of the User Agent String Parser project; making them ready takes some 10 MiB, and is left to the first
//! browser that comes.

use protocol::value::clean_line;
use storage::DeviceType;
use tokio::sync::OnceCell;
use ua_parser::{Regexes, device, os, user_agent};

/// Longest name of a browser or a system that is kept, in bytes.
const NAME_BYTES: usize = 200;
/// What is looked at of a header, in bytes: real ones are shorter.
const LOOKED_AT_BYTES: usize = 512;

static PATTERNS: OnceCell<Option<Patterns>> = OnceCell::const_new();

/// What a header tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// The kind of device; none when the header tells nothing at all.
    pub device: Option<DeviceType>,
    /// The browser with its major version, such as `Firefox 128`.
    pub browser: Option<String>,
    /// The system with its version, such as `Windows 10` or `iOS 17.5`.
    pub os: Option<String>,
}

struct Patterns {
    browsers: user_agent::Extractor<'static>,
    systems: os::Extractor<'static>,
    crawlers: device::Extractor<'static>,
}

/// What this header tells. It is anybody's word, and taken for no more than that.
pub async fn read(header: &str) -> Told {
    let patterns = PATTERNS
        .get_or_init(|| async {
            // Some milliseconds of work, once.
            let made = tokio::task::spawn_blocking(patterns).await.map_err(|error| error.to_string()).flatten();
            made.inspect_err(|error| tracing::error!(error, "browsers are not recognized")).ok()
        })
        .await;
    patterns.as_ref().map(|patterns| told(patterns, header)).unwrap_or_default()
}

fn patterns() -> Result<Patterns, String> {
    let Regexes { user_agent_parsers, os_parsers, device_parsers } =
        serde_json::from_str(include_str!("browser/patterns.json")).map_err(|error| error.to_string())?;
    let mut browsers = user_agent::Builder::new();
    for parser in user_agent_parsers {
        browsers = browsers.push(parser).map_err(|error| error.to_string())?;
    }
    let mut systems = os::Builder::new();
    for parser in os_parsers {
        systems = systems.push(parser).map_err(|error| error.to_string())?;
    }
    let mut crawlers = device::Builder::new();
    for parser in device_parsers {
        crawlers = crawlers.push(parser).map_err(|error| error.to_string())?;
    }
    Ok(Patterns {
        browsers: browsers.build().map_err(|error| error.to_string())?,
        systems: systems.build().map_err(|error| error.to_string())?,
        crawlers: crawlers.build().map_err(|error| error.to_string())?,
    })
}

fn told(patterns: &Patterns, header: &str) -> Told {
    let header = clean_line(header, LOOKED_AT_BYTES);
    let browser = patterns.browsers.extract(&header);
    let system = patterns.systems.extract(&header);
    let device = if is_crawler(patterns, &header) {
        Some(DeviceType::Bot)
    } else {
        device(&header, browser.as_ref().map(|browser| &*browser.family), system.as_ref().map(|system| &*system.os))
    };
    let named = |name: String| clean_line(&name, NAME_BYTES);
    Told {
        device,
        browser: browser.map(|browser| named(versioned(&browser.family, &[browser.major]))),
        os: system.map(|os| named(versioned(&os.os, &[os.major.as_deref(), os.minor.as_deref()]))),
    }
}

/// A name, and behind it the parts of a version, as far as they are there.
fn versioned(name: &str, parts: &[Option<&str>]) -> String {
    let parts: Vec<&str> = parts.iter().map_while(|part| *part).filter(|part| !part.is_empty()).collect();
    if parts.is_empty() { name.to_owned() } else { format!("{name} {}", parts.join(".")) }
}

/// Names of devices and browsers that the crawlers' patterns take for a crawler's: Amazon's browser and a maker of phones.
const NO_CRAWLERS: [&str; 2] = ["Silk/", "CUBOT"];
/// Programs that look at pages for somebody's program.
const DRIVEN: [&str; 2] = ["HeadlessChrome", "PhantomJS"];
/// Televisions, consoles, watches and the like, by words of their headers.
const OTHER_WORDS: [&str; 14] = [
    "SmartTV",
    "SMART-TV",
    "Smart TV",
    "SmartSpeaker",
    "AppleTV",
    "Apple TV",
    "GoogleTV",
    "Android TV",
    "BRAVIA",
    "HbbTV",
    "CrKey",
    "PlayStation",
    "Nintendo",
    "Xbox",
];
/// And by their systems.
const OTHER_SYSTEMS: [&str; 5] = ["tvOS", "ATV OS X", "WatchOS", "Chromecast", "FireHbbTV"];
/// Tablets and readers, by words of their headers.
const TABLET_WORDS: [&str; 5] = ["iPad", "Kindle", "PlayBook", "Silk/", "Tablet;"];
/// Telephones, likewise.
const MOBILE_WORDS: [&str; 7] = ["Mobi", "iPhone", "iPod", "Phone", "BlackBerry", "Opera Mini", "Symbian"];
/// Systems of computers; what begins with one of these names is one as well.
const DESKTOP_SYSTEMS: [&str; 19] = [
    "Windows",
    "Mac OS",
    "Chrome OS",
    "Linux",
    "Ubuntu",
    "Kubuntu",
    "Debian",
    "Fedora",
    "Red Hat",
    "CentOS",
    "SUSE",
    "Mandriva",
    "Gentoo",
    "Arch Linux",
    "Slackware",
    "Mint",
    "FreeBSD",
    "OpenBSD",
    "Solaris",
];

fn is_crawler(patterns: &Patterns, header: &str) -> bool {
    let driven = DRIVEN.iter().any(|word| header.contains(word));
    driven || !NO_CRAWLERS.iter().any(|word| header.contains(word)) && patterns.crawlers.extract(header).is_some()
}

/// The kind of device, of what is no crawler.
fn device(header: &str, browser: Option<&str>, system: Option<&str>) -> Option<DeviceType> {
    let says = |words: &[&str]| words.iter().any(|word| header.contains(word));
    let runs = |systems: &[&str]| system.is_some_and(|system| systems.iter().any(|name| system.starts_with(name)));
    if says(&OTHER_WORDS) || runs(&OTHER_SYSTEMS) {
        return Some(DeviceType::Other);
    }
    // Android's tablets are those that do not call themselves mobile.
    let android = runs(&["Android"]);
    if says(&TABLET_WORDS) || android && !header.contains("Mobi") {
        return Some(DeviceType::Tablet);
    }
    if says(&MOBILE_WORDS) || android || runs(&["iOS", "KaiOS", "Firefox OS", "webOS"]) {
        return Some(DeviceType::Mobile);
    }
    if runs(&DESKTOP_SYSTEMS) {
        return Some(DeviceType::Desktop);
    }
    (browser.is_some() || system.is_some()).then_some(DeviceType::Other)
}

#[cfg(test)]
mod tests;
