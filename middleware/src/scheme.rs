//! Auth schemes with the SDK's ids, but without secrets.

use aws_smithy_runtime_api::client::auth::{AuthScheme, AuthSchemeId, Sign};
use aws_smithy_runtime_api::client::identity::{
    Identity, IdentityCacheLocation, IdentityFuture, ResolveIdentity, SharedIdentityResolver,
};
use aws_smithy_runtime_api::client::runtime_components::{GetIdentityResolver, RuntimeComponents};
use aws_smithy_types::config_bag::ConfigBag;

use crate::unsigned_auth::UnsignedAuth;

/// The ids of all schemes that the endpoint rules of S3 can choose.
const IDS: [&str; 3] = ["sigv4", "sigv4a", "sigv4-s3express"];

/// Replaces one of the SDK's auth schemes. The choice of scheme does not matter: Cargo decides how
/// to sign from the request alone.
#[derive(Debug)]
pub(crate) struct RemoteScheme {
    id: &'static str,
    anonymous: SharedIdentityResolver,
}

impl RemoteScheme {
    /// One replacement for each scheme of the SDK.
    pub(crate) fn all() -> [Self; 3] {
        IDS.map(|id| Self { id, anonymous: SharedIdentityResolver::new(AnonymousIdentity) })
    }
}

impl AuthScheme for RemoteScheme {
    fn scheme_id(&self) -> AuthSchemeId {
        AuthSchemeId::new(self.id)
    }

    /// Never returns the application's credentials.
    fn identity_resolver(&self, _: &dyn GetIdentityResolver) -> Option<SharedIdentityResolver> {
        Some(self.anonymous.clone())
    }

    fn signer(&self) -> &dyn Sign {
        &UnsignedAuth
    }
}

/// The identity of a process without S3 credentials.
#[derive(Debug)]
struct AnonymousIdentity;

impl ResolveIdentity for AnonymousIdentity {
    fn resolve_identity<'a>(
        &'a self,
        _: &'a RuntimeComponents,
        _: &'a ConfigBag,
    ) -> IdentityFuture<'a> {
        IdentityFuture::ready(Ok(Identity::new((), None)))
    }

    fn cache_location(&self) -> IdentityCacheLocation {
        IdentityCacheLocation::IdentityResolver
    }
}
