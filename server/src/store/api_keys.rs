//! `api_key`: hashes of the keys that applications prove themselves with.

use std::collections::BTreeSet;

use aws_lc_rs::rand;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use sail_cargo_protocol::Scope;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq as _;

use super::Store;
use super::connection::{DbConnection, enter_with_key};
use super::error::StoreError;
use super::rows::{instant, json as parse_json, maybe_instant, micros, to_json};
use super::schema::api_key as dsl;
use super::write::{Change, Context, Effect, mutate};
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
#[derive(Debug, Clone)]
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

impl Store {
    /// Makes a key and returns it. This is the only time it can be seen.
    ///
    /// # Errors
    /// The database is not available.
    pub async fn create_key(
        &self,
        project: ProjectId,
        new: NewKey,
        context: Context,
    ) -> Result<(Secret, StoredKey), StoreError> {
        self.run(move |connection| {
            let (id, key) = generate()?;
            let stored = mutate(connection, &project, &context, |connection, revision| {
                insert(connection, &project, &context, revision, &id, &key, &new)
            })?;
            Ok((key, stored.value))
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

    /// The project's keys, by id, revoked ones included.
    ///
    /// # Errors
    /// The database is not available.
    pub async fn keys(&self, project: ProjectId) -> Result<Vec<StoredKey>, StoreError> {
        self.read(project.clone(), None, move |connection, _| {
            dsl::table
                .filter(dsl::project_id.eq(project.as_str()))
                .order(dsl::key_id)
                .select(COLUMNS)
                .load::<Row>(connection)?
                .into_iter()
                .map(stored)
                .collect()
        })
        .await
        .map(|keys| keys.value)
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
    ) -> Result<bool, StoreError> {
        self.run(move |connection| {
            let revoked = mutate(connection, &project, &context, |connection, _| {
                revoke(connection, &project, &id, &context)
            })?;
            Ok(revoked.value)
        })
        .await
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

fn insert(
    connection: &mut DbConnection,
    project: &ProjectId,
    context: &Context,
    revision: i64,
    id: &KeyId,
    key: &Secret,
    new: &NewKey,
) -> Result<Effect<StoredKey>, StoreError> {
    let created_by = context.caller.to_string();
    diesel::insert_into(dsl::table)
        .values((
            dsl::key_id.eq(id.as_str()),
            dsl::project_id.eq(project.as_str()),
            dsl::name.eq(&new.name),
            dsl::secret_hash.eq(hash(key.expose()).to_vec()),
            dsl::pepper_id.eq(0_i16),
            dsl::scopes.eq(to_json(&new.scopes)?),
            dsl::family.eq(id.as_str()),
            dsl::expires_at.eq(new.expires_at.map(micros)),
            dsl::created_by.eq(&created_by),
            dsl::created_at.eq(micros(context.now)),
            dsl::created_rev.eq(revision),
        ))
        .execute(connection)?;
    let stored = StoredKey {
        id: id.clone(),
        name: new.name.clone(),
        scopes: new.scopes.clone(),
        created_at: context.now,
        created_by,
        expires_at: new.expires_at,
        revoked_at: None,
        family: id.to_string(),
        last_used_at: None,
        last_used_ip: None,
    };
    let change = Change {
        kind: "key.create",
        bucket: None,
        object: Some(id.to_string()),
        detail: format!("made API key {id} ({})", new.name),
        rows: Vec::new(),
    };
    Ok(Effect::Changed(stored, change))
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
    let own = dsl::table
        .filter(dsl::key_id.eq(id.as_str()))
        .filter(dsl::project_id.eq(project.as_str()))
        .filter(dsl::revoked_at.is_null());
    let revoked =
        diesel::update(own).set(dsl::revoked_at.eq(micros(context.now))).execute(connection)?;
    if revoked == 0 {
        return Ok(Effect::Unchanged(false));
    }
    let change = Change {
        kind: "key.revoke",
        bucket: None,
        object: Some(id.to_string()),
        detail: format!("revoked API key {id}"),
        rows: Vec::new(),
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
