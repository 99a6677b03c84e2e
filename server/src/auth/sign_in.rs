//! Signing in by name and password.

use std::sync::Arc;

use super::error::AuthError;
use super::{Accounts, Place, Session};
use crate::authn::LoginError;
use crate::domain::account::{AccountStatus, LoginName, NewPassword, Password, StoredAccount};
use crate::domain::{Context, ProjectId, Secret, User};
use crate::service::{NewPasswordHash, Proven, SignIn, user_of};

/// What somebody shows who signs in.
#[derive(Debug)]
pub struct LoginRequest {
    /// By what they name their account.
    pub name: LoginName,
    /// The password.
    pub password: Password,
    /// The password that shall take its place.
    pub new_password: Option<Secret>,
    /// The project that they name.
    pub project: Option<String>,
}

/// An account whose password was verified.
#[derive(Debug)]
pub(super) struct Verified {
    pub(super) account: StoredAccount,
    /// The hash that the password fits.
    hash: Secret,
    /// The same password hashed with what new ones cost, if that is more.
    rehashed: Option<Secret>,
}

impl Verified {
    /// The sign-in of it.
    pub(super) fn sign_in(self, new_password: Option<NewPasswordHash>) -> SignIn {
        let Self { account, hash, rehashed } = self;
        SignIn { id: account.id, verified: hash, rehashed, new_password }
    }
}

/// Whether a password fits a hash, and a better hash of it.
#[derive(Debug)]
struct Checked {
    fits: bool,
    rehashed: Option<Secret>,
}

impl Accounts {
    /// Signs somebody in. Whoever has no account here, or none that is active, and whoever has the wrong password,
    /// gets the same answer after the same time.
    ///
    /// # Errors
    /// See [`AuthError`].
    pub async fn log_in(
        &self,
        asked: LoginRequest,
        context: Context,
    ) -> Result<Session, AuthError> {
        let place = self.gate.enter()?;
        let LoginRequest { name, password, new_password, project } = asked;
        let before = password.clone();
        let shown = (name, password);
        let verified = self.verify(&place, shown, project.as_deref(), &context).await?;
        let (project, verified) = verified;
        if verified.account.must_change_password && new_password.is_none() {
            return Err(AuthError::ChangeRequired);
        }
        let new_password = match &new_password {
            None => None,
            Some(text) => {
                let names = verified.account.names();
                let password = NewPassword::in_place_of(&before, text.expose(), &names)?;
                Some(self.hash(&place, password).await?)
            }
        };
        self.begin(project, verified.sign_in(new_password), context).await
    }

    /// The user of the account that is named, whose password it is: nobody is signed in. What is wrong is answered
    /// as at a sign-in.
    ///
    /// # Errors
    /// See [`AuthError`].
    pub async fn prove_user(
        &self,
        shown: (LoginName, Password),
        project: Option<&str>,
        context: &Context,
    ) -> Result<User, AuthError> {
        let place = self.gate.enter()?;
        let (project, verified) = self.verify(&place, shown, project, context).await?;
        if verified.account.must_change_password {
            return Err(AuthError::ChangeRequired);
        }
        let user = user_of(&project, &verified.account, context.now);
        let epoch = Some(verified.account.epoch);
        Ok(User { signed_in_at: Some(context.now), epoch, ..user })
    }

    /// The account that is named in the project that is named, whose password it is.
    async fn verify(
        &self,
        place: &Place,
        (name, password): (LoginName, Password),
        project: Option<&str>,
        context: &Context,
    ) -> Result<(ProjectId, Verified), AuthError> {
        let found = match self.project(project).await {
            found @ (Ok(_) | Err(AuthError::Refused { .. })) => found,
            Err(other) => return Err(other),
        };
        // Whoever names a project that is none waits as long as everybody else.
        let named = found.as_ref().map_or(project.unwrap_or_default(), ProjectId::as_str);
        let attempt = self.delays.begin(named, &name, context.origin.address)?;
        let project = match found {
            Ok(project) => project,
            Err(refused) => {
                self.check(place, password, None).await?;
                attempt.failed();
                return Err(refused);
            }
        };
        let found = self.service.account_to_sign_in(project.clone(), name).await?;
        match self.prove(place, found, password).await? {
            Ok(verified) => {
                attempt.succeeded();
                Ok((project, verified))
            }
            Err(error) => {
                attempt.failed();
                Err(AuthError::refused(error, project))
            }
        }
    }

    /// Whether the account is active and the password is its own; why not, for the record.
    pub(super) async fn prove(
        &self,
        place: &Place,
        found: Option<Proven>,
        password: Password,
    ) -> Result<Result<Verified, LoginError>, AuthError> {
        let hash = found.as_ref().and_then(|found| found.password_hash.clone());
        let Checked { fits, rehashed } = self.check(place, password, hash.clone()).await?;
        let Some(Proven { account, .. }) = found else { return Ok(Err(LoginError::Unknown)) };
        Ok(match (account.status, hash) {
            (AccountStatus::Disabled, _) => Err(LoginError::Disabled),
            (AccountStatus::Invited, _) | (AccountStatus::Active, None) => {
                Err(LoginError::NoPassword)
            }
            (AccountStatus::Active, Some(hash)) if fits => Ok(Verified { account, hash, rehashed }),
            (AccountStatus::Active, Some(_)) => Err(LoginError::Wrong),
        })
    }

    /// Begins the sign-in of an account whose password was verified.
    pub(super) async fn begin(
        &self,
        project: ProjectId,
        sign_in: SignIn,
        context: Context,
    ) -> Result<Session, AuthError> {
        let now = context.now;
        // Made before the sign-in is on record: without a key nobody is signed in.
        self.signing_key().await?;
        let signed_in = self.service.sign_in(project.clone(), sign_in, context).await?;
        let changed = || AuthError::refused(LoginError::Wrong, project.clone());
        let signed_in = signed_in.ok_or_else(changed)?;
        let (account, family) = (signed_in.account, signed_in.family);
        self.session(&project, account, &family, signed_in.refresh_token, now).await
    }

    /// Whether a password fits. It takes as long without a hash.
    async fn check(
        &self,
        place: &Place,
        password: Password,
        hash: Option<Secret>,
    ) -> Result<Checked, AuthError> {
        let hasher = Arc::clone(&self.hasher);
        let check = move || {
            let fits = hasher.fits(&password, hash.as_ref());
            let weak = hash.filter(|hash| fits && hasher.is_weak(hash));
            let rehashed = weak.map(|_| hasher.hash(&password)).transpose()?;
            Ok(Checked { fits, rehashed })
        };
        place.run(check).await?
    }

    /// The hash of a password that is to be set.
    pub(super) async fn hash(
        &self,
        place: &Place,
        password: NewPassword,
    ) -> Result<NewPasswordHash, AuthError> {
        let hasher = Arc::clone(&self.hasher);
        let hash = place.run(move || hasher.hash(password.password())).await??;
        Ok(NewPasswordHash::new(hash))
    }
}
