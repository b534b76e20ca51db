//! TLS to Postgres, as the database's URL asks for it in libpq's words.
//!
//! `sslmode` is `disable`, `prefer` (the default: TLS if the server has it), `require`, `verify-ca` or `verify-full`.
//! `sslrootcert` names a file with the certificates to trust; without it, or when it is `system`, the system's are.
//! As with libpq, `require` alone keeps listeners out and believes any server; with `sslrootcert` it is `verify-ca`.

use std::path::PathBuf;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::verify_server_cert_signed_by_trust_anchor;
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use tokio_postgres::config::SslMode;
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::error::StorageError;

mod parameters;

pub(crate) use parameters::take;
pub use parameters::with_parameter;

/// What libpq calls the system's certificates.
const SYSTEM: &str = "system";

/// What is asked of a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Security {
    /// Whether there is to be TLS.
    pub(crate) mode: SslMode,
    /// What the server has to prove.
    pub(crate) proof: Proof,
    /// Whose word is good; absent: the system's.
    pub(crate) roots: Option<PathBuf>,
}

/// What a server has to prove.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Proof {
    /// Nothing: whoever answers is believed.
    Nothing,
    /// That somebody whose word is good signed its certificate.
    Signed,
    /// Besides, that the certificate is for the host's name.
    Named,
}

impl Security {
    /// What a URL's parameters ask for.
    pub(crate) fn new(mode: Option<&str>, roots: Option<&str>) -> Result<Self, StorageError> {
        let file = roots.filter(|roots| *roots != SYSTEM).map(PathBuf::from);
        let (mode, proof) = match mode.unwrap_or("prefer") {
            "disable" => (SslMode::Disable, Proof::Nothing),
            // To begin without TLS although the server has it gains nothing.
            "allow" | "prefer" => (SslMode::Prefer, Proof::Nothing),
            "require" if file.is_some() => (SslMode::Require, Proof::Signed),
            "require" => (SslMode::Require, Proof::Nothing),
            "verify-ca" => (SslMode::Require, Proof::Signed),
            "verify-full" => (SslMode::Require, Proof::Named),
            other => {
                return Err(StorageError::Fault(format!(
                    "the database URL: sslmode is disable, prefer, require, verify-ca or verify-full, not {other:?}"
                )));
            }
        };
        if roots == Some(SYSTEM) && proof != Proof::Named {
            return Err(StorageError::Fault(
                "the database URL: anybody can have a certificate that the system trusts: sslrootcert=system takes \
                 sslmode=verify-full"
                    .into(),
            ));
        }
        Ok(Self { mode, proof, roots: file })
    }

    /// What connects so.
    pub(crate) fn connector(&self) -> Result<MakeRustlsConnect, StorageError> {
        // Named, because another part of the process may bring a second one: then the default would be neither.
        let provider = Arc::new(ring::default_provider());
        let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(|error| StorageError::Fault(format!("TLS: {error}")))?;
        let config = match self.proof {
            Proof::Named => builder.with_root_certificates(self.trusted()?).with_no_client_auth(),
            Proof::Signed | Proof::Nothing => {
                let roots = if self.proof == Proof::Signed { Some(self.trusted()?) } else { None };
                let verifier = Arc::new(Unnamed { roots, provider });
                builder.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth()
            }
        };
        Ok(MakeRustlsConnect::new(config))
    }

    fn trusted(&self) -> Result<RootCertStore, StorageError> {
        let mut trusted = RootCertStore::empty();
        let Some(path) = &self.roots else {
            let found = rustls_native_certs::load_native_certs();
            let (good, _) = trusted.add_parsable_certificates(found.certs);
            if good == 0 {
                let reasons: Vec<_> = found.errors.iter().map(ToString::to_string).collect();
                return Err(StorageError::Fault(format!(
                    "the system has no certificates to trust; name a file with sslrootcert {}",
                    reasons.join("; ")
                )));
            }
            return Ok(trusted);
        };
        let failed = |reason: String| StorageError::Fault(format!("sslrootcert {}: {reason}", path.display()));
        for certificate in CertificateDer::pem_file_iter(path).map_err(|error| failed(error.to_string()))? {
            let certificate = certificate.map_err(|error| failed(error.to_string()))?;
            trusted.add(certificate).map_err(|error| failed(error.to_string()))?;
        }
        if trusted.is_empty() {
            return Err(failed("it holds no certificate in PEM form".into()));
        }
        Ok(trusted)
    }
}

/// Takes a certificate whatever name it is for, and, when nobody's word is asked for, whoever signed it. That the
/// server holds the certificate's key is proved all the same.
#[derive(Debug)]
struct Unnamed {
    roots: Option<RootCertStore>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Unnamed {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _name: &ServerName<'_>,
        _ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if let Some(roots) = &self.roots {
            let parsed = ParsedCertificate::try_from(certificate)?;
            let algorithms = self.provider.signature_verification_algorithms.all;
            verify_server_cert_signed_by_trust_anchor(&parsed, roots, intermediates, now, algorithms)?;
        }
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signed, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signed, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn security(mode: Option<&str>, roots: Option<&str>) -> (SslMode, Proof) {
        let security = Security::new(mode, roots).unwrap();
        (security.mode, security.proof)
    }

    #[test]
    fn modes_mean_what_they_mean_to_libpq() {
        assert_eq!(security(None, None), (SslMode::Prefer, Proof::Nothing));
        assert_eq!(security(Some("disable"), Some("ca.pem")), (SslMode::Disable, Proof::Nothing));
        assert_eq!(security(Some("require"), None), (SslMode::Require, Proof::Nothing));
        assert_eq!(security(Some("require"), Some("ca.pem")), (SslMode::Require, Proof::Signed));
        assert_eq!(security(Some("verify-ca"), None), (SslMode::Require, Proof::Signed));
        assert_eq!(security(Some("verify-full"), Some("system")), (SslMode::Require, Proof::Named));
        for (mode, roots) in [(Some("verify_full"), None), (Some("require"), Some("system")), (None, Some("system"))] {
            assert!(matches!(Security::new(mode, roots), Err(StorageError::Fault(_))), "{mode:?} {roots:?}");
        }
    }

    #[test]
    fn a_file_without_certificates_is_refused() {
        let security = Security::new(Some("verify-full"), Some("/nowhere/ca.pem")).unwrap();
        let Err(StorageError::Fault(reason)) = security.connector().map(|_| ()) else { panic!("it was taken") };
        assert!(reason.contains("/nowhere/ca.pem"), "{reason}");
        let security = Security::new(Some("verify-full"), Some("/dev/null")).unwrap();
        let Err(StorageError::Fault(reason)) = security.connector().map(|_| ()) else { panic!("it was taken") };
        assert!(reason.contains("no certificate"), "{reason}");
    }
}
