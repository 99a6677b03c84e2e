//! The groups that Cargo keeps itself.

use futures_util::Stream;
use sail_cargo_protocol::{Group, Member, Page, PageQuery, PatchGroup, PutMember};

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

    /// Says that it is right that tokens which name a group come under its grants no more
    /// (`PATCH /v1/groups/{group}`).
    pub async fn patch_group(&self, group: &str, patch: &PatchGroup) -> Result<Group, Error> {
        self.answer(self.patch(&["v1", "groups", group])?.json(patch)).await
    }

    /// The members of a group; those whose tokens name it are none (`GET /v1/groups/{group}/members`).
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
