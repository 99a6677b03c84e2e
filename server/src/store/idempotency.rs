//! `idempotency`: replies to POSTs that carried an `Idempotency-Key`, for a day.
//!
//! A reply is looked up and kept in the transaction of the mutation, under its lock: of two
//! requests at once the second finds what the first was answered. Replies may hold a key, so they
//! are sealed.

use diesel::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::connection::DbConnection;
use super::error::StoreError;
use super::rows::micros;
use super::schema::idempotency as dsl;
use super::vault::MasterKey;
use crate::domain::{Context, Secret, limits};

/// A reply, and whether it was given before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply<T> {
    /// What is answered.
    pub value: T,
    /// It was answered before; nothing was done now.
    pub replayed: bool,
}

/// A reply to be kept.
#[derive(Insertable)]
#[diesel(table_name = dsl)]
struct NewReplyRow<'a> {
    project_id: &'a str,
    actor: &'a str,
    key: &'a str,
    fingerprint: &'a [u8],
    /// Sealed.
    response: Vec<u8>,
    expires_at: i64,
}

/// Runs `act` unless it ran before under the same key; `project` is empty for what operators
/// create.
///
/// # Errors
/// The key came with another request before; whatever `act` says.
pub(super) fn once<T: Serialize + DeserializeOwned>(
    connection: &mut DbConnection,
    master_key: &MasterKey,
    project: &str,
    context: &Context,
    act: impl FnOnce(&mut DbConnection) -> Result<T, StoreError>,
) -> Result<Reply<T>, StoreError> {
    let Some(idempotency) = &context.idempotency else {
        return Ok(Reply { value: act(connection)?, replayed: false });
    };
    let actor = context.caller.to_string();
    let place = format!("idempotency/{project}/{actor}/{}", idempotency.key);
    let expired = dsl::table
        .filter(dsl::project_id.eq(project))
        .filter(dsl::expires_at.le(micros(context.now)));
    diesel::delete(expired).execute(connection)?;
    let known: Option<(Vec<u8>, Vec<u8>)> = dsl::table
        .find((project, &actor, &idempotency.key))
        .select((dsl::fingerprint, dsl::response))
        .first(connection)
        .optional()?;
    if let Some((fingerprint, response)) = known {
        if fingerprint != idempotency.fingerprint {
            return Err(StoreError::KeyReused);
        }
        let opened = master_key.open(&response, &place)?;
        let value = serde_json::from_str(opened.expose()).map_err(StoreError::corrupt)?;
        return Ok(Reply { value, replayed: true });
    }
    let value = act(connection)?;
    let reply = Secret::new(serde_json::to_string(&value).map_err(StoreError::corrupt)?);
    let row = NewReplyRow {
        project_id: project,
        actor: &actor,
        key: &idempotency.key,
        fingerprint: &idempotency.fingerprint,
        response: master_key.seal(&reply, &place)?,
        expires_at: micros(context.now + limits::REPLIES_KEPT),
    };
    diesel::insert_into(dsl::table).values(row).execute(connection)?;
    Ok(Reply { value, replayed: false })
}
