//! What an operator may set: by flag or by environment variable, the flag first. `chatdesk config` prints the outcome.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use ipnet::IpNet;
use serde::{Serialize, Serializer};

use crate::geo::Places;

mod limits;
mod mail;
mod upload;

pub use limits::LimitSettings;
pub use mail::MailSettings;
pub use upload::UploadSettings;

/// The settings of `chatdesk serve`.
#[derive(Args, Clone, Debug, Serialize)]
pub struct Settings {
    /// Address to listen on.
    #[arg(long, env = "CHATDESK_ADDR", default_value = "127.0.0.1:8080")]
    pub addr: SocketAddr,

    /// Address to serve metrics at, for Prometheus, as http://…/metrics. Without one they are not served. Whoever reaches
    /// it may read them: an address of the inner network.
    #[arg(long, env = "CHATDESK_METRICS_ADDR")]
    pub metrics_addr: Option<SocketAddr>,

    /// Folder for what the gateway keeps: files and uploads, and its own Postgres cluster when no database is configured.
    #[arg(long, env = "CHATDESK_DATA", default_value = ".data")]
    pub data: PathBuf,

    /// Postgres to use, as postgres://role:password@host:port/database. Without one the gateway runs its own.
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    #[serde(serialize_with = "redacted")]
    pub database_url: Option<String>,

    /// File with the certificates (PEM) to trust when Postgres is reached over TLS: sslrootcert of the URL, unless that
    /// says so itself. How much is asked of Postgres is said by the URL's sslmode.
    #[arg(long, env = "CHATDESK_DATABASE_CA")]
    pub database_ca: Option<PathBuf>,

    /// Folder with Postgres' programs (initdb, postgres) for the own cluster. Found by itself when not given.
    #[arg(long, env = "CHATDESK_POSTGRES_BIN")]
    pub postgres_bin: Option<PathBuf>,

    /// Further folders in which npm packages with Postgres' programs are looked for.
    #[arg(
        long,
        env = "CHATDESK_POSTGRES_SEARCH",
        value_delimiter = ':',
        default_value = "tools/postgres/node_modules"
    )]
    pub postgres_search: Vec<PathBuf>,

    /// Connections in the pool for reads and for writes that are waited for.
    #[arg(long, env = "CHATDESK_POOL_SIZE", default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=500))]
    pub pool_size: u16,

    /// The address under which browsers reach the gateway, as https://chat.example. Needed behind a proxy that
    /// changes the Host header, and for cookies to be marked Secure.
    #[arg(long, env = "CHATDESK_PUBLIC_URL")]
    pub public_url: Option<String>,

    /// Proxies whose X-Forwarded-For is believed, as addresses or networks, separated by commas.
    #[arg(long, env = "CHATDESK_TRUSTED_PROXIES", value_delimiter = ',', value_parser = network)]
    pub trusted_proxies: Vec<IpNet>,

    /// File that tells where addresses are, in MMDB form, such as GeoLite2-City.mmdb: countries and cities of visitors
    /// are noted with it. It is kept in memory, and read again within a minute or so once it was replaced.
    #[arg(long, env = "CHATDESK_GEOIP_FILE")]
    pub geoip_file: Option<PathBuf>,

    /// Serve the demo shop and create the demo organization, whose password everybody knows. Loopback only.
    #[arg(long, env = "CHATDESK_DEMO", value_parser = clap::builder::FalseyValueParser::new(), num_args = 0..=1, default_value = "false", default_missing_value = "true")]
    pub demo: bool,

    /// Most megabytes of entries that may wait for Postgres; beyond it, senders are told to wait.
    #[arg(long, env = "CHATDESK_WRITE_BEHIND_MB", default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..=4096))]
    pub write_behind_mb: u32,

    /// Seconds between two looks for what has been kept long enough, and for what else has to be done from time to time;
    /// 0: never. One gateway of a database does it at a time.
    #[arg(long, env = "CHATDESK_MAINTENANCE_SECONDS", default_value_t = 3600, value_parser = clap::value_parser!(u32).range(0..=604_800))]
    pub maintenance_seconds: u32,

    /// How much may come from whom, and how much may wait.
    #[command(flatten)]
    #[serde(flatten)]
    pub limits: LimitSettings,

    /// Files: how large, which, how many, and where they are kept.
    #[command(flatten)]
    #[serde(flatten)]
    pub uploads: UploadSettings,

    /// E-mail: through which server, from whom, and how many.
    #[command(flatten)]
    #[serde(flatten)]
    pub mail: MailSettings,
}

impl Settings {
    /// Refuses combinations that would be a mistake.
    ///
    /// # Errors
    /// A sentence that names the settings.
    pub fn check(&self) -> Result<(), String> {
        if self.demo && !self.addr.ip().is_loopback() {
            return Err(format!(
                "demo: the demo organization's password is public, so it is served on loopback only; addr is {}",
                self.addr
            ));
        }
        if let Some(url) = &self.public_url
            && !(url.starts_with("https://") || url.starts_with("http://"))
        {
            return Err("public_url: must begin with https:// or http://".into());
        }
        Places::open(self.geoip_file.as_deref())?;
        self.uploads.check()?;
        self.mail.sender()?;
        self.limits.check()
    }

    /// The operator's database. A variable that is set to nothing sets nothing.
    #[must_use]
    pub fn database_url(&self) -> Option<String> {
        let url = self.database_url.as_deref().filter(|url| !url.trim().is_empty())?;
        Some(match &self.database_ca {
            Some(file) => storage::with_parameter(url, "sslrootcert", &file.to_string_lossy()),
            None => url.to_owned(),
        })
    }

    /// The time between two maintenances; none when they are switched off.
    #[must_use]
    pub fn maintenance(&self) -> Option<Duration> {
        (self.maintenance_seconds > 0).then(|| Duration::from_secs(self.maintenance_seconds.into()))
    }

    /// Whether browsers reach the gateway over TLS.
    #[must_use]
    pub fn secure(&self) -> bool {
        self.public_url.as_ref().is_some_and(|url| url.starts_with("https://"))
    }
}

/// An address alone stands for the network of just itself.
fn network(text: &str) -> Result<IpNet, String> {
    let text = text.trim();
    text.parse::<IpNet>()
        .or_else(|_| text.parse::<std::net::IpAddr>().map(IpNet::from))
        .map_err(|_| "must be an address or a network such as 10.0.0.0/8".into())
}

/// Where the database is, without anything that may hold a password.
fn redacted<S: Serializer>(url: &Option<String>, serializer: S) -> Result<S::Ok, S::Error> {
    match url {
        None => serializer.serialize_none(),
        Some(url) => serializer.serialize_str(&storage::place(url)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_network() {
        assert_eq!(network("10.1.2.3").map(|net| net.to_string()), Ok("10.1.2.3/32".into()));
        assert!(network("proxy.example").is_err());
    }
}
