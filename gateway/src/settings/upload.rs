//! The operator's word on files: how large, which, how many, and where they are kept.

use std::path::Path;
use std::time::Duration;

use clap::Args;
use serde::Serialize;

use crate::upload::sniff;

/// A mebibyte.
const MIB: u64 = 1024 * 1024;

/// The settings of uploads.
#[derive(Args, Clone, Debug, Serialize)]
pub struct UploadSettings {
    /// Where finished files are kept: a folder, or its file:// URL. `files` in the data folder when not given.
    #[arg(long, env = "CHATDESK_FILES")]
    pub files: Option<String>,

    /// Longest file that is taken, in bytes; 0 takes none.
    #[arg(long, env = "CHATDESK_UPLOAD_BYTES", default_value_t = 20 * 1024 * 1024)]
    pub upload_bytes: u64,

    /// Media types of the files that are taken, separated by commas. None whose pages or scripts a browser would run.
    #[arg(long, env = "CHATDESK_UPLOAD_TYPES", value_delimiter = ',', default_values_t = sniff::types().map(str::to_owned), value_parser = media_type)]
    pub upload_types: Vec<String>,

    /// Uploads that one visitor or member may have under way at once.
    #[arg(long, env = "CHATDESK_UPLOADS_AT_ONCE", default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..=64))]
    pub uploads_at_once: u32,

    /// Unfinished uploads that the gateway keeps, all together.
    #[arg(long, env = "CHATDESK_UPLOADS_OPEN", default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..))]
    pub uploads_open: u32,

    /// Unfinished uploads from one address (IPv6: one /64) that it keeps.
    #[arg(long, env = "CHATDESK_UPLOADS_OPEN_PER_ADDRESS", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
    pub uploads_open_per_address: u32,

    /// Unfinished uploads to one organization that it keeps.
    #[arg(long, env = "CHATDESK_UPLOADS_OPEN_PER_ORGANIZATION", default_value_t = 500, value_parser = clap::value_parser!(u32).range(1..))]
    pub uploads_open_per_organization: u32,

    /// Bytes of new files that one session (all sockets of a widget session or login) may begin to upload in a second,
    /// on average. Going on with one costs nothing.
    #[arg(long, env = "CHATDESK_UPLOAD_BYTE_RATE", default_value_t = MIB, value_parser = bytes())]
    pub upload_byte_rate: u64,

    /// Bytes of new files that one session may begin to upload at once: at least one of `upload_bytes`.
    #[arg(long, env = "CHATDESK_UPLOAD_BYTE_BURST", default_value_t = 200 * MIB, value_parser = bytes())]
    pub upload_byte_burst: u64,

    /// Bytes of new files that may be begun from one address in a second, on average.
    #[arg(long, env = "CHATDESK_ADDRESS_UPLOAD_BYTE_RATE", default_value_t = 10 * MIB, value_parser = bytes())]
    pub address_upload_byte_rate: u64,

    /// Bytes of new files that may be begun from one address at once: at least one of `upload_bytes`.
    #[arg(long, env = "CHATDESK_ADDRESS_UPLOAD_BYTE_BURST", default_value_t = 2_048 * MIB, value_parser = bytes())]
    pub address_upload_byte_burst: u64,

    /// Bytes of new files that may be begun to one organization in a second, on average.
    #[arg(long, env = "CHATDESK_ORGANIZATION_UPLOAD_BYTE_RATE", default_value_t = 100 * MIB, value_parser = bytes())]
    pub organization_upload_byte_rate: u64,

    /// Bytes of new files that may be begun to one organization at once: at least one of `upload_bytes`.
    #[arg(long, env = "CHATDESK_ORGANIZATION_UPLOAD_BYTE_BURST", default_value_t = 20_480 * MIB, value_parser = bytes())]
    pub organization_upload_byte_burst: u64,

    /// Seconds after which an unfinished upload is thrown away of which nothing more came.
    #[arg(long, env = "CHATDESK_UPLOAD_EXPIRY_SECONDS", default_value_t = 3_600, value_parser = clap::value_parser!(u32).range(1..=2_592_000))]
    pub upload_expiry_seconds: u32,

    /// Seconds after which a finished file is thrown away that was not sent, counted from when its sender last asked
    /// for it.
    #[arg(long, env = "CHATDESK_UPLOAD_UNSENT_SECONDS", default_value_t = 86_400, value_parser = clap::value_parser!(u32).range(1..=2_592_000))]
    pub upload_unsent_seconds: u32,

