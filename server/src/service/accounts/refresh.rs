//! Refreshing a sign-in, and ending it.

use sail_cargo_database::tables::accounts::{self, refresh_tokens};
use sail_cargo_database::tenancy::set_tenant;
use sail_cargo_database::transaction::{take_write_lock, transaction};
use sail_cargo_database::{AuthSeal, DbConnection, RefreshClaim};

use super::as_user;
use super::sign_in::record;
use crate::audit::{self, Decision};
use crate::domain::account::{RefreshFamily, RefreshVerdict, StoredAccount};
use crate::domain::{Context, Outcome, ProjectId, Secret};
use crate::service::error::ServiceError;
use crate::service::handle::Service;

/// A sign-in that goes on.
#[derive(Debug)]
pub struct Refreshed {
    /// The project.
    pub project: ProjectId,
    /// The account.
    pub account: StoredAccount,
    /// The family of the token.
    pub family: RefreshFamily,
    /// The refresh token from now on.
    pub refresh_token: Secret,
}

impl Service {
    /// The next refresh token after `token`; the same again for a moment; `None` if the token is not good. One
    /// that was used before ends its family, on record. What was made up costs no query.
    ///
    /// # Errors
    /// [`ServiceError::Database`] if the database does not answer.
    pub async fn refresh_sign_in(
        &self,
        token: &Secret,
        context: Context,
    ) -> Result<Option<Refreshed>, ServiceError> {
        let seal = self.database.auth_seal();
        let Some(claim) = seal.open_refresh_token(token.expose()) else { return Ok(None) };
        let hash = AuthSeal::hash(token);
        self.run(move |connection| {
            transaction(connection, |connection| {
                set_tenant(connection, &claim.project)?;
                take_write_lock(connection)?;
                let act = Act { seal: &seal, claim: &claim, context: &context };
                match act.judged(connection, &hash)? {
                    Judged::Lost => Ok(act.judged(connection, &hash)?.found()),
                    judged => Ok(judged.found()),
                }
            })
        })
        .await
    }

    /// Ends the sign-in that a refresh token belongs to, whichever of its tokens it is.
    ///
    /// # Errors
    /// [`ServiceError::Database`] if the database does not answer.
    pub async fn sign_out(&self, token: &Secret, context: Context) -> Result<(), ServiceError> {
        let seal = self.database.auth_seal();
        let Some(claim) = seal.open_refresh_token(token.expose()) else { return Ok(()) };
        self.run(move |connection| {
            transaction(connection, |connection| {
                let project = &claim.project;
                set_tenant(connection, project)?;
                take_write_lock(connection)?;
                let found = refresh_tokens::find(connection, project, &claim.family)?;
                let Some((family, _)) = found else { return Ok(()) };
                refresh_tokens::end(connection, project, &family.id)?;
                let account = accounts::find(connection, project, &family.account)?;
                if let Some(found) = account {
                    let words = ("account.logout", "signed out of");
                    record(connection, project, &found.account, &context, words)?;
                }
                Ok(())
            })
        })
        .await
    }
}

/// One refresh.
struct Act<'a> {
    seal: &'a AuthSeal,
    claim: &'a RefreshClaim,
    context: &'a Context,
}

enum Judged {
    Good(Box<Refreshed>),
    Bad,
    /// Another request with the same token was first.
    Lost,
}

impl Judged {
    fn found(self) -> Option<Refreshed> {
        match self {
            Self::Good(refreshed) => Some(*refreshed),
            Self::Bad | Self::Lost => None,
        }
    }
}

impl Act<'_> {
    fn judged(&self, connection: &mut DbConnection, hash: &[u8]) -> Result<Judged, ServiceError> {
        let (project, now) = (&self.claim.project, self.context.now);
        let found = refresh_tokens::find(connection, project, &self.claim.family)?;
        let Some((family, last_hash)) = found else { return Ok(Judged::Bad) };
        let Some(found) = accounts::find(connection, project, &family.account)? else {
            return Ok(Judged::Bad);
        };
        let account = found.account;
        match family.judge(self.claim.serial, &account.standing(), now) {
            RefreshVerdict::Next if last_hash == hash => {
                let next = RefreshFamily { serial: family.serial + 1, rotated_at: now, ..family };
                let token = self.token(next.serial);
                let hash = AuthSeal::hash(&token);
                let before = RefreshFamily { serial: self.claim.serial, ..next.clone() };
                if !refresh_tokens::advance(connection, project, &before, &hash, now)? {
                    return Ok(Judged::Lost);
                }
                Ok(self.good(account, next, token))
            }
            RefreshVerdict::Again => {
                let token = self.token(family.serial);
                Ok(self.good(account, family, token))
            }
            RefreshVerdict::Reused => {
                refresh_tokens::end(connection, project, &family.id)?;
                self.record_reuse(connection, &account)?;
                Ok(Judged::Bad)
            }
            RefreshVerdict::Next | RefreshVerdict::Ended => Ok(Judged::Bad),
        }
    }

    fn good(&self, account: StoredAccount, family: RefreshFamily, token: Secret) -> Judged {
        let project = self.claim.project.clone();
        Judged::Good(Box::new(Refreshed { project, account, family, refresh_token: token }))
    }

    fn token(&self, serial: u32) -> Secret {
        self.seal.refresh_token(&RefreshClaim { serial, ..self.claim.clone() })
    }

    fn record_reuse(
        &self,
        connection: &mut DbConnection,
        account: &StoredAccount,
    ) -> Result<(), ServiceError> {
        let project = &self.claim.project;
        let detail = format!(
            "a refresh token of account {} ({}) was used again: its sign-in was ended",
            account.username, account.id
        );
        let decision = Decision {
            project: project.clone(),
            action: "account.refresh",
            bucket: None,
            object: Some(account.id.to_string()),
            outcome: Outcome::Deny,
            reason: "refresh_token_reused",
            detail: detail.into(),
            revision: None,
            request: None,
        };
        Ok(audit::insert(connection, &as_user(self.context, project, account), decision)?)
    }
}
