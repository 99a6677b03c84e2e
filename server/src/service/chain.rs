//! Verifies the hash chain of a project's changes.

use std::sync::Arc;
use std::time::Duration;

use sail_cargo_database::DatabaseError;
use sail_cargo_database::chain::{self, ChainCheck, ChainQuery};
use tokio::sync::Semaphore;

use super::error::ServiceError;
use super::handle::Service;
use crate::domain::{At, ChainHead, Context, ProjectId};

/// How many chains are verified at a time: each keeps a connection to the database busy.
const AT_ONCE: usize = 2;
/// How long one query verifies.
const PATIENCE: Duration = Duration::from_secs(1);

/// Gives turns to those who verify chains. The others wait.
#[derive(Debug, Clone)]
pub(super) struct ChainTurns(Arc<Semaphore>);

impl Default for ChainTurns {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(AT_ONCE)))
    }
}

impl Service {
    /// Verifies at most `limit` changes of the project's chain, those behind `after`. The chain must
    /// have `after`, and `kept` if it reaches that far.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`] if there is no such project; [`ServiceError::Database`] if a newer
    /// version wrote the first of the changes, or the database does not answer.
    pub async fn verify_chain(
        &self,
        project: ProjectId,
        after: ChainHead,
        kept: Option<ChainHead>,
        limit: i64,
        context: Context,
    ) -> Result<At<ChainCheck>, ServiceError> {
        let turns = Arc::clone(&self.chain_turns.0);
        let turn = turns.acquire_owned().await.map_err(DatabaseError::unavailable)?;
        let query = ChainQuery { after, kept, limit, patience: PATIENCE };
        self.patient()
            .read(project.clone(), context.at_least, move |connection, _| {
                // Whoever has gone leaves the turn to others when the query is over.
                let _turn = turn;
                Ok(chain::verify(connection, &project, query)?)
            })
            .await
    }
}
