//! Usernames that are reserved, for operators.

use sail_cargo_database::tables::accounts::reserved_usernames;

use crate::domain::account::{Reserved, Username};
use crate::domain::{At, Context, ProjectId};
use crate::service::error::ServiceError;
use crate::service::handle::Service;
use crate::service::listing::{Listed, paginate};
use crate::service::mutation::{Change, MutationOutcome, mutate};

impl Service {
    /// A page of the usernames that no new account gets, behind `after`.
    ///
    /// # Errors
    /// [`ServiceError::Database`] if the database does not answer.
    pub async fn reserved_usernames(
        &self,
        project: ProjectId,
        after: String,
        limit: usize,
        context: Context,
    ) -> Result<At<Listed<Reserved>>, ServiceError> {
        self.read(project.clone(), context.at_least, move |connection, _| {
            let listed = reserved_usernames::list(connection, &project, &after, limit + 1)?;
            Ok(paginate(listed, limit))
        })
        .await
    }

    /// Gives a reserved username free; whether it was reserved. It is on record.
    ///
    /// # Errors
    /// [`ServiceError::Database`] if the database does not answer.
    pub async fn free_username(
        &self,
        project: ProjectId,
        username: Username,
        context: Context,
    ) -> Result<At<bool>, ServiceError> {
        self.change(move |session| {
            mutate(session, &project, &context, |connection, _| {
                let reserved = reserved_usernames::find(connection, &project, &username)?;
                let Some(reserved) = reserved else { return Ok(MutationOutcome::Unchanged(false)) };
                reserved_usernames::free(connection, &project, &username)?;
                let change = Change {
                    kind: "account.free_username",
                    bucket: None,
                    object: Some(username.to_string()),
                    detail: format!("gave the username of account {} free", reserved.account),
                    rows: Vec::new(),
                };
                Ok(MutationOutcome::Changed(true, change))
            })
        })
        .await
    }
}
