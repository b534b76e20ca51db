//! Where addresses are: country and city, as a file in MMDB form tells. It is read into memory whole, for a mapped file
//! that is cut short under way takes the process with it; and read again once it was replaced.

use std::fs;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant, SystemTime};

use maxminddb::PathElement::Key;
use maxminddb::{PathElement, Reader};
use protocol::value::clean_line;

/// How often it is looked whether the file was replaced, at most.
const LOOK_EVERY: Duration = Duration::from_secs(60);
/// Longest name of a city that is kept, in bytes.
const CITY_BYTES: usize = 200;

/// Where the country stands: as MaxMind and others nest it, and as flat records have it.
const COUNTRY: [&[PathElement<'static>]; 3] =
    [&[Key("country"), Key("iso_code")], &[Key("country_code")], &[Key("country")]];
/// Where the city stands.
const CITY: [&[PathElement<'static>]; 2] = [&[Key("city"), Key("names"), Key("en")], &[Key("city")]];

/// Where an address is, as far as it is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// Two capital letters (ISO 3166-1).
    pub country: Option<String>,
    /// In English.
    pub city: Option<String>,
}

/// Finds out where addresses are. Without a file it knows of none.
#[derive(Debug, Default)]
pub struct Places {
    file: Option<Arc<Mapping>>,
}

#[derive(Debug)]
struct Mapping {
    path: PathBuf,
    reader: RwLock<Arc<Reader<Vec<u8>>>>,
    looked: Mutex<Looked>,
}

#[derive(Debug)]
struct Looked {
    last: Instant,
    /// What the file was when it was read, or found to be broken.
    stamp: Stamp,
}

/// By what a file that was replaced is told from the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    modified: Option<SystemTime>,
    bytes: u64,
}

impl Places {
    /// Reads the file, if there is to be one.
    ///
    /// # Errors
    /// A sentence that names the setting and the file: when it is not there, or is not one of these.
    pub fn open(path: Option<&Path>) -> Result<Self, String> {
        let Some(path) = path else { return Ok(Self::default()) };
        let (reader, stamp) = read(path)?;
        let mapping = Mapping {
            path: path.to_owned(),
            reader: RwLock::new(Arc::new(reader)),
            looked: Mutex::new(Looked { last: Instant::now(), stamp }),
        };
        Ok(Self { file: Some(Arc::new(mapping)) })
    }

    /// Where an address is. Nothing is waited for: a file that was replaced is read beside, for those who ask later.
    #[must_use]
    pub fn find(&self, address: IpAddr) -> Place {
        let Some(mapping) = &self.file else { return Place::default() };
        if mapping.is_due() {
            let mapping = Arc::clone(mapping);
            tokio::task::spawn_blocking(move || mapping.refresh());
        }
        mapping.find(address)
    }
}

impl Mapping {
    fn find(&self, address: IpAddr) -> Place {
        let reader = Arc::clone(&self.reader.read().unwrap_or_else(PoisonError::into_inner));
        // An address of a kind that the file does not have is one that it does not know.
        let Ok(found) = reader.lookup(address) else { return Place::default() };
        let text = |path: &&[PathElement<'static>]| found.decode_path::<&str>(path).ok().flatten();
        let country = COUNTRY.iter().filter_map(text).find_map(country);
        let city = CITY.iter().find_map(text).map(|city| clean_line(city.trim(), CITY_BYTES));
        Place { country, city: city.filter(|city| !city.is_empty()) }
    }

    /// Whether it is time to look at the file again; says so once.
    fn is_due(&self) -> bool {
        let mut looked = self.looked.lock().unwrap_or_else(PoisonError::into_inner);
        let due = looked.last.elapsed() >= LOOK_EVERY;
        if due {
            looked.last = Instant::now();
        }
        due
    }

    /// Reads the file again if it was replaced. One that cannot be read leaves the former in force.
    fn refresh(&self) {
        let stamp = stamp(&self.path).ok();
        let known = self.looked.lock().unwrap_or_else(PoisonError::into_inner).stamp;
        if stamp.is_none_or(|stamp| stamp == known) {
            return;
        }
        let stamp = match read(&self.path) {
            Ok((reader, stamp)) => {
                *self.reader.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(reader);
                tracing::info!(file = %self.path.display(), "the GeoIP file was read again");
                Some(stamp)
            }
            Err(error) => {
                tracing::warn!(error, "the former GeoIP file stays in force");
                stamp
            }
        };
        if let Some(stamp) = stamp {
            self.looked.lock().unwrap_or_else(PoisonError::into_inner).stamp = stamp;
        }
    }
}

fn read(path: &Path) -> Result<(Reader<Vec<u8>>, Stamp), String> {
    let failed = |error: &dyn std::fmt::Display| format!("geoip_file {}: {error}", path.display());
    // Before the contents: a file that is replaced meanwhile is read once more.
    let stamp = stamp(path).map_err(|error| failed(&error))?;
    let bytes = fs::read(path).map_err(|error| failed(&error))?;
    let reader = Reader::from_source(bytes).map_err(|error| failed(&error))?;
    Ok((reader, stamp))
}

fn stamp(path: &Path) -> std::io::Result<Stamp> {
    let file = fs::metadata(path)?;
    Ok(Stamp { modified: file.modified().ok(), bytes: file.len() })
}

/// A country's code; some files have its name in that place.
fn country(code: &str) -> Option<String> {
    let code = code.trim().to_ascii_uppercase();
    (code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_uppercase())).then_some(code)
}

#[cfg(test)]
mod tests;
