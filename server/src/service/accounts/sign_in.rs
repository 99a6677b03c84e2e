//! Signing in: the hash to verify, and the family of refresh tokens that it begins.

use chrono::{DateTime, TimeDelta, Utc};
use sail_cargo_database::change_log::LoggedRow;
use sail_cargo_database::tables::accounts::{self, Credentials, refresh_tokens};
use sail_cargo_database::tenancy::set_tenant;
use sail_cargo_database::transaction::{take_write_lock, transaction};
use sail_cargo_database::{AuthSeal, DatabaseError, DbConnection, RefreshClaim};

use super::{as_user, change, logged, random};
use crate::audit::{self, Decision};
use crate::domain::account::{AccountId, FamilyId, LoginName, RefreshFamily, StoredAccount};
use crate::domain::limits::REFRESH_LIFETIME;
use crate::domain::{Context, Outcome, ProjectId, Secret};
use crate::service::error::ServiceError;
use crate::service::handle::Service;
use crate::service::mutation::{Mode, write};
use crate::service::sessions::end_now;

/// `last_login_at` is written once in this time.
const LOGIN_NOTED: TimeDelta = TimeDelta::minutes(1);

/// The hash of a password that is to be set.
#[derive(Debug)]
pub struct NewPasswordHash(Secret);

impl NewPasswordHash {
    /// The hash in PHC format, with its parameters.
    pub const fn new(hash: Secret) -> Self {
        Self(hash)
    }

    pub(super) const fn secret(&self) -> &Secret {
        &self.0
    }
}

/// An account with the hash that a password was verified against, or is to be.
#[derive(Debug)]
pub struct Proven {
    /// The account.
    pub account: StoredAccount,
    /// The hash, if it has a password.
    pub password_hash: Option<Secret>,
}

/// What a sign-in does.
#[derive(Debug)]
pub struct SignIn {
    /// The account, as it was when the password was verified.
    pub id: AccountId,
    /// The hash that the password fits.
    pub verified: Secret,
    /// The same password hashed with higher cost.
    pub rehashed: Option<Secret>,
    /// The hash of the password that takes its place.
    pub new_password: Option<NewPasswordHash>,
}

/// An account that is signed in, and its first refresh token.
#[derive(Debug)]
pub struct SignedInAccount {
    /// The account.
    pub account: StoredAccount,
    /// The family that begins.
    pub family: RefreshFamily,
    /// Its refresh token.
    pub refresh_token: Secret,
}

impl From<Credentials> for Proven {
    fn from(found: Credentials) -> Self {
        Self { account: found.account, password_hash: found.password_hash }
    }
}

impl Service {
    /// The account that somebody names who signs in, with the hash of its password.
    ///
    /// # Errors
    /// [`ServiceError::Database`] if the database does not answer.
    pub async fn account_to_sign_in(
        &self,
        project: ProjectId,
        name: LoginName,
    ) -> Result<Option<Proven>, ServiceError> {
        let found = self.read(project.clone(), None, move |connection, _| {
            Ok(match &name {
                LoginName::Username(name) => accounts::find_named(connection, &project, name)?,
                LoginName::Email(email) => accounts::find_mailed(connection, &project, email)?,
            })
        });
        Ok(found.await?.value.map(Proven::from))
    }

    /// The account with this id, with the hash of its password.
    ///
    /// # Errors
    /// [`ServiceError::Database`] if the database does not answer.
    pub async fn account_to_change(
        &self,
        project: ProjectId,
        id: AccountId,
    ) -> Result<Option<Proven>, ServiceError> {
        let found = self.read(project.clone(), None, move |connection, _| {
            Ok(accounts::find(connection, &project, &id)?)
        });
        Ok(found.await?.value.map(Proven::from))
    }

    /// Signs in an account whose password was verified. `None` if it is not what it was then: disabled, or with
    /// another password. A new password ends all sign-ins before. It is on record.
    ///
    /// # Errors
    /// [`ServiceError::Database`] if the database does not answer.
    pub async fn sign_in(
        &self,
        project: ProjectId,
        sign_in: SignIn,
        context: Context,
    ) -> Result<Option<SignedInAccount>, ServiceError> {
        let seal = self.database.auth_seal();
        if sign_in.new_password.is_some() {
            return self.sign_in_anew(project, seal, sign_in, context).await;
        }
        self.run(move |connection| {
            transaction(connection, |connection| {
                set_tenant(connection, &project)?;
                take_write_lock(connection)?;
                let found = still(connection, &project, &sign_in)?;
                let Some(account) = found else { return Ok(None) };
                if let Some(after) = &sign_in.rehashed {
                    let before = &sign_in.verified;
                    accounts::rehash(connection, &project, &account.id, before, after)?;
                }
                begin(connection, &seal, &project, account, &context).map(Some)
            })
        })
        .await
    }

