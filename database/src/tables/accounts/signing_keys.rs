//! `signing_key`: what access tokens are signed with. They belong to no project.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use crate::columns::{instant, maybe_instant, micros};
use crate::connection::{Backend, DbConnection};
use crate::domain::Secret;
use crate::domain::account::{KeyDates, SigningKeyStatus};
use crate::error::DatabaseError;
use crate::schema::signing_key as dsl;
use crate::vault::MasterKey;

/// The public half of a key, and its dates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey {
    /// Its id, status and dates.
    pub dates: KeyDates,
    /// The modulus in base64url, as in a JWK.
    pub modulus: String,
    /// The exponent in base64url, as in a JWK.
    pub exponent: String,
    /// SubjectPublicKeyInfo (X.509) in DER.
    pub spki: Vec<u8>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = dsl, check_for_backend(Backend))]
struct PublicKeyRow {
    kid: String,
    status: String,
    modulus: String,
    exponent: String,
    spki: Vec<u8>,
    created_at: i64,
    signs_from: i64,
    retired_at: Option<i64>,
}

#[derive(Insertable)]
#[diesel(table_name = dsl)]
struct NewKeyRow<'a> {
    kid: &'a str,
    status: &'static str,
    modulus: &'a str,
    exponent: &'a str,
    spki: &'a [u8],
    private_sealed: Vec<u8>,
    sealed_with: &'a str,
    created_at: i64,
    signs_from: i64,
    retired_at: Option<i64>,
}

impl TryFrom<PublicKeyRow> for PublicKey {
    type Error = DatabaseError;

    fn try_from(row: PublicKeyRow) -> Result<Self, DatabaseError> {
        let dates = KeyDates {
            kid: row.kid,
            status: parse_status(&row.status)?,
            created_at: instant(row.created_at)?,
            signs_from: instant(row.signs_from)?,
            retired_at: maybe_instant(row.retired_at)?,
        };
        let (modulus, exponent, spki) = (row.modulus, row.exponent, row.spki);
        Ok(Self { dates, modulus, exponent, spki })
    }
}

/// Adds a key. Its private half is PKCS#8 in base64.
pub fn insert(
    connection: &mut DbConnection,
    master_key: &MasterKey,
    key: &PublicKey,
    private: &Secret,
) -> Result<(), DatabaseError> {
    let row = NewKeyRow {
        kid: &key.dates.kid,
        status: status_word(key.dates.status),
        modulus: &key.modulus,
        exponent: &key.exponent,
        spki: &key.spki,
        private_sealed: master_key.seal(private, &place(&key.dates.kid))?,
        sealed_with: master_key.id(),
        created_at: micros(key.dates.created_at),
        signs_from: micros(key.dates.signs_from),
        retired_at: key.dates.retired_at.map(micros),
    };
    diesel::insert_into(dsl::table).values(row).execute(connection)?;
    Ok(())
}

/// The public halves of all keys, newest first.
pub fn list(connection: &mut DbConnection) -> Result<Vec<PublicKey>, DatabaseError> {
    let rows = dsl::table
        .order((dsl::signs_from.desc(), dsl::created_at.desc(), dsl::kid))
        .select(PublicKeyRow::as_select());
    rows.load(connection)?.into_iter().map(PublicKey::try_from).collect()
}

/// The private half of a key: PKCS#8 in base64.
///
/// # Errors
/// [`DatabaseError::Corrupt`] if another master key sealed it, or it is damaged.
pub fn private(
    connection: &mut DbConnection,
    master_key: &MasterKey,
    kid: &str,
) -> Result<Option<Secret>, DatabaseError> {
    let row = dsl::table.find(kid).select((dsl::private_sealed, dsl::sealed_with));
    let found: Option<(Vec<u8>, String)> = row.first(connection).optional()?;
    let Some((sealed, sealed_with)) = found else { return Ok(None) };
    if sealed_with != master_key.id() {
        let ours = master_key.id();
        return Err(DatabaseError::Corrupt(format!(
            "the signing key {kid} was sealed with master key {sealed_with}, not {ours}"
        )));
    }
    master_key.open(&sealed, &place(kid)).map(Some)
}

/// Lets a key sign from now on.
pub fn promote(
    connection: &mut DbConnection,
    kid: &str,
    now: DateTime<Utc>,
) -> Result<(), DatabaseError> {
    let signs =
        (dsl::status.eq(status_word(SigningKeyStatus::Current)), dsl::signs_from.eq(micros(now)));
    diesel::update(dsl::table.find(kid)).set(signs).execute(connection)?;
    Ok(())
}

/// Lets a key sign no more.
pub fn retire(
    connection: &mut DbConnection,
    kid: &str,
    retired_at: DateTime<Utc>,
) -> Result<(), DatabaseError> {
    let retires = (
        dsl::status.eq(status_word(SigningKeyStatus::Retiring)),
        dsl::retired_at.eq(micros(retired_at)),
    );
    diesel::update(dsl::table.find(kid)).set(retires).execute(connection)?;
    Ok(())
}

/// Removes a key: nothing that it signed is good any more.
pub fn remove(connection: &mut DbConnection, kid: &str) -> Result<(), DatabaseError> {
    diesel::delete(dsl::table.find(kid)).execute(connection)?;
    Ok(())
}

/// What a seal is bound to.
fn place(kid: &str) -> String {
    format!("signing-key/{kid}")
}

const fn status_word(status: SigningKeyStatus) -> &'static str {
    match status {
        SigningKeyStatus::Next => "next",
        SigningKeyStatus::Current => "current",
        SigningKeyStatus::Retiring => "retiring",
    }
}

fn parse_status(word: &str) -> Result<SigningKeyStatus, DatabaseError> {
    match word {
        "next" => Ok(SigningKeyStatus::Next),
        "current" => Ok(SigningKeyStatus::Current),
        "retiring" => Ok(SigningKeyStatus::Retiring),
        other => Err(DatabaseError::corrupt(format!("no status is called {other}"))),
    }
}
