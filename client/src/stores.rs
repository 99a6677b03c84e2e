//! Stores, for operators.

use std::time::Duration;

use sail_cargo_protocol::{
    Page, PageQuery, PatchStore, ProbeQuery, ProbeReport, PutStore, PutStoreQuery, Store,
};

use crate::{Client, Error};

/// Timeout of a probe. A probe sends about three hundred requests; the server allows two minutes.
const PROBE_TIMEOUT: Duration = Duration::from_secs(150);

impl Client {
    /// Lists one page of all stores, without their secrets (`GET /v1/stores`).
    pub async fn stores(&self, page: &PageQuery) -> Result<Page<Store>, Error> {
        self.answer(self.get(&["v1", "stores"])?.query(page)).await
    }

    /// Reads one store, without its secret (`GET /v1/stores/{name}`).
    pub async fn store(&self, name: &str) -> Result<Store, Error> {
        self.answer(self.get(&["v1", "stores", name])?).await
    }

    /// Probes a storage, then registers or replaces its store (`PUT /v1/stores/{name}`). Waits up
    /// to 150 s, regardless of [`timeout`](crate::ClientBuilder::timeout).
    ///
    /// # Errors
    /// [`Error::is_unavailable`] if Cargo cannot reach the storage, or the storage refuses Cargo.
    /// Then Cargo saves nothing.
    pub async fn put_store(
        &self,
        name: &str,
        store: &PutStore,
        query: &PutStoreQuery,
    ) -> Result<Store, Error> {
        let put = self.put(&["v1", "stores", name])?.query(query).json(store);
        self.answer_once(put.timeout(PROBE_TIMEOUT)).await
    }

    /// Changes how a store is used, without its secret (`PATCH /v1/stores/{name}`).
    pub async fn patch_store(&self, name: &str, patch: &PatchStore) -> Result<Store, Error> {
        self.answer(self.patch(&["v1", "stores", name])?.json(patch)).await
    }

    /// Probes how the storage treats requests that are altered after signing, and stores the report
    /// (`POST /v1/stores/{name}/probe`). Waits up to 150 s, regardless of
    /// [`timeout`](crate::ClientBuilder::timeout).
    ///
    /// # Errors
    /// [`Error::is_unavailable`] if Cargo cannot reach the storage, or the storage refuses Cargo.
    pub async fn probe_store(&self, name: &str, query: &ProbeQuery) -> Result<ProbeReport, Error> {
        let post = self.post(&["v1", "stores", name, "probe"])?;
        self.answer_once(post.query(query).timeout(PROBE_TIMEOUT)).await
    }

    /// Deletes a store (`DELETE /v1/stores/{name}`).
    ///
    /// # Errors
    /// [`Error::is_conflict`] while a project uses the store.
    pub async fn delete_store(&self, name: &str) -> Result<(), Error> {
        self.done(self.delete(&["v1", "stores", name])?).await
    }
}
