//! ejabberd as Debian packages it, unpacked into the cache and started from there: nothing is installed into the system, so no
//! service is ever started, and nobody has to be root.

use std::path::{Path, PathBuf};

use tokio::process::Command;
use tokio_postgres::Config;

use super::dialect::xmpp::{PASSWORD, account};
use super::place::{self, Cache, write};
use super::server::connect;

/// The packages that are asked for.
const PACKAGES: &str = include_str!("../../peers/ejabberd/packages.txt");
const SETTINGS: &str = include_str!("../../peers/ejabberd/ejabberd.yml");
/// What of all that they depend on is unpacked: the rest is part of every Debian.
const UNPACKED: [&str; 5] = ["ejabberd", "erlang-", "libexpat", "libssl", "libyaml"];
/// Postgres' own port, where a URL names none.
const PORT: u16 = 5432;

/// The folder with its files.
#[derive(Clone, Debug)]
pub(crate) struct Root {
    folder: PathBuf,
    /// Its Erlang's machine.
    machine: PathBuf,
    /// Folders of libraries: of the architecture.
    libraries: PathBuf,
    version: String,
}

/// Unpacks it, unless that was done.
///
/// # Errors
/// What is in the way.
pub(crate) async fn install(cache: &Cache) -> Result<Root, String> {
    for program in ["apt-get", "dpkg-deb"] {
        place::find(program).ok_or_else(|| format!("no {program}: ejabberd comes from Debian's packages"))?;
    }
    let folder = cache.folder("ejabberd", &[])?;
    let root = folder.join("root");
    let release = std::fs::read_to_string("/etc/os-release").unwrap_or_default();
    place::once(&folder, "ejabberd", &format!("{PACKAGES}{release}"), async || unpack(&folder, &root).await).await?;
    let found = || {
        let machine = newest(&root.join("usr/lib/erlang"), "erts-")?.join("bin");
        let libraries = std::fs::read_dir(root.join("usr/lib")).ok()?.flatten();
        let libraries = libraries.map(|entry| entry.path()).find(|path| newest(path, "ejabberd-").is_some())?;
        let version =
            newest(&libraries, "ejabberd-")?.file_name()?.to_str()?.trim_start_matches("ejabberd-").to_owned();
        Some(Root { folder: root.clone(), machine, libraries, version })
    };
    found().ok_or_else(|| format!("{}: what Debian's packages put elsewhere is not found", root.display()))
}

async fn unpack(folder: &Path, root: &Path) -> Result<(), String> {
    let _ = std::fs::remove_dir_all(root);
    for part in ["apt/lists/partial", "apt/cache/archives/partial", "packages", "root"] {
        let path = folder.join(part);
        std::fs::create_dir_all(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    }
    // Lists and packages in the cache, and as if nothing were installed: apt tells all that is needed, needs no lock of the
    // system, and does not want to become another account.
    let own = |name: &str, value: &Path| ["-o".to_owned(), format!("{name}={}", value.display())];
    let options: Vec<String> = [
        own("Dir::State::Lists", &folder.join("apt/lists")),
        own("Dir::Cache", &folder.join("apt/cache")),
        own("Dir::State::status", Path::new("/dev/null")),
        own("APT::Sandbox::User", Path::new("root")),
        own("Debug::NoLocking", Path::new("1")),
    ]
    .concat();
    let apt = async |arguments: &[&str], at: &Path| {
        let options = options.iter().map(String::as_str);
        place::run("apt-get", &options.chain(arguments.iter().copied()).collect::<Vec<_>>(), at).await
    };
    apt(&["update", "-qq"], folder).await?;
    let wanted: Vec<&str> = PACKAGES.lines().collect();
    let plan =
        apt(&[&["install", "--simulate", "--no-install-recommends", "-y"], wanted.as_slice()].concat(), folder).await?;
    let names = plan.lines().filter_map(|line| line.strip_prefix("Inst ")?.split(' ').next());
    let names: Vec<&str> = names.filter(|name| UNPACKED.iter().any(|part| name.starts_with(part))).collect();
    let packages = folder.join("packages");
    apt(&[&["download", "-qq"], names.as_slice()].concat(), &packages).await?;
    let files = std::fs::read_dir(&packages).map_err(|error| format!("{}: {error}", packages.display()))?;
    for file in
        files.flatten().map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|end| end == "deb"))
    {
        let (file, root) = (file.to_string_lossy(), root.to_string_lossy());
        place::run("dpkg-deb", &["--extract", &file, &root], folder).await?;
    }
    // Unpacked, they are not wanted any more.
    std::fs::remove_dir_all(&packages).map_err(|error| format!("{}: {error}", packages.display()))
}

