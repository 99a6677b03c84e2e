//! Keeps the SDK from signing chunks.
//!
//! Over plain http, the SDK signs every chunk of a streamed body, which needs the secret; over
//! https it does not. It examines the scheme in `modify_before_signing`, where interceptors of the
//! client run before those of the operation. The interceptor here sets the scheme to https, and
//! [`restore`] undoes that when the request is signed.

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::BeforeTransmitInterceptorContextMut;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;

/// Marks a request whose scheme was replaced.
#[derive(Debug, Clone)]
struct Overridden;

#[derive(Debug)]
pub(crate) struct SchemeOverride;

impl Intercept for SchemeOverride {
    fn name(&self) -> &'static str {
        "RemoteSigningMask"
    }

    fn modify_before_signing(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let request = context.request_mut();
        let streamed = request.body().bytes().is_none();
        if streamed && replace_scheme(request, "http:", "https:")? {
            request.add_extension(Overridden);
        }
        Ok(())
    }
}

/// Restores the scheme of a request.
pub(crate) fn restore(request: &mut HttpRequest) -> Result<(), BoxError> {
    if request.extension::<Overridden>().is_some() {
        replace_scheme(request, "https:", "http:")?;
    }
    Ok(())
}

fn replace_scheme(request: &mut HttpRequest, from: &str, to: &str) -> Result<bool, BoxError> {
    let Some(rest) = request.uri().strip_prefix(from) else { return Ok(false) };
    let uri = format!("{to}{rest}");
    request.set_uri(uri)?;
    Ok(true)
}
