//! Looking at accounts.

use sail_cargo_database::tables::accounts::{self, AccountFilter};

use super::admin::demand_admin;
use super::found;
use crate::domain::account::{AccountName, AccountStatus, StoredAccount};
use crate::domain::{At, Context, ProjectId};
use crate::service::error::ServiceError;
use crate::service::handle::Service;
use crate::service::listing::{Listed, paginate};

impl Service {
    /// A page of the accounts of a project by username: those that begin with `search` and are of `status`,
    /// behind `after`.
    ///
    /// # Errors
    /// [`ServiceError::NotAccountAdmin`].
    pub async fn accounts(
        &self,
        project: ProjectId,
        (search, status): (Option<String>, Option<AccountStatus>),
        after: String,
        limit: usize,
        context: Context,
    ) -> Result<At<Listed<StoredAccount>>, ServiceError> {
        let filter = AccountFilter { search, status };
        self.read(project.clone(), context.at_least, move |connection, _| {
            demand_admin(connection, &project, &context)?;
            let listed = accounts::list(connection, &project, &filter, &after, limit + 1)?;
            Ok(paginate(listed, limit))
        })
        .await
    }

    /// One account, for an administrator.
    ///
    /// # Errors
    /// [`ServiceError::NotAccountAdmin`], [`ServiceError::NotFound`].
    pub async fn account(
        &self,
        project: ProjectId,
        name: AccountName,
        context: Context,
    ) -> Result<At<StoredAccount>, ServiceError> {
        self.read(project.clone(), context.at_least, move |connection, _| {
            demand_admin(connection, &project, &context)?;
            Ok(found(connection, &project, &name)?.account)
        })
        .await
    }

    /// One's own account.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`] if the user is no account.
    pub async fn own_account(
        &self,
        project: ProjectId,
        name: AccountName,
        context: Context,
    ) -> Result<At<StoredAccount>, ServiceError> {
        self.read(project.clone(), context.at_least, move |connection, _| {
            Ok(found(connection, &project, &name)?.account)
        })
        .await
    }
}
