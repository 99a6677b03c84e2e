//! TLS to storages: rustls over aws-lc-rs, the system's authorities and those that were named.

use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, Error};
use rustls_platform_verifier::Verifier;

/// Believes the system's authorities, and `roots`.
pub(super) fn config(roots: &[CertificateDer<'static>]) -> Result<Arc<ClientConfig>, Error> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let verifier = Verifier::new_with_extra_roots(roots.iter().cloned(), Arc::clone(&provider))?;
    let config =
        ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    // The platform's own verifier, which is what "dangerous" stands for here.
    let config = config.dangerous().with_custom_certificate_verifier(Arc::new(verifier));
    let mut config = config.with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}
