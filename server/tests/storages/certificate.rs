//! A certificate for this machine, created for one test, and an HTTP client that trusts it.

use aws_sdk_s3::config::SharedHttpClient;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore, rustls_provider::CryptoMode};
use rcgen::{CertifiedKey, KeyPair};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

/// A self-signed certificate for `127.0.0.1`.
pub(crate) struct Certificate(CertifiedKey<KeyPair>);

impl Certificate {
    pub(crate) fn new() -> Self {
        Self(rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap())
    }

    /// The certificate and its key in PEM, as servers read them from files.
    pub(crate) fn pem(&self) -> (String, String) {
        (self.0.cert.pem(), self.0.signing_key.serialize_pem())
    }

    /// The server side of TLS.
    pub(crate) fn acceptor(&self) -> TlsAcceptor {
        let key = PrivateKeyDer::try_from(self.0.signing_key.serialize_der()).unwrap();
        let config = ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(vec![self.0.cert.der().clone()], key)
            .unwrap();
        TlsAcceptor::from(std::sync::Arc::new(config))
    }

    /// The SDK's HTTP client, which trusts only this certificate.
    pub(crate) fn trusting_client(&self) -> SharedHttpClient {
        let trusted = TrustStore::empty().with_pem_certificate(self.0.cert.pem());
        aws_smithy_http_client::Builder::new()
            .tls_provider(Provider::Rustls(CryptoMode::AwsLc))
            .tls_context(TlsContext::builder().with_trust_store(trusted).build().unwrap())
            .build_https()
    }
}
