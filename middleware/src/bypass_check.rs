//! Refuses an operation that uses another HTTP client than ours: it would be sent unsigned.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::http::HttpClient;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::BeforeTransmitInterceptorContextRef;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::{ConfigBag, Storable, StoreReplace};

use crate::RemoteSigningError;

/// A question to the HTTP client in use. Only our client answers it.
#[derive(Debug, Clone, Default)]
pub(crate) struct BypassCheck(Arc<AtomicBool>);

impl Storable for BypassCheck {
    type Storer = StoreReplace<Self>;
}

impl BypassCheck {
    /// Answers the question, if one was asked.
    pub(crate) fn answer(cfg: &ConfigBag) {
        if let Some(Self(answered)) = cfg.load::<Self>() {
            answered.store(true, Ordering::Relaxed);
        }
    }

    /// Asks the HTTP client, through the only call that reaches it without opening a connection.
    fn ask(components: &RuntimeComponents, cfg: &mut ConfigBag) -> Result<bool, BoxError> {
        let check = Self::default();
        cfg.interceptor_state().store_put(check.clone());
        if let Some(client) = components.http_client() {
            HttpClient::validate_final_config(&client, components, cfg)?;
        }
        Ok(check.0.load(Ordering::Relaxed))
    }
}

#[derive(Debug)]
pub(crate) struct BypassGuard;

impl Intercept for BypassGuard {
    fn name(&self) -> &'static str {
        "RemoteSigningGuard"
    }

    fn read_after_serialization(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        components: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if BypassCheck::ask(components, cfg)? {
            return Ok(());
        }
        Err(RemoteSigningError::Bypassed.into())
    }
}