    /// Bytes of files that may be on their way from one socket at least: one chunk or more.
    #[arg(long, env = "CHATDESK_UPLOAD_WINDOW_FLOOR", default_value_t = 16 * 1024, value_parser = clap::value_parser!(u32).range(16_384..=16_777_216))]
    pub upload_window_floor: u32,

    /// Bytes of files that may be on their way from one socket at most, on a link that takes them.
    #[arg(long, env = "CHATDESK_UPLOAD_WINDOW_CAP", default_value_t = 512 * 1024, value_parser = clap::value_parser!(u32).range(16_384..=16_777_216))]
    pub upload_window_cap: u32,
}

impl UploadSettings {
    /// Where finished files are kept by a gateway that keeps its own things in `data`.
    #[must_use]
    pub fn place(&self, data: &Path) -> String {
        self.files.clone().unwrap_or_else(|| data.join("files").to_string_lossy().into_owned())
    }

    /// Refuses combinations that would be a mistake.
    ///
    /// # Errors
    /// A sentence that names the settings.
    pub fn check(&self) -> Result<(), String> {
        if self.upload_window_cap < self.upload_window_floor {
            return Err("upload_window_cap: must not be below upload_window_floor".into());
        }
        for (name, burst) in [
            ("upload_byte_burst", self.upload_byte_burst),
            ("address_upload_byte_burst", self.address_upload_byte_burst),
            ("organization_upload_byte_burst", self.organization_upload_byte_burst),
        ] {
            if burst < self.upload_bytes {
                return Err(format!(
                    "{name}: must be at least upload_bytes, which is {}, is {burst}",
                    self.upload_bytes
                ));
            }
        }
        Ok(())
    }

    /// Whether files are taken at all.
    #[must_use]
    pub fn taken(&self) -> bool {
        self.upload_bytes > 0
    }

    /// For how long a finished file is kept that was not sent.
    #[must_use]
    pub fn unsent(&self) -> Duration {
        Duration::from_secs(self.upload_unsent_seconds.into())
    }

    /// For how long an unfinished upload is kept.
    #[must_use]
    pub fn expiry(&self) -> Duration {
        Duration::from_secs(self.upload_expiry_seconds.into())
    }
}

/// From a kibibyte to the most that a bucket counts, 4 TiB.
fn bytes() -> clap::builder::RangedU64ValueParser<u64> {
    clap::value_parser!(u64).range(1024..=1 << 42)
}

/// A type that can be recognised by its bytes: any other would have to be believed.
fn media_type(text: &str) -> Result<String, String> {
    let text = text.trim();
    if sniff::types().any(|known| known == text) {
        return Ok(text.to_owned());
    }
    Err(format!("must be among {}", sniff::types().collect::<Vec<_>>().join(", ")))
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Flags {
        #[command(flatten)]
        uploads: UploadSettings,
    }

    fn parse(flags: &[&str]) -> Result<UploadSettings, String> {
        let parsed = Flags::try_parse_from(["chatdesk"].iter().chain(flags)).map_err(|error| error.to_string())?;
        parsed.uploads.check().map(|()| parsed.uploads)
    }

    #[test]
    fn what_makes_no_sense_is_refused_by_name() {
        let defaults = parse(&[]).unwrap();
        assert!(defaults.taken() && defaults.upload_types.contains(&"image/png".to_owned()));
        assert_eq!(parse(&["--upload-types", "image/png, text/plain"]).unwrap().upload_types.len(), 2);
        assert!(parse(&["--upload-types", "image/svg+xml"]).unwrap_err().contains("upload-types"));
        assert!(parse(&["--upload-window-floor", "1"]).unwrap_err().contains("upload-window-floor"));
        let crossed = parse(&["--upload-window-floor", "65536", "--upload-window-cap", "16384"]);
        assert!(crossed.unwrap_err().contains("upload_window_cap"));
        for name in ["upload-byte-burst", "address-upload-byte-burst", "organization-upload-byte-burst"] {
            let error = parse(&[&format!("--{name}"), "20000000"]).unwrap_err();
            assert!(error.starts_with(&name.replace('-', "_")), "{error}");
        }
        assert!(!parse(&["--upload-bytes", "0"]).unwrap().taken());
    }
}
