//! Groups with member lists in Cargo.

use futures_util::Stream;
use sail_cargo_protocol::{Group, Member, Page, PageQuery, PatchGroup, PutMember};

use crate::{Client, Error};

impl Client {
    /// Lists one page of the groups with members (`GET /v1/groups`).
    pub async fn groups(&self, page: &PageQuery) -> Result<Page<Group>, Error> {
        self.answer(self.get(&["v1", "groups"])?.query(page)).await
    }

    /// Lists all groups with members, page after page.
    pub fn groups_stream(&self) -> impl Stream<Item = Result<Group, Error>> + Send + use<> {
        self.items(&["v1", "groups"], &PageQuery::default())
    }

    /// Confirms that the grants of this group do not apply to tokens that name a group of the same
    /// name (`PATCH /v1/groups/{group}`).
    pub async fn patch_group(&self, group: &str, patch: &PatchGroup) -> Result<Group, Error> {
        self.answer(self.patch(&["v1", "groups", group])?.json(patch)).await
    }

    /// Lists one page of the members of a group (`GET /v1/groups/{group}/members`). Users whose
    /// token names the group are not members.
    pub async fn members(&self, group: &str, page: &PageQuery) -> Result<Page<Member>, Error> {
        self.answer(self.get(&["v1", "groups", group, "members"])?.query(page)).await
    }

    /// Lists all members of a group, page after page.
    pub fn members_stream(
        &self,
        group: &str,
    ) -> impl Stream<Item = Result<Member, Error>> + Send + use<> {
        self.items(&["v1", "groups", group, "members"], &PageQuery::default())
    }

    /// Adds a user to a group (`PUT /v1/groups/{group}/members/{user}`).
    pub async fn put_member(
        &self,
        group: &str,
        user: &str,
        member: &PutMember,
    ) -> Result<Member, Error> {
        self.answer(self.put(&["v1", "groups", group, "members", user])?.json(member)).await
    }

    /// Removes a user from a group (`DELETE /v1/groups/{group}/members/{user}`).
    pub async fn delete_member(&self, group: &str, user: &str) -> Result<(), Error> {
        self.done(self.delete(&["v1", "groups", group, "members", user])?).await
    }
}
