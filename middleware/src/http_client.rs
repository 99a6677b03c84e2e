//! An HTTP client that signs requests, or reads the gateway's refusals.

use std::sync::Arc;

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
use crate::gateway::connector::GatewayConnector;
use crate::gateway::sessions::Sessions;

/// Wraps the application's HTTP client.
#[derive(Debug)]
pub(crate) struct CargoHttpClient {
    pub(crate) inner: SharedHttpClient,
    pub(crate) connect: Connect,
}

/// What its connectors do with each attempt.
#[derive(Debug)]
pub(crate) enum Connect {
    /// Have it signed by Cargo, or by a session if it has to go through the gateway.
    Direct(RemoteSigner),
    /// Send it to the gateway as it is; the SDK signed it with one of these sessions.
    Gateway(Arc<Sessions>),
}

impl HttpClient for CargoHttpClient {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let inner = self.inner.http_connector(settings, components);
        match &self.connect {
            Connect::Direct(signer) => {
                let signer = signer.clone();
                SharedHttpConnector::new(RemoteSigningConnector { inner, signer })
            }
            Connect::Gateway(sessions) => {
                let sessions = Arc::clone(sessions);
                SharedHttpConnector::new(GatewayConnector { inner, sessions })
            }
        }
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
