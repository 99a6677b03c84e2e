//! The tokens of sessions: claims under authenticated encryption, and the secrets that belong to them.
//!
//! A token is base64url of: the version of its form (1), the day of its sealing key (days since 1970, four
//! bytes), and the sealed claims. Sealing keys rotate each day: the key of a day is derived from the master
//! key, so every server has it and none stores it. It opens until the last session that it sealed has
//! expired. The seal is bound to the session's id and to the day.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};

use crate::domain::limits::MAX_SESSION_TOKEN;
use crate::domain::presented_key::ALPHABET;
use crate::domain::session::{SessionClaims, SessionFlaw, SessionId};
use crate::domain::{Secret, SecretAccessKey};
use crate::error::DatabaseError;
use crate::vault::{MasterKey, SealingKey};

/// The form of a token.
const FORM: u8 = 1;
/// Seconds in a day.
const DAY: i64 = 86_400;

/// Seals the claims of sessions, and opens their tokens.
#[derive(Debug, Clone)]
pub struct SessionSeal(Arc<MasterKey>);

/// A session that was sealed: what its client gets.
#[derive(Debug)]
pub struct SealedSession {
    /// The session token.
    pub token: Secret,
    /// The secret access key.
    pub secret: SecretAccessKey,
}

impl SessionSeal {
    pub(crate) const fn new(master_key: Arc<MasterKey>) -> Self {
        Self(master_key)
    }

    /// Seals claims under the key of the day on which the session was opened.
    ///
    /// # Errors
    /// [`DatabaseError::Corrupt`] if the claims have no form or there is no randomness.
    pub fn close(&self, claims: &SessionClaims) -> Result<SealedSession, DatabaseError> {
        let day = day_of(claims.issued_at)?;
        let bytes = claims.to_bytes().map_err(DatabaseError::corrupt)?;
        let sealed = self.key(day)?.seal(bytes, &place(&claims.id, day))?;
        let token = [&[FORM][..], &day.to_be_bytes(), &sealed].concat();
        let token = Secret::new(URL_SAFE_NO_PAD.encode(token));
        Ok(SealedSession { token, secret: self.secret(&claims.id, day)? })
    }

    /// Opens the token of the session `id`, and says what its requests are signed with. Nothing of a token
    /// is believed before its seal is found whole.
    ///
    /// # Errors
    /// [`SessionFlaw::Expired`] for a token whose sealing key is out of use; [`SessionFlaw::Invalid`] for
    /// any other that does not open.
    pub fn open(
        &self,
        token: &str,
        id: &SessionId,
        now: DateTime<Utc>,
    ) -> Result<(SessionClaims, SecretAccessKey), SessionFlaw> {
        if token.len() > MAX_SESSION_TOKEN {
            return Err(SessionFlaw::Invalid);
        }
        let bytes = URL_SAFE_NO_PAD.decode(token).map_err(|_| SessionFlaw::Invalid)?;
        let Some((&[FORM, d0, d1, d2, d3], sealed)) = bytes.split_first_chunk() else {
            return Err(SessionFlaw::Invalid);
        };
        let day = u32::from_be_bytes([d0, d1, d2, d3]);
        let today = day_of(now).map_err(|_| SessionFlaw::Invalid)?;
        // No session lives longer than half a day. A day more for clocks that differ.
        match today.checked_sub(day) {
            Some(0 | 1) => {}
            None if day == today + 1 => {}
            Some(_) => return Err(SessionFlaw::Expired),
            None => return Err(SessionFlaw::Invalid),
        }
        self.unseal(sealed, id, day).ok_or(SessionFlaw::Invalid)
    }

    fn unseal(
        &self,
        sealed: &[u8],
        id: &SessionId,
        day: u32,
    ) -> Option<(SessionClaims, SecretAccessKey)> {
        let bytes = self.key(day).ok()?.open(sealed, &place(id, day))?;
        let claims = SessionClaims::from_bytes(&bytes).ok()?;
        let secret = self.secret(id, day).ok()?;
        (claims.id == *id).then_some((claims, secret))
    }

    fn key(&self, day: u32) -> Result<SealingKey, DatabaseError> {
        self.0.sealing_key(&format!("session-token/v1/{day}"))
    }

    /// The secret access key of a session: letters and digits of HMAC-SHA-256 of its id, under a key of its
    /// own. Bytes beyond the last whole multiple of 62 are left out, so that each character is as likely.
    fn secret(&self, id: &SessionId, day: u32) -> Result<SecretAccessKey, DatabaseError> {
        let key = self.0.derive("session-secret/v1");
        let block = |number: u8| key.tag(&[id.as_str().as_bytes(), &day.to_be_bytes(), &[number]]);
        let bytes = (0..=u8::MAX).flat_map(block).filter(|byte| *byte < 248);
        let text = bytes.map(|byte| char::from(ALPHABET[usize::from(byte % 62)]));
        let text: String = text.take(SecretAccessKey::LENGTH).collect();
        SecretAccessKey::parse(Secret::new(text)).map_err(DatabaseError::corrupt)
    }
}

fn day_of(instant: DateTime<Utc>) -> Result<u32, DatabaseError> {
    u32::try_from(instant.timestamp().div_euclid(DAY)).map_err(DatabaseError::corrupt)
}

/// What a seal is bound to.
fn place(id: &SessionId, day: u32) -> String {
    format!("session-token/{id}/{day}")
}

#[cfg(test)]
mod tests;
