//! Project API keys.

use sail_cargo_protocol::{ApiKey, CreateApiKey, CreatedApiKey, Page, PageQuery};

use crate::{Client, Error};

impl Client {
    /// The project's API keys, without their secrets (`GET /v1/api-keys`).
    pub async fn api_keys(&self, page: &PageQuery) -> Result<Page<ApiKey>, Error> {
        self.answer(self.get(&["v1", "api-keys"])?.query(page)).await
    }

    /// Makes an API key (`POST /v1/api-keys`). The answer is the only one that holds it.
    pub async fn create_api_key(&self, key: &CreateApiKey) -> Result<CreatedApiKey, Error> {
        self.answer(self.post(&["v1", "api-keys"])?.json(key)).await
    }

    /// Revokes an API key by its id (`DELETE /v1/api-keys/{id}`).
    pub async fn delete_api_key(&self, id: &str) -> Result<(), Error> {
        self.done(self.delete(&["v1", "api-keys", id])?).await
    }
}
