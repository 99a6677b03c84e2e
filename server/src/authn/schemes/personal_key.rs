//! A personal API key: the caller is a user, within the limits of the key.

use chrono::{DateTime, Utc};

use crate::authn::credentials::Credentials;
use crate::authn::personal_keys::{PersonalKeyError, PersonalKeys};
use crate::authn::projects::Projects;
use crate::authn::rejection::{Rejection, Shown};
use crate::authn::scheme::{Scheme, Verdict};
use crate::authn::signer::SignerId;
use crate::domain::Caller;

/// Authenticates users by personal API key.
#[derive(Debug)]
pub(super) struct PersonalKeyScheme {
    keys: PersonalKeys,
    projects: Projects,
}

impl PersonalKeyScheme {
    pub(super) const fn new(keys: PersonalKeys, projects: Projects) -> Self {
        Self { keys, projects }
    }

    async fn user(
        &self,
        text: &str,
        credentials: &Credentials<'_>,
        now: DateTime<Utc>,
    ) -> Result<Caller, Rejection> {
        if credentials.api_key.is_some() {
            let shown = Shown::only("personal-key:?");
            return Err(Rejection::new(PersonalKeyError::WithApiKey, shown));
        }
        let holder = self.keys.holder(text, credentials.address, now).await?;
        match self.projects.agree([None, Some(&holder.project)], credentials.project).await {
            Ok(_) => Ok(Caller::AccessKey(holder)),
            Err(error) => {
                let shown = Shown::access_key(&SignerId::Key(holder.id));
                Err(Rejection::new(error, shown).in_project(Some(holder.project)))
            }
        }
    }
}

impl Scheme for PersonalKeyScheme {
    async fn ask(&self, credentials: &Credentials<'_>, now: DateTime<Utc>) -> Verdict<Caller> {
        match credentials.personal_key {
            Some(text) => self.user(text, credentials, now).await.into(),
            None => Verdict::Declines,
        }
    }

    async fn ask_again(&self, caller: &Caller, now: DateTime<Utc>) -> Verdict<()> {
        match caller {
            Caller::AccessKey(holder) if holder.is_personal() => {
                self.keys.demand_good(holder, now).await.into()
            }
            _ => Verdict::Declines,
        }
    }
}