    /// Sets another password, and signs in with it.
    async fn sign_in_anew(
        &self,
        project: ProjectId,
        seal: AuthSeal,
        sign_in: SignIn,
        context: Context,
    ) -> Result<Option<SignedInAccount>, ServiceError> {
        self.change(move |session| {
            let account =
                session.read(&project, |connection| still(connection, &project, &sign_in))?;
            let Some(account) = account else { return Ok(None) };
            let user = as_user(&context, &project, &account);
            let done = write(session, &project, &user, Mode::Commit, |writer| {
                let connection = writer.connection();
                let found = still(connection, &project, &sign_in)?;
                let Some(before) = found else { return Ok(None) };
                let (after, rows) =
                    set_password(connection, &project, &before, &sign_in, context.now)?;
                let signed_in = begin(connection, &seal, &project, after, &context)?;
                let verb = "changed the password of";
                writer.record(&change("account.password", &signed_in.account, verb, rows))?;
                Ok(Some(signed_in))
            })?;
            Ok(done.value)
        })
        .await
    }
}

/// The account, if it still is what it was when its password was verified.
fn still(
    connection: &mut DbConnection,
    project: &ProjectId,
    sign_in: &SignIn,
) -> Result<Option<StoredAccount>, ServiceError> {
    let found = accounts::find(connection, project, &sign_in.id)?;
    let is_same = |found: &Credentials| {
        let hash = found.password_hash.as_ref().map(Secret::expose);
        found.account.standing().is_active() && hash == Some(sign_in.verified.expose())
    };
    Ok(found.filter(is_same).map(|found| found.account))
}

/// Puts another password in place. All that came of the one before ends.
fn set_password(
    connection: &mut DbConnection,
    project: &ProjectId,
    before: &StoredAccount,
    sign_in: &SignIn,
    now: DateTime<Utc>,
) -> Result<(StoredAccount, Vec<LoggedRow>), ServiceError> {
    let after =
        StoredAccount { must_change_password: false, epoch: before.epoch.next(), ..before.clone() };
    let hash = sign_in.new_password.as_ref().map(NewPasswordHash::secret);
    accounts::update(connection, project, &after)?;
    accounts::set_password(connection, project, &after.id, hash)?;
    refresh_tokens::end_all(connection, project, &after.id)?;
    let (_, ended) = end_now(connection, project, after.id.user().clone(), now)?;
    let rows = vec![logged(Some(before), Some(&after)), ended];
    Ok((after, rows))
}

/// Begins a family of refresh tokens, and puts the sign-in on record.
fn begin(
    connection: &mut DbConnection,
    seal: &AuthSeal,
    project: &ProjectId,
    account: StoredAccount,
    context: &Context,
) -> Result<SignedInAccount, ServiceError> {
    let now = context.now;
    let family = RefreshFamily {
        id: FamilyId::from_bytes(random()?),
        account: account.id.clone(),
        epoch: account.epoch,
        serial: 0,
        rotated_at: now,
        signed_in_at: now,
        expires_at: now + REFRESH_LIFETIME,
    };
    let claim = RefreshClaim { project: project.clone(), family: family.id, serial: 0 };
    let refresh_token = seal.refresh_token(&claim);
    refresh_tokens::prune(connection, project, &account.id, now)?;
    refresh_tokens::insert(connection, project, &family, &AuthSeal::hash(&refresh_token))?;
    if account.last_login_at.is_none_or(|last| now - last >= LOGIN_NOTED) {
        accounts::note_login(connection, project, &account.id, now)?;
    }
    record(connection, project, &account, context, ("account.login", "signed in with"))?;
    let account = StoredAccount { last_login_at: Some(now), ..account };
    Ok(SignedInAccount { account, family, refresh_token })
}

/// Puts on record what the user of an account did that changes nothing of the project.
pub(super) fn record(
    connection: &mut DbConnection,
    project: &ProjectId,
    account: &StoredAccount,
    context: &Context,
    (action, verb): (&'static str, &str),
) -> Result<(), DatabaseError> {
    let decision = Decision {
        project: project.clone(),
        action,
        bucket: None,
        object: Some(account.id.to_string()),
        outcome: Outcome::Allow,
        reason: "ok",
        detail: format!("{verb} account {} ({})", account.username, account.id).into(),
        revision: None,
        request: None,
    };
    audit::insert(connection, &as_user(context, project, account), decision)
}
