//! Project API keys.

use futures_util::Stream;
use sail_cargo_protocol::{
    ApiKey, CreateApiKey, CreatedApiKey, Page, PageQuery, PatchApiKey, RotateApiKey,
};

use crate::{Client, Error};

impl Client {
    /// The project's API keys, without their secrets (`GET /v1/api-keys`).
    pub async fn api_keys(&self, page: &PageQuery) -> Result<Page<ApiKey>, Error> {
        self.answer(self.get(&["v1", "api-keys"])?.query(page)).await
    }

    /// Makes an API key (`POST /v1/api-keys`). The answer is the only one that holds it;
    /// however often the request has to be sent, one key is made.
    pub async fn create_api_key(&self, key: &CreateApiKey) -> Result<CreatedApiKey, Error> {
        self.create(self.post(&["v1", "api-keys"])?.json(key)).await
    }

    /// Revokes an API key by its id (`DELETE /v1/api-keys/{id}`).
    pub async fn delete_api_key(&self, id: &str) -> Result<(), Error> {
        self.done(self.delete(&["v1", "api-keys", id])?).await
    }

    /// All of them, page after page.
    pub fn api_keys_stream(&self) -> impl Stream<Item = Result<ApiKey, Error>> + Send + use<> {
        self.items(&["v1", "api-keys"], &PageQuery::default())
    }

    /// One API key, without its secret (`GET /v1/api-keys/{id}`).
    pub async fn api_key(&self, id: &str) -> Result<ApiKey, Error> {
        self.answer(self.get(&["v1", "api-keys", id])?).await
    }

    /// Makes an API key less than it is (`PATCH /v1/api-keys/{id}`).
    ///
    /// # Errors
    /// [`Error::is_conflict`] when it would be good for more, or for longer.
    pub async fn patch_api_key(&self, id: &str, patch: &PatchApiKey) -> Result<ApiKey, Error> {
        self.answer(self.patch(&["v1", "api-keys", id])?.json(patch)).await
    }

    /// Makes an API key that takes another's place (`POST /v1/api-keys/{id}/rotate`); the old one
    /// goes on for the overlap.
    ///
    /// # Errors
    /// [`Error::is_conflict`] when two keys of the family are good already.
    pub async fn rotate_api_key(
        &self,
        id: &str,
        rotate: &RotateApiKey,
    ) -> Result<CreatedApiKey, Error> {
        self.create(self.post(&["v1", "api-keys", id, "rotate"])?.json(rotate)).await
    }
}
