//! Signing in with an account of the embedded auth service. Requests that bring a password or a refresh token
//! send no other credentials.

use sail_cargo_protocol::{
    AcceptInvitation, Account, AuthMethods, ChangePassword, CreatePersonalKey, CreatedAccessKey,
    InvitationAccepted, Login, Logout, PatchOwnAccount, Refresh, SecretText, SignedIn,
};

use crate::{Client, Error};

impl Client {
    /// How one may sign in at this server (`GET /auth/methods`).
    pub async fn auth_methods(&self) -> Result<AuthMethods, Error> {
        self.open_with_retry(self.get(&["auth", "methods"])?).await?.json()
    }

    /// Signs in with a password, once (`POST /auth/login`).
    ///
    /// # Errors
    /// [`Error::is_unauthenticated`] for a wrong password and for every account that cannot sign in;
    /// [`Error::is_denied`] with the code `password_change_required` if [`Login::new_password`] is needed;
    /// [`Error::is_throttled`] after failed attempts.
    pub async fn log_in(&self, login: &Login) -> Result<SignedIn, Error> {
        self.open(self.post(&["auth", "login"])?.json(login)).await?.success()?.json()
    }

    /// Gets a new access token, and the next refresh token (`POST /auth/refresh`). Cargo answers the same for a
    /// while, so that a lost answer costs nothing.
    ///
    /// # Errors
    /// [`Error::is_unauthenticated`] if the sign-in has ended.
    pub async fn refresh_sign_in(&self, refresh: &Refresh) -> Result<SignedIn, Error> {
        self.open_with_retry(self.post(&["auth", "refresh"])?.json(refresh)).await?.json()
    }

    /// Ends a sign-in (`POST /auth/logout`). One that has ended is no error.
    pub async fn log_out(&self, logout: &Logout) -> Result<(), Error> {
        self.open_with_retry(self.post(&["auth", "logout"])?.json(logout)).await.map(drop)
    }

    /// Sets another password for the caller's own account, once (`POST /auth/password`). Ends all sign-ins but
    /// the one in the answer.
    ///
    /// # Errors
    /// [`Error::is_unauthenticated`] with the code `reauthenticate` if the caller signed in too long ago.
    pub async fn change_password(&self, change: &ChangePassword) -> Result<SignedIn, Error> {
        self.answer_once(self.post(&["auth", "password"])?.json(change)).await
    }

    /// Makes a personal API key of the caller's own, once (`POST /auth/token`): with a token of a sign-in of the
    /// last 15 minutes.
    ///
    /// # Errors
    /// [`Error::is_unauthenticated`] with the code `reauthenticate` if the caller signed in too long ago;
    /// [`Error::is_denied`] with the code `sign_in_required` for a personal API key.
    pub async fn create_personal_key(
        &self,
        key: &CreatePersonalKey,
    ) -> Result<CreatedAccessKey, Error> {
        self.create(self.post(&["auth", "token"])?.json(key)).await
    }

    /// The same for the account of this username or e-mail address and this password (HTTP Basic, RFC 7617).
    ///
    /// # Errors
    /// As of [`Client::log_in`].
    pub async fn create_personal_key_of(
        &self,
        (name, password): (&str, &SecretText),
        key: &CreatePersonalKey,
    ) -> Result<CreatedAccessKey, Error> {
        let request = self.post(&["auth", "token"])?.basic_auth(name, Some(password.expose()));
        self.open(request.json(key)).await?.success()?.json()
    }

    /// The caller's own account (`GET /auth/account`).
    ///
    /// # Errors
    /// [`Error::is_denied`] with the code `not_an_account` if another auth service issued the token.
    pub async fn own_account(&self) -> Result<Account, Error> {
        self.answer(self.get(&["auth", "account"])?).await
    }

    /// Changes the e-mail address or the display name of the caller's own account (`PATCH /auth/account`).
    ///
    /// # Errors
    /// [`Error::is_unauthenticated`] with the code `reauthenticate` if the caller signed in too long ago;
    /// [`Error::is_conflict`] if another account has the e-mail address.
    pub async fn patch_own_account(&self, patch: &PatchOwnAccount) -> Result<Account, Error> {
        self.answer(self.patch(&["auth", "account"])?.json(patch)).await
    }

    /// Takes an invitation, once: sets the password of an account (`POST /auth/invitations`).
    ///
    /// # Errors
    /// [`Error::is_unauthenticated`] for an invitation that is unknown, used or ended;
    /// [`Error::is_invalid`] for a password that Cargo does not accept.
    pub async fn accept_invitation(
        &self,
        invitation: &AcceptInvitation,
    ) -> Result<InvitationAccepted, Error> {
        self.open(self.post(&["auth", "invitations"])?.json(invitation)).await?.success()?.json()
    }
}
