//! `idempotency`: the replies to POSTs with an `Idempotency-Key`, kept for a day. They are sealed,
//! because they may contain the secret of an API key.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use crate::columns::micros;
use crate::connection::DbConnection;
use crate::domain::Secret;
use crate::error::DatabaseError;
use crate::schema::idempotency as dsl;
use crate::vault::MasterKey;

/// Identifies a reply: the caller and the caller's key.
#[derive(Debug, Clone, Copy)]
pub struct ReplyKey<'a> {
    /// The project id; empty for requests of operators.
    pub project: &'a str,
    /// The caller.
    pub actor: &'a str,
    /// The `Idempotency-Key` that the caller chose.
    pub key: &'a str,
}

/// A kept reply and the fingerprint of its request.
pub struct KeptReply {
    /// The fingerprint of the request.
    pub fingerprint: Vec<u8>,
    sealed: Vec<u8>,
    place: String,
}

impl KeptReply {
    /// Opens the sealed reply, which is JSON.
    ///
    /// # Errors
    /// [`DatabaseError::Corrupt`] if another master key sealed the reply, or the reply is damaged.
    pub fn open(&self, master_key: &MasterKey) -> Result<Secret, DatabaseError> {
        master_key.open(&self.sealed, &self.place)
    }
}

/// A new row.
#[derive(Insertable)]
#[diesel(table_name = dsl)]
struct NewReplyRow<'a> {
    project_id: &'a str,
    actor: &'a str,
    key: &'a str,
    fingerprint: &'a [u8],
    /// The sealed reply.
    response: Vec<u8>,
    expires_at: i64,
}

impl ReplyKey<'_> {
    /// The associated data that the seal is bound to.
    fn place(&self) -> String {
        format!("idempotency/{}/{}/{}", self.project, self.actor, self.key)
    }
}

/// Deletes the project's replies that have expired at `now`.
pub fn delete_expired(
    connection: &mut DbConnection,
    project: &str,
    now: DateTime<Utc>,
) -> Result<(), DatabaseError> {
    let expired =
        dsl::table.filter(dsl::project_id.eq(project)).filter(dsl::expires_at.le(micros(now)));
    diesel::delete(expired).execute(connection)?;
    Ok(())
}

/// One reply.
pub fn find(
    connection: &mut DbConnection,
    key: &ReplyKey<'_>,
) -> Result<Option<KeptReply>, DatabaseError> {
    let known: Option<(Vec<u8>, Vec<u8>)> = dsl::table
        .find((key.project, key.actor, key.key))
        .select((dsl::fingerprint, dsl::response))
        .first(connection)
        .optional()?;
    Ok(known.map(|(fingerprint, sealed)| KeptReply { fingerprint, sealed, place: key.place() }))
}

/// Keeps a reply until `expires_at`.
pub fn insert(
    connection: &mut DbConnection,
    master_key: &MasterKey,
    key: &ReplyKey<'_>,
    fingerprint: &[u8],
    reply: &Secret,
    expires_at: DateTime<Utc>,
) -> Result<(), DatabaseError> {
    let row = NewReplyRow {
        project_id: key.project,
        actor: key.actor,
        key: key.key,
        fingerprint,
        response: master_key.seal(reply, &key.place())?,
        expires_at: micros(expires_at),
    };
    diesel::insert_into(dsl::table).values(row).execute(connection)?;
    Ok(())
}
