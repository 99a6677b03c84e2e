//! The caller's own permissions.

use sail_cargo_protocol::{BucketPermissions, Page, PermissionsQuery};

use crate::{Client, Error};

impl Client {
    /// Lists the caller's current permissions in all buckets (`GET /v1/permissions`).
    pub async fn permissions(&self) -> Result<Page<BucketPermissions>, Error> {
        self.answer(self.get(&["v1", "permissions"])?).await
    }

    /// Reads the caller's current permissions in one bucket (`GET /v1/permissions?bucket=`), as a
    /// page with one item.
    pub async fn permissions_in(&self, bucket: &str) -> Result<Page<BucketPermissions>, Error> {
        let query = PermissionsQuery { bucket: Some(bucket.to_owned()) };
        self.answer(self.get(&["v1", "permissions"])?.query(&query)).await
    }
}
