//! `api_key`: hashes of the keys that applications prove themselves with.

use std::collections::BTreeSet;

use aws_lc_rs::rand;
use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use sail_cargo_protocol::{ApiKey, CreatedApiKey, Scope};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq as _;

use super::Store;
use super::connection::{DbConnection, enter, enter_with_key};
use super::error::StoreError;
use super::grants::Listed;
use super::history::{When, past, rewind};
use super::idempotency::{Reply, once};
use super::revision::At;
use super::rows::{instant, json as parse_json, maybe_instant, micros, to_json};
use super::schema::api_key as dsl;
use super::write::{Change, Context, Effect, Mode, mutate, row, write};
use crate::domain::caller::KeyHolder;
use crate::domain::{KeyId, ProjectId, Secret};

const BRAND: &str = "cgok_live_";
const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const ID: usize = 12;
const SECRET: usize = 43;
const CHECKSUM: usize = 6;

/// A key as somebody presented it: well-formed, not yet known to be good.
///
/// `cgok_live_` + 12 characters of id + `_` + 43 of secret (256 bits) + 6 of CRC-32, all of
/// `[0-9A-Za-z]`, so that a double click selects it and a typo is seen without a look-up.
pub struct PresentedKey {
    id: KeyId,
    hash: [u8; 32],
}

impl PresentedKey {
    /// Reads a key; `None` for what is none.
    pub fn parse(text: &str) -> Option<Self> {
        let (id, rest) = text.strip_prefix(BRAND)?.split_once('_')?;
        let plain = rest.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if !plain || rest.len() != SECRET + CHECKSUM {
            return None;
        }
        let signed = text.len() - CHECKSUM;
        let id = KeyId::parse(id).ok()?;
        (checksum(&text[..signed]) == text[signed..]).then(|| Self { id, hash: hash(text) })
    }

    /// Whether `text` looks like a key at all, well-formed or not.
    pub fn is_meant(text: &str) -> bool {
        text.starts_with("cgok_")
    }
}

/// Shows the id, never the key.
impl std::fmt::Debug for PresentedKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PresentedKey").field("id", &self.id).finish_non_exhaustive()
    }
}

/// A key to be made.
#[derive(Debug, Clone)]
pub struct NewKey {
    /// What it is for.
    pub name: String,
    /// What it may be used for.
    pub scopes: BTreeSet<Scope>,
    /// When it stops.
    pub expires_at: Option<DateTime<Utc>>,
}

/// A stored key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredKey {
    /// The part that is no secret.
    pub id: KeyId,
    /// What it is for.
    pub name: String,
    /// What it may be used for.
    pub scopes: BTreeSet<Scope>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Who made it.
    pub created_by: String,
    /// When it stops.
    pub expires_at: Option<DateTime<Utc>>,
    /// When it was revoked.
    pub revoked_at: Option<DateTime<Utc>>,
    /// The id of the key it was first rotated from; its own otherwise.
    pub family: String,
    /// When it was last presented.
    pub last_used_at: Option<DateTime<Utc>>,
    /// From which address.
    pub last_used_ip: Option<String>,
}

/// What a key shall be: what is `None` stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeyEdit {
    /// What it is for.
    pub name: Option<String>,
    /// What it may be used for: no more than now.
    pub scopes: Option<BTreeSet<Scope>>,
    /// When it stops: no later than now.
    pub expires_at: Option<DateTime<Utc>>,
}

/// Keys of one family that are good at the same time, at most.
const MAX_LIVE: usize = 2;

impl Store {
    /// Makes a key. The answer is the only time it can be seen.
    ///
    /// # Errors
    /// The `Idempotency-Key` came with another request before.
    pub async fn create_key(
        &self,
        project: ProjectId,
        new: NewKey,
        context: Context,
    ) -> Result<At<Reply<CreatedApiKey>>, StoreError> {
        let master_key = self.master_key.clone();
        self.run(move |connection| {
            write(connection, &project, &context, Mode::Commit, |writer| {
                let revision = writer.next();
                let mut change = None;
                let act = |connection: &mut DbConnection| {
                    let (created, made) =
                        insert(connection, &project, &context, revision, None, &new)?;
                    change = Some(made);
                    Ok(created)
                };
                let reply = once(writer.connection, &master_key, project.as_str(), &context, act)?;
                change.iter().try_for_each(|change| writer.record(change))?;
                Ok(reply)
            })
        })
        .await
    }

