//! Commands of `chatdesk` for what an operator does to organizations and contacts. A gateway may run on the database
//! meanwhile: it is told what went.

use std::fs::File;
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use protocol::id::{OrganizationId, VisitorId};
use protocol::value::{Role, check_name};
use storage::{Retention, Storage, StorageConfig, StorageError};

use crate::files::Files;
use crate::service::contact_export::Export;
use crate::service::{erasure, retention};
use crate::settings::Settings;

mod widget;

pub use widget::Widget;

/// Contacts with one address that are told apart at most.
const CONTACTS: u32 = 10;
/// Rows that are read at a time.
const ROWS: u32 = 100;

/// What is done to organizations and contacts.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Take out all that is held of a contact, or erase them.
    #[command(subcommand)]
    Contact(Contact),
    /// Delete an organization.
    #[command(subcommand)]
    Organization(Organization),
    /// How long an organization keeps what.
    #[command(subcommand)]
    Retention(Keeping),
    /// List the entries that Postgres would not take, one JSON object a line.
    Rejected(Box<Of>),
}

/// An organization, and the database that it is in.
#[derive(Args, Debug)]
pub struct Of {
    /// The organization's id.
    #[arg(long)]
    organization: OrganizationId,
    #[command(flatten)]
    settings: Settings,
}

/// A contact.
#[derive(Args, Debug)]
#[group(required = true, multiple = false)]
pub struct Who {
    /// The contact's id.
    #[arg(long)]
    contact: Option<VisitorId>,
    /// Or their e-mail address, when only one has it.
    #[arg(long)]
    email: Option<String>,
    /// Or the id that the site vouched for.
    #[arg(long)]
    external_id: Option<String>,
}

/// What is done to a contact.
#[derive(Debug, Subcommand)]
pub enum Contact {
    /// Write all that is held of a contact to a ZIP: contact.json and files.
    Export {
        /// Whom.
        #[command(flatten)]
        who: Who,
        /// The file to write. It must not be there yet.
        #[arg(long)]
        to: PathBuf,
        /// Whose.
        #[command(flatten)]
        of: Box<Of>,
    },
    /// Erase a contact, for good.
    Erase {
        /// Whom.
        #[command(flatten)]
        who: Who,
        /// What becomes of their conversations.
        #[arg(long)]
        mode: Mode,
        /// Whose.
        #[command(flatten)]
        of: Box<Of>,
    },
}

/// What becomes of an erased contact's conversations.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Mode {
    /// They stay, without who the contact is and all that they wrote.
    Anonymize,
    /// They go, with the contact.
    Delete,
}

/// What is done to an organization.
#[derive(Debug, Subcommand)]
pub enum Organization {
    /// Add somebody who has an account, with another organization, to this one. They go on logging in as they do.
    AddMember {
        /// The address of their account.
        #[arg(long)]
        email: String,
        /// How colleagues and visitors see them here.
        #[arg(long)]
        name: String,
        /// What they may do here.
        #[arg(long)]
        role: Rank,
        /// To which.
        #[command(flatten)]
        of: Box<Of>,
    },
    /// Delete an organization: nobody gets in from now on, and what it has goes with the gateway's maintenance.
    Delete {
        /// Says that this is meant: it cannot be undone.
        #[arg(long, required = true)]
        yes: bool,
        /// Which.
        #[command(flatten)]
        of: Box<Of>,
    },
}

/// What a member may do.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Rank {
    /// Everything.
    Owner,
    /// Everything but delete the organization.
    Admin,
    /// Talk to visitors.
    Agent,
}

