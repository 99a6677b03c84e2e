//! What an access key is good for at most, whatever its holder may do.

use std::collections::BTreeSet;
use std::net::IpAddr;

use sail_cargo_protocol as wire;

use super::cidr::Cidr;
use super::place::Place;
use crate::flaw::{Field, Flaw};
use crate::limits::{MAX_KEY_BUCKETS, MAX_KEY_CIDRS, MAX_KEY_PREFIXES};
use crate::names::{BucketName, Prefix};
use crate::permissions::{Permission, Permissions};

/// The limits of an access key. What is not named is not limited; without any, the key allows all that
/// its holder may do.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct KeyLimits {
    /// In these buckets only.
    pub buckets: Option<BTreeSet<BucketName>>,
    /// Below these prefixes only, in every bucket.
    pub prefixes: Option<BTreeSet<Prefix>>,
    /// With these permissions at most.
    pub permissions: Option<Permissions>,
    /// From these networks only.
    pub cidrs: Option<BTreeSet<Cidr>>,
    /// In these places only, each with its own permissions. Only the policy of a session limits this: no
    /// access key is stored with it.
    pub places: Option<Vec<Place>>,
}

impl KeyLimits {
    /// Reads the limits that somebody asks for.
    ///
    /// # Errors
    /// A limit that names nothing or too much: leave it out where there is none. Names that are none.
    pub fn parse(asked: wire::KeyLimits) -> Result<Self, Flaw> {
        let wire::KeyLimits { buckets, prefixes, permissions, cidrs } = asked;
        let prefix = |text: &str| {
            let prefix = Prefix::parse(text)?;
            prefix.demand_plain().map(|()| prefix)
        };
        Ok(Self {
            buckets: set(buckets, Field::Buckets, MAX_KEY_BUCKETS, BucketName::parse)?,
            prefixes: set(prefixes, Field::Prefixes, MAX_KEY_PREFIXES, prefix)?,
            permissions: permissions.map(|some| demand_some(&some)).transpose()?,
            cidrs: set(cidrs, Field::Cidrs, MAX_KEY_CIDRS, Cidr::parse)?,
            places: None,
        })
    }

    /// Whether the key may be used from `address`. Who is connected by a socket has none, and is in no
    /// network.
    pub fn allows(&self, address: Option<IpAddr>) -> bool {
        let Some(networks) = &self.cidrs else { return true };
        address.is_some_and(|address| networks.iter().any(|network| network.contains(address)))
    }

    /// Whether anything in `bucket` is within the limits.
    pub fn allow_bucket(&self, bucket: &BucketName) -> bool {
        let has_place = |places: &Vec<Place>| places.iter().any(|place| place.bucket == *bucket);
        self.buckets.as_ref().is_none_or(|buckets| buckets.contains(bucket))
            && self.places.as_ref().is_none_or(has_place)
    }

    /// Whether anything below `prefix` in `bucket` is within the limits.
    pub fn reach(&self, bucket: &BucketName, prefix: &str) -> bool {
        let meets = |limit: &Prefix| limit.covers(prefix) || limit.as_str().starts_with(prefix);
        let has_place =
            |places: &Vec<Place>| places.iter().any(|it| it.bucket == *bucket && meets(&it.prefix));
        self.allow_bucket(bucket)
            && self.prefixes.as_ref().is_none_or(|prefixes| prefixes.iter().any(meets))
            && self.places.as_ref().is_none_or(has_place)
    }

    /// Whether `permission` on everything whose key starts with `scope` is within the limits.
    pub fn cover(&self, permission: Permission, bucket: &BucketName, scope: &str) -> bool {
        let below = |prefixes: &BTreeSet<Prefix>| prefixes.iter().any(|limit| limit.covers(scope));
        let is_allowed = |place: &Place| {
            place.bucket == *bucket
                && place.prefix.covers(scope)
                && place.permissions.contains(permission)
        };
        self.allow_bucket(bucket)
            && self.places.as_ref().is_none_or(|places| places.iter().any(is_allowed))
            && self.most().contains(permission)
            && self.prefixes.as_ref().is_none_or(below)
    }

