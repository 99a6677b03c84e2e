//! An HTTP client that signs requests.

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::connector_metadata::ConnectorMetadata;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::runtime_components::{
    RuntimeComponents, RuntimeComponentsBuilder,
};
use aws_smithy_types::config_bag::ConfigBag;

use crate::RemoteSigner;
use crate::bypass_check::BypassCheck;
use crate::connector::RemoteSigningConnector;

/// Wraps the application's HTTP client. Only adds the signature.
#[derive(Debug)]
pub(crate) struct RemoteSigningHttpClient {
    pub(crate) inner: SharedHttpClient,
    pub(crate) signer: RemoteSigner,
}

impl HttpClient for RemoteSigningHttpClient {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let inner = self.inner.http_connector(settings, components);
        SharedHttpConnector::new(RemoteSigningConnector { inner, signer: self.signer.clone() })
    }

    fn validate_base_client_config(
        &self,
        components: &RuntimeComponentsBuilder,
        cfg: &ConfigBag,
    ) -> Result<(), BoxError> {
        HttpClient::validate_base_client_config(&self.inner, components, cfg)
    }

    fn validate_final_config(
        &self,
        components: &RuntimeComponents,
        cfg: &ConfigBag,
    ) -> Result<(), BoxError> {
        BypassCheck::answer(cfg);
        HttpClient::validate_final_config(&self.inner, components, cfg)
    }

    fn connector_metadata(&self) -> Option<ConnectorMetadata> {
        self.inner.connector_metadata()
    }
}
