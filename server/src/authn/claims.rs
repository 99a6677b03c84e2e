//! Checks the claims of a signed token against the rules of this server. Pure: `now` is an
//! argument.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use super::remark::Remark;
use super::signed_claims::{SignedClaims, Unreadable};
use super::token_error::TokenError;
use crate::domain::SubjectId;
use crate::domain::account::TokenEpoch;

/// The rules for tokens: required values, limits, and the names of the claims.
#[derive(Debug, Clone)]
pub struct ClaimRules {
    /// The longest token, in bytes.
    pub max_bytes: usize,
    /// The issuer every token must name.
    pub issuer: String,
    /// The audience every token must name; `None` only if the operator turned the check off.
    pub audience: Option<String>,
    /// How far the clocks of the auth service and of this server may differ.
    pub leeway: TimeDelta,
    /// The longest lifetime of a token, from `iat` (or now) to `exp`.
    pub max_lifetime: TimeDelta,
    /// Claims that may name the user. A token may contain any of them, and those that it contains
    /// must agree.
    pub user_claims: Vec<String>,
    /// The claim that names the project, by slug or id. Optional.
    pub project_claim: String,
    /// Whether a token without the project claim may select its project with `X-Project`. Such a
    /// token may select any project of this server, and may do there what every user with a token
    /// may.
    pub project_from_header: bool,
    /// The claim that lists groups, or a path to it such as `realm_access.roles`. Optional.
    pub groups_claim: String,
    /// The claim whose bit 0 marks a service account. Optional.
    pub role_claim: String,
}

/// The claims of a valid token.
#[derive(Debug, PartialEq, Eq)]
pub struct TokenClaims {
    /// The user.
    pub user: SubjectId,
    /// The project, by slug or id, if the token names one.
    pub project: Option<String>,
    /// The user's groups.
    pub groups: BTreeSet<SubjectId>,
    /// Whether the token belongs to a service account.
    pub service_account: bool,
    /// The end of the token's validity.
    pub expires_at: DateTime<Utc>,
    /// When its user signed in (`auth_time`, OpenID Connect Core §2), where it says so.
    pub signed_in_at: Option<DateTime<Utc>>,
    /// The epoch of the account that it was made in, where it says so: tokens of the server's own accounts do.
    pub epoch: Option<TokenEpoch>,
}

/// A valid token's claims, and remarks on them for the operator.
#[derive(Debug)]
pub(super) struct CheckedClaims {
    pub(super) claims: TokenClaims,
    pub(super) remarks: BTreeSet<Remark>,
}

impl ClaimRules {
    /// Reads the claims of a token whose signature was verified.
    ///
    /// An unreadable optional claim counts as absent, and adds a remark. This does not hold for
    /// claims that restrict the token: its start (`nbf`), its audience (`aud`) and its project. If
    /// one of these is unreadable, the token is refused.
    pub(super) fn read(
        &self,
        claims: &SignedClaims,
        now: DateTime<Utc>,
    ) -> Result<CheckedClaims, TokenError> {
        let mut remarks = BTreeSet::new();
        let expires_at = self.check_times(claims, now, &mut remarks)?;
        if claims.text("iss").ok().flatten().as_deref() != Some(self.issuer.as_str()) {
            return Err(TokenError::Issuer);
        }
        if let Some(audience) = &self.audience {
            check_audience(claims, audience)?;
        }
        let claims = TokenClaims {
            user: self.user(claims, &mut remarks)?,
            project: claims.text(&self.project_claim).map_err(|_| wrong(&self.project_claim))?,
            groups: self.groups(claims, &mut remarks),
            service_account: self.service_account(claims, &mut remarks),
            expires_at,
            signed_in_at: self.signed_in_at(claims, now, &mut remarks),
            epoch: epoch(claims),
        };
        Ok(CheckedClaims { claims, remarks })
    }

    fn check_times(
        &self,
        claims: &SignedClaims,
        now: DateTime<Utc>,
        remarks: &mut BTreeSet<Remark>,
    ) -> Result<DateTime<Utc>, TokenError> {
        let expires_at = claims.time("exp").ok().flatten().ok_or_else(|| wrong("exp"))?;
        self.check_end(expires_at, now)?;
        let not_before = claims.time("nbf").map_err(|_| wrong("nbf"))?;
        let issued_at = or_ignored(claims.time("iat"), "iat", remarks);
        let starts = [not_before, issued_at];
        if starts.into_iter().flatten().any(|start| start > now + self.leeway) {
            return Err(TokenError::NotYetValid);
        }
        if expires_at - issued_at.unwrap_or(now) > self.max_lifetime {
            return Err(TokenError::LivesTooLong);
        }
        Ok(expires_at)
    }

