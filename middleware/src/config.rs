//! Configures the SDK for remote signing.

use std::sync::Arc;

use aws_sdk_s3::config::{Builder, IdentityCache, SharedHttpClient};
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};

use crate::RemoteSigner;
use crate::bypass_check::BypassGuard;
use crate::deletion::list::Listing;
use crate::gateway::credentials::SessionCredentials;
use crate::http_client::{CargoHttpClient, Connect};
use crate::scheme::RemoteScheme;
use crate::scheme_override::SchemeOverride;

/// Adds [`remote_signing`](Self::remote_signing) and [`gateway_sessions`](Self::gateway_sessions) to
/// [`aws_sdk_s3::config::Builder`].
pub trait RemoteSigningExt: Sized {
    /// Has Cargo sign every request. Call it last; see the [crate's documentation](crate). If it is
    /// called twice, the last signer applies.
    #[must_use]
    fn remote_signing(self, signer: RemoteSigner) -> Self;

    /// Signs every request with a session of the signer's caller, for an endpoint that is Cargo's
    /// gateway. The session is renewed before it ends. Refusals of the gateway read as those of
    /// `remote_signing`: [`RemoteSigningError::find`](crate::RemoteSigningError::find) finds them.
    /// Call it last.
    #[must_use]
    fn gateway_sessions(self, signer: RemoteSigner) -> Self;
}

impl RemoteSigningExt for Builder {
    fn remote_signing(self, signer: RemoteSigner) -> Self {
        let inner = http_client(&self);
        // A scheme replaces the one with the same id, so that no scheme of the SDK can sign.
        RemoteScheme::all()
            .into_iter()
            .fold(self, Builder::push_auth_scheme)
            .interceptor(SchemeOverride)
            .interceptor(BypassGuard)
            .interceptor(Listing)
            .http_client(CargoHttpClient { inner, connect: Connect::Direct(signer) })
            // Cargo sets the date.
            .disable_clock_skew_correction(true)
            // A session would give the application credentials of its own.
            .disable_s3_express_session_auth(true)
    }

    fn gateway_sessions(self, signer: RemoteSigner) -> Self {
        let inner = http_client(&self);
        let sessions = Arc::clone(signer.sessions());
        self.credentials_provider(SessionCredentials(Arc::clone(&sessions)))
            .identity_cache(IdentityCache::no_cache())
            .http_client(CargoHttpClient { inner, connect: Connect::Gateway(sessions) })
            .disable_s3_express_session_auth(true)
    }
}

/// The HTTP client of a builder, which does not give access to it; the built configuration does.
fn http_client(builder: &Builder) -> SharedHttpClient {
    builder.clone().build().http_client().unwrap_or_else(default_http_client)
}

/// The default HTTP client of the SDK.
fn default_http_client() -> SharedHttpClient {
    aws_smithy_http_client::Builder::new()
        .tls_provider(Provider::Rustls(CryptoMode::AwsLc))
        .build_https()
}
