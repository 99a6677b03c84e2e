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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn g30_a_setting_that_is_wrong_or_lacks_the_other_is_named() {
        let place = tempfile::tempdir().unwrap();
        let [one, other] =
            [0, 1].map(|_| rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap());
        for (name, text) in [
            ("cert.pem", one.cert.pem()),
            ("key.pem", one.signing_key.serialize_pem()),
            ("other.pem", other.signing_key.serialize_pem()),
        ] {
            std::fs::write(place.path().join(name), text).unwrap();
        }
        let tls = |certificate: Option<&str>, key: Option<&str>| {
            let at = |name: &str| place.path().join(name);
            let (tls_cert, tls_key) = (certificate.map(at), key.map(at));
            let settings = Settings { tls_cert, tls_key, ..Settings::default() };
            settings.tls().map(|tls| tls.is_some()).map_err(|error| error.to_string())
        };
        assert_eq!(tls(None, None), Ok(false));
        assert_eq!(tls(Some("cert.pem"), Some("key.pem")), Ok(true));
        for (certificate, key, setting) in [
            (Some("cert.pem"), None, KEY),
            (None, Some("key.pem"), CERTIFICATE),
            (Some("nowhere.pem"), Some("key.pem"), CERTIFICATE),
            (Some("cert.pem"), Some("nowhere.pem"), KEY),
            (Some("cert.pem"), Some("other.pem"), KEY),
            (Some("key.pem"), Some("key.pem"), CERTIFICATE),
        ] {
            let said = tls(certificate, key).unwrap_err();
            assert!(said.starts_with(&format!("{setting}: ")), "{said}");
        }
    }
}
