//! Sessions as credentials of the SDK.

use std::sync::Arc;

use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, future};

use super::link;
use super::sessions::Sessions;

/// Gives the SDK the caller's session. [`Sessions`] is the cache: the SDK must not have one of its own.
#[derive(Debug)]
pub(crate) struct SessionCredentials(pub(crate) Arc<Sessions>);

impl SessionCredentials {
    async fn provide(&self) -> Result<Credentials, CredentialsError> {
        let credentials = self.0.credentials().await.map_err(CredentialsError::provider_error)?;
        link::note(&credentials);
        Ok(credentials)
    }
}

impl ProvideCredentials for SessionCredentials {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.provide())
    }
}
