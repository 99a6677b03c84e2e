//! Stores, for operators.

use std::time::Duration;

use sail_cargo_protocol::{
    Page, PageQuery, ProbeQuery, ProbeReport, PutStore, PutStoreQuery, Store,
};

use crate::{Client, Error};

/// A probe asks the storage some three hundred times; the server gives it two minutes.
const PROBE_TIMEOUT: Duration = Duration::from_secs(150);

impl Client {
    /// All stores, without their secrets (`GET /v1/stores`).
    pub async fn stores(&self, page: &PageQuery) -> Result<Page<Store>, Error> {
        self.answer(self.get(&["v1", "stores"])?.query(page)).await
    }

    /// One store, without its secret (`GET /v1/stores/{name}`).
    pub async fn store(&self, name: &str) -> Result<Store, Error> {
        self.answer(self.get(&["v1", "stores", name])?).await
    }

    /// Probes a store's storage, then registers the store, or replaces one
    /// (`PUT /v1/stores/{name}`). This waits 150 s at most, whatever
    /// [`timeout`](crate::ClientBuilder::timeout) says.
    ///
    /// # Errors
    /// [`Error::is_unavailable`] when Cargo cannot reach the storage, or is refused by it: then
    /// nothing is saved.
    pub async fn put_store(
        &self,
        name: &str,
        store: &PutStore,
        query: &PutStoreQuery,
    ) -> Result<Store, Error> {
        let put = self.put(&["v1", "stores", name])?.query(query).json(store);
        self.answer_once(put.timeout(PROBE_TIMEOUT)).await
    }

    /// Tries on the real storage what it does with requests that are changed after they were
    /// signed, and keeps the answer (`POST /v1/stores/{name}/probe`). This waits 150 s at most,
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
