//! Project API keys.

use futures_util::Stream;
use sail_cargo_protocol::{
    ApiKey, CreateApiKey, CreatedApiKey, Page, PageQuery, PatchApiKey, RotateApiKey,
};

use crate::{Client, Error};

impl Client {
    /// Lists one page of the project's API keys, without their secrets (`GET /v1/api-keys`).
    pub async fn api_keys(&self, page: &PageQuery) -> Result<Page<ApiKey>, Error> {
        self.answer(self.get(&["v1", "api-keys"])?.query(page)).await
    }

    /// Creates an API key (`POST /v1/api-keys`). Only this response contains the secret. Retries
    /// create no second key.
    pub async fn create_api_key(&self, key: &CreateApiKey) -> Result<CreatedApiKey, Error> {
        self.create(self.post(&["v1", "api-keys"])?.json(key)).await
    }

    /// Revokes an API key by its id (`DELETE /v1/api-keys/{id}`).
    pub async fn delete_api_key(&self, id: &str) -> Result<(), Error> {
        self.done(self.delete(&["v1", "api-keys", id])?).await
    }

    /// Lists all API keys of the project, page after page.
    pub fn api_keys_stream(&self) -> impl Stream<Item = Result<ApiKey, Error>> + Send + use<> {
        self.items(&["v1", "api-keys"], &PageQuery::default())
    }

    /// Reads one API key, without its secret (`GET /v1/api-keys/{id}`).
    pub async fn api_key(&self, id: &str) -> Result<ApiKey, Error> {
        self.answer(self.get(&["v1", "api-keys", id])?).await
    }

    /// Narrows an API key (`PATCH /v1/api-keys/{id}`).
    ///
    /// # Errors
    /// [`Error::is_conflict`] if the key would get more scopes or a later end.
    pub async fn patch_api_key(&self, id: &str, patch: &PatchApiKey) -> Result<ApiKey, Error> {
        self.answer(self.patch(&["v1", "api-keys", id])?.json(patch)).await
    }

    /// Creates an API key that replaces another (`POST /v1/api-keys/{id}/rotate`). The old key
    /// stays valid for the overlap.
    ///
    /// # Errors
    /// [`Error::is_conflict`] if two keys of the family are valid already.
    pub async fn rotate_api_key(
        &self,
        id: &str,
        rotate: &RotateApiKey,
    ) -> Result<CreatedApiKey, Error> {
        self.create(self.post(&["v1", "api-keys", id, "rotate"])?.json(rotate)).await
    }
}
