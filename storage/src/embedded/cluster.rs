//! The cluster's folder and password.

use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use uuid::Uuid;

use super::EmbeddedError;
use super::account::Account;
use super::programs::Programs;
use super::server::ACCOUNT;

/// Locales in the order of preference: the first knows letters beyond ASCII, and some systems lack it.
const LOCALES: [&str; 2] = ["C.UTF-8", "C"];
/// WAL in files of 1 MB, not 16: nobody can commit while a new one is filled with zeros, and that took 55 ms of a core.
const WAL_FILES: &str = "--wal-segsize=1";

/// The files of a cluster.
#[derive(Clone, Debug)]
pub(super) struct Cluster {
    /// Postgres' own folder.
    pub(super) folder: PathBuf,
    /// What Postgres says.
    pub(super) log: PathBuf,
    password: PathBuf,
    /// Where a cluster is made: one that is not finished never stands in the place of one that is.
    workshop: PathBuf,
}

impl Cluster {
    pub(super) fn new(data: &Path) -> Self {
        Self {
            folder: data.join("postgres"),
            log: data.join("postgres.log"),
            password: data.join("postgres.password"),
            workshop: data.join("postgres.new"),
        }
    }

    pub(super) fn exists(&self) -> bool {
        self.folder.exists()
    }

    /// The major version that made the cluster, if there is one.
    pub(super) fn version(&self) -> Result<Option<u32>, EmbeddedError> {
        if !self.exists() {
            return Ok(None);
        }
        let path = self.folder.join("PG_VERSION");
        let text = fs::read_to_string(&path).map_err(|error| EmbeddedError::io("read", &path, error))?;
        let version = text.trim().parse();
        version.map(Some).map_err(|_| EmbeddedError::Start(format!("{} holds {text:?}", path.display())))
    }

    /// The password of the cluster's one account.
    pub(super) fn password(&self) -> Result<String, EmbeddedError> {
        let text = fs::read_to_string(&self.password);
        Ok(text.map_err(|error| EmbeddedError::io("read", &self.password, error))?.trim().to_owned())
    }

    /// Makes the cluster: in a folder aside, which then takes its place in one step.
    pub(super) async fn create(&self, programs: &Programs, account: &Account) -> Result<(), EmbeddedError> {
        let password = format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
        // Before the cluster has its place: a cluster without its password would be of no use.
        write_private(&self.password, &password)?;
        let mut refused = String::new();
        for locale in LOCALES {
            let made = self.run_initdb(programs, account, &password, locale).await?;
            match made {
                Ok(folder) => {
                    fs::rename(&folder, &self.folder)
                        .map_err(|error| EmbeddedError::io("move into place", &folder, error))?;
                    return self.clear_workshop();
                }
                Err(reason) => refused = reason,
            }
        }
        Err(EmbeddedError::Init(refused))
    }

    /// The folder that was made, or what initdb said.
    async fn run_initdb(
        &self,
        programs: &Programs,
        account: &Account,
        password: &str,
        locale: &str,
    ) -> Result<Result<PathBuf, String>, EmbeddedError> {
        self.clear_workshop()?;
        fs::create_dir(&self.workshop).map_err(|error| EmbeddedError::io("make", &self.workshop, error))?;
        account.own(&self.workshop)?;
        let (folder, password_file) = (self.workshop.join("postgres"), self.workshop.join("password"));
        write_private(&password_file, password)?;
        account.own(&password_file)?;
        let output = account
            .command(&programs.bin.join("initdb"))
            .arg("--pgdata")
            .arg(&folder)
            .arg("--pwfile")
            .arg(&password_file)
            .args(["--username", ACCOUNT, "--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", locale])
            .args(["--data-checksums", "--no-instructions", WAL_FILES])
            .current_dir("/")
            .kill_on_drop(true)
            .output()
            .await
            .map_err(|error| EmbeddedError::io("run", &programs.bin.join("initdb"), error))?;
        let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        Ok(if output.status.success() { Ok(folder) } else { Err(said) })
    }

    fn clear_workshop(&self) -> Result<(), EmbeddedError> {
        match fs::remove_dir_all(&self.workshop) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                Err(EmbeddedError::io("remove", &self.workshop, error))
            }
            _ => Ok(()),
        }
    }
}

/// Writes a file that only its owner may read, in place of the one that was there.
pub(super) fn write_private(path: &Path, text: &str) -> Result<(), EmbeddedError> {
    let io = |error| EmbeddedError::io("write", path, error);
    // Aside and then renamed: an existing file may have another mode, and must not be read half written.
    let mut aside = path.as_os_str().to_owned();
    aside.push(".new");
    let aside = PathBuf::from(aside);
    if let Err(error) = fs::remove_file(&aside)
        && error.kind() != ErrorKind::NotFound
    {
        return Err(io(error));
    }
    let mut file = File::options().write(true).create_new(true).mode(0o600).open(&aside).map_err(io)?;
    file.write_all(text.as_bytes()).map_err(io)?;
    file.sync_all().map_err(io)?;
    fs::rename(&aside, path).map_err(io)
}
