//! What users are called, for people who read of them.

use sail_cargo_database::DbConnection;
use sail_cargo_database::tables::accounts;

use crate::domain::account::{AccountId, Username, Usernames};
use crate::domain::{Conflict, ProjectId, SubjectId};
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

/// Refuses to name users by what their accounts are called. It is for servers where all users have accounts: nobody
/// would be meant, and who is granted what would be somebody else's later.
pub(in crate::service) fn refuse_usernames<'a>(
    connection: &mut DbConnection,
    project: &ProjectId,
    users: impl IntoIterator<Item = &'a SubjectId>,
) -> Result<(), ServiceError> {
    match account_named(connection, project, users)? {
        Some((username, id)) => Err(Conflict::UsernameForId { username, id }.into()),
        None => Ok(()),
    }
}

/// The account, if there is one, that has one of these for its username.
pub(in crate::service) fn account_named<'a>(
    connection: &mut DbConnection,
    project: &ProjectId,
    users: impl IntoIterator<Item = &'a SubjectId>,
) -> Result<Option<(Username, AccountId)>, ServiceError> {
    let names = users.into_iter().filter(|user| AccountId::parse(user.as_str()).is_err());
    let names: Vec<_> = names.filter_map(|user| Username::parse(user.as_str()).ok()).collect();
    if names.is_empty() {
        return Ok(None);
    }
    Ok(accounts::any_named(connection, project, &names)?)
}