    /// Refuses a token that has expired.
    pub(super) fn check_end(
        &self,
        expires_at: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<(), TokenError> {
        if now < expires_at + self.leeway { Ok(()) } else { Err(TokenError::Expired) }
    }

    /// When the user signed in. What lies in the future says nothing.
    fn signed_in_at(
        &self,
        claims: &SignedClaims,
        now: DateTime<Utc>,
        remarks: &mut BTreeSet<Remark>,
    ) -> Option<DateTime<Utc>> {
        let at = claims.time("auth_time").and_then(|at| match at {
            Some(at) if at > now + self.leeway => Err(Unreadable),
            at => Ok(at),
        });
        or_ignored(at, "auth_time", remarks)
    }

    /// The user, from the user claims that the token contains.
    fn user(
        &self,
        claims: &SignedClaims,
        remarks: &mut BTreeSet<Remark>,
    ) -> Result<SubjectId, TokenError> {
        let mut user: Option<String> = None;
        for claim in &self.user_claims {
            match (or_ignored(claims.text(claim), claim, remarks), &user) {
                (Some(named), Some(before)) if named != *before => {
                    return Err(TokenError::AmbiguousUser);
                }
                (Some(named), _) => user = Some(named),
                (None, _) => {}
            }
        }
        let first = || wrong(self.user_claims.first().map_or("", String::as_str));
        let user = user.ok_or_else(first)?;
        SubjectId::parse_new(&user).map_err(TokenError::UserId)
    }

    /// The groups: a list of names, or one name. Entries that are not valid names are dropped, with
    /// a remark.
    fn groups(&self, claims: &SignedClaims, remarks: &mut BTreeSet<Remark>) -> BTreeSet<SubjectId> {
        let claim = &self.groups_claim;
        let named = match claims.find(claim) {
            Ok(None) => {
                remarks.extend(are_elsewhere(claims, claim).then_some(Remark::GroupsElsewhere));
                return BTreeSet::new();
            }
            Ok(Some(Value::Array(named))) => named,
            Ok(Some(one @ Value::String(_))) => vec![one],
            Ok(Some(_)) | Err(Unreadable) => {
                remarks.insert(Remark::Ignored(claim.clone()));
                return BTreeSet::new();
            }
        };
        let group = |name: &Value| name.as_str().and_then(|text| SubjectId::parse_new(text).ok());
        let groups: BTreeSet<_> = named.iter().filter_map(group).collect();
        if named.iter().any(|name| group(name).is_none()) {
            remarks.insert(Remark::GroupsLeftOut(claim.clone()));
        }
        groups
    }

    fn service_account(&self, claims: &SignedClaims, remarks: &mut BTreeSet<Remark>) -> bool {
        let bits = claims.get(&self.role_claim).and_then(|role| match role {
            None | Some(Value::String(_)) => Ok(None),
            Some(role) => role.as_u64().map(Some).ok_or(Unreadable),
        });
        or_ignored(bits, &self.role_claim, remarks).is_some_and(|bits| bits & 1 == 1)
    }
}

/// The epoch of an account. Another auth service may mean something else by it, and says nothing then.
fn epoch(claims: &SignedClaims) -> Option<TokenEpoch> {
    claims.get("epoch").ok()?.and_then(|epoch| epoch.as_i64()).map(TokenEpoch::of)
}

fn wrong(claim: &str) -> TokenError {
    TokenError::Claim(claim.to_owned())
}

/// The value of an optional claim. An unreadable claim counts as absent, and adds a remark.
fn or_ignored<T>(
    read: Result<Option<T>, Unreadable>,
    claim: &str,
    remarks: &mut BTreeSet<Remark>,
) -> Option<T> {
    read.unwrap_or_else(|Unreadable| {
        remarks.insert(Remark::Ignored(claim.to_owned()));
        None
    })
}

/// Checks `aud`, which is a string or a list of strings (RFC 7519 §4.1.3).
fn check_audience(claims: &SignedClaims, audience: &str) -> Result<(), TokenError> {
    let named = match claims.get("aud") {
        Ok(Some(Value::String(one))) => one == audience,
        Ok(Some(Value::Array(many))) if !many.is_empty() => {
            many.iter().any(|one| one.as_str() == Some(audience))
        }
        _ => return Err(wrong("aud")),
    };
    if named { Ok(()) } else { Err(TokenError::Audience) }
}

/// Whether the token says that its user has more groups than Microsoft Entra ID puts into a token
/// ("groups overage claim").
fn are_elsewhere(claims: &SignedClaims, groups_claim: &str) -> bool {
    let has_groups = matches!(claims.get("hasgroups"), Ok(Some(Value::Bool(true))));
    has_groups
        || claims.get("_claim_names").is_ok_and(|names| {
            names.is_some_and(|names| {
                names.get("groups").is_some() || names.get(groups_claim).is_some()
            })
        })
}

#[cfg(test)]
mod tests;
