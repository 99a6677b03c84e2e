//! An access key that is to be made.

use chrono::{DateTime, SubsecRound as _, Utc};
use sail_cargo_protocol::CreateAccessKey;

use super::holder::scopes;
use super::limits::KeyLimits;
use super::stored::{AccessKeyKind, AccessKeyOwner, StoredAccessKey};
use crate::caller::Caller;
use crate::flaw::{Field, Flaw};
use crate::names::SubjectId;
use crate::new_key::{
    KeyRefusal, demand_future, demand_key_name, demand_no_longer, demand_scopes, holder, usual_end,
};

/// An access key that may be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAccessKey {
    kind: AccessKeyKind,
    owner: AccessKeyOwner,
    name: String,
    limits: KeyLimits,
    expires_at: DateTime<Utc>,
}

impl NewAccessKey {
    /// Reads a key that `maker` asks for: users make their own, the application and operators anybody's
    /// and the application's. Without an end it lives for 365 days, and not longer than the API key in
    /// use.
    ///
    /// # Errors
    /// A field that breaks a rule; a personal API key of the application; another user than the one who asks; an
    /// API key without a scope that the key comes to; an end that is over, or behind that of the API key in use.
    pub fn parse(
        asked: CreateAccessKey,
        maker: &Caller,
        now: DateTime<Utc>,
    ) -> Result<Self, KeyRefusal> {
        demand_key_name(&asked.name).map_err(Flaw::of(Field::Name))?;
        let owner = owner(asked.user.as_deref(), maker)?;
        let kind = asked.kind;
        if kind == AccessKeyKind::Token && owner == AccessKeyOwner::Root {
            return Err(Flaw::new(Field::User, "a personal API key is a user's: name one").into());
        }
        let limits = KeyLimits::parse(asked.limits())?;
        demand_scopes(maker, scopes(kind))?;
        demand_future(asked.expires_at, now)?;
        let expires_at = asked.expires_at.unwrap_or_else(|| usual_end(holder(maker), now));
        let expires_at = expires_at.trunc_subsecs(6);
        demand_no_longer(holder(maker), expires_at)?;
        Ok(Self { kind, owner, name: asked.name, limits, expires_at })
    }

    /// A key in the place of `old`, until `expires_at`.
    pub fn successor(old: &StoredAccessKey, expires_at: DateTime<Utc>) -> Self {
        let StoredAccessKey { kind, owner, name, limits, .. } = old.clone();
        Self { kind, owner, name, limits, expires_at }
    }

    /// How it is proved.
    pub const fn kind(&self) -> AccessKeyKind {
        self.kind
    }

    /// Whose it is.
    pub const fn owner(&self) -> &AccessKeyOwner {
        &self.owner
    }

    /// What it is for.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it is good for at most.
    pub const fn limits(&self) -> &KeyLimits {
        &self.limits
    }

    /// When it stops, to the microsecond.
    pub const fn expires_at(&self) -> DateTime<Utc> {
        self.expires_at
    }
}

/// Whose a key is that `maker` asks for.
fn owner(named: Option<&str>, maker: &Caller) -> Result<AccessKeyOwner, KeyRefusal> {
    let named = named.map(SubjectId::parse_new).transpose().map_err(Flaw::of(Field::User))?;
    match maker {
        Caller::Root(_) | Caller::Operator { .. } => Ok(AccessKeyOwner::of(named)),
        Caller::User(user) if named.as_ref().is_none_or(|named| *named == user.id) => {
            Ok(AccessKeyOwner::User(user.id.clone()))
        }
        Caller::User(_) | Caller::AccessKey(_) | Caller::Session(_) | Caller::Everybody(_) => {
            Err(KeyRefusal::NotYours)
        }
    }
}
