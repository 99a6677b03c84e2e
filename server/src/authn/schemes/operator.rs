//! An operator's key: the caller is an operator, in a project if the request names one.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::audit::Text;
use crate::authn::credentials::Credentials;
use crate::authn::error::AuthnError;
use crate::authn::operator_keys::OperatorKeys;
use crate::authn::projects::Projects;
use crate::authn::refusal::{NO_KEY, Refusal};
use crate::authn::rejection::{Rejection, Shown};
use crate::authn::scheme::{Scheme, Verdict};
use crate::domain::{Caller, OperatorName};
use crate::metrics::Metrics;

/// Authenticates operators.
#[derive(Debug)]
pub(super) struct OperatorScheme {
    keys: Option<OperatorKeys>,
    projects: Projects,
    metrics: Arc<Metrics>,
}

/// An invalid use of an operator key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
enum OperatorError {
    #[error("{NO_KEY}")]
    Unknown,
    #[error("an operator key cannot act for a user: send it without a token")]
    WithToken,
}

impl OperatorScheme {
    /// Without `keys`, no operator is accepted.
    pub(super) fn new(
        keys: Option<OperatorKeys>,
        projects: Projects,
        metrics: Arc<Metrics>,
    ) -> Self {
        Self { keys, projects, metrics }
    }

    /// The operator whose key `text` is. Counts the result in the metrics.
    fn whose(&self, text: &str) -> Result<OperatorName, OperatorError> {
        let found = self.keys.as_ref().and_then(|keys| keys.whose(text)).cloned();
        let found = found.ok_or(OperatorError::Unknown);
        let result = found.as_ref().map_or_else(Refusal::reason, |_| "ok");
        self.metrics.api_key_auths.count([result]);
        found
    }

    async fn operator(
        &self,
        text: &str,
        credentials: &Credentials<'_>,
    ) -> Result<Caller, AuthnError> {
        let name = self.whose(text)?;
        if credentials.token.is_some() || credentials.personal_key.is_some() {
            return Err(OperatorError::WithToken.into());
        }
        let project = match credentials.project {
            Some(name) => Some(self.projects.find(name).await?),
            None => None,
        };
        Ok(Caller::Operator { name, project })
    }
}

impl Scheme for OperatorScheme {
    async fn ask(&self, credentials: &Credentials<'_>, _: DateTime<Utc>) -> Verdict<Caller> {
        let Some(text) = credentials.api_key.filter(|text| OperatorKeys::is_meant(text)) else {
            return Verdict::Declines;
        };
        let refused = |error| Rejection::new(error, Shown::only("operator:?"));
        self.operator(text, credentials).await.map_err(refused).into()
    }

    /// A configured key stays valid as long as the server runs.
    async fn ask_again(&self, caller: &Caller, _: DateTime<Utc>) -> Verdict<()> {
        match caller {
            Caller::Operator { .. } => Verdict::Answers(()),
            _ => Verdict::Declines,
        }
    }
}

impl Refusal for OperatorError {
    fn code(&self) -> &'static str {
        match self {
            Self::Unknown => "invalid_api_key",
            Self::WithToken => "operator_with_token",
        }
    }

    fn reason(&self) -> &'static str {
        match self {
            Self::Unknown => "operator_key_unknown",
            Self::WithToken => self.code(),
        }
    }

    fn sentence(&self) -> Text {
        match self {
            Self::Unknown => "unknown operator key".into(),
            Self::WithToken => self.to_string().into(),
        }
    }

    fn is_guess(&self) -> bool {
        *self == Self::Unknown
    }
}
