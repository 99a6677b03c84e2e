//! The hash chain of a project's changes: each change has the hash of the one before it. Follows
//! the chain, and compares each change with what was written.

use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use sha2::{Digest as _, Sha256};

use crate::change_log::{Stamp, actor_kind};
use crate::columns::instant;
use crate::connection::DbConnection;
use crate::domain::{ChainHead, ProjectId};
use crate::error::DatabaseError;
use crate::tables::changes::{self, LinkRow};
use crate::tables::project_heads;

/// How many changes one query reads.
const CHUNK: i64 = 500;
/// About how many bytes of bodies one query reads.
const PIECE: i64 = 1024 * 1024;

/// What is wrong with a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChainFault {
    /// There is no such change, although there are later ones, or the project's head names it.
    Missing,
    /// It names another hash than that of the change before it.
    PreviousHash,
    /// Its body is not the one that was hashed.
    Hash,
    /// Its body has the right hash, and no version of Cargo wrote it.
    Body,
    /// This column beside the body says something else than the body.
    Column(&'static str),
    /// The project's head names another change as the last one.
    Head,
    /// It is behind the project's head.
    Unexpected,
    /// It is not the change that a head was kept of.
    KeptHead,
}

/// The first change that is not as it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChainBreak {
    /// Its revision.
    pub revision: i64,
    /// What is wrong with it.
    pub fault: ChainFault,
}

/// Which part of a chain to verify.
#[derive(Debug, Clone, Copy)]
pub struct ChainQuery {
    /// The changes after this one, which must be in the chain.
    pub after: ChainHead,
    /// A change that must be in the chain, if it reaches that far.
    pub kept: Option<ChainHead>,
    /// How many changes at most.
    pub limit: i64,
    /// How long to read; at least one piece is read.
    pub patience: Duration,
}

/// What became of a [`ChainQuery`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChainCheck {
    /// The last change up to which the chain holds.
    pub verified: ChainHead,
    /// When that change was made; `None` before the first one.
    pub at: Option<DateTime<Utc>>,
    /// How many changes were verified.
    pub changes: i64,
    /// Where the chain is broken, if it is.
    pub broken: Option<ChainBreak>,
    /// Whether to go on after `verified`: the chain holds so far, and there is more of it.
    pub more: bool,
}

/// Why a change is not verified.
enum Stop {
    Broken(ChainFault),
    Unread(DatabaseError),
}

/// The hash of a change: SHA-256 of the previous change's hash and this change's body.
pub(crate) fn chained(previous: &[u8], body: &[u8]) -> [u8; 32] {
    Sha256::new().chain_update(previous).chain_update(body).finalize().into()
}

/// Verifies a part of the chain of `project`, inside one snapshot.
///
/// # Errors
/// [`DatabaseError::NewerHistory`] if a newer version wrote the first of the changes;
/// [`DatabaseError::NotFound`] if there is no such project; [`DatabaseError::Unavailable`] if the
/// database does not answer.
pub fn verify(
    connection: &mut DbConnection,
    project: &ProjectId,
    query: ChainQuery,
) -> Result<ChainCheck, DatabaseError> {
    let deadline = Instant::now() + query.patience;
    let (last, last_hash) = project_heads::chain(connection, project)?;
    let passed = query.kept.filter(|kept| kept.revision() <= query.after.revision());
    let mut at = None;
    for head in passed.into_iter().chain([query.after]) {
        match stored(connection, project, head) {
            Ok(made) => at = made,
            Err(Stop::Broken(fault)) => {
                return Ok(ChainCheck::NOTHING.broken_at(head.revision(), fault));
            }
            Err(Stop::Unread(error)) => return Err(error),
        }
    }
    let mut check = ChainCheck { verified: query.after, at, ..ChainCheck::NOTHING };
    while check.verified.revision() < last {
        let left = query.limit - check.changes;
        if left <= 0 || (check.changes > 0 && Instant::now() >= deadline) {
            return Ok(ChainCheck { more: true, ..check });
        }
        let after = check.verified.revision();
        let limit = left.min(last - after).min(CHUNK);
        let links = changes::links_behind(connection, project, after, limit, PIECE)?;
        if links.is_empty() {
            return Ok(check.broken_at(after + 1, ChainFault::Missing));
        }
        for link in &links {
            match follow(link, check.verified, query.kept) {
                Ok((verified, at)) => check = check.with(verified, at),
                Err(Stop::Broken(fault)) => {
                    return Ok(check.broken_at(check.verified.revision() + 1, fault));
                }
                // A reader that continues after the readable changes gets the error.
                Err(Stop::Unread(DatabaseError::NewerHistory(_))) if check.changes > 0 => {
                    return Ok(ChainCheck { more: true, ..check });
                }
                Err(Stop::Unread(error)) => return Err(error),
            }
        }
    }
    let beyond = changes::first_behind(connection, project, last)?;
    Ok(check.at_end((last, &last_hash), beyond, query.kept))
}

