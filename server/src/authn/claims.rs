//! Reads the claims of a token that its issuer signed, by the issuer's settings. Pure: `now` is an
//! argument.

mod groups;

use std::collections::BTreeSet;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::Value;

use super::examination::{Step, Witness};
use super::remark::Remark;
use super::signed_claims::{SignedClaims, Unreadable};
use super::token_error::TokenError;
use crate::domain::account::TokenEpoch;
use crate::domain::issuer::{IssuerProjects, SignInTime};
use crate::domain::{InvalidName, Issuer, IssuerSet, SubjectId};

/// How far the clocks of an issuer and of this server may differ.
const LEEWAY: TimeDelta = TimeDelta::seconds(30);

/// The claims of a valid token.
#[derive(Debug, PartialEq, Eq)]
pub struct TokenClaims {
    /// The user, with the alias of their issuer.
    pub user: SubjectId,
    /// The project, by slug or id, if the token or its issuer names one.
    pub project: Option<String>,
    /// Whether `X-Project` may choose the project where neither names one.
    pub may_choose_project: bool,
    /// The user's groups, with the alias of their issuer.
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

/// Reads the claims of one token.
struct Reading<'r> {
    issuer: &'r Issuer,
    /// All issuers: the names of none may be used by another.
    all: &'r IssuerSet,
    claims: &'r SignedClaims,
    now: DateTime<Utc>,
    remarks: BTreeSet<Remark>,
}

/// Reads the claims of a token that `issuer` signed. It is one of `all`.
///
/// An unreadable optional claim counts as absent, and adds a remark. This does not hold for claims that
/// restrict the token: its start (`nbf`), its project, and what the issuer has conditions on. If one of these
/// is unreadable, the token is refused.
pub(super) fn read(
    issuer: &Issuer,
    all: &IssuerSet,
    claims: &SignedClaims,
    now: DateTime<Utc>,
    witness: &mut impl Witness,
) -> Result<CheckedClaims, TokenError> {
    Reading { issuer, all, claims, now, remarks: BTreeSet::new() }.read(witness)
}

/// Refuses a token that has expired.
pub(super) fn check_end(expires_at: DateTime<Utc>, now: DateTime<Utc>) -> Result<(), TokenError> {
    if now < expires_at + LEEWAY { Ok(()) } else { Err(TokenError::Expired) }
}