    /// Whether all of the account is within the limits: all buckets, everything in them.
    pub fn cover_account(&self) -> bool {
        let Self { buckets, prefixes, permissions, cidrs: _, places } = self;
        buckets.is_none() && prefixes.is_none() && permissions.is_none() && places.is_none()
    }

    /// The permissions it may come to.
    pub(super) fn most(&self) -> Permissions {
        self.permissions.unwrap_or(Permissions::ALL)
    }

    /// Whether these limits allow nothing that `others` do not.
    pub fn are_within(&self, others: &Self) -> bool {
        let of = |own: &Option<BTreeSet<Prefix>>, theirs: &BTreeSet<Prefix>| {
            let covered = |own: &Prefix| theirs.iter().any(|prefix| prefix.covers(own.as_str()));
            own.as_ref().is_some_and(|own| own.iter().all(covered))
        };
        let buckets = others
            .buckets
            .as_ref()
            .is_none_or(|theirs| self.buckets.as_ref().is_some_and(|own| own.is_subset(theirs)));
        let cidrs = others.cidrs.as_ref().is_none_or(|theirs| {
            let covered = |own: &Cidr| theirs.iter().any(|network| network.covers(own));
            self.cidrs.as_ref().is_some_and(|own| own.iter().all(covered))
        });
        let places = others.places.as_ref().is_none_or(|theirs| {
            let covered = |own: &Place| theirs.iter().any(|place| own.is_within(place));
            self.places.as_ref().is_some_and(|own| own.iter().all(covered))
        });
        buckets
            && cidrs
            && places
            && others.prefixes.as_ref().is_none_or(|theirs| of(&self.prefixes, theirs))
            && self.most().without(others.most()).is_empty()
    }

    /// These limits, with each that `edit` names in its place.
    #[must_use]
    pub fn edited(&self, edit: Self) -> Self {
        let Self { buckets, prefixes, permissions, cidrs, places } = edit;
        Self {
            buckets: buckets.or_else(|| self.buckets.clone()),
            prefixes: prefixes.or_else(|| self.prefixes.clone()),
            permissions: permissions.or(self.permissions),
            cidrs: cidrs.or_else(|| self.cidrs.clone()),
            places: places.or_else(|| self.places.clone()),
        }
    }
}

impl From<&KeyLimits> for wire::KeyLimits {
    fn from(limits: &KeyLimits) -> Self {
        Self {
            buckets: limits.buckets.as_ref().map(texts),
            prefixes: limits.prefixes.as_ref().map(texts),
            permissions: limits.permissions.map(Into::into),
            cidrs: limits.cidrs.as_ref().map(texts),
        }
    }
}

fn texts<T: ToString>(names: &BTreeSet<T>) -> BTreeSet<String> {
    names.iter().map(ToString::to_string).collect()
}

/// Reads a limit that names things, 1 to `most` of them.
fn set<T: Ord>(
    names: Option<BTreeSet<String>>,
    field: Field,
    most: usize,
    parse: impl Fn(&str) -> Result<T, crate::InvalidName>,
) -> Result<Option<BTreeSet<T>>, Flaw> {
    let Some(names) = names else { return Ok(None) };
    if names.is_empty() || names.len() > most {
        let rule = format!("1 to {most}; leave it out for no limit");
        return Err(Flaw::new(field, rule));
    }
    let read: Result<_, _> = names.iter().map(|name| parse(name)).collect();
    read.map(Some).map_err(Flaw::of(field))
}

fn demand_some(permissions: &wire::Permissions) -> Result<Permissions, Flaw> {
    if permissions.is_empty() {
        return Err(Flaw::new(Field::Permissions, "at least one; leave it out for no limit"));
    }
    Ok(permissions.into())
}
