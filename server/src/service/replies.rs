//! Replies to POSTs with an `Idempotency-Key`, kept for a day.
//!
//! A reply is looked up and stored in the transaction of the mutation, under its lock. So of two
//! concurrent requests the second finds the reply to the first. The stored record is sealed,
//! because it may contain a key.

use sail_cargo_database::tables::replies::{self, ReplyKey};
use sail_cargo_database::{DatabaseError, DbConnection, MasterKey};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::error::ServiceError;
use super::mutation::{Change, Writer};
use crate::domain::{Context, ProjectId, Secret, limits};

/// A reply, new or replayed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply<T> {
    /// The content of the reply.
    pub value: T,
    /// Whether this is the reply to an earlier request, and nothing was done now.
    pub replayed: bool,
}

/// Makes something in the mutation of `writer` and puts it in the change log, or returns the stored reply if it was
/// made before with the same key. The reply is stored as an `R`.
///
/// # Errors
/// [`ServiceError::KeyReused`] if the key belongs to another request; the error of `make`.
pub(super) fn make_once<T, R>(
    writer: &mut Writer<'_, '_>,
    master_key: &MasterKey,
    project: &ProjectId,
    context: &Context,
    make: impl FnOnce(&mut DbConnection) -> Result<(T, Change), ServiceError>,
) -> Result<Reply<T>, ServiceError>
where
    R: Serialize + DeserializeOwned + for<'a> From<&'a T>,
    T: TryFrom<R, Error = DatabaseError>,
{
    let mut made = None;
    let act = |connection: &mut DbConnection| {
        let (value, change) = make(connection)?;
        made = Some(change);
        Ok(value)
    };
    let reply = once::<T, R>(writer.connection(), master_key, project.as_str(), context, act)?;
    made.iter().try_for_each(|change| writer.record(change))?;
    Ok(reply)
}

/// Runs `act`, or returns the stored reply if it ran before with the same key. `project` is empty
/// for requests of operators. The reply is stored as an `R`.
///
/// # Errors
/// [`ServiceError::KeyReused`] if the key belongs to another request; the error of `act`.
pub(super) fn once<T, R>(
    connection: &mut DbConnection,
    master_key: &MasterKey,
    project: &str,
    context: &Context,
    act: impl FnOnce(&mut DbConnection) -> Result<T, ServiceError>,
) -> Result<Reply<T>, ServiceError>
where
    R: Serialize + DeserializeOwned + for<'a> From<&'a T>,
    T: TryFrom<R, Error = DatabaseError>,
{
    let Some(idempotency) = &context.idempotency else {
        return Ok(Reply { value: act(connection)?, replayed: false });
    };
    let actor = context.caller.to_string();
    let key = ReplyKey { project, actor: &actor, key: &idempotency.key };
    replies::delete_expired(connection, project, context.now)?;
    if let Some(kept) = replies::find(connection, &key)? {
        if kept.fingerprint != idempotency.fingerprint {
            return Err(ServiceError::KeyReused);
        }
        let reply = kept.open(master_key)?;
        let record: R = serde_json::from_str(reply.expose()).map_err(DatabaseError::corrupt)?;
        return Ok(Reply { value: record.try_into()?, replayed: true });
    }
    let value = act(connection)?;
    let record = serde_json::to_string(&R::from(&value)).map_err(DatabaseError::corrupt)?;
    let (reply, until) = (Secret::new(record), context.now + limits::REPLIES_KEPT);
    replies::insert(connection, master_key, &key, &idempotency.fingerprint, &reply, until)?;
    Ok(Reply { value, replayed: false })
}
