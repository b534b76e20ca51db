//! Taking a whole database out, and putting one back, with Postgres' own programs for it.
//!
//! A [`Snapshot`] is a moment of the database: what `pg_dump` writes, the rows counted and the files named are all as of
//! it, while others go on writing. [`Target`] is an empty database that a dump is put into.

use std::path::Path;
use std::process::Stdio;

use tokio::process::Command;
use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};

use crate::error::StorageError;
use crate::pool::parse;
use crate::tls::{Proof, Security};

mod programs;
mod snapshot;
mod target;

pub use programs::DumpPrograms;
pub use snapshot::{DumpedFile, Snapshot};
pub use target::Target;

/// The tables whose rows are counted: partitions are counted with what they are parts of.
const TABLES: &str = "select oid::regclass::text from pg_catalog.pg_class
    where relkind in ('r', 'p') and not relispartition and relnamespace = current_schema()::regnamespace
    order by 1";

/// Runs one of Postgres' programs on a database, and waits for it. When that is given up, the program is ended.
async fn run(program: &Path, url: &str, arguments: &[&str]) -> Result<(), StorageError> {
    let name = program.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let (config, security) = parse(url)?;
    let mut command = Command::new(program);
    // What is set for psql must not reach another database.
    for (variable, _) in std::env::vars_os().filter(|(variable, _)| variable.to_string_lossy().starts_with("PG")) {
        command.env_remove(variable);
    }
    let output = command
        // Not among the arguments, which every account of the machine may read.
        .envs(environment(&config, &security))
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .map_err(|error| StorageError::Fault(format!("{} does not run: {error}", program.display())))?;
    if output.status.success() {
        return Ok(());
    }
    Err(StorageError::Fault(format!("{name} failed: {}", String::from_utf8_lossy(&output.stderr).trim())))
}

/// A database's place in libpq's variables.
fn environment(config: &Config, security: &Security) -> Vec<(&'static str, String)> {
    let join = |words: Vec<String>| words.join(",");
    let hosts = config.get_hosts().iter().map(|host| match host {
        Host::Tcp(host) => host.clone(),
        Host::Unix(path) => path.display().to_string(),
    });
    let mode = match (config.get_ssl_mode(), security.proof) {
        (SslMode::Disable, _) => "disable",
        (SslMode::Prefer, _) => "prefer",
        (_, Proof::Nothing) => "require",
        (_, Proof::Signed) => "verify-ca",
        (_, Proof::Named) => "verify-full",
    };
    let roots = match (&security.roots, security.proof) {
        (Some(file), _) => Some(file.display().to_string()),
        // Understood by libpq since version 16.
        (None, Proof::Named) => Some("system".into()),
        (None, _) => None,
    };
    let set = [
        ("PGHOST", Some(join(hosts.collect()))),
        ("PGHOSTADDR", Some(join(config.get_hostaddrs().iter().map(ToString::to_string).collect()))),
        ("PGPORT", Some(join(config.get_ports().iter().map(ToString::to_string).collect()))),
        ("PGUSER", config.get_user().map(Into::into)),
        ("PGPASSWORD", config.get_password().map(|password| String::from_utf8_lossy(password).into_owned())),
        ("PGDATABASE", config.get_dbname().or(config.get_user()).map(Into::into)),
        ("PGOPTIONS", config.get_options().map(Into::into)),
        ("PGAPPNAME", Some("chatdesk".into())),
        ("PGSSLMODE", Some(mode.into())),
        ("PGSSLROOTCERT", roots),
    ];
    set.into_iter().filter_map(|(name, value)| Some((name, value.filter(|value| !value.is_empty())?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_said_in_libpqs_variables() {
        let (config, security) =
            parse("postgres://ada:s%40e@one:5433,two/chat?sslmode=verify-full&options=-c%20x%3Dy").unwrap();
        let expected = [
            ("PGHOST", "one,two"),
            ("PGPORT", "5433,5432"),
            ("PGUSER", "ada"),
            ("PGPASSWORD", "s@e"),
            ("PGDATABASE", "chat"),
            ("PGOPTIONS", "-c x=y"),
            ("PGAPPNAME", "chatdesk"),
            ("PGSSLMODE", "verify-full"),
            ("PGSSLROOTCERT", "system"),
        ];
        let expected: Vec<_> = expected.into_iter().map(|(name, value)| (name, value.to_owned())).collect();
        assert_eq!(environment(&config, &security), expected);
        let (config, security) = parse("host=/run/postgresql user=ada sslmode=require sslrootcert=/ca.pem").unwrap();
        let said = environment(&config, &security);
        for (name, value) in [("PGHOST", "/run/postgresql"), ("PGDATABASE", "ada"), ("PGSSLMODE", "disable")] {
            assert!(said.contains(&(name, value.to_owned())), "{name}");
        }
    }
}
