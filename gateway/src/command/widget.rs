//! `chatdesk widget`: all that is set of a widget, as one document, and what its site signs identity tokens with.

use std::fmt::Write as _;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use protocol::value::WidgetConfig;
use serde_json::Value;
use storage::{Storage, StorageConfig, Widget as Stored};

use crate::service::widget;
use crate::settings::Settings;

/// A widget, and the database that it is in.
#[derive(Args, Debug)]
pub struct Key {
    /// The widget's key, as in its site's snippet, or its organization's id.
    widget_key: String,
    #[command(flatten)]
    settings: Settings,
}

/// What is done to a widget.
#[derive(Debug, Subcommand)]
pub enum Widget {
    /// Print all that is set of it, as JSON.
    Show(Box<Key>),
    /// Replace that. What the document leaves out gets its default.
    Set {
        /// File with the document; `-` is the standard input.
        #[arg(long)]
        from: PathBuf,
        /// Of which widget.
        #[command(flatten)]
        key: Box<Key>,
    },
    /// Print what the site's server signs identity tokens with: 32 bytes, as hexadecimal digits. No browser may have it.
    Secret(Box<Key>),
}

impl Widget {
    fn key(&self) -> &Key {
        match self {
            Self::Show(key) | Self::Set { key, .. } | Self::Secret(key) => key,
        }
    }

    /// The settings that say where the database is.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.key().settings
    }

    /// Does it on the database at `url`.
    ///
    /// # Errors
    /// A sentence for the operator.
    pub async fn run(&self, url: String) -> Result<(), String> {
        let storage = Storage::connect(StorageConfig::new(url)).await.map_err(|error| error.to_string())?;
        let storage = &storage;
        let found = find(storage, &self.key().widget_key).await?;
        match self {
            Self::Show(_) => print(&found.config),
            Self::Set { from, .. } => print(&set(storage, &found, from).await?),
            Self::Secret(_) => {
                let secret = storage.identity_secret(found.organization.id).await.map_err(|error| error.to_string())?;
                println!("{}", digits(&secret.ok_or("the widget has gone")?));
                Ok(())
            }
        }
    }
}

async fn find(storage: &Storage, key: &str) -> Result<Stored, String> {
    let found = storage.find_widget(key).await.map_err(|error| error.to_string())?;
    found.ok_or_else(|| format!("there is no widget {key}"))
}

async fn set(storage: &Storage, found: &Stored, from: &Path) -> Result<WidgetConfig, String> {
    let config = read(from)?;
    widget::check(storage, &config).await.map_err(|error| error.text)?;
    let saved = storage.save_widget_config(found.organization.id, &config).await;
    saved.map_err(|error| error.to_string())
}

fn read(from: &Path) -> Result<WidgetConfig, String> {
    let mut text = String::new();
    let read = if from == Path::new("-") {
        io::stdin().read_to_string(&mut text).map(|_| ())
    } else {
        fs::read_to_string(from).map(|file| text = file)
    };
    let named = |error: &dyn std::fmt::Display| format!("{}: {error}", from.display());
    read.map_err(|error| named(&error))?;
    // Twice, so that what is no JSON is not blamed on a field.
    let json: Value = serde_json::from_str(&text).map_err(|error| named(&error))?;
    serde_path_to_error::deserialize(json).map_err(|error| named(&error))
}

fn print(config: &WidgetConfig) -> Result<(), String> {
    println!("{}", serde_json::to_string_pretty(config).map_err(|error| error.to_string())?);
    Ok(())
}

fn digits(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut all, byte| {
        // Writing into a string cannot fail.
        let _ = write!(all, "{byte:02x}");
        all
    })
}
