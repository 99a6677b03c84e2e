//! Access keys: what S3 clients prove themselves with at the gateway; and personal API keys.

use futures_util::Stream;
use sail_cargo_protocol::{
    AccessKey, AccessKeysQuery, CreateAccessKey, CreatedAccessKey, Page, PatchAccessKey,
    RevokeAccessKeysQuery, RotateAccessKey,
};

use crate::{Client, Error};

const PATH: [&str; 2] = ["v1", "access-keys"];

impl Client {
    /// The project's access keys, or a user's own, without their secrets (`GET /v1/access-keys`).
    pub async fn access_keys(&self, query: &AccessKeysQuery) -> Result<Page<AccessKey>, Error> {
        self.answer(self.get(&PATH)?.query(query)).await
    }

    /// All of them, page after page.
    pub fn access_keys_stream(
        &self,
        query: &AccessKeysQuery,
    ) -> impl Stream<Item = Result<AccessKey, Error>> + Send + use<> {
        self.items(&PATH, query)
    }

    /// One access key, without its secret (`GET /v1/access-keys/{id}`).
    pub async fn access_key(&self, id: &str) -> Result<AccessKey, Error> {
        self.answer(self.get(&["v1", "access-keys", id])?).await
    }

    /// Makes an access key or a personal API key (`POST /v1/access-keys`). The answer is the only one that holds its
    /// secret; however often the request has to be sent, one key is made.
    ///
    /// # Errors
    /// [`Error::is_conflict`] when the user has too many.
    pub async fn create_access_key(
        &self,
        key: &CreateAccessKey,
    ) -> Result<CreatedAccessKey, Error> {
        self.create(self.post(&PATH)?.json(key)).await
    }

    /// Makes an access key less than it is, or puts it out of use (`PATCH /v1/access-keys/{id}`).
    ///
    /// # Errors
    /// [`Error::is_conflict`] when it would be good for more, or for longer.
    pub async fn patch_access_key(
        &self,
        id: &str,
        patch: &PatchAccessKey,
    ) -> Result<AccessKey, Error> {
        self.answer(self.patch(&["v1", "access-keys", id])?.json(patch)).await
    }

    /// Makes an access key that takes another's place (`POST /v1/access-keys/{id}/rotate`); the old
    /// one goes on for the overlap.
    ///
    /// # Errors
    /// [`Error::is_conflict`] when two keys of the family are good already.
    pub async fn rotate_access_key(
        &self,
        id: &str,
        rotate: &RotateAccessKey,
    ) -> Result<CreatedAccessKey, Error> {
        self.create(self.post(&["v1", "access-keys", id, "rotate"])?.json(rotate)).await
    }

    /// Revokes an access key by its id (`DELETE /v1/access-keys/{id}`).
    pub async fn delete_access_key(&self, id: &str) -> Result<(), Error> {
        self.done(self.delete(&["v1", "access-keys", id])?).await
    }

    /// Revokes all access keys of a user (`DELETE /v1/access-keys?user=`).
    pub async fn delete_access_keys_of(&self, user: &str) -> Result<(), Error> {
        let query = RevokeAccessKeysQuery { user: user.to_owned() };
        self.done(self.delete(&PATH)?.query(&query)).await
    }
}
