//! `store`: the storage accounts. The database holds their secrets sealed; [`GuardedCredentials`]
//! releases one only for an approved request.

mod access;
mod endpoints;
mod new_store;
mod rows;

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use crate::columns::{instant, micros};
use crate::connection::DbConnection;
use crate::domain::s3::Endpoint;
use crate::domain::sigv4::GuardedCredentials;
use crate::domain::{ProbeReport, ProjectId, Resource, Slug, StorageAccount, StoreAccess};
use crate::error::DatabaseError;
use crate::probe_record;
use crate::schema::{project, store as dsl};
use crate::vault::MasterKey;
use access::access_word;
pub(crate) use access::parse_access;
pub(crate) use endpoints::parse_endpoints;
use endpoints::write_endpoints;
pub use new_store::NewStore;
pub use rows::AccountVersion;
pub(crate) use rows::SealedRow;
use rows::{AccountChangeset, AccountRow, KnownRow, NamedSealRow, NewAccountRow, ProbeChangeset};

/// The result of a test whether an account's secret opens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TriedSeal {
    /// The name of the account.
    pub store: String,
    /// The id of the master key that sealed the secret.
    pub sealed_with: String,
    /// Whether the secret opens.
    pub opens: bool,
}

/// The parts of an existing account that matter when it is replaced.
pub struct KnownAccount {
    /// The id of the account.
    pub id: String,
    /// The endpoints of the account.
    pub endpoints: Vec<Endpoint>,
    /// The report of the last probe.
    pub probe: Option<ProbeReport>,
}

/// Joins projects with their accounts.
macro_rules! of_project {
    ($project:expr) => {
        project::table
            .inner_join(dsl::table.on(dsl::id.eq(project::store_id)))
            .filter(project::id.eq($project.as_str()))
    };
}

/// One account, by name.
pub fn find(connection: &mut DbConnection, name: &Slug) -> Result<StorageAccount, DatabaseError> {
    dsl::table
        .filter(dsl::name.eq(name.as_str()))
        .select(AccountRow::as_select())
        .first(connection)
        .optional()?
        .ok_or(DatabaseError::NotFound(Resource::Store))
        .and_then(StorageAccount::try_from)
}

/// All accounts, by name.
pub fn list(connection: &mut DbConnection) -> Result<Vec<StorageAccount>, DatabaseError> {
    let rows = dsl::table.order(dsl::name).select(AccountRow::as_select()).load(connection)?;
    rows.into_iter().map(StorageAccount::try_from).collect()
}

/// When each account was last probed; `None` if never.
pub fn probe_times(
    connection: &mut DbConnection,
) -> Result<Vec<Option<DateTime<Utc>>>, DatabaseError> {
    let times: Vec<Option<i64>> = dsl::table.select(dsl::probed_at).load(connection)?;
    times.into_iter().map(|time| time.map(instant).transpose()).collect()
}

/// The account of a project.
pub fn of_project(
    connection: &mut DbConnection,
    project: &ProjectId,
) -> Result<StorageAccount, DatabaseError> {
    of_project!(project)
        .select(AccountRow::as_select())
        .first(connection)
        .optional()?
        .ok_or(DatabaseError::NotFound(Resource::Store))
        .and_then(StorageAccount::try_from)
}

/// The id of an account.
pub fn id_of(connection: &mut DbConnection, name: &Slug) -> Result<String, DatabaseError> {
    let id = dsl::table.filter(dsl::name.eq(name.as_str())).select(dsl::id);
    id.first(connection).optional()?.ok_or(DatabaseError::NotFound(Resource::Store))
}

/// The id of an account, and whether several projects may share it.
pub fn id_and_shared(
    connection: &mut DbConnection,
    name: &Slug,
) -> Result<(String, bool), DatabaseError> {
    let found = dsl::table.filter(dsl::name.eq(name.as_str())).select((dsl::id, dsl::shared));
    found.first(connection).optional()?.ok_or(DatabaseError::NotFound(Resource::Store))
}

/// The id of a project's account.
pub fn id_of_project(
    connection: &mut DbConnection,
    project: &ProjectId,
) -> Result<String, DatabaseError> {
    Ok(project::table.find(project.as_str()).select(project::store_id).first(connection)?)
}

/// The existing account of this name, if any.
pub fn known(
    connection: &mut DbConnection,
    name: &Slug,
) -> Result<Option<KnownAccount>, DatabaseError> {
    let row = dsl::table
        .filter(dsl::name.eq(name.as_str()))
        .select(KnownRow::as_select())
        .first(connection)
        .optional()?;
    let Some(row) = row else { return Ok(None) };
    Ok(Some(KnownAccount {
        endpoints: parse_endpoints(&row.endpoints)?,
        probe: row.probe.as_deref().map(probe_record::read).transpose()?,
        id: row.id,
    }))
}

/// The names and endpoints of the other accounts with the same access key as `new`.
pub fn with_access_key(
    connection: &mut DbConnection,
    new: &NewStore,
) -> Result<Vec<(String, Vec<Endpoint>)>, DatabaseError> {
    let others: Vec<(String, String)> = dsl::table
        .filter(dsl::name.ne(new.name.as_str()))
        .filter(dsl::access_key_id.eq(&new.access_key_id))
        .select((dsl::name, dsl::endpoints))
        .load(connection)?;
    others.into_iter().map(|(name, text)| Ok((name, parse_endpoints(&text)?))).collect()
}

