//! The certificate of the listeners.

use super::error::ConfigError;
use super::settings::Settings;
use crate::tls::{Tls, TlsError, TlsFiles};

const CERTIFICATE: &str = "SAIL_CARGO_TLS_CERT";
const KEY: &str = "SAIL_CARGO_TLS_KEY";

impl Settings {
    /// The certificate and its key, if the listeners speak TLS.
    pub(super) fn tls(&self) -> Result<Option<Tls>, ConfigError> {
        let (certificate, key) = match (self.tls_cert.clone(), self.tls_key.clone()) {
            (None, None) => return Ok(None),
            (Some(certificate), Some(key)) => (certificate, key),
            (Some(_), None) => {
                return Err(ConfigError::new(KEY, "is missing: SAIL_CARGO_TLS_CERT is set"));
            }
            (None, Some(_)) => {
                return Err(ConfigError::new(CERTIFICATE, "is missing: SAIL_CARGO_TLS_KEY is set"));
            }
        };
        Tls::open(TlsFiles { certificate, key }).map(Some).map_err(|error| {
            let name = match error {
                TlsError::Certificate { .. } => CERTIFICATE,
                TlsError::Key { .. } | TlsError::Mismatch { .. } | TlsError::Rustls(_) => KEY,
            };
            ConfigError::new(name, error)
        })
    }
}
