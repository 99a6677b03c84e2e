//! One call on the SDK's builder.

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
    /// Has every request signed by Cargo. Call it last; see the [crate's documentation](crate).
    /// Called twice, the last signer signs.
    #[must_use]
    fn remote_signing(self, signer: RemoteSigner) -> Self;
}

impl RemoteSigningExt for Builder {
    fn remote_signing(self, signer: RemoteSigner) -> Self {
        // The builder does not show its HTTP client; what it would build does.
        let inner = self.clone().build().http_client().unwrap_or_else(default_http_client);
        // A scheme replaces the one of the same id: nothing of the SDK can sign any more.
        RemoteScheme::all()
            .into_iter()
            .fold(self, Builder::push_auth_scheme)
            .interceptor(SchemeOverride)
            .interceptor(BypassGuard)
            .interceptor(Listing)
            .http_client(RemoteSigningHttpClient { inner, signer })
            // The date is Cargo's.
            .disable_clock_skew_correction(true)
            // A session would give the application credentials of its own.
            .disable_s3_express_session_auth(true)
    }
}

/// The SDK's own default.
fn default_http_client() -> SharedHttpClient {
    aws_smithy_http_client::Builder::new()
        .tls_provider(Provider::Rustls(CryptoMode::AwsLc))
        .build_https()
}