/// What is done about how long things are kept.
#[derive(Debug, Subcommand)]
pub enum Keeping {
    /// Print it as JSON.
    Show(Box<Of>),
    /// Set it: days, or never. What is not named stays as it is.
    Set {
        /// Resolved conversations, after their last entry.
        #[arg(long, value_parser = days)]
        conversations_days: Option<Days>,
        /// Visitors of whom nothing is known and who never wrote, after they were last seen.
        #[arg(long, value_parser = days)]
        visitors_days: Option<Days>,
        /// Page views.
        #[arg(long, value_parser = days)]
        page_views_days: Option<Days>,
        /// Tracked events.
        #[arg(long, value_parser = days)]
        events_days: Option<Days>,
        /// Whose.
        #[command(flatten)]
        of: Box<Of>,
    },
}

/// A number of days; none for never.
#[derive(Clone, Copy, Debug)]
pub struct Days(Option<u32>);

fn days(text: &str) -> Result<Days, String> {
    if text == "never" {
        return Ok(Days(None));
    }
    let days = text.parse().ok().filter(|days| (1..=retention::DAYS_MAX).contains(days));
    days.map(|days| Days(Some(days))).ok_or_else(|| format!("must be from 1 to {}, or never", retention::DAYS_MAX))
}

impl Command {
    fn of(&self) -> &Of {
        match self {
            Self::Contact(Contact::Export { of, .. } | Contact::Erase { of, .. })
            | Self::Organization(Organization::AddMember { of, .. } | Organization::Delete { of, .. })
            | Self::Retention(Keeping::Show(of) | Keeping::Set { of, .. }) => of,
            Self::Rejected(of) => of,
        }
    }

    /// The settings that say where the database is.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.of().settings
    }

    /// Does it on the database at `url`.
    ///
    /// # Errors
    /// A sentence for the operator.
    pub async fn run(&self, url: String) -> Result<(), String> {
        let storage = Storage::connect(StorageConfig::new(url)).await.map_err(|error| error.to_string())?;
        let organization = self.of().organization;
        match self {
            Self::Contact(Contact::Export { who, to, of }) => {
                let contact = who.find(&storage, organization).await?;
                export(&storage, &of.settings, organization, contact, to).await
            }
            Self::Contact(Contact::Erase { who, mode, .. }) => {
                let contact = who.find(&storage, organization).await?;
                erase(&storage, organization, contact, *mode).await
            }
            Self::Organization(Organization::AddMember { email, name, role, .. }) => {
                add_member(&storage, organization, email, name, *role).await
            }
            Self::Organization(Organization::Delete { .. }) => {
                let there = storage.delete_organization(organization).await.map_err(|error| error.to_string())?;
                if !there {
                    return Err(format!("there is no organization {organization}"));
                }
                println!("organization {organization} is deleted; what it has goes with the gateway's maintenance");
                Ok(())
            }
            Self::Retention(Keeping::Show(_)) => show(&storage, organization).await,
            Self::Retention(Keeping::Set {
                conversations_days, visitors_days, page_views_days, events_days, ..
            }) => {
                let mut kept = find_retention(&storage, organization).await?;
                for (days, said) in [
                    (&mut kept.conversations_days, conversations_days),
                    (&mut kept.visitors_days, visitors_days),
                    (&mut kept.page_views_days, page_views_days),
                    (&mut kept.events_days, events_days),
                ] {
                    *days = said.map_or(*days, |said| said.0);
                }
                storage.set_retention(organization, &kept).await.map_err(|error| error.to_string())?;
                show(&storage, organization).await
            }
            Self::Rejected(_) => rejected(&storage, organization).await,
        }
    }
}

impl Who {
    async fn find(&self, storage: &Storage, organization: OrganizationId) -> Result<VisitorId, String> {
        if let Some(contact) = self.contact {
            return Ok(contact);
        }
        if let Some(external_id) = &self.external_id {
            let found = storage.find_contact(organization, external_id).await.map_err(|error| error.to_string())?;
            let found = found.map(|contact| contact.visitor.id);
            return found.ok_or_else(|| format!("the site vouched for no contact with the id {external_id}"));
        }
        let email = self.email.as_deref().unwrap_or_default();
        let found =
            storage.contacts_with_email(organization, email, CONTACTS).await.map_err(|error| error.to_string())?;
        match found.as_slice() {
            [] => Err(format!("no contact has the address {email}")),
            [contact] => Ok(contact.visitor.id),
            several => {
                let ids: Vec<String> = several.iter().map(|contact| contact.visitor.id.to_string()).collect();
                Err(format!("several contacts have the address {email}; say which with --contact: {}", ids.join(", ")))
            }
        }
    }
}

