//! The certificate that every listener shows: from two files, and anew when they change.

use std::fmt;
use std::net::SocketAddr;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio::time::{MissedTickBehavior, interval};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::pem::{self, PemObject as _};
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::{ClientHello, ResolvesServerCert};
use tokio_rustls::rustls::sign::CertifiedKey;
use tokio_rustls::rustls::version::{TLS12, TLS13};
use tokio_rustls::rustls::{self, ServerConfig};

use crate::private;

/// How often the files are looked at.
const GLANCE: Duration = Duration::from_secs(3);

/// What the listeners show, and how they speak: TLS 1.2 and 1.3, and HTTP/1.1 over it.
#[derive(Clone)]
pub struct Tls {
    files: Arc<TlsFiles>,
    shown: Arc<Shown>,
    seen: Arc<Mutex<[Stamp; 2]>>,
    config: Arc<ServerConfig>,
}

/// The two files, in PEM.
#[derive(Debug, Clone)]
pub struct TlsFiles {
    /// The server's certificate, and behind it those that lead to its authority.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
}

/// Why a certificate cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// The file of the certificate is wrong.
    #[error("{path}: {detail}", path = .path.display())]
    Certificate {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        detail: String,
    },
    /// The file of the key is wrong.
    #[error("{path}: {detail}", path = .path.display())]
    Key {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        detail: String,
    },
    /// Both are right, but the key is not the certificate's.
    #[error("{path}: the key is not the one of the certificate", path = .path.display())]
    Mismatch {
        /// The file of the key.
        path: PathBuf,
    },
    /// No connection can be made with them.
    #[error("{0}")]
    Rustls(#[from] rustls::Error),
}

impl Tls {
    /// Reads the files.
    ///
    /// # Errors
    /// One of them is wrong, or they are not for each other.
    pub fn open(files: TlsFiles) -> Result<Self, TlsError> {
        let seen = files.stamps();
        let shown = Arc::new(Shown(ArcSwap::from_pointee(files.read()?)));
        let provider = Arc::new(aws_lc_rs::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&TLS13, &TLS12])?
            .with_no_client_auth()
            .with_cert_resolver(shown.clone());
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self {
            files: Arc::new(files),
            shown,
            seen: Arc::new(Mutex::new(seen)),
            config: Arc::new(config),
        })
    }

    /// For a listener, which may speak HTTP/2 as well.
    pub(crate) fn acceptor(&self, is_http2: bool) -> TlsAcceptor {
        if !is_http2 {
            return self.config.clone().into();
        }
        let mut config = ServerConfig::clone(&self.config);
        config.alpn_protocols.insert(0, b"h2".to_vec());
        Arc::new(config).into()
    }

    /// Reads the files again. If they are wrong, the certificate from before goes on being shown.
    ///
    /// # Errors
    /// One of them is wrong, or they are not for each other.
    pub fn reload(&self) -> Result<(), TlsError> {
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = self.files.stamps();
        self.shown.0.store(Arc::new(self.files.read()?));
        Ok(())
    }

    /// Reads the files again if they changed since they were looked at last.
    fn look(&self) {
        let stamps = self.files.stamps();
        if stamps != *self.seen.lock().unwrap_or_else(PoisonError::into_inner) {
            self.reload_and_tell("the TLS files changed");
        }
    }

    /// Reads the files again because of `cause`, and logs what came of it.
    pub(crate) fn reload_and_tell(&self, cause: &str) {
        match self.reload() {
            Ok(()) => log::info!("{cause}: the new certificate is shown from now on"),
            Err(error) => log::error!("{cause}: the old certificate is kept, for {error}"),
        }
    }

    /// Looks at the files every few seconds, for ever.
    pub(crate) async fn keep_fresh(self) {
        let mut ticks = interval(GLANCE);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            let tls = self.clone();
            if let Err(error) = tokio::task::spawn_blocking(move || tls.look()).await {
                log::error!("the TLS files cannot be looked at: {error}");
            }
        }
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Tls").field(&self.files).finish()
    }
}

/// Says so in the log where what is sent to `address` can be read on the way.
pub(crate) fn warn_if_plain(flag: &str, address: SocketAddr, tls: Option<&Tls>) {
    if tls.is_none() && !address.ip().to_canonical().is_loopback() {
        log::warn!(
            "{flag}: {address} is open to the network without TLS, and keys and tokens travel in \
             headers: give --tls-cert and --tls-key, or listen on 127.0.0.1 behind a proxy that has TLS"
        );
    }
}

impl TlsFiles {
    fn read(&self) -> Result<CertifiedKey, TlsError> {
        let certificates = certificates(&self.certificate)
            .map_err(|detail| TlsError::Certificate { path: self.certificate.clone(), detail })?;
        let wrong_key = |detail| TlsError::Key { path: self.key.clone(), detail };
        private::warn_if_open("SAIL_CARGO_TLS_KEY", &self.key);
        let key = key(&self.key).map_err(wrong_key)?;
        match CertifiedKey::from_der(certificates, key, &aws_lc_rs::default_provider()) {
            Ok(both) => Ok(both),
            Err(rustls::Error::InconsistentKeys(_)) => {
                Err(TlsError::Mismatch { path: self.key.clone() })
            }
            Err(rustls::Error::InvalidCertificate(error)) => Err(TlsError::Certificate {
                path: self.certificate.clone(),
                detail: format!("the first certificate cannot be used: {error}"),
            }),
            Err(error) => Err(wrong_key(error.to_string())),
        }
    }

    fn stamps(&self) -> [Stamp; 2] {
        [&self.certificate, &self.key].map(|path| Stamp::of(path))
    }
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let pem = std::fs::read(path).map_err(|error| error.to_string())?;
    let all: Result<Vec<_>, pem::Error> = CertificateDer::pem_slice_iter(&pem).collect();
    match all {
        Ok(all) if !all.is_empty() => Ok(all),
        Ok(_) | Err(_) => Err("holds no certificates in PEM".to_owned()),
    }
}

fn key(path: &Path) -> Result<PrivateKeyDer<'static>, String> {
    let pem = std::fs::read(path).map(zeroize::Zeroizing::new);
    let pem = pem.map_err(|error| error.to_string())?;
    PrivateKeyDer::from_pem_slice(&pem).map_err(|_| {
        "holds no private key in PEM that is not encrypted (PKCS#8, PKCS#1 or SEC 1)".to_owned()
    })
}

/// The certificate that is shown now.
#[derive(Debug)]
struct Shown(ArcSwap<CertifiedKey>);

impl ResolvesServerCert for Shown {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.load_full())
    }
}

/// What tells one state of a file from another: which file, how long, and when it was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp(Option<[i64; 5]>);

impl Stamp {
    fn of(path: &Path) -> Self {
        let file = path.metadata().ok();
        Self(file.map(|file| {
            let [device, inode, size] = [file.dev(), file.ino(), file.size()].map(u64::cast_signed);
            [device, inode, size, file.mtime(), file.mtime_nsec()]
        }))
    }
}

#[cfg(test)]
mod tests;
