//! Connections over TLS: how much is asked of the server, and that it gets no less.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use storage::{Embedded, Storage, StorageConfig, StorageError, Writer, WriterConfig, migrate, with_parameter};
use tests::database::{Watchdog, connect, new_cluster, scratch};

use super::Shop;

/// A cluster that speaks TLS, with a certificate for `localhost` from an authority of its own.
struct Secure {
    cluster: Embedded,
    _data: Watchdog,
    /// The authority's certificate, and that of another.
    ca: PathBuf,
    other_ca: PathBuf,
}

fn authority() -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::new(vec![]).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// Writes a file that Postgres may read, and would not take if others might.
fn write(path: &Path, text: &str, owner: &fs::Metadata) {
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
    chown(path, Some(owner.uid()), Some(owner.gid())).unwrap();
}

impl Secure {
    async fn start(name: &str) -> Self {
        let (cluster, data) = new_cluster(name).await;
        let (issuer, other) = (authority(), authority());
        let key = KeyPair::generate().unwrap();
        let certificate =
            CertificateParams::new(vec!["localhost".to_owned()]).unwrap().signed_by(&key, &issuer).unwrap();
        let folder = scratch(name).join("postgres");
        let owner = fs::metadata(&folder).unwrap();
        write(&folder.join("server.crt"), &certificate.pem(), &owner);
        write(&folder.join("server.key"), &key.serialize_pem(), &owner);
        let (ca, other_ca) = (scratch(name).join("ca.pem"), scratch(name).join("other.pem"));
        fs::write(&ca, issuer.pem()).unwrap();
        fs::write(&other_ca, other.pem()).unwrap();
        let admin = connect(cluster.url()).await;
        admin.batch_execute("alter system set ssl = on").await.unwrap();
        admin.batch_execute("select pg_reload_conf()").await.unwrap();
        while !connect(cluster.url())
            .await
            .query_one("select current_setting('ssl') = 'on'", &[])
            .await
            .unwrap()
            .get::<_, bool>(0)
        {}
        Self { cluster, _data: data, ca, other_ca }
    }

    /// The database by a host's name, in a mode, trusting an authority.
    fn url(&self, host: &str, mode: &str, ca: Option<&Path>) -> String {
        let url = with_parameter(&self.cluster.url().replace("127.0.0.1", host), "sslmode", mode);
        ca.map_or(url.clone(), |ca| with_parameter(&url, "sslrootcert", &ca.to_string_lossy()))
    }
}

async fn taken(url: &str) -> Result<(), StorageError> {
    Storage::connect(StorageConfig::new(url)).await.map(|storage| storage.close())
}

#[tokio::test]
async fn modes_ask_of_the_server_what_they_say() {
    let secure = Secure::start("tls-modes").await;
    migrate::run(secure.cluster.url()).await.unwrap();
    let (ca, other) = (Some(secure.ca.as_path()), Some(secure.other_ca.as_path()));
    for (host, mode, roots) in [
        ("127.0.0.1", "disable", None),
        ("127.0.0.1", "prefer", None),
        ("127.0.0.1", "require", None),
        // Its certificate is for another name.
        ("127.0.0.1", "require", ca),
        ("127.0.0.1", "verify-ca", ca),
        ("localhost", "verify-full", ca),
    ] {
        taken(&secure.url(host, mode, roots)).await.unwrap_or_else(|error| panic!("{host} {mode} {roots:?}: {error}"));
    }
    for (host, mode, roots, reason) in [
        ("127.0.0.1", "verify-full", ca, "not valid for name"),
        ("localhost", "verify-full", other, "invalid peer certificate"),
        ("localhost", "verify-ca", other, "invalid peer certificate"),
        ("localhost", "require", other, "invalid peer certificate"),
        // Whom the system trusts did not sign it.
        ("localhost", "verify-full", None, "invalid peer certificate"),
    ] {
        let Err(error) = taken(&secure.url(host, mode, roots)).await else { panic!("{host} {mode} was taken") };
        assert!(error.to_string().contains(reason), "{host} {mode} {roots:?}: {error}");
    }
    secure.cluster.stop().await.unwrap();
}

/// Migrations, pools, the writer's lanes: the server lets nobody in without TLS.
#[tokio::test]
async fn every_connection_is_over_tls() {
    let secure = Secure::start("tls-all").await;
    let hba = scratch("tls-all").join("postgres/pg_hba.conf");
    let rules = fs::read_to_string(&hba).unwrap();
    let admin = connect(secure.cluster.url()).await;
    let only_tls: String = rules.lines().map(|line| line.replacen("host ", "hostssl ", 1) + "\n").collect();
    fs::write(&hba, only_tls).unwrap();
    admin.batch_execute("select pg_reload_conf()").await.unwrap();
    let bare = secure.url("localhost", "disable", None);
    while tokio_postgres::connect(secure.cluster.url(), tokio_postgres::NoTls).await.is_ok() {}
    assert!(taken(&bare).await.is_err());

    let url = secure.url("localhost", "verify-full", Some(&secure.ca));
    migrate::run(&url).await.unwrap();
    let config = StorageConfig::new(&url);
    let storage = Storage::connect(config.clone()).await.unwrap();
    let shop = Shop::open(&storage).await;
    let conversation = shop.conversation().await;
    let (writer, mut commits) = Writer::start(config, WriterConfig::default());
    super::submit(&writer, [shop.text(conversation, &shop.agent(), "hello")]);
    assert!(commits.recv().await.is_some());
    let sql = "select count(*) filter (where s.ssl), count(*) filter (where not s.ssl)
        from pg_stat_ssl s join pg_stat_activity a using (pid) where a.application_name = 'chatdesk'";
    let row = admin.query_one(sql, &[]).await.unwrap();
    let (with, without): (i64, i64) = (row.get(0), row.get(1));
    assert!(with >= 3 && without == 0, "{with} with, {without} without");
    secure.cluster.stop().await.unwrap();
}

#[tokio::test]
async fn a_server_without_tls_is_refused_when_it_is_required() {
    let (cluster, _data) = new_cluster("tls-none").await;
    for mode in ["require", "verify-full"] {
        let Err(error) = taken(&with_parameter(cluster.url(), "sslmode", mode)).await else { panic!("{mode}") };
        assert!(error.to_string().contains("does not support TLS"), "{mode}: {error}");
    }
    let prefer = with_parameter(cluster.url(), "sslmode", "prefer");
    migrate::run(&prefer).await.unwrap();
    taken(&prefer).await.unwrap();
    cluster.stop().await.unwrap();
}