async fn add_member(
    storage: &Storage,
    organization: OrganizationId,
    email: &str,
    name: &str,
    rank: Rank,
) -> Result<(), String> {
    check_name("--name", name).map_err(|error| error.to_string())?;
    let role = match rank {
        Rank::Owner => Role::Owner,
        Rank::Admin => Role::Admin,
        Rank::Agent => Role::Agent,
    };
    let member = storage.add_member(organization, email, name, role).await.map_err(|error| match error {
        StorageError::Conflict("account") => format!("nobody logs in as {email}"),
        StorageError::Conflict("member") => format!("{email} is a member already"),
        StorageError::Conflict("organization") => format!("there is no organization {organization}"),
        other => other.to_string(),
    })?;
    println!("{} is a member now: {}", member.email, member.id);
    Ok(())
}

async fn export(
    storage: &Storage,
    settings: &Settings,
    organization: OrganizationId,
    visitor: VisitorId,
    to: &PathBuf,
) -> Result<(), String> {
    let head = storage.export_contact(organization, visitor).await.map_err(|error| error.to_string())?;
    let head = head.ok_or_else(|| format!("there is no contact {visitor}"))?;
    let files = match &settings.uploads.files {
        Some(place) => Files::open(place)?,
        None => Files::open(&settings.data.join("files").to_string_lossy())?,
    };
    let failed = |error: std::io::Error| format!("{}: {error}", to.display());
    let file = File::create_new(to).map_err(failed)?;
    let export = Export { storage, files: &files, organization, visitor };
    if let Err(error) = export.write(&head, file).await {
        // A part of an export is none.
        std::fs::remove_file(to).map_err(failed)?;
        return Err(failed(error));
    }
    println!("contact {visitor} is in {}", to.display());
    Ok(())
}

async fn erase(storage: &Storage, organization: OrganizationId, visitor: VisitorId, mode: Mode) -> Result<(), String> {
    let how = match mode {
        Mode::Anonymize => storage::Erasure::Anonymize,
        Mode::Delete => storage::Erasure::Delete,
    };
    let begun = storage.begin_erasure(organization, visitor, how).await.map_err(|error| error.to_string())?;
    if !begun {
        return Err(format!("there is no contact {visitor}"));
    }
    let progress = erasure::finish(storage, organization, visitor, erasure::BATCHES).await;
    if !progress.map_err(|error| error.to_string())?.ended {
        return Err("the contact wrote on while being erased: a gateway goes on with it".into());
    }
    println!("contact {visitor} is erased; the bytes of their files go with the gateway's next sweep");
    Ok(())
}

async fn find_retention(storage: &Storage, organization: OrganizationId) -> Result<Retention, String> {
    let kept = storage.retention(organization).await.map_err(|error| error.to_string())?;
    kept.ok_or_else(|| format!("there is no organization {organization}"))
}

async fn show(storage: &Storage, organization: OrganizationId) -> Result<(), String> {
    let kept = find_retention(storage, organization).await?;
    println!("{}", serde_json::to_string_pretty(&kept).map_err(|error| error.to_string())?);
    Ok(())
}

async fn rejected(storage: &Storage, organization: OrganizationId) -> Result<(), String> {
    let mut after = None;
    loop {
        let page = storage.rejected_entries(organization, after, ROWS).await.map_err(|error| error.to_string())?;
        page.iter().for_each(|(_, json)| println!("{json}"));
        after = page.last().map(|(id, _)| *id);
        if page.len() < ROWS as usize {
            return Ok(());
        }
    }
}
