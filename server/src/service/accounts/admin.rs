//! Who administers accounts.

use chrono::{DateTime, Utc};
use sail_cargo_database::DbConnection;
use sail_cargo_database::tables::{accounts, group_members, issuers};

use crate::domain::account::ADMINS;
use crate::domain::{Caller, Conflict, Context, ProjectId, SubjectId};
use crate::service::error::ServiceError;
use crate::service::handle::UserNames;

/// Refuses who does not administer accounts: by the member list that Cargo keeps, as it is in this transaction.
/// The groups of a token do not count.
pub(in crate::service) fn demand_admin(
    connection: &mut DbConnection,
    project: &ProjectId,
    context: &Context,
) -> Result<(), ServiceError> {
    let user = match &context.caller {
        Caller::Root(_) | Caller::Operator { .. } => return Ok(()),
        Caller::User(user) => &user.id,
        Caller::AccessKey(_) | Caller::Session(_) | Caller::Everybody(_) => {
            return Err(ServiceError::NotAccountAdmin);
        }
    };
    let membership = group_members::find(connection, project, &admins()?, user)?;
    if membership.is_some_and(|membership| membership.is_live(context.now)) {
        return Ok(());
    }
    Err(ServiceError::NotAccountAdmin)
}

/// Refuses to put out the last who administers accounts: somebody is left whose membership has no end and whose
/// account, if it is one, is active.
pub(in crate::service) fn demand_another_admin(
    connection: &mut DbConnection,
    project: &ProjectId,
    user: &SubjectId,
    now: DateTime<Utc>,
    users: UserNames,
) -> Result<(), ServiceError> {
    let members = group_members::list(connection, project, &admins()?, "", usize::MAX)?;
    let (own, others): (Vec<_>, Vec<_>) = members
        .into_iter()
        .filter(|member| member.is_live(now))
        .partition(|member| member.user == *user);
    if own.is_empty() || !may_sign_in(connection, project, user, users)? {
        return Ok(());
    }
    for member in others.iter().filter(|member| member.expires_at.is_none()) {
        if may_sign_in(connection, project, &member.user, users)? {
            return Ok(());
        }
    }
    Err(Conflict::LastAccountAdmin.into())
}

/// Whether a user has an active account, or may be another auth service's.
fn may_sign_in(
    connection: &mut DbConnection,
    project: &ProjectId,
    user: &SubjectId,
    users: UserNames,
) -> Result<bool, ServiceError> {
    Ok(match accounts::standing(connection, project, user)? {
        Some(standing) => standing.is_active(),
        None if users == UserNames::Open => true,
        None => issuers::aliases(connection)?.iter().any(|alias| alias.is_before(user.as_str())),
    })
}

fn admins() -> Result<SubjectId, ServiceError> {
    let group = SubjectId::parse(ADMINS);
    Ok(group.map_err(sail_cargo_database::DatabaseError::corrupt)?)
}