    /// Makes a key that takes the place of another, which goes on for `overlap` at most.
    ///
    /// # Errors
    /// There is no such key, it is not good any more, or two of its family are good already.
    pub async fn rotate_key(
        &self,
        project: ProjectId,
        id: KeyId,
        overlap: TimeDelta,
        expires_at: DateTime<Utc>,
        context: Context,
    ) -> Result<At<Reply<CreatedApiKey>>, StoreError> {
        let master_key = self.master_key.clone();
        self.run(move |connection| {
            write(connection, &project, &context, Mode::Commit, |writer| {
                let revision = writer.next();
                let mut change = None;
                let act = |connection: &mut DbConnection| {
                    let (created, made) =
                        rotate(connection, &project, &context, revision, &id, overlap, expires_at)?;
                    change = Some(made);
                    Ok(created)
                };
                let reply = once(writer.connection, &master_key, project.as_str(), &context, act)?;
                change.iter().try_for_each(|change| writer.record(change))?;
                Ok(reply)
            })
        })
        .await
    }

    /// Changes a key that is good: less is all that it can become.
    ///
    /// # Errors
    /// There is no such key, or it would be good for more, or for longer.
    pub async fn patch_key(
        &self,
        project: ProjectId,
        id: KeyId,
        edit: KeyEdit,
        context: Context,
    ) -> Result<At<StoredKey>, StoreError> {
        self.run(move |connection| {
            mutate(connection, &project, &context, |connection, _| {
                patch(connection, &project, &id, &edit)
            })
        })
        .await
    }

    /// The key's holder, if it is good: known, not revoked, not expired. The comparison takes
    /// the same time for a key that is unknown.
    ///
    /// # Errors
    /// The database is not available.
    pub async fn key_holder(
        &self,
        presented: PresentedKey,
        now: DateTime<Utc>,
    ) -> Result<Option<KeyHolder>, StoreError> {
        self.run(move |connection| {
            connection.transaction(|connection| {
                enter_with_key(connection, &presented.id)?;
                check(connection, &presented, now)
            })
        })
        .await
    }

    /// Notes that a key was presented at `now` from `address`. No part of the history.
    ///
    /// # Errors
    /// The database is not available.
    pub async fn key_was_used(
        &self,
        holder: KeyHolder,
        now: DateTime<Utc>,
        address: Option<String>,
    ) -> Result<(), StoreError> {
        self.run(move |connection| {
            connection.transaction(|connection| {
                enter(connection, &holder.project)?;
                diesel::update(dsl::table.find(holder.id.as_str()))
                    .set((dsl::last_used_at.eq(micros(now)), dsl::last_used_ip.eq(address)))
                    .execute(connection)?;
                Ok(())
            })
        })
        .await
    }

    /// Whether a key is still good: not revoked, not ended.
    ///
    /// # Errors
    /// The database is not available.
    pub async fn key_is_good(
        &self,
        holder: KeyHolder,
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let found = self.read(holder.project.clone(), None, move |connection, _| {
            find(connection, &holder.project, &holder.id)
        });
        Ok(found.await?.value.is_some_and(|key| key.is_live(now)))
    }

    /// One key of the project.
    ///
    /// # Errors
    /// There is none.
    pub async fn key(
        &self,
        project: ProjectId,
        id: KeyId,
        context: Context,
    ) -> Result<At<StoredKey>, StoreError> {
        self.read(project.clone(), context.at_least, move |connection, _| {
            find(connection, &project, &id)?.ok_or(StoreError::NotFound("API key"))
        })
        .await
    }

    /// The project's keys by id, behind `after`, at most `limit`, revoked ones included; as they
    /// were `when`, but for when they were last used.
    ///
    /// # Errors
    /// That part of the history is gone.
    pub async fn keys(
        &self,
        project: ProjectId,
        when: When,
        after: String,
        limit: usize,
        context: Context,
    ) -> Result<At<Listed<ApiKey>>, StoreError> {
        let listed = self
            .read(project.clone(), context.at_least, move |connection, head| {
                let (revision, past) = past(connection, &project, head, when)?;
                let turns = past.keys.into_iter().filter(|(id, _)| *id > after).collect();
                let fetch = |limit| list(connection, &project, &after, limit);
                let mut keys = rewind(turns, limit + 1, |key: &ApiKey| key.id.clone(), fetch)?;
                let more = keys.len() > limit;
                keys.truncate(limit);
                Ok(At { value: (keys, more), revision })
            })
            .await?;
        Ok(listed.value)
    }

