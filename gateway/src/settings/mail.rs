//! The operator's word on e-mail: through which server, from whom, and how many.

use clap::Args;
use lettre::message::Mailbox;
use lettre::{AsyncSmtpTransport, Tokio1Executor};
use serde::{Serialize, Serializer};

/// The settings of e-mail.
#[derive(Args, Clone, Debug, Serialize)]
pub struct MailSettings {
    /// Server to send e-mail through, as smtps://name:password@host or smtp://name:password@host:587?tls=required.
    /// Without one no e-mail is sent, and widgets offer no transcripts. Needs mail_from.
    #[arg(long, env = "CHATDESK_SMTP_URL", hide_env_values = true)]
    #[serde(serialize_with = "redacted")]
    pub smtp_url: Option<String>,

    /// Whom e-mail is from, as chat@example.org or "Example <chat@example.org>".
    #[arg(long, env = "CHATDESK_MAIL_FROM")]
    pub mail_from: Option<String>,

    /// Transcripts that one session may ask for in an hour.
    #[arg(long, env = "CHATDESK_TRANSCRIPTS_PER_HOUR", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..))]
    pub transcripts_per_hour: u32,

    /// Transcripts that may be sent to one e-mail address in an hour, whoever asks.
    #[arg(long, env = "CHATDESK_RECIPIENT_TRANSCRIPTS_PER_HOUR", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..))]
    pub recipient_transcripts_per_hour: u32,

    /// Transcripts that may be asked for from one address (IPv6: one /64) in an hour.
    #[arg(long, env = "CHATDESK_ADDRESS_TRANSCRIPTS_PER_HOUR", default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..))]
    pub address_transcripts_per_hour: u32,

    /// Transcripts that may be asked for of one organization in an hour.
    #[arg(long, env = "CHATDESK_ORGANIZATION_TRANSCRIPTS_PER_HOUR", default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..))]
    pub organization_transcripts_per_hour: u32,

    /// E-mails that may wait to be sent. While so many wait, no more are taken.
    #[arg(long, env = "CHATDESK_MAIL_WAITING", default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub mail_waiting: u32,
}

impl MailSettings {
    /// The server's address and the sender; none when no e-mail is to be sent.
    ///
    /// # Errors
    /// A sentence that names the setting.
    pub fn sender(&self) -> Result<Option<(&str, Mailbox)>, String> {
        let given = |setting: &Option<String>| setting.as_deref().map(str::trim).unwrap_or_default().to_owned();
        let url = self.smtp_url.as_deref().map(str::trim).filter(|url| !url.is_empty());
        match (url, given(&self.mail_from).as_str()) {
            (None, _) => Ok(None),
            (Some(_), "") => Err("mail_from: is needed with smtp_url: whom e-mail is from".into()),
            (Some(url), from) => {
                let from = from.parse().map_err(|_| "mail_from: must be an e-mail address, or Name <address>")?;
                // Not the error's own text, which may repeat the password.
                AsyncSmtpTransport::<Tokio1Executor>::from_url(url)
                    .map_err(|_| "smtp_url: must be smtp:// or smtps://, with a host; ?tls=required is known")?;
                Ok(Some((url, from)))
            }
        }
    }
}

/// Where the server is, without who logs in.
fn redacted<S: Serializer>(url: &Option<String>, serializer: S) -> Result<S::Ok, S::Error> {
    match url {
        None => serializer.serialize_none(),
        Some(url) => {
            let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
            let place = rest.rsplit_once('@').map_or(rest, |(_, place)| place);
            serializer.serialize_str(&format!("{scheme}://{place}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Flags {
        #[command(flatten)]
        mail: MailSettings,
    }

    fn settings(flags: &[&str]) -> MailSettings {
        Flags::try_parse_from(["chatdesk"].iter().chain(flags)).unwrap().mail
    }

    #[test]
    fn a_server_needs_a_sender_and_both_must_be_readable() {
        assert!(settings(&[]).sender().unwrap().is_none());
        assert!(settings(&["--smtp-url", " "]).sender().unwrap().is_none(), "a variable that is set to nothing");
        let with = |url: &str, from: &str| settings(&["--smtp-url", url, "--mail-from", from]).sender().map(|_| ());
        assert_eq!(with("smtp://127.0.0.1:2525", "Shop <chat@shop.example>"), Ok(()));
        assert_eq!(with("smtps://ada:secret@mail.example", "chat@shop.example"), Ok(()));
        assert!(settings(&["--smtp-url", "smtp://h"]).sender().unwrap_err().starts_with("mail_from: is needed"));
        assert!(with("smtp://h", "nobody").unwrap_err().starts_with("mail_from: must be"));
        for url in ["http://mail.example", "mail.example", "smtp://ada:secret@h?tls=perhaps"] {
            let error = with(url, "chat@shop.example").unwrap_err();
            assert!(error.starts_with("smtp_url: must be") && !error.contains("secret"), "{error}");
        }
    }

    #[test]
    fn who_logs_in_is_not_shown() {
        let shown = serde_json::to_value(settings(&["--smtp-url", "smtps://ada:s%40cret@mail.example:465"])).unwrap();
        assert_eq!(shown["smtp_url"], "smtps://mail.example:465");
    }
}
