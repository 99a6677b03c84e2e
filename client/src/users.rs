//! Users whom grants or member lists name.

use futures_util::Stream;
use sail_cargo_protocol::{
    BucketPermissions, BulkQuery, Grant, GrantsChanged, GrantsQuery, Page, PageQuery, User,
    UserPermissionsQuery,
};

use crate::{Client, Error};

impl Client {
    /// Lists one page of the users whom grants or member lists name (`GET /v1/users`).
    pub async fn users(&self, page: &PageQuery) -> Result<Page<User>, Error> {
        self.answer(self.get(&["v1", "users"])?.query(page)).await
    }

    /// Lists all users whom grants or member lists name, page after page.
    pub fn users_stream(&self) -> impl Stream<Item = Result<User, Error>> + Send + use<> {
        self.items(&["v1", "users"], &PageQuery::default())
    }

    /// Lists one page of the grants that name a user (`GET /v1/users/{user}/grants`).
    pub async fn user_grants(&self, user: &str, query: &GrantsQuery) -> Result<Page<Grant>, Error> {
        self.answer(self.get(&["v1", "users", user, "grants"])?.query(query)).await
    }

    /// Lists all grants that name a user, page after page.
    pub fn user_grants_stream(
        &self,
        user: &str,
        query: &GrantsQuery,
    ) -> impl Stream<Item = Result<Grant, Error>> + Send + use<> {
        self.items(&["v1", "users", user, "grants"], query)
    }

    /// Revokes all grants that name a user (`DELETE /v1/users/{user}/grants`).
    ///
    /// # Errors
    /// [`Error::is_conflict`] if a bucket would lose its last admin.
    pub async fn delete_user_grants(
        &self,
        user: &str,
        how: &BulkQuery,
    ) -> Result<GrantsChanged, Error> {
        self.answer(self.delete(&["v1", "users", user, "grants"])?.query(how)).await
    }

    /// Lists the permissions of a user in all buckets, or in one (`GET
    /// /v1/users/{user}/permissions`).
    pub async fn user_permissions(
        &self,
        user: &str,
        query: &UserPermissionsQuery,
    ) -> Result<Page<BucketPermissions>, Error> {
        self.answer(self.get(&["v1", "users", user, "permissions"])?.query(query)).await
    }
}
