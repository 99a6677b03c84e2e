//! Users, as far as grants and member lists name them.

use futures_util::Stream;
use sail_cargo_protocol::{
    BucketPermissions, BulkQuery, Grant, GrantsChanged, GrantsQuery, Page, PageQuery,
    SessionsEnded, User, UserPermissionsQuery,
};

use crate::{Client, Error};

impl Client {
    /// The users whom anything names (`GET /v1/users`).
    pub async fn users(&self, page: &PageQuery) -> Result<Page<User>, Error> {
        self.answer(self.get(&["v1", "users"])?.query(page)).await
    }

    /// All of them, page after page.
    pub fn users_stream(&self) -> impl Stream<Item = Result<User, Error>> + Send + use<> {
        self.items(&["v1", "users"], &PageQuery::default())
    }

    /// The grants that name a user (`GET /v1/users/{user}/grants`).
    pub async fn user_grants(&self, user: &str, query: &GrantsQuery) -> Result<Page<Grant>, Error> {
        self.answer(self.get(&["v1", "users", user, "grants"])?.query(query)).await
    }

    /// All of them, page after page.
    pub fn user_grants_stream(
        &self,
        user: &str,
        query: &GrantsQuery,
    ) -> impl Stream<Item = Result<Grant, Error>> + Send + use<> {
        self.items(&["v1", "users", user, "grants"], query)
    }

    /// Takes every grant of a user away (`DELETE /v1/users/{user}/grants`).
    ///
    /// # Errors
    /// [`Error::is_conflict`] when a bucket would lose its last admin.
    pub async fn delete_user_grants(
        &self,
        user: &str,
        how: &BulkQuery,
    ) -> Result<GrantsChanged, Error> {
        self.answer(self.delete(&["v1", "users", user, "grants"])?.query(how)).await
    }

    /// Ends every session of STS that a user has (`POST /v1/users/{user}/sessions/end`). Their access keys
    /// and tokens stay as they are.
    pub async fn end_user_sessions(&self, user: &str) -> Result<SessionsEnded, Error> {
        self.answer(self.post(&["v1", "users", user, "sessions", "end"])?).await
    }

    /// What a user may do (`GET /v1/users/{user}/permissions`): in every bucket, or in one.
    pub async fn user_permissions(
        &self,
        user: &str,
        query: &UserPermissionsQuery,
    ) -> Result<Page<BucketPermissions>, Error> {
        self.answer(self.get(&["v1", "users", user, "permissions"])?.query(query)).await
    }
}
