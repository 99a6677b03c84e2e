//! Whether what an account has is good: told by the cache.

use sail_cargo_database::DbConnection;
use sail_cargo_database::tables::accounts;

use crate::domain::account::AccountStanding;
use crate::domain::caller::User;
use crate::domain::{ProjectId, SubjectId};
use crate::service::error::ServiceError;
use crate::service::handle::Service;

impl Service {
    /// Whether the account of a user is in use, and its epoch; `None` if the user is no account. By the cache
    /// under its lease: what ends counts within `max_staleness`.
    ///
    /// # Errors
    /// [`ServiceError::Database`] if the cache does not know and the database does not answer.
    pub async fn account_standing(
        &self,
        project: &ProjectId,
        user: &SubjectId,
    ) -> Result<Option<AccountStanding>, ServiceError> {
        let cached =
            self.cache.get_if_fresh(project, None, |state| Some(state.account_standing(user)));
        if let Some(known) = cached {
            return Ok(known);
        }
        let (project, user) = (project.clone(), user.clone());
        let found = self.read(project.clone(), None, move |connection, _| {
            Ok(accounts::standing(connection, &project, &user)?)
        });
        match found.await {
            Ok(found) => Ok(found.value),
            Err(ServiceError::NotFound(_)) => Ok(None),
            Err(other) => Err(other),
        }
    }
}

/// Refuses the user of an account that was put out of use, or signed out, since they proved themselves: what ended
/// all that they had ends what they are doing.
pub(in crate::service) fn demand_same_epoch(
    connection: &mut DbConnection,
    project: &ProjectId,
    user: &User,
) -> Result<(), ServiceError> {
    if user.epoch.is_none() {
        return Ok(());
    }
    let standing = accounts::standing(connection, project, &user.id)?;
    user.demand_standing(standing.as_ref()).map_err(ServiceError::SignedOut)
}
