//! Ceilings that are kept for bucket names, for operators.

use futures_util::Stream;
use sail_cargo_protocol::{KeptCeiling, Page, PageQuery};

use crate::{Client, Error};

impl Client {
    /// One page of the ceilings that bind bucket names of a store which are not registered
    /// (`GET /v1/stores/{store}/ceilings`).
    pub async fn kept_ceilings(
        &self,
        store: &str,
        page: &PageQuery,
    ) -> Result<Page<KeptCeiling>, Error> {
        self.answer(self.get(&["v1", "stores", store, "ceilings"])?.query(page)).await
    }

    /// All of them, page after page.
    pub fn kept_ceilings_stream(
        &self,
        store: &str,
    ) -> impl Stream<Item = Result<KeptCeiling, Error>> + Send + 'static + use<> {
        self.items(&["v1", "stores", store, "ceilings"], &PageQuery::default())
    }

    /// Lifts one, so that it binds nobody who registers the name
    /// (`DELETE /v1/stores/{store}/ceilings/{bucket}`).
    ///
    /// # Errors
    /// [`Error::is_not_found`] where nothing is kept for the name.
    pub async fn lift_ceiling(&self, store: &str, bucket: &str) -> Result<(), Error> {
        self.done(self.delete(&["v1", "stores", store, "ceilings", bucket])?).await
    }
}
