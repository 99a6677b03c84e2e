//! Sends one attempt to the gateway, and reads its refusals.

use std::sync::Arc;

use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::retry::ErrorKind;

use super::refusal;
use super::sessions::Sessions;
use crate::headers::AUTHORIZATION;
use crate::{RemoteSigningError, Unanswered};

/// A connector: callers read a refusal of the gateway as one of the oracle, which the SDK has from a
/// connector too.
#[derive(Debug)]
pub(crate) struct GatewayConnector {
    pub(crate) inner: SharedHttpConnector,
    pub(crate) sessions: Arc<Sessions>,
}

impl HttpConnector for GatewayConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (inner, sessions) = (self.inner.clone(), Arc::clone(&self.sessions));
        HttpConnectorFuture::new(async move {
            let (uri, session) = (request.uri().to_owned(), session(&request));
            let answer = inner.call(request).await.map_err(|error| Unanswered::of(error, &uri))?;
            read(answer, session.as_deref(), &sessions)
        })
    }
}

/// An answer of the gateway: the storage's, or an error if the gateway refused what `session` signed.
pub(crate) fn read(
    answer: HttpResponse,
    session: Option<&str>,
    sessions: &Sessions,
) -> Result<HttpResponse, ConnectorError> {
    match refusal::of(&answer) {
        None => Ok(answer),
        Some(error) => Err(refused(error, session, sessions)),
    }
}

/// The error for the SDK. A session that is over is forgotten, and the SDK tries again: with a new one, or
/// with Cargo's word why there is none.
fn refused(
    error: RemoteSigningError,
    session: Option<&str>,
    sessions: &Sessions,
) -> ConnectorError {
    match (&error, session) {
        (RemoteSigningError::Unauthenticated { .. }, Some(session)) => {
            sessions.forget(session);
            ConnectorError::other(error.into(), Some(ErrorKind::TransientError))
        }
        _ => error.into_connector_error(),
    }
}

/// The id of the session that signed `request`.
pub(crate) fn session(request: &HttpRequest) -> Option<String> {
    let (_, credential) = request.headers().get(AUTHORIZATION)?.split_once("Credential=")?;
    credential.split('/').next().map(ToOwned::to_owned)
}
