//! What a signed token claims, held against what this server expects. Pure: `now` is an argument.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Map, Value};

use super::error::AuthnError;
use super::jwt::SignedClaims;
use crate::domain::SubjectId;

/// What a token must say, and in which claims it says it.
#[derive(Debug, Clone)]
pub struct ClaimRules {
    /// The issuer every token must name.
    pub issuer: String,
    /// The audience every token must name; `None` only when the operator said so.
    pub audience: Option<String>,
    /// How far clocks may differ.
    pub leeway: TimeDelta,
    /// How long a token may live, from `iat` (or now) to `exp`.
    pub max_lifetime: TimeDelta,
    /// Claims that may name the user. A token may use any of them, and all that it uses agree.
    pub user_claims: Vec<String>,
    /// The claim that names the project, by slug or id. A token may leave it out.
    pub project_claim: String,
    /// Whether a token without that claim may name its project by `X-Project`: any project of
    /// this server, so that what is open to everybody with a token is open to them.
    pub project_from_header: bool,
    /// The claim that lists groups. A token may leave it out.
    pub groups_claim: String,
    /// The claim whose bit 0 marks a service account. A token may leave it out.
    pub role_claim: String,
}

/// What a good token says.
#[derive(Debug, PartialEq, Eq)]
pub struct TokenClaims {
    /// Whom it names.
    pub user: SubjectId,
    /// The project it names, by slug or id.
    pub project: Option<String>,
    /// The groups it names.
    pub groups: BTreeSet<SubjectId>,
    /// It says that it is a service account's.
    pub service_account: bool,
    /// When it ends.
    pub expires_at: DateTime<Utc>,
}

impl ClaimRules {
    /// Reads the claims of a verified token.
    pub(super) fn read(
        &self,
        claims: &SignedClaims,
        now: DateTime<Utc>,
    ) -> Result<TokenClaims, AuthnError> {
        let claims = &claims.0;
        let expires_at = self.check_times(claims, now)?;
        if claims.get("iss").and_then(Value::as_str) != Some(self.issuer.as_str()) {
            return Err(AuthnError::Issuer);
        }
        if let Some(audience) = &self.audience {
            check_audience(claims, audience)?;
        }
        Ok(TokenClaims {
            user: self.user(claims)?,
            project: optional_text(claims, &self.project_claim)?,
            groups: self.groups(claims)?,
            service_account: self.service_account(claims)?,
            expires_at,
        })
    }

    fn check_times(
        &self,
        claims: &Map<String, Value>,
        now: DateTime<Utc>,
    ) -> Result<DateTime<Utc>, AuthnError> {
        let expires_at = time(claims, "exp")?.ok_or_else(|| AuthnError::Claim("exp".to_owned()))?;
        self.check_end(expires_at, now)?;
        let issued_at = time(claims, "iat")?;
        let starts = [time(claims, "nbf")?, issued_at];
        if starts.into_iter().flatten().any(|start| start > now + self.leeway) {
            return Err(AuthnError::NotYetValid);
        }
        if expires_at - issued_at.unwrap_or(now) > self.max_lifetime {
            return Err(AuthnError::LivesTooLong);
        }
        Ok(expires_at)
    }

    /// Refuses a token that has ended.
    pub(super) fn check_end(
        &self,
        expires_at: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<(), AuthnError> {
        if now < expires_at + self.leeway { Ok(()) } else { Err(AuthnError::Expired) }
    }

    /// The user, by whichever of the claims the token has.
    fn user(&self, claims: &Map<String, Value>) -> Result<SubjectId, AuthnError> {
        let mut user: Option<String> = None;
        for claim in &self.user_claims {
            match (optional_text(claims, claim)?, &user) {
                (Some(named), Some(before)) if named != *before => {
                    return Err(AuthnError::AmbiguousUser);
                }
                (Some(named), _) => user = Some(named),
                (None, _) => {}
            }
        }
        let first = || self.user_claims.first().cloned().unwrap_or_default();
        let user = user.ok_or_else(|| AuthnError::Claim(first()))?;
        SubjectId::parse(&user).map_err(|_| AuthnError::Claim(first()))
    }

    fn groups(&self, claims: &Map<String, Value>) -> Result<BTreeSet<SubjectId>, AuthnError> {
        let wrong = || AuthnError::Claim(self.groups_claim.clone());
        match claims.get(&self.groups_claim) {
            None | Some(Value::Null) => Ok(BTreeSet::new()),
            Some(Value::Array(groups)) => groups
                .iter()
                .map(|group| group.as_str().and_then(|text| SubjectId::parse(text).ok()))
                .collect::<Option<_>>()
                .ok_or_else(wrong),
            Some(_) => Err(wrong()),
        }
    }

    fn service_account(&self, claims: &Map<String, Value>) -> Result<bool, AuthnError> {
        match claims.get(&self.role_claim) {
            None | Some(Value::Null | Value::String(_)) => Ok(false),
            Some(role) => role
                .as_u64()
                .map(|bits| bits & 1 == 1)
                .ok_or_else(|| AuthnError::Claim(self.role_claim.clone())),
        }
    }
}

/// `aud` is one text or a list of them (RFC 7519 §4.1.3).
fn check_audience(claims: &Map<String, Value>, audience: &str) -> Result<(), AuthnError> {
    let named = match claims.get("aud") {
        Some(Value::String(one)) => one == audience,
        Some(Value::Array(many)) => many.iter().any(|one| one.as_str() == Some(audience)),
        _ => false,
    };
    if named { Ok(()) } else { Err(AuthnError::Audience) }
}

fn optional_text(claims: &Map<String, Value>, claim: &str) -> Result<Option<String>, AuthnError> {
    match claims.get(claim) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if !text.is_empty() => Ok(Some(text.clone())),
        Some(_) => Err(AuthnError::Claim(claim.to_owned())),
    }
}

