//! Which gateway a scenario loads: one of its own unless it is told of another.

use std::path::PathBuf;

use clap::Args;
use serde::{Serialize, Serializer};

use crate::target::Target;

/// The gateway, and its Postgres.
#[derive(Args, Clone, Debug, Serialize)]
#[command(next_help_heading = "The gateway")]
pub(crate) struct StageArgs {
    /// A gateway that is running: loopback only. Without it the run starts one of its own, with a Postgres of its own, and
    /// ends both.
    #[arg(long, value_name = "HOST:PORT")]
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "address")]
    pub(crate) addr: Option<Target>,

    /// With --addr: the public key of the widget that the visitors use.
    #[arg(long, default_value = "wk_demo", value_name = "KEY")]
    pub(crate) widget_key: String,

    /// With --addr: the address that the agents log in with; all their sockets share one login.
    #[arg(long, default_value = "agent@demo.test", value_name = "ADDRESS")]
    pub(crate) email: String,

    /// With --addr: its password; the default is the demo's.
    #[arg(
        long,
        env = "CHATDESK_BENCH_PASSWORD",
        hide_env_values = true,
        default_value = "chatdesk-demo",
        value_name = "PASSWORD"
    )]
    #[serde(skip)]
    pub(crate) password: String,

    /// With --addr: the gateway's process, whose CPU time and memory are reported then.
    #[arg(long, value_name = "PID")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) gateway_pid: Option<u32>,

    /// With --addr or --database-url: Postgres' first process, whose CPU time and memory are reported then, with those of
    /// all that it starts.
    #[arg(long, value_name = "PID")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) postgres_pid: Option<u32>,

    /// The gateway's program; without it, `chatdesk` beside this one.
    #[arg(long, value_name = "FILE", conflicts_with = "addr")]
    #[serde(skip)]
    pub(crate) chatdesk: Option<PathBuf>,

    /// A Postgres for the run's gateway, as postgres://role:password@host:port/database: it gets a schema and
    /// organizations. Without it the run makes one in a temporary folder.
    #[arg(long, value_name = "URL", conflicts_with = "addr")]
    #[serde(skip)]
    pub(crate) database_url: Option<String>,

    /// Folder of Postgres' programs (initdb, postgres), for one of the run's own; else they are looked for.
    #[arg(long, env = "CHATDESK_POSTGRES_BIN", value_name = "FOLDER", conflicts_with = "addr")]
    #[serde(skip)]
    pub(crate) postgres_bin: Option<PathBuf>,
}

/// What a scenario wants of its gateway, if it is the run's own.
#[derive(Clone, Debug, Default)]
pub(crate) struct StageOptions {
    /// The gateway has a core for itself, and Postgres and this program share the others. With one core there is
    /// nothing to be kept apart, and the notes say so.
    pub(crate) apart: bool,
    /// More flags of `chatdesk serve`, with their values.
    pub(crate) flags: Vec<(&'static str, String)>,
}

fn address<S: Serializer>(target: &Option<Target>, serializer: S) -> Result<S::Ok, S::Error> {
    match target {
        Some(target) => serializer.collect_str(&target.0),
        None => serializer.serialize_none(),
    }
}