    /// Revokes a key; whether there was one to revoke.
    ///
    /// # Errors
    /// The database is not available.
    pub async fn revoke_key(
        &self,
        project: ProjectId,
        id: KeyId,
        context: Context,
    ) -> Result<At<bool>, StoreError> {
        self.run(move |connection| {
            mutate(connection, &project, &context, |connection, _| {
                revoke(connection, &project, &id, &context)
            })
        })
        .await
    }
}

impl StoredKey {
    /// As answers and change rows have it.
    pub fn to_wire(&self) -> ApiKey {
        ApiKey {
            id: self.id.to_string(),
            name: self.name.clone(),
            scopes: self.scopes.clone(),
            created_at: self.created_at,
            created_by: self.created_by.clone(),
            expires_at: self.expires_at,
            revoked_at: self.revoked_at,
            family: self.family.clone(),
            last_used_at: self.last_used_at,
            last_used_ip: self.last_used_ip.clone(),
        }
    }

    fn is_live(&self, now: DateTime<Utc>) -> bool {
        self.revoked_at.is_none() && self.expires_at.is_none_or(|end| now < end)
    }
}

fn generate() -> Result<(KeyId, Secret), StoreError> {
    let id = random_text::<ID>()?;
    let mut key = format!("{BRAND}{id}_{}", random_text::<SECRET>()?);
    let sum = checksum(&key);
    key.push_str(&sum);
    Ok((KeyId::parse(&id).map_err(StoreError::corrupt)?, Secret::new(key)))
}

/// Uniform characters of the alphabet: bytes beyond the last whole multiple of 62 are drawn anew.
fn random_text<const LENGTH: usize>() -> Result<String, StoreError> {
    let mut text = String::with_capacity(LENGTH);
    while text.len() < LENGTH {
        let mut byte = [0_u8];
        rand::fill(&mut byte).map_err(|_| StoreError::corrupt("no randomness"))?;
        if byte[0] < 248 {
            text.push(char::from(ALPHABET[usize::from(byte[0] % 62)]));
        }
    }
    Ok(text)
}

/// CRC-32 in six characters of the alphabet: finds typos, protects nothing.
fn checksum(text: &str) -> String {
    let mut rest = crc32fast::hash(text.as_bytes());
    let mut digits = [b'0'; CHECKSUM];
    for digit in digits.iter_mut().rev() {
        *digit = ALPHABET[(rest % 62) as usize];
        rest /= 62;
    }
    digits.iter().copied().map(char::from).collect()
}

fn hash(key: &str) -> [u8; 32] {
    Sha256::new().chain_update(b"sail-cargo api key\0").chain_update(key).finalize().into()
}

/// Adds a key, of its own family or of another's.
fn insert(
    connection: &mut DbConnection,
    project: &ProjectId,
    context: &Context,
    revision: i64,
    family: Option<&str>,
    new: &NewKey,
) -> Result<(CreatedApiKey, Change), StoreError> {
    let (id, key) = generate()?;
    let stored = StoredKey {
        id: id.clone(),
        name: new.name.clone(),
        scopes: new.scopes.clone(),
        created_at: context.now,
        created_by: context.caller.to_string(),
        expires_at: new.expires_at,
        revoked_at: None,
        family: family.map_or_else(|| id.to_string(), ToOwned::to_owned),
        last_used_at: None,
        last_used_ip: None,
    };
    diesel::insert_into(dsl::table)
        .values((
            dsl::key_id.eq(id.as_str()),
            dsl::project_id.eq(project.as_str()),
            dsl::name.eq(&stored.name),
            dsl::secret_hash.eq(hash(key.expose()).to_vec()),
            dsl::pepper_id.eq(0_i16),
            dsl::scopes.eq(to_json(&stored.scopes)?),
            dsl::family.eq(&stored.family),
            dsl::expires_at.eq(stored.expires_at.map(micros)),
            dsl::created_by.eq(&stored.created_by),
            dsl::created_at.eq(micros(context.now)),
            dsl::created_rev.eq(revision),
        ))
        .execute(connection)?;
    let stored = stored.to_wire();
    let change = Change {
        kind: "key.create",
        bucket: None,
        object: Some(id.to_string()),
        detail: format!("made API key {id} ({})", new.name),
        rows: vec![row("api_key", None, Some(&stored))?],
    };
    Ok((CreatedApiKey { key: key.expose().to_owned(), stored }, change))
}

