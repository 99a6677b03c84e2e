//! Signing an account out everywhere.

use chrono::{DateTime, Utc};
use sail_cargo_database::DbConnection;
use sail_cargo_database::change_log::{LoggedRow, Sides};
use sail_cargo_database::tables::access_keys;
use sail_cargo_database::tables::accounts::{self, refresh_tokens};

use super::admin::demand_admin;
use super::{change, found, logged};
use crate::domain::account::{AccountId, AccountName, StoredAccount};
use crate::domain::{AccessKeyStatus, At, Context, ProjectId, StoredAccessKey};
use crate::service::error::ServiceError;
use crate::service::handle::Service;
use crate::service::mutation::{MutationOutcome, mutate};
use crate::service::sessions::end_now;

/// That an account was signed out everywhere.
#[derive(Debug)]
pub struct AccountEnd {
    /// The account.
    pub account: AccountId,
    /// When.
    pub ended_at: DateTime<Utc>,
    /// How many access keys were disabled.
    pub keys_disabled: u64,
}

impl Service {
    /// Ends all that came of the sign-ins of an account, and with `keys` disables its access keys.
    ///
    /// # Errors
    /// [`ServiceError::NotAccountAdmin`], [`ServiceError::NotFound`].
    pub async fn end_account_sessions(
        &self,
        project: ProjectId,
        name: AccountName,
        keys: bool,
        context: Context,
    ) -> Result<At<AccountEnd>, ServiceError> {
        self.change(move |session| {
            mutate(session, &project, &context, |connection, _| {
                demand_admin(connection, &project, &context)?;
                end(connection, &project, &name, keys, &context)
            })
        })
        .await
    }
}

fn end(
    connection: &mut DbConnection,
    project: &ProjectId,
    name: &AccountName,
    keys: bool,
    context: &Context,
) -> Result<MutationOutcome<AccountEnd>, ServiceError> {
    let before = found(connection, project, name)?.account;
    let after = StoredAccount { epoch: before.epoch.next(), ..before.clone() };
    accounts::update(connection, project, &after)?;
    refresh_tokens::end_all(connection, project, &after.id)?;
    let (ended, row) = end_now(connection, project, after.id.user().clone(), context.now)?;
    let mut rows = vec![logged(Some(&before), Some(&after)), row];
    let disabled = if keys { disable_keys(connection, project, &after, context)? } else { vec![] };
    let end = AccountEnd {
        account: after.id.clone(),
        ended_at: ended.ended_at,
        keys_disabled: disabled.len() as u64,
    };
    rows.extend(disabled);
    let change = change("account.end_sessions", &after, "ended the sessions of", rows);
    Ok(MutationOutcome::Changed(end, change))
}

fn disable_keys(
    connection: &mut DbConnection,
    project: &ProjectId,
    account: &StoredAccount,
    context: &Context,
) -> Result<Vec<LoggedRow>, ServiceError> {
    let keys =
        access_keys::list(connection, project, (Some(account.id.user()), None), "", usize::MAX)?;
    let mut rows = Vec::new();
    for before in keys.into_iter().filter(|key| key.status == AccessKeyStatus::Active) {
        let after = StoredAccessKey {
            status: AccessKeyStatus::Disabled,
            disabled_by: Some(context.caller.to_string()),
            ..before.clone()
        };
        access_keys::update(connection, project, &after)?;
        rows.push(LoggedRow::AccessKey(Sides::of(Some(&before), Some(&after))));
    }
    Ok(rows)
}
