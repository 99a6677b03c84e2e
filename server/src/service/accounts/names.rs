//! What users are called, for people who read of them.

use sail_cargo_database::tables::accounts;

use crate::domain::ProjectId;
use crate::domain::SubjectId;
use crate::domain::account::{AccountId, Usernames};
use crate::service::error::ServiceError;
use crate::service::handle::Service;

impl Service {
    /// What the accounts of `users` are called now. Users without an account have no name. Decisions about
    /// grants do not rest on it: they read the name with the grants, at one revision.
    ///
    /// # Errors
    /// [`ServiceError::Database`] if the database does not answer.
    pub async fn usernames_of<'a>(
        &self,
        project: &ProjectId,
        users: impl IntoIterator<Item = &'a SubjectId>,
    ) -> Result<Usernames, ServiceError> {
        let accounts = users.into_iter().filter_map(|user| AccountId::parse(user.as_str()).ok());
        let accounts: Vec<AccountId> = accounts.collect();
        if accounts.is_empty() {
            return Ok(Usernames::default());
        }
        let named = self.read(project.clone(), None, {
            let project = project.clone();
            move |connection, _| Ok(accounts::usernames_of(connection, &project, &accounts)?)
        });
        Ok(named.await?.value)
    }
}
