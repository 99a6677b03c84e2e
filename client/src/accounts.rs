//! Accounts of the embedded auth service, for those who administer them.

use futures_util::Stream;
use sail_cargo_protocol::{
    Account, AccountSessionsEnded, AccountsQuery, CreateAccount, CreatedAccount,
    EndAccountSessionsQuery, Invitation, Page, PageQuery, PatchAccount, ReservedUsername,
    RotateSigningKeysQuery, SigningKey,
};

use crate::{Client, Error};

const ACCOUNTS: [&str; 2] = ["v1", "accounts"];
const RESERVED: [&str; 2] = ["v1", "reserved-usernames"];

impl Client {
    /// Lists one page of the project's accounts (`GET /v1/accounts`).
    pub async fn accounts(&self, query: &AccountsQuery) -> Result<Page<Account>, Error> {
        self.answer(self.get(&ACCOUNTS)?.query(query)).await
    }

    /// Lists all of them, page after page.
    pub fn accounts_stream(
        &self,
        query: &AccountsQuery,
    ) -> impl Stream<Item = Result<Account, Error>> + Send + use<> {
        self.items(&ACCOUNTS, query)
    }

    /// One account, by its id or username (`GET /v1/accounts/{account}`).
    pub async fn account(&self, account: &str) -> Result<Account, Error> {
        self.answer(self.get(&["v1", "accounts", account])?).await
    }

    /// Creates an account, once (`POST /v1/accounts`). Without a password the answer holds an invitation, and no
    /// later answer does.
    ///
    /// # Errors
    /// [`Error::is_conflict`] if the username is in use or reserved, or the e-mail address is in use.
    pub async fn create_account(&self, account: &CreateAccount) -> Result<CreatedAccount, Error> {
        self.create(self.post(&ACCOUNTS)?.json(account)).await
    }

    /// Changes an account (`PATCH /v1/accounts/{account}`).
    ///
    /// # Errors
    /// [`Error::is_conflict`] if the new username or e-mail address is taken, or the last administrator would
    /// be disabled.
    pub async fn patch_account(
        &self,
        account: &str,
        patch: &PatchAccount,
    ) -> Result<Account, Error> {
        self.answer(self.patch(&["v1", "accounts", account])?.json(patch)).await
    }

    /// Deletes an account (`DELETE /v1/accounts/{account}`). Its username stays reserved.
    pub async fn delete_account(&self, account: &str) -> Result<(), Error> {
        self.done(self.delete(&["v1", "accounts", account])?).await
    }

    /// Takes an account's password away, and makes a link with which its user sets another one (`POST
    /// /v1/accounts/{account}/reset`). However often the request has to be sent, one link is good: the last.
    pub async fn reset_account(&self, account: &str) -> Result<Invitation, Error> {
        self.answer(self.post(&["v1", "accounts", account, "reset"])?).await
    }

    /// Signs an account out everywhere (`POST /v1/accounts/{account}/sessions/end`).
    pub async fn end_account_sessions(
        &self,
        account: &str,
        query: &EndAccountSessionsQuery,
    ) -> Result<AccountSessionsEnded, Error> {
        let request = self.post(&["v1", "accounts", account, "sessions", "end"])?;
        self.answer(request.query(query)).await
    }

    /// Lists all usernames that no new account gets, page after page (`GET /v1/reserved-usernames`). For
    /// operators.
    pub fn reserved_usernames_stream(
        &self,
    ) -> impl Stream<Item = Result<ReservedUsername, Error>> + Send + use<> {
        self.items(&RESERVED, &PageQuery::default())
    }

    /// Lets a new account have a reserved username (`DELETE /v1/reserved-usernames/{username}`). For operators.
    pub async fn free_username(&self, username: &str) -> Result<(), Error> {
        self.done(self.delete(&["v1", "reserved-usernames", username])?).await
    }

    /// Lists the keys that sign access tokens (`GET /v1/signing-keys`). For operators.
    pub async fn signing_keys(&self) -> Result<Page<SigningKey>, Error> {
        self.answer(self.get(&["v1", "signing-keys"])?).await
    }

    /// Signs access tokens with a new key from now on (`POST /v1/signing-keys/rotate`), once. For operators.
    pub async fn rotate_signing_keys(
        &self,
        query: &RotateSigningKeysQuery,
    ) -> Result<Page<SigningKey>, Error> {
        self.answer_once(self.post(&["v1", "signing-keys", "rotate"])?.query(query)).await
    }
}
