//! Ceilings for the names of unregistered buckets, for operators.

use futures_util::Stream;
use sail_cargo_protocol::{KeptCeiling, Page, PageQuery};

use crate::{Client, Error};

impl Client {
    /// Lists one page of the ceilings that apply to names of unregistered buckets in a store (`GET
    /// /v1/stores/{store}/ceilings`).
    pub async fn kept_ceilings(
        &self,
        store: &str,
        page: &PageQuery,
    ) -> Result<Page<KeptCeiling>, Error> {
        self.answer(self.get(&["v1", "stores", store, "ceilings"])?.query(page)).await
    }

    /// Lists all ceilings for names of unregistered buckets in a store, page after page.
    pub fn kept_ceilings_stream(
        &self,
        store: &str,
    ) -> impl Stream<Item = Result<KeptCeiling, Error>> + Send + 'static + use<> {
        self.items(&["v1", "stores", store, "ceilings"], &PageQuery::default())
    }

    /// Removes the ceiling for a name: a bucket registered under it is not limited by it any more
    /// (`DELETE /v1/stores/{store}/ceilings/{bucket}`).
    ///
    /// # Errors
    /// [`Error::is_not_found`] if there is no ceiling for the name.
    pub async fn lift_ceiling(&self, store: &str, bucket: &str) -> Result<(), Error> {
        self.done(self.delete(&["v1", "stores", store, "ceilings", bucket])?).await
    }
}
