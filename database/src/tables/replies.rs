//! `idempotency`: replies to POSTs that carried an `Idempotency-Key`, for a day. They may hold a key,
//! so they are sealed.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use crate::columns::micros;
use crate::connection::DbConnection;
use crate::domain::Secret;
use crate::error::DatabaseError;
use crate::schema::idempotency as dsl;
use crate::vault::MasterKey;

/// Whose reply it is, and to which request.
#[derive(Debug, Clone, Copy)]
pub struct ReplyKey<'a> {
    /// Empty for what operators create.
    pub project: &'a str,
    /// Who asked.
    pub actor: &'a str,
    /// The key, as the caller chose it.
    pub key: &'a str,
}

/// A reply that is kept, and the request it is to.
pub struct KeptReply {
    /// What the request was.
    pub fingerprint: Vec<u8>,
    sealed: Vec<u8>,
    place: String,
}

impl KeptReply {
    /// The reply: JSON.
    ///
    /// # Errors
    /// Another master key sealed it, or it is damaged.
    pub fn open(&self, master_key: &MasterKey) -> Result<Secret, DatabaseError> {
        master_key.open(&self.sealed, &self.place)
    }
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

impl ReplyKey<'_> {
    /// What a seal is bound to.
    fn place(&self) -> String {
        format!("idempotency/{}/{}/{}", self.project, self.actor, self.key)
    }
}

/// Removes the replies of a project that are kept no longer at `now`.
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
