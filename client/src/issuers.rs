//! Issuers, for operators.

use sail_cargo_protocol::{Issuer, IssuerSettings, Page, PageQuery, TestToken, TokenAccount};

use crate::{Client, Error};

impl Client {
    /// Lists all issuers of the server that responds (`GET /v1/issuers`).
    pub async fn issuers(&self, page: &PageQuery) -> Result<Page<Issuer>, Error> {
        self.answer(self.get(&["v1", "issuers"])?.query(page)).await
    }

    /// Registers an issuer, or replaces it (`PUT /v1/issuers/{alias}`).
    ///
    /// # Errors
    /// [`Error::is_conflict`] if it contradicts another issuer, or its alias is not free.
    pub async fn put_issuer(
        &self,
        alias: &str,
        settings: &IssuerSettings,
    ) -> Result<Issuer, Error> {
        self.answer(self.put(&["v1", "issuers", alias])?.json(settings)).await
    }

    /// Forgets an issuer (`DELETE /v1/issuers/{alias}`).
    ///
    /// # Errors
    /// [`Error::is_not_found`] if none is registered under this alias; [`Error::is_conflict`] if another one has
    /// its users.
    pub async fn delete_issuer(&self, alias: &str) -> Result<(), Error> {
        self.done(self.delete(&["v1", "issuers", alias])?).await
    }

    /// Asks why a token is accepted as one of an issuer, or why not (`POST /v1/issuers/{alias}/test`). The
    /// default issuer is called `default`.
    ///
    /// # Errors
    /// [`Error::is_not_found`] if there is no such issuer.
    pub async fn test_issuer(&self, alias: &str, token: &str) -> Result<TokenAccount, Error> {
        let body = TestToken { token: token.to_owned() };
        self.answer(self.post(&["v1", "issuers", alias, "test"])?.json(&body)).await
    }
}
