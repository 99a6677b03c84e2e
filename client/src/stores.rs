//! Stores, for operators.

use sail_cargo_protocol::{Page, PageQuery, PutStore, Store};

use crate::{Client, Error};

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

    /// Forgets a store (`DELETE /v1/stores/{name}`).
    ///
    /// # Errors
    /// [`Error::is_conflict`] while a project uses it.
    pub async fn delete_store(&self, name: &str) -> Result<(), Error> {
        self.done(self.delete(&["v1", "stores", name])?).await
    }
}
