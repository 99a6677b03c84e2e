//! The change feed, and its hash chain.

use std::time::Duration;

use sail_cargo_protocol::{ChainCheck, ChainQuery, Changes, ChangesQuery};

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
    /// Verifies a part of the hash chain of the changes (`GET /v1/changes/chain`). While the answer
    /// has `more`, the chain goes on behind its `next`.
    pub async fn changes_chain(&self, query: &ChainQuery) -> Result<ChainCheck, Error> {
        self.answer(self.get(&["v1", "changes", "chain"])?.query(query)).await
    }

    /// Verifies the whole hash chain of the changes, part by part, until it is broken or at its end.
    /// A chain without `head`, an earlier `next` that was kept elsewhere, is broken.
    pub async fn verify_changes(&self, head: Option<&str>) -> Result<ChainCheck, Error> {
        let mut query = ChainQuery { head: head.map(ToOwned::to_owned), ..ChainQuery::default() };
        let mut changes = 0;
        loop {
            let check = self.changes_chain(&query).await?;
            changes += check.changes;
            if !check.more {
                return Ok(ChainCheck { changes, ..check });
            }
            query.after = Some(check.next);
        }
    }
}
