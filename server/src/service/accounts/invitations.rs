//! Invitations: one link for each account, good once.

use chrono::{DateTime, Utc};
use sail_cargo_database::tables::accounts::{self, invitations, refresh_tokens};
use sail_cargo_database::tables::projects;
use sail_cargo_database::{AuthSeal, DbConnection, InvitationClaim};

use super::sign_in::NewPasswordHash;
use super::{as_user, change, logged, random};
use crate::domain::account::{AccountId, AccountStatus, StoredAccount};
use crate::domain::limits::INVITATION_LIFETIME;
use crate::domain::{Context, ProjectId, Secret};
use crate::service::error::ServiceError;
use crate::service::handle::Service;
use crate::service::mutation::{Mode, write};
use crate::service::sessions::end_now;

/// An invitation that was made. The answer is the only one that holds its token.
#[derive(Debug)]
pub struct MadeInvitation {
    /// Its token.
    pub token: Secret,
    /// When it ends.
    pub expires_at: DateTime<Utc>,
}

/// Makes the invitation of an account, which ends the one before.
pub(super) fn invite(
    connection: &mut DbConnection,
    seal: &AuthSeal,
    project: &ProjectId,
    account: &AccountId,
    now: DateTime<Utc>,
) -> Result<MadeInvitation, ServiceError> {
    let (nonce, expires_at) = (random()?, now + INVITATION_LIFETIME);
    let claim = InvitationClaim { project: project.clone(), account: account.clone(), nonce };
    let token = seal.invitation(&claim);
    invitations::put(connection, project, account, &AuthSeal::hash(&token), expires_at)?;
    Ok(MadeInvitation { token, expires_at })
}

impl Service {
    /// The account that an invitation is for, if it is good at `now`. What was made up costs no query.
    ///
    /// # Errors
    /// [`ServiceError::Database`] if the database does not answer.
    pub async fn invited_account(
        &self,
        token: &Secret,
        now: DateTime<Utc>,
    ) -> Result<Option<StoredAccount>, ServiceError> {
        let Some(claim) = self.database.auth_seal().open_invitation(token.expose()) else {
            return Ok(None);
        };
        let hash = AuthSeal::hash(token);
        let project = claim.project.clone();
        let found =
            self.read(project, None, move |connection, _| invited(connection, &claim, &hash, now));
        match found.await {
            Ok(found) => Ok(found.value),
            Err(ServiceError::NotFound(_)) => Ok(None),
            Err(other) => Err(other),
        }
    }

    /// Sets the password of the account that an invitation is for, and ends the invitation. Returns the account
    /// and the slug of its project; `None` if the invitation is not good any more.
    ///
    /// # Errors
    /// [`ServiceError::Database`] if the database does not answer.
    pub async fn accept_invitation(
        &self,
        token: &Secret,
        password: NewPasswordHash,
        context: Context,
    ) -> Result<Option<(StoredAccount, String)>, ServiceError> {
        let Some(claim) = self.database.auth_seal().open_invitation(token.expose()) else {
            return Ok(None);
        };
        let hash = AuthSeal::hash(token);
        self.change(move |session| {
            let project = claim.project.clone();
            let before = session
                .read(&project, |connection| invited(connection, &claim, &hash, context.now))?;
            let Some(before) = before else { return Ok(None) };
            let context = as_user(&context, &project, &before);
            let done = write(session, &project, &context, Mode::Commit, |writer| {
                let connection = writer.connection();
                let Some(before) = invited(connection, &claim, &hash, context.now)? else {
                    return Ok(None);
                };
                let after = StoredAccount {
                    status: AccountStatus::Active,
                    must_change_password: false,
                    epoch: before.epoch.next(),
                    ..before.clone()
                };
                accounts::update(connection, &project, &after)?;
                accounts::set_password(connection, &project, &after.id, Some(password.secret()))?;
                invitations::end(connection, &project, &after.id)?;
                refresh_tokens::end_all(connection, &project, &after.id)?;
                let user = after.id.user().clone();
                let (_, ended) = end_now(connection, &project, user, context.now)?;
                let slug = projects::find(connection, project.as_str())?.slug;
                let rows = vec![logged(Some(&before), Some(&after)), ended];
                let verb = "set by invitation the password of";
                writer.record(&change("account.accept_invitation", &after, verb, rows))?;
                Ok(Some((after, slug)))
            })?;
            Ok(done.value)
        })
        .await
    }
}

/// The account of a good invitation. Nobody sets the password of an account that is disabled.
fn invited(
    connection: &mut DbConnection,
    claim: &InvitationClaim,
    hash: &[u8],
    now: DateTime<Utc>,
) -> Result<Option<StoredAccount>, ServiceError> {
    let InvitationClaim { project, account, .. } = claim;
    if !invitations::is_good(connection, project, account, hash, now)? {
        return Ok(None);
    }
    let found = accounts::find(connection, project, account)?;
    let found = found.map(|found| found.account);
    Ok(found.filter(|account| account.status != AccountStatus::Disabled))
}