/// The last folder within `folder` whose name begins with `start`, by name.
fn newest(folder: &Path, start: &str) -> Option<PathBuf> {
    let entries = std::fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path());
    let named = |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(start));
    entries.filter(|path| path.join(".").is_dir()).filter(named).max()
}

impl Root {
    /// ejabberd's version.
    pub(crate) fn version(&self) -> &str {
        &self.version
    }

    /// Makes its tables, and accounts for so many visitors and agents.
    ///
    /// # Errors
    /// Postgres says no.
    pub(crate) async fn prepare(&self, url: &str, accounts: usize) -> Result<(), String> {
        let path = self.folder.join("usr/share/ejabberd/sql/pg.sql");
        let schema = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let client = connect(url).await?;
        let names =
            (0..accounts).flat_map(|number| [account(number, false), account(number, true)]).collect::<Vec<_>>();
        let failed = |error: tokio_postgres::Error| format!("ejabberd's tables: {error}");
        client.batch_execute(&schema).await.map_err(failed)?;
        let insert = "INSERT INTO users (username, password) SELECT name, $2 FROM unnest($1::text[]) AS name";
        client.execute(insert, &[&names, &PASSWORD]).await.map_err(failed)?;
        Ok(())
    }

    /// How it is started: without Erlang's distribution, so that it leaves no port mapper behind.
    ///
    /// # Errors
    /// Its configuration cannot be written.
    pub(crate) fn command(&self, url: &str, folder: &Path, port: u16) -> Result<Command, String> {
        let config: Config = url.parse().map_err(|error| format!("the database's URL: {error}"))?;
        let password = String::from_utf8_lossy(config.get_password().unwrap_or_default()).into_owned();
        let settings = SETTINGS
            .replace("SQL_PORT", &config.get_ports().first().copied().unwrap_or(PORT).to_string())
            .replace("SQL_DATABASE", config.get_dbname().unwrap_or("postgres"))
            .replace("SQL_ROLE", config.get_user().unwrap_or("postgres"))
            .replace("SQL_PASSWORD", &password)
            .replace("PORT", &port.to_string());
        let path = folder.join("ejabberd.yml");
        write(&path, &settings)?;
        let erlang = self.folder.join("usr/lib/erlang");
        let mut command = Command::new(self.machine.join("erlexec"));
        command
            .env("ROOTDIR", &erlang)
            .env("BINDIR", &self.machine)
            .env("EMU", "beam")
            .env("PROGNAME", "erl")
            .env("HOME", folder)
            .env("LD_LIBRARY_PATH", &self.libraries)
            .env("ERL_LIBS", &self.libraries)
            .env("EJABBERD_CONFIG_PATH", &path)
            .env("EJABBERD_LOG_PATH", folder.join("ejabberd.log"))
            .args(["-noinput", "-mnesia", "dir", &format!("{:?}", folder.join("mnesia").to_string_lossy())])
            .args(["-s", "ejabberd"])
            // What Debian starts it with: kernel polling, many ports.
            .args(["+K", "true", "+P", "250000"]);
        Ok(command)
    }
}