fn rotate(
    connection: &mut DbConnection,
    project: &ProjectId,
    context: &Context,
    revision: i64,
    id: &KeyId,
    overlap: TimeDelta,
    expires_at: DateTime<Utc>,
) -> Result<(CreatedApiKey, Change), StoreError> {
    let old = find(connection, project, id)?.ok_or(StoreError::NotFound("API key"))?;
    let family = dsl::table
        .filter(dsl::project_id.eq(project.as_str()))
        .filter(dsl::family.eq(&old.family))
        .select(COLUMNS)
        .load::<Row>(connection)?;
    let family = family.into_iter().map(stored).collect::<Result<Vec<_>, _>>()?;
    if !old.is_live(context.now) {
        return Err(StoreError::Conflict {
            code: "key_not_live",
            detail: format!("the key {id} is revoked or has ended: make a new one"),
        });
    }
    if family.iter().filter(|key| key.is_live(context.now)).count() >= MAX_LIVE {
        return Err(StoreError::Conflict {
            code: "too_many_live_keys",
            detail: format!("{MAX_LIVE} keys of this family are good: revoke one of them first"),
        });
    }
    let end = context.now + overlap;
    let ending = StoredKey {
        expires_at: Some(old.expires_at.map_or(end, |own| own.min(end))),
        ..old.clone()
    };
    diesel::update(dsl::table.find(id.as_str()))
        .set(dsl::expires_at.eq(ending.expires_at.map(micros)))
        .execute(connection)?;
    let new =
        NewKey { name: old.name.clone(), scopes: old.scopes.clone(), expires_at: Some(expires_at) };
    let (created, change) =
        insert(connection, project, context, revision, Some(&old.family), &new)?;
    let mut rows = vec![row("api_key", Some(&old.to_wire()), Some(&ending.to_wire()))?];
    rows.extend(change.rows);
    let change = Change {
        kind: "key.rotate",
        object: Some(id.to_string()),
        detail: format!("rotated API key {id} into {}", created.stored.id),
        rows,
        ..change
    };
    Ok((created, change))
}

fn patch(
    connection: &mut DbConnection,
    project: &ProjectId,
    id: &KeyId,
    edit: &KeyEdit,
) -> Result<Effect<StoredKey>, StoreError> {
    let before = find(connection, project, id)?.ok_or(StoreError::NotFound("API key"))?;
    let after = StoredKey {
        name: edit.name.clone().unwrap_or_else(|| before.name.clone()),
        scopes: edit.scopes.clone().unwrap_or_else(|| before.scopes.clone()),
        expires_at: edit.expires_at.or(before.expires_at),
        ..before.clone()
    };
    let is_later = match (before.expires_at, after.expires_at) {
        (Some(before), Some(after)) => after > before,
        _ => false,
    };
    if is_later || !after.scopes.is_subset(&before.scopes) {
        return Err(StoreError::Conflict {
            code: "key_widened",
            detail: "a key is never made good for more, or for longer: make a new one".to_owned(),
        });
    }
    if before == after {
        return Ok(Effect::Unchanged(after));
    }
    diesel::update(dsl::table.find(id.as_str()))
        .set((
            dsl::name.eq(&after.name),
            dsl::scopes.eq(to_json(&after.scopes)?),
            dsl::expires_at.eq(after.expires_at.map(micros)),
        ))
        .execute(connection)?;
    let change = Change {
        kind: "key.patch",
        bucket: None,
        object: Some(id.to_string()),
        detail: format!("changed API key {id}"),
        rows: vec![row("api_key", Some(&before.to_wire()), Some(&after.to_wire()))?],
    };
    Ok(Effect::Changed(after, change))
}

fn list(
    connection: &mut DbConnection,
    project: &ProjectId,
    after: &str,
    limit: usize,
) -> Result<Vec<ApiKey>, StoreError> {
    dsl::table
        .filter(dsl::project_id.eq(project.as_str()))
        .filter(dsl::key_id.gt(after))
        .order(dsl::key_id)
        .limit(i64::try_from(limit).unwrap_or(i64::MAX))
        .select(COLUMNS)
        .load::<Row>(connection)?
        .into_iter()
        .map(|row| stored(row).map(|key| key.to_wire()))
        .collect()
}

fn find(
    connection: &mut DbConnection,
    project: &ProjectId,
    id: &KeyId,
) -> Result<Option<StoredKey>, StoreError> {
    dsl::table
        .filter(dsl::project_id.eq(project.as_str()))
        .filter(dsl::key_id.eq(id.as_str()))
        .select(COLUMNS)
        .first::<Row>(connection)
        .optional()?
        .map(stored)
        .transpose()
}