/// Whether several projects may use the account: because an operator allowed it, or because they
/// already do since before it was refused.
pub fn is_shared(
    connection: &mut DbConnection,
    project: &ProjectId,
) -> Result<bool, DatabaseError> {
    let (id, shared): (String, bool) =
        of_project!(project).select((dsl::id, dsl::shared)).first(connection)?;
    Ok(shared || has_several_projects(connection, &id)?)
}

/// Whether more than one project uses an account.
pub fn has_several_projects(
    connection: &mut DbConnection,
    id: &str,
) -> Result<bool, DatabaseError> {
    let some = project::table.filter(project::store_id.eq(id)).select(project::id).limit(2);
    Ok(some.load::<String>(connection)?.len() > 1)
}

/// The endpoints of a project's storage.
pub fn endpoints_of_project(
    connection: &mut DbConnection,
    project: &ProjectId,
) -> Result<Vec<Endpoint>, DatabaseError> {
    let text: String = of_project!(project)
        .select(dsl::endpoints)
        .first(connection)
        .optional()?
        .ok_or(DatabaseError::NotFound(Resource::Project))?;
    parse_endpoints(&text)
}

/// The credentials of an account.
pub fn credentials(
    connection: &mut DbConnection,
    key: &MasterKey,
    name: &Slug,
) -> Result<GuardedCredentials, DatabaseError> {
    dsl::table
        .filter(dsl::name.eq(name.as_str()))
        .select(SealedRow::as_select())
        .first(connection)
        .optional()?
        .ok_or(DatabaseError::NotFound(Resource::Store))?
        .open(key)
}

/// The credentials of a project's account.
pub fn credentials_of_project(
    connection: &mut DbConnection,
    key: &MasterKey,
    project: &ProjectId,
) -> Result<GuardedCredentials, DatabaseError> {
    of_project!(project).select(SealedRow::as_select()).first(connection)?.open(key)
}

/// Tests a master key on every secret. The most recently updated account comes last.
pub fn try_seals(
    connection: &mut DbConnection,
    key: &MasterKey,
) -> Result<Vec<TriedSeal>, DatabaseError> {
    let rows =
        dsl::table.order(dsl::updated_at).select(NamedSealRow::as_select()).load(connection)?;
    let tried = rows.into_iter().map(|NamedSealRow { name, sealed }| TriedSeal {
        store: name,
        sealed_with: sealed.sealed_with.clone(),
        opens: sealed.open(key).is_ok(),
    });
    Ok(tried.collect())
}

/// Adds an account with the report of its probe.
pub fn insert(
    connection: &mut DbConnection,
    key: &MasterKey,
    new: &NewStore,
    probe: Option<&ProbeReport>,
    now: DateTime<Utc>,
) -> Result<(), DatabaseError> {
    let id = uuid::Uuid::new_v4().to_string();
    let row = AccountChangeset::new(key, &id, new, probe, now)?;
    let row = NewAccountRow { id: &id, name: new.name.as_str(), row, created_at: micros(now) };
    diesel::insert_into(dsl::table).values(row).execute(connection)?;
    Ok(())
}

/// Replaces an existing account, with the report of its probe.
pub fn update(
    connection: &mut DbConnection,
    key: &MasterKey,
    id: &str,
    new: &NewStore,
    probe: Option<&ProbeReport>,
    now: DateTime<Utc>,
) -> Result<(), DatabaseError> {
    let row = AccountChangeset::new(key, id, new, probe, now)?;
    diesel::update(dsl::table.find(id))
        .set((row, dsl::version.eq(dsl::version + 1)))
        .execute(connection)?;
    Ok(())
}

/// Stores the report of a probe of `account`. Returns `false` if the account has changed since the
/// probe.
pub fn keep_probe(
    connection: &mut DbConnection,
    account: &StorageAccount,
    report: &ProbeReport,
) -> Result<bool, DatabaseError> {
    let probed = dsl::table
        .filter(dsl::name.eq(&account.name))
        .filter(dsl::endpoints.eq(write_endpoints(&account.endpoints)?))
        .filter(dsl::access_key_id.eq(&account.access_key_id))
        .filter(dsl::version.eq(account.version));
    let found = (ProbeChangeset::new(Some(report))?, dsl::version.eq(dsl::version + 1));
    Ok(diesel::update(probed).set(found).execute(connection)? > 0)
}

/// Updates how an account is used. The seal, the endpoints and the probe stay.
pub fn set_use(
    connection: &mut DbConnection,
    name: &Slug,
    (access, accept_unsafe_storage): (StoreAccess, bool),
    now: DateTime<Utc>,
) -> Result<(), DatabaseError> {
    diesel::update(dsl::table.filter(dsl::name.eq(name.as_str())))
        .set((
            dsl::access.eq(access_word(access)),
            dsl::accept_unsafe_storage.eq(accept_unsafe_storage),
            dsl::updated_at.eq(micros(now)),
            dsl::version.eq(dsl::version + 1),
        ))
        .execute(connection)?;
    Ok(())
}

/// Deletes an account. Returns whether it existed.
pub fn delete(connection: &mut DbConnection, name: &Slug) -> Result<bool, DatabaseError> {
    let row = dsl::table.filter(dsl::name.eq(name.as_str()));
    Ok(diesel::delete(row).execute(connection)? > 0)
}