/// Seconds since the epoch, as an integer: a text or a fraction is no time.
fn time(claims: &Map<String, Value>, claim: &str) -> Result<Option<DateTime<Utc>>, AuthnError> {
    let wrong = || AuthnError::Claim(claim.to_owned());
    match claims.get(claim) {
        None => Ok(None),
        // Far beyond any calendar, and safely within what can be added to.
        Some(value) => match value.as_i64() {
            Some(seconds @ 0..=253_402_300_799) => {
                DateTime::from_timestamp(seconds, 0).map(Some).ok_or_else(wrong)
            }
            _ => Err(wrong()),
        },
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const NOW: i64 = 1_800_000_000;

    fn rules() -> ClaimRules {
        ClaimRules {
            issuer: "https://auth.example".to_owned(),
            audience: Some("cargo".to_owned()),
            leeway: TimeDelta::seconds(30),
            max_lifetime: TimeDelta::hours(24),
            user_claims: vec!["id".to_owned(), "sub".to_owned()],
            project_claim: "projectId".to_owned(),
            project_from_header: false,
            groups_claim: "groups".to_owned(),
            role_claim: "role".to_owned(),
        }
    }

    fn good() -> Value {
        json!({
            "sub": "ada", "iss": "https://auth.example", "aud": ["x", "cargo"],
            "iat": NOW, "exp": NOW + 3600, "groups": ["staff"], "role": 1,
        })
    }

    fn read(changes: &Value) -> Result<TokenClaims, &'static str> {
        let mut claims = good();
        for (claim, value) in changes.as_object().unwrap() {
            claims[claim] = value.clone();
        }
        let claims = SignedClaims(claims.as_object().unwrap().clone());
        let now = DateTime::from_timestamp(NOW, 0).unwrap();
        rules().read(&claims, now).map_err(|error| error.code())
    }

    #[test]
    fn a_good_token_says_who_and_until_when() {
        let claims = read(&json!({})).unwrap();
        assert_eq!(claims.user.as_str(), "ada");
        assert_eq!(claims.expires_at.timestamp(), NOW + 3600);
        assert!(claims.service_account);
        assert_eq!(claims.groups.first().unwrap().as_str(), "staff");
        assert!(read(&json!({ "id": "ada", "aud": "cargo" })).is_ok(), "both claims agree");
    }

    #[test]
    fn each_flaw_has_its_code() {
        for (changes, code) in [
            (json!({ "exp": NOW - 30 }), "token_expired"),
            (json!({ "exp": null }), "invalid_claim"),
            (json!({ "exp": (NOW + 60).to_string() }), "invalid_claim"),
            (json!({ "exp": 1e300 }), "invalid_claim"),
            (json!({ "exp": i64::MAX }), "invalid_claim"),
            (json!({ "exp": NOW + 90_000 }), "token_lives_too_long"),
            (json!({ "iat": NOW + 31 }), "token_not_yet_valid"),
            (json!({ "nbf": NOW + 31 }), "token_not_yet_valid"),
            (json!({ "iss": "https://evil.example" }), "wrong_issuer"),
            (json!({ "iss": ["https://auth.example"] }), "wrong_issuer"),
            (json!({ "aud": "other" }), "wrong_audience"),
            (json!({ "aud": null }), "wrong_audience"),
            (json!({ "sub": null }), "invalid_claim"),
            (json!({ "sub": "" }), "invalid_claim"),
            (json!({ "sub": 7 }), "invalid_claim"),
            (json!({ "sub": "a\nb" }), "invalid_claim"),
            (json!({ "id": "eve" }), "ambiguous_user"),
            (json!({ "projectId": 7 }), "invalid_claim"),
            (json!({ "groups": "staff" }), "invalid_claim"),
            (json!({ "groups": [1] }), "invalid_claim"),
            (json!({ "role": -1 }), "invalid_claim"),
        ] {
            assert_eq!(read(&changes), Err(code), "{changes}");
        }
        assert!(read(&json!({ "exp": NOW - 29 })).is_ok(), "leeway");
    }
}