/// When the change of a head was made, which must be stored as it was written; `None` for the start
/// of a chain, which is in each.
fn stored(
    connection: &mut DbConnection,
    project: &ProjectId,
    head: ChainHead,
) -> Result<Option<DateTime<Utc>>, Stop> {
    if head == ChainHead::START {
        return Ok(None);
    }
    let before = head.revision() - 1;
    let links = changes::links_behind(connection, project, before, 1, PIECE);
    let links = links.map_err(Stop::Unread)?;
    let link = links.first().filter(|link| link.revision == head.revision());
    let Some(link) = link.filter(|link| link.hash == head.hash()) else {
        return Err(Stop::Broken(ChainFault::KeptHead));
    };
    if chained(&link.prev_hash, &link.body) != *head.hash() {
        return Err(Stop::Broken(ChainFault::Hash));
    }
    made_at(link).map(Some)
}

/// The place of `link`, which must follow `before`, and when it was made.
fn follow(
    link: &LinkRow,
    before: ChainHead,
    kept: Option<ChainHead>,
) -> Result<(ChainHead, DateTime<Utc>), Stop> {
    let revision = before.revision() + 1;
    if link.revision != revision {
        return Err(Stop::Broken(ChainFault::Missing));
    }
    if link.prev_hash != before.hash() {
        return Err(Stop::Broken(ChainFault::PreviousHash));
    }
    let head = ChainHead::new(revision, chained(before.hash(), &link.body));
    if link.hash != head.hash() {
        return Err(Stop::Broken(ChainFault::Hash));
    }
    if kept.is_some_and(|kept| kept.revision() == revision && kept != head) {
        return Err(Stop::Broken(ChainFault::KeptHead));
    }
    Ok((head, made_at(link)?))
}

/// When a change was made, by its body, with which the columns beside it must agree.
fn made_at(link: &LinkRow) -> Result<DateTime<Utc>, Stop> {
    let stamp = match Stamp::of(&link.body) {
        Err(DatabaseError::Corrupt(_)) => return Err(Stop::Broken(ChainFault::Body)),
        stamp => stamp.map_err(Stop::Unread)?,
    };
    if let Some(column) = other_column(link, &stamp) {
        return Err(Stop::Broken(ChainFault::Column(column)));
    }
    instant(stamp.at).map_err(|_| Stop::Broken(ChainFault::Body))
}

/// The first column that says something else than the body.
fn other_column(link: &LinkRow, stamp: &Stamp) -> Option<&'static str> {
    let columns = [
        ("revision", link.revision == stamp.revision),
        ("at", link.at == stamp.at),
        ("actor_kind", link.actor_kind == actor_kind(&stamp.actor)),
        ("actor", link.actor == stamp.actor),
        ("via_key", link.via_key == stamp.via_key),
        ("request_id", link.request_id == stamp.request_id),
        ("kind", link.kind == stamp.kind),
    ];
    columns.into_iter().find(|(_, is_same)| !is_same).map(|(name, _)| name)
}

impl ChainCheck {
    const NOTHING: Self =
        Self { verified: ChainHead::START, at: None, changes: 0, broken: None, more: false };

    fn with(self, verified: ChainHead, at: DateTime<Utc>) -> Self {
        Self { verified, at: Some(at), changes: self.changes + 1, ..self }
    }

    fn broken_at(self, revision: i64, fault: ChainFault) -> Self {
        Self { broken: Some(ChainBreak { revision, fault }), ..self }
    }

    /// The result at the end of the chain: the project's head must be its last change, no other
    /// may be behind it, and a head that was kept must not be.
    fn at_end(
        self,
        (last, hash): (i64, &[u8]),
        beyond: Option<i64>,
        kept: Option<ChainHead>,
    ) -> Self {
        if self.verified.revision() != last || self.verified.hash() != hash {
            return self.broken_at(last, ChainFault::Head);
        }
        if let Some(revision) = beyond {
            return self.broken_at(revision, ChainFault::Unexpected);
        }
        match kept.filter(|kept| kept.revision() > last) {
            Some(kept) => self.broken_at(kept.revision(), ChainFault::KeptHead),
            None => self,
        }
    }
}
