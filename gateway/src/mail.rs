//! E-mail: who asks for one waits for nothing but a place in the queue. Each is written when it is about to be sent, by
//! whoever asked, so that what waits holds no contents; a server that is away is tried again for an hour.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message, MultiPart};
use lettre::transport::smtp;
use lettre::{Address, AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use crate::settings::MailSettings;

mod quota;
pub mod transcript;

pub use quota::{Asking, Quota};

/// E-mails that are sent side by side.
const SENT_AT_ONCE: usize = 4;
/// How long the server may take for each step.
const STEP_TIMEOUT: Duration = Duration::from_secs(20);
/// How long to wait before each further try. The first is soon: most often a server just said "not now".
const TRIES_AFTER: [Duration; 6] = [
    Duration::from_secs(1),
    Duration::from_secs(10),
    Duration::from_secs(60),
    Duration::from_secs(300),
    Duration::from_secs(900),
    Duration::from_secs(1_800),
];

/// An e-mail, written.
pub struct Letter {
    /// To whom.
    pub to: Address,
    /// What it is about: one line.
    pub subject: String,
    /// What it says, for those who read text.
    pub text: String,
    /// The same as a page.
    pub html: String,
}

/// Why an e-mail could not be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unwritten {
    /// What is needed cannot be read now.
    Later,
    /// What it was to be about is gone.
    Gone,
}

/// A place among the e-mails that wait; given back when dropped.
pub struct Place {
    _permit: OwnedSemaphorePermit,
}

/// Sends e-mail.
pub struct Mail {
    server: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    /// How many may be asked for.
    pub quota: Quota,
    waiting: Arc<Semaphore>,
    sending: Semaphore,
    stopping: CancellationToken,
}

impl Mail {
    /// What sends e-mail, where the operator named a server.
    ///
    /// # Errors
    /// A sentence that names the setting.
    pub fn open(settings: &MailSettings) -> Result<Option<Arc<Self>>, String> {
        let Some((url, from)) = settings.sender()? else { return Ok(None) };
        let server = AsyncSmtpTransport::<Tokio1Executor>::from_url(url).map_err(|_| "smtp_url: cannot be used")?;
        let waiting = usize::try_from(settings.mail_waiting).unwrap_or(Semaphore::MAX_PERMITS);
        Ok(Some(Arc::new(Self {
            server: server.timeout(Some(STEP_TIMEOUT)).build(),
            from,
            quota: Quota::new(settings),
            waiting: Arc::new(Semaphore::new(waiting)),
            sending: Semaphore::new(SENT_AT_ONCE),
            stopping: CancellationToken::new(),
        })))
    }

    /// A place for an e-mail to wait at; none when too many wait.
    #[must_use]
    pub fn place(&self) -> Option<Place> {
        Arc::clone(&self.waiting).try_acquire_owned().ok().map(|permit| Place { _permit: permit })
    }

    /// Sends an e-mail, a moment later: `write` makes it for every try. What comes of it is said to the log only.
    pub fn post<F, R>(self: &Arc<Self>, place: Place, tasks: &TaskTracker, write: F)
    where
        F: Fn() -> R + Send + Sync + 'static,
        R: Future<Output = Result<Letter, Unwritten>> + Send,
    {
        let mail = Arc::clone(self);
        tasks.spawn(async move {
            mail.send(write).await;
            drop(place);
        });
    }

    /// From now on nothing is tried again.
    pub fn stop(&self) {
        self.stopping.cancel();
    }

    async fn send<F, R>(&self, write: F)
    where
        F: Fn() -> R,
        R: Future<Output = Result<Letter, Unwritten>>,
    {
        let mut tries_after = TRIES_AFTER.iter();
        loop {
            match self.attempt(&write).await {
                Attempt::Sent => return tracing::debug!("an e-mail was sent"),
                Attempt::Failed(reason) => return tracing::warn!(%reason, "an e-mail is given up"),
                Attempt::Later(reason) => tracing::info!(%reason, "an e-mail could not be sent yet"),
            }
            let Some(wait) = tries_after.next() else {
                return tracing::warn!("an e-mail is given up: it was tried often enough");
            };
            tokio::select! {
                () = self.stopping.cancelled() => return tracing::warn!("an e-mail is given up: the gateway stops"),
                () = tokio::time::sleep(*wait) => {}
            }
        }
    }

    async fn attempt<F, R>(&self, write: &F) -> Attempt
    where
        F: Fn() -> R,
        R: Future<Output = Result<Letter, Unwritten>>,
    {
        let Ok(_turn) = self.sending.acquire().await else { return Attempt::Failed("the gateway stops".into()) };
        let letter = match write().await {
            Ok(letter) => letter,
            Err(Unwritten::Later) => return Attempt::Later("it could not be written".into()),
            Err(Unwritten::Gone) => return Attempt::Failed("what it was about is gone".into()),
        };
        let message = match self.message(letter) {
            Ok(message) => message,
            Err(error) => return Attempt::Failed(format!("it cannot be written: {error}")),
        };
        match self.server.send(message).await {
            Ok(_) => Attempt::Sent,
            Err(error) if error.is_permanent() || error.is_client() => Attempt::Failed(told(&error)),
            Err(error) => Attempt::Later(told(&error)),
        }
    }

    fn message(&self, letter: Letter) -> Result<Message, lettre::error::Error> {
        let id = format!("<{}@{}>", Uuid::now_v7(), self.from.email.domain());
        // So that nobody's holiday answers it (RFC 3834).
        let automatic = HeaderValue::new(HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated".to_owned());
        Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, letter.to))
            .subject(letter.subject)
            .date_now()
            .message_id(Some(id))
            .raw_header(automatic)
            .multipart(MultiPart::alternative_plain_html(letter.text, letter.html))
    }
}

/// What came of a try.
enum Attempt {
    Sent,
    Later(String),
    Failed(String),
}

/// What went wrong, without the server's own words: they may repeat an address.
fn told(error: &smtp::Error) -> String {
    match error.status() {
        Some(code) => format!("the server answered {code}"),
        None if error.is_timeout() => "the server took too long".into(),
        None if error.is_tls() => "TLS failed".into(),
        None if error.is_client() => "the server cannot take such a message".into(),
        None => "the server cannot be reached".into(),
    }
}
