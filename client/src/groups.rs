//! The groups that Cargo keeps itself.

use futures_util::Stream;
use sail_cargo_protocol::{Group, Member, Page, PageQuery, PutMember};

use crate::{Client, Error};

impl Client {
    /// The groups with members (`GET /v1/groups`).
    pub async fn groups(&self, page: &PageQuery) -> Result<Page<Group>, Error> {
        self.answer(self.get(&["v1", "groups"])?.query(page)).await
    }

    /// All of them, page after page.
    pub fn groups_stream(&self) -> impl Stream<Item = Result<Group, Error>> + Send + use<> {
        self.items(&["v1", "groups"], &PageQuery::default())
    }

    /// The members of a group (`GET /v1/groups/{group}/members`).
    pub async fn members(&self, group: &str, page: &PageQuery) -> Result<Page<Member>, Error> {
        self.answer(self.get(&["v1", "groups", group, "members"])?.query(page)).await
    }

    /// All of them, page after page.
    pub fn members_stream(
        &self,
        group: &str,
    ) -> impl Stream<Item = Result<Member, Error>> + Send + use<> {
        self.items(&["v1", "groups", group, "members"], &PageQuery::default())
    }

    /// Makes a user a member (`PUT /v1/groups/{group}/members/{user}`).
    pub async fn put_member(
        &self,
        group: &str,
        user: &str,
        member: &PutMember,
    ) -> Result<Member, Error> {
        self.answer(self.put(&["v1", "groups", group, "members", user])?.json(member)).await
    }

    /// Takes a user out of a group (`DELETE /v1/groups/{group}/members/{user}`).
    pub async fn delete_member(&self, group: &str, user: &str) -> Result<(), Error> {
        self.done(self.delete(&["v1", "groups", group, "members", user])?).await
    }
}
