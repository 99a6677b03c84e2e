//! An API key without a token: the caller is the application.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::authn::api_keys::ApiKeys;
use crate::authn::credentials::Credentials;
use crate::authn::projects::Projects;
use crate::authn::rejection::{Rejection, Shown};
use crate::authn::scheme::{Scheme, Verdict};
use crate::domain::Caller;

/// Authenticates applications by API key.
#[derive(Debug)]
pub(super) struct ApiKeyScheme {
    keys: Arc<ApiKeys>,
    projects: Projects,
}

impl ApiKeyScheme {
    pub(super) fn new(keys: Arc<ApiKeys>, projects: Projects) -> Self {
        Self { keys, projects }
    }

    async fn root(
        &self,
        text: &str,
        credentials: &Credentials<'_>,
        now: DateTime<Utc>,
    ) -> Result<Caller, Rejection> {
        let key = self.keys.holder(text, credentials.address, now, Shown::NOTHING).await?;
        match self.projects.agree([None, Some(&key.project)], credentials.project).await {
            Ok(_) => Ok(Caller::Root(key)),
            Err(error) => {
                Err(Rejection::new(error, Shown::key(&key.id)).in_project(Some(key.project)))
            }
        }
    }
}

impl Scheme for ApiKeyScheme {
    async fn ask(&self, credentials: &Credentials<'_>, now: DateTime<Utc>) -> Verdict<Caller> {
        match credentials.api_key {
            Some(text) => self.root(text, credentials, now).await.into(),
            None => Verdict::Declines,
        }
    }

    async fn ask_again(&self, caller: &Caller, now: DateTime<Utc>) -> Verdict<()> {
        match caller {
            Caller::Root(key) => self.keys.demand_good(key, now).await.into(),
            _ => Verdict::Declines,
        }
    }
}
