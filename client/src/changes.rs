//! The change feed.

use std::time::Duration;

use sail_cargo_protocol::{Changes, ChangesQuery};

use crate::{Client, Error};

impl Client {
    /// Lists the changes after a revision (`GET /v1/changes`). If there are none, waits up to
    /// `query.wait` seconds for one, even beyond the client's timeout.
    pub async fn changes(&self, query: &ChangesQuery) -> Result<Changes, Error> {
        let mut request = self.get(&["v1", "changes"])?.query(query);
        if let Some(wait) = query.wait {
            request = request.timeout(Duration::from_secs(u64::from(wait) + 10));
        }
        self.answer(request).await
    }
}
