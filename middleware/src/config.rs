//! Configures the SDK for remote signing.

use aws_sdk_s3::config::{Builder, SharedHttpClient};
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};

use crate::RemoteSigner;
use crate::bypass_check::BypassGuard;
use crate::deletion::list::Listing;
use crate::http_client::RemoteSigningHttpClient;
use crate::scheme::RemoteScheme;
use crate::scheme_override::SchemeOverride;

/// Adds [`remote_signing`](Self::remote_signing) to [`aws_sdk_s3::config::Builder`].
pub trait RemoteSigningExt: Sized {
    /// Has Cargo sign every request. Call it last; see the [crate's documentation](crate). If it is
    /// called twice, the last signer applies.
    #[must_use]
    fn remote_signing(self, signer: RemoteSigner) -> Self;
}

impl RemoteSigningExt for Builder {
    fn remote_signing(self, signer: RemoteSigner) -> Self {
        // The builder does not give access to its HTTP client; the built configuration does.
        let inner = self.clone().build().http_client().unwrap_or_else(default_http_client);
        // A scheme replaces the one with the same id, so that no scheme of the SDK can sign.
        RemoteScheme::all()
            .into_iter()
            .fold(self, Builder::push_auth_scheme)
            .interceptor(SchemeOverride)
            .interceptor(BypassGuard)
            .interceptor(Listing)
            .http_client(RemoteSigningHttpClient { inner, signer })
            // Cargo sets the date.
            .disable_clock_skew_correction(true)
            // A session would give the application credentials of its own.
            .disable_s3_express_session_auth(true)
    }
}

/// The default HTTP client of the SDK.
fn default_http_client() -> SharedHttpClient {
    aws_smithy_http_client::Builder::new()
        .tls_provider(Provider::Rustls(CryptoMode::AwsLc))
        .build_https()
}