fn check(
    connection: &mut DbConnection,
    presented: &PresentedKey,
    now: DateTime<Utc>,
) -> Result<Option<KeyHolder>, StoreError> {
    type KeyRow = (String, Vec<u8>, String, Option<i64>, Option<i64>, Option<i64>);
    let row: Option<KeyRow> = dsl::table
        .find(presented.id.as_str())
        .select((
            dsl::project_id,
            dsl::secret_hash,
            dsl::scopes,
            dsl::not_before,
            dsl::expires_at,
            dsl::revoked_at,
        ))
        .first(connection)
        .optional()?;
    let known = row.is_some();
    let (project, stored_hash, scopes, from, until, revoked) =
        row.unwrap_or_else(|| (String::new(), vec![0; 32], "[]".to_owned(), None, None, None));
    let matches = bool::from(stored_hash.ct_eq(&presented.hash));
    let (from, until) = (maybe_instant(from)?, maybe_instant(until)?);
    let live = revoked.is_none()
        && from.is_none_or(|from| from <= now)
        && until.is_none_or(|until| now < until);
    if !(known && matches && live) {
        return Ok(None);
    }
    Ok(Some(KeyHolder {
        project: ProjectId::parse(&project).map_err(StoreError::corrupt)?,
        id: presented.id.clone(),
        scopes: parse_json(&scopes)?,
        expires_at: until,
    }))
}

fn revoke(
    connection: &mut DbConnection,
    project: &ProjectId,
    id: &KeyId,
    context: &Context,
) -> Result<Effect<bool>, StoreError> {
    let found = find(connection, project, id)?.filter(|key| key.revoked_at.is_none());
    let Some(before) = found else { return Ok(Effect::Unchanged(false)) };
    let after = StoredKey { revoked_at: Some(context.now), ..before.clone() };
    diesel::update(dsl::table.find(id.as_str()))
        .set(dsl::revoked_at.eq(micros(context.now)))
        .execute(connection)?;
    let change = Change {
        kind: "key.revoke",
        bucket: None,
        object: Some(id.to_string()),
        detail: format!("revoked API key {id}"),
        rows: vec![row("api_key", Some(&before.to_wire()), Some(&after.to_wire()))?],
    };
    Ok(Effect::Changed(true, change))
}

type Row = (
    String,
    String,
    String,
    i64,
    String,
    Option<i64>,
    Option<i64>,
    String,
    Option<i64>,
    Option<String>,
);

const COLUMNS: (
    dsl::key_id,
    dsl::name,
    dsl::scopes,
    dsl::created_at,
    dsl::created_by,
    dsl::expires_at,
    dsl::revoked_at,
    dsl::family,
    dsl::last_used_at,
    dsl::last_used_ip,
) = (
    dsl::key_id,
    dsl::name,
    dsl::scopes,
    dsl::created_at,
    dsl::created_by,
    dsl::expires_at,
    dsl::revoked_at,
    dsl::family,
    dsl::last_used_at,
    dsl::last_used_ip,
);

fn stored(row: Row) -> Result<StoredKey, StoreError> {
    let (
        id,
        name,
        scopes,
        created_at,
        created_by,
        expires_at,
        revoked_at,
        family,
        used_at,
        used_ip,
    ) = row;
    Ok(StoredKey {
        id: KeyId::parse(&id).map_err(StoreError::corrupt)?,
        name,
        scopes: parse_json(&scopes)?,
        created_at: instant(created_at)?,
        created_by,
        expires_at: maybe_instant(expires_at)?,
        revoked_at: maybe_instant(revoked_at)?,
        family,
        last_used_at: maybe_instant(used_at)?,
        last_used_ip: used_ip,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_back_and_a_typo_is_not() {
        let (id, key) = generate().unwrap();
        let text = key.expose();
        assert_eq!(text.len(), BRAND.len() + ID + 1 + SECRET + CHECKSUM);
        assert_eq!(PresentedKey::parse(text).unwrap().id, id);
        for position in BRAND.len()..text.len() {
            let mut typo = text.as_bytes().to_vec();
            typo[position] = if typo[position] == b'a' { b'b' } else { b'a' };
            let typo = String::from_utf8(typo).unwrap();
            assert!(PresentedKey::parse(&typo).is_none(), "position {position}");
        }
        assert!(PresentedKey::parse("cgok_live_ÄÖ_x").is_none());
    }
}
