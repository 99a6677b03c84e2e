//! Replaces the SDK's signer: declares the payload, and leaves signing to the connector, which can
//! wait for a response.

use aws_runtime::auth::{HttpSignatureType, SigV4OperationSigningConfig};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::auth::{AuthSchemeEndpointConfig, Sign};
use aws_smithy_runtime_api::client::identity::Identity;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, Metadata};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use crate::declared::DeclaredRequest;
use crate::deletion::list::KeyList;
use crate::headers::X_AMZ_CONTENT_SHA256;
use crate::{RemoteSigningError, payload, presign, scheme_override};

#[derive(Debug)]
pub(crate) struct UnsignedAuth;

impl Sign for UnsignedAuth {
    fn sign_http_request(
        &self,
        request: &mut HttpRequest,
        _: &Identity,
        _: AuthSchemeEndpointConfig<'_>,
        _: &RuntimeComponents,
        cfg: &ConfigBag,
    ) -> Result<(), BoxError> {
        scheme_override::restore(request)?;
        if is_presigning(cfg) {
            return Ok(presign::want(request, cfg)?);
        }
        let payload = payload::form(request, cfg)?;
        let body = body(request, cfg)?;
        request.headers_mut().try_insert(X_AMZ_CONTENT_SHA256, payload.clone())?;
        let keys = cfg.load::<KeyList>().cloned();
        request.add_extension(DeclaredRequest { payload, body, keys });
        Ok(())
    }
}

fn is_presigning(cfg: &ConfigBag) -> bool {
    cfg.load::<SigV4OperationSigningConfig>().is_some_and(|signing| {
        signing.signing_options.signature_type == HttpSignatureType::HttpRequestQueryParams
    })
}

/// The body in base64, for operations whose decision depends on it: it names the keys that
/// DeleteObjects removes, and where RestoreObject writes.
fn body(request: &HttpRequest, cfg: &ConfigBag) -> Result<Option<String>, RemoteSigningError> {
    let name = cfg.load::<Metadata>().map(Metadata::name);
    let Some(name @ ("DeleteObjects" | "RestoreObject")) = name else { return Ok(None) };
    match request.body().bytes() {
        Some(bytes) => Ok(Some(BASE64_STANDARD.encode(bytes))),
        None => Err(payload::unsupported(&format!("a streamed {name}"))),
    }
}