impl Reading<'_> {
    fn read(mut self, witness: &mut impl Witness) -> Result<CheckedClaims, TokenError> {
        witness.begin(Step::Lifetime);
        let (expires_at, issued_at) = self.times()?;
        witness.pass(|| {
            format!("valid until {}", expires_at.to_rfc3339_opts(SecondsFormat::Secs, true))
        });
        witness.begin(Step::Conditions);
        self.check_conditions()?;
        witness.pass(|| format!("{} conditions are met", self.issuer.conditions().len()));
        witness.begin(Step::User);
        let user = self.user()?;
        witness.pass(|| format!("the user is `{user}`"));
        witness.begin(Step::Groups);
        let groups = self.groups()?;
        witness.pass(|| groups::told(&groups));
        witness.begin(Step::Project);
        let project = self.project()?;
        let may_choose_project = match self.issuer.projects() {
            IssuerProjects::One(_) | IssuerProjects::Claimed { or_header: false, .. } => false,
            IssuerProjects::Header | IssuerProjects::Claimed { or_header: true, .. } => true,
        };
        let claims = TokenClaims {
            user,
            project,
            may_choose_project,
            groups,
            service_account: self.service_account(),
            expires_at,
            signed_in_at: self.signed_in_at(issued_at),
            epoch: epoch(self.claims),
        };
        Ok(CheckedClaims { claims, remarks: self.remarks })
    }

    /// When the token ends, and when it was issued.
    fn times(&mut self) -> Result<(DateTime<Utc>, Option<DateTime<Utc>>), TokenError> {
        let expires_at = self.claims.time("exp").ok().flatten().ok_or_else(|| wrong("exp"))?;
        check_end(expires_at, self.now)?;
        let not_before = self.claims.time("nbf").map_err(|_| wrong("nbf"))?;
        let issued_at = self.or_ignored(self.claims.time("iat"), "iat");
        let starts = [not_before, issued_at];
        if starts.into_iter().flatten().any(|start| start > self.now + LEEWAY) {
            return Err(TokenError::NotYetValid);
        }
        if expires_at - issued_at.unwrap_or(self.now) > self.issuer.life().token {
            return Err(TokenError::LivesTooLong);
        }
        Ok((expires_at, issued_at))
    }

    /// When the user signed in. What lies in the future says nothing.
    fn signed_in_at(&mut self, issued_at: Option<DateTime<Utc>>) -> Option<DateTime<Utc>> {
        let at = self.claims.time("auth_time").and_then(|at| match at {
            Some(at) if at > self.now + LEEWAY => Err(Unreadable),
            at => Ok(at),
        });
        let at = self.or_ignored(at, "auth_time");
        match self.issuer.life().signed_in {
            SignInTime::AuthTime => at,
            SignInTime::IssuedAt => at.or(issued_at),
        }
    }

    fn check_conditions(&self) -> Result<(), TokenError> {
        let unmet = self.issuer.conditions().iter().find(|condition| {
            let said = self.claims.find(condition.claim()).ok().flatten();
            !condition.is_met_by(&said.map(texts).unwrap_or_default())
        });
        unmet.map_or(Ok(()), |unmet| Err(TokenError::Condition(unmet.claim().to_owned())))
    }

    /// The user, from the user claims that the token contains.
    fn user(&mut self) -> Result<SubjectId, TokenError> {
        let (issuer, mut user) = (self.issuer, None::<String>);
        let names = &issuer.claims().user;
        for claim in names {
            match (self.or_ignored(self.claims.text(claim), claim), &user) {
                (Some(named), Some(before)) if named != *before => {
                    return Err(TokenError::AmbiguousUser);
                }
                (Some(named), _) => user = Some(named),
                (None, _) => {}
            }
        }
        let user = user.ok_or_else(|| wrong(names.first().map_or("", String::as_str)))?;
        self.name(&user)?.map_err(TokenError::UserId)
    }

    /// A name of the issuer as the rest of the server knows it.
    ///
    /// # Errors
    /// [`TokenError::ForeignName`] if an issuer without alias names somebody as another issuer's users are
    /// named, or were: grants may still name those of an issuer that is gone.
    fn name(&self, name: &str) -> Result<Result<SubjectId, InvalidName>, TokenError> {
        if let Some(alias) = self.issuer.names_under() {
            return Ok(alias.name(name));
        }
        match self.all.alias_taken_before(name) {
            Some(alias) => Err(TokenError::ForeignName(alias.clone())),
            None => Ok(SubjectId::parse_new(name)),
        }
    }

    fn project(&self) -> Result<Option<String>, TokenError> {
        match self.issuer.projects() {
            IssuerProjects::One(project) => Ok(Some(project.as_str().to_owned())),
            IssuerProjects::Claimed { claim, .. } => {
                self.claims.text(claim).map_err(|_| wrong(claim))
            }
            IssuerProjects::Header => Ok(None),
        }
    }

    fn service_account(&mut self) -> bool {
        let claim = &self.issuer.claims().role;
        let bits = self.claims.get(claim).and_then(|role| match role {
            None | Some(Value::String(_)) => Ok(None),
            Some(role) => role.as_u64().map(Some).ok_or(Unreadable),
        });
        self.or_ignored(bits, claim).is_some_and(|bits| bits & 1 == 1)
    }

    /// The value of an optional claim. An unreadable claim counts as absent, and adds a remark.
    fn or_ignored<T>(&mut self, read: Result<Option<T>, Unreadable>, claim: &str) -> Option<T> {
        read.unwrap_or_else(|Unreadable| {
            self.remarks.insert(Remark::Ignored(claim.to_owned()));
            None
        })
    }
}

/// The epoch of an account. Another auth service may mean something else by it, and says nothing then.
fn epoch(claims: &SignedClaims) -> Option<TokenEpoch> {
    claims.get("epoch").ok()?.and_then(|epoch| epoch.as_i64()).map(TokenEpoch::of)
}

fn wrong(claim: &str) -> TokenError {
    TokenError::Claim(claim.to_owned())
}

/// What a claim says, as far as it can be compared with a text.
fn texts(value: Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text],
        Value::Bool(is_so) => vec![is_so.to_string()],
        Value::Number(number) if !number.is_f64() => vec![number.to_string()],
        Value::Array(many) => {
            many.iter().filter_map(Value::as_str).map(ToOwned::to_owned).collect()
        }
        Value::Null | Value::Number(_) | Value::Object(_) => Vec::new(),
    }
}

#[cfg(test)]
mod tests;
