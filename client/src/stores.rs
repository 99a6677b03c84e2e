//! Stores, for operators.

use std::time::Duration;

use sail_cargo_protocol::{Page, PageQuery, ProbeQuery, ProbeReport, PutStore, Store};

use crate::{Client, Error};

/// A probe asks the storage some sixty times; the server gives it a minute.
const PROBE_TIMEOUT: Duration = Duration::from_secs(75);

impl Client {
    /// All stores, without their secrets (`GET /v1/stores`).
    pub async fn stores(&self, page: &PageQuery) -> Result<Page<Store>, Error> {
        self.answer(self.get(&["v1", "stores"])?.query(page)).await
    }

    /// One store, without its secret (`GET /v1/stores/{name}`).
    pub async fn store(&self, name: &str) -> Result<Store, Error> {
        self.answer(self.get(&["v1", "stores", name])?).await
    }

    /// Registers a store, or replaces one (`PUT /v1/stores/{name}`).
    pub async fn put_store(&self, name: &str, store: &PutStore) -> Result<Store, Error> {
        self.answer(self.put(&["v1", "stores", name])?.json(store)).await
    }

    /// Tries on the real storage what it does with requests that are changed after they were
    /// signed, and keeps the answer (`POST /v1/stores/{name}/probe`). This waits 75 s at most,
    /// whatever [`timeout`](crate::ClientBuilder::timeout) says.
    ///
    /// # Errors
    /// [`Error::is_unavailable`] when Cargo cannot reach the storage, or is refused by it.
    pub async fn probe_store(&self, name: &str, query: &ProbeQuery) -> Result<ProbeReport, Error> {
        let post = self.post(&["v1", "stores", name, "probe"])?;
        self.answer_once(post.query(query).timeout(PROBE_TIMEOUT)).await
    }

    /// Forgets a store (`DELETE /v1/stores/{name}`).
    ///
    /// # Errors
    /// [`Error::is_conflict`] while a project uses it.
    pub async fn delete_store(&self, name: &str) -> Result<(), Error> {
        self.done(self.delete(&["v1", "stores", name])?).await
    }
}
