//! Replies to POSTs that carried an `Idempotency-Key`, for a day.
//!
//! A reply is looked up and kept in the transaction of the mutation, under its lock: of two
//! requests at once the second finds what the first was answered. What is kept is a record of ours,
//! sealed: it may hold a key.

use sail_cargo_database::tables::replies::{self, ReplyKey};
use sail_cargo_database::{DatabaseError, DbConnection, MasterKey};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::error::ServiceError;
use crate::domain::{Context, Secret, limits};

/// A reply, and whether it was given before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply<T> {
    /// What is answered.
    pub value: T,
    /// It was answered before; nothing was done now.
    pub replayed: bool,
}

/// Runs `act` unless it ran before under the same key; `project` is empty for what operators
/// create. The answer is kept as an `R`.
///
/// # Errors
/// The key came with another request before; whatever `act` says.
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
