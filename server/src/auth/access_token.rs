//! Access tokens: JWTs (RFC 9068) that say who signed in. They name no groups: Cargo knows its members.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use serde::Serialize;

use super::error::AuthError;
use super::signing::SigningKey;
use crate::domain::account::{DisplayName, Email, StoredAccount};
use crate::domain::limits::ACCESS_TOKEN_LIFETIME;
use crate::domain::{ProjectId, Secret};

/// Bit 0 of `role`, as the SAIL auth service has it.
const SERVICE_ACCOUNT: u8 = 1;

/// Makes access tokens of one issuer.
#[derive(Debug)]
pub(super) struct Minter {
    issuer: String,
}

#[derive(Serialize)]
struct Header<'a> {
    alg: &'static str,
    typ: &'static str,
    kid: &'a str,
}

#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    aud: &'a str,
    sub: &'a str,
    id: &'a str,
    #[serde(rename = "projectId")]
    project_id: &'a str,
    username: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    role: u8,
    iat: i64,
    nbf: i64,
    exp: i64,
    auth_time: i64,
    jti: String,
    epoch: i64,
}

impl Minter {
    /// Names `issuer` in every token, as who made it and whom it is for.
    pub(super) const fn new(issuer: String) -> Self {
        Self { issuer }
    }

    /// A token of an account whose user signed in at `signed_in_at`, good from `now` on.
    pub(super) fn mint(
        &self,
        key: &SigningKey,
        project: &ProjectId,
        account: &StoredAccount,
        signed_in_at: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<Secret, AuthError> {
        let header = Header { alg: "RS256", typ: "at+jwt", kid: key.kid() };
        let claims = Claims {
            iss: &self.issuer,
            aud: &self.issuer,
            sub: account.id.as_str(),
            id: account.id.as_str(),
            project_id: project.as_str(),
            username: account.username.as_str(),
            email: account.email.as_ref().map(Email::as_str),
            name: account.display_name.as_ref().map(DisplayName::as_str),
            role: if account.service_account { SERVICE_ACCOUNT } else { 0 },
            iat: now.timestamp(),
            nbf: now.timestamp(),
            exp: (now + ACCESS_TOKEN_LIFETIME).timestamp(),
            auth_time: signed_in_at.timestamp(),
            jti: uuid::Uuid::now_v7().to_string(),
            epoch: account.epoch.number(),
        };
        let message = format!("{}.{}", part(&header)?, part(&claims)?);
        let signature = URL_SAFE_NO_PAD.encode(key.sign(message.as_bytes())?);
        Ok(Secret::new(format!("{message}.{signature}")))
    }
}

fn part(value: &impl Serialize) -> Result<String, AuthError> {
    let json = serde_json::to_vec(value).map_err(|error| AuthError::Failed(error.to_string()))?;
    Ok(URL_SAFE_NO_PAD.encode(json))
}
