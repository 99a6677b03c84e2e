//! `/v1/permissions`: what the caller may do.

use std::collections::{BTreeMap, BTreeSet};

use actix_web::web::{Data, Json};
use chrono::{DateTime, Utc};
use sail_cargo_protocol::{BucketPermissions, Page, PermissionsQuery, PrefixPermissions, Problem};

use super::error::ApiError;
use super::extract::{Asker, Query};
use super::page::whole;
use super::state::State;
use crate::domain::authority::Scope;
use crate::domain::caller::{Scope as KeyScope, User};
use crate::domain::{Authority, BucketName, Caller, Grant, Permissions};

/// What may I do, here or everywhere? A bucket that is absent and one that is not yours read the
/// same: no permissions.
#[utoipa::path(get, path = "/v1/permissions", tag = "callers", params(PermissionsQuery), responses(
    (status = 200, description = "By bucket", body = Page<BucketPermissions>),
    (status = 401, description = "Not authenticated", body = Problem),
))]
pub(super) async fn permissions(
    asker: Asker,
    state: Data<State>,
    query: Query<PermissionsQuery>,
) -> Result<Json<Page<BucketPermissions>>, ApiError> {
    asker.demand_scope(KeyScope::GrantsRead)?;
    let (caller, now) = (&asker.0.caller, asker.0.now);
    let only = query
        .0
        .bucket
        .as_deref()
        .map(BucketName::parse)
        .transpose()
        .map_err(|error| ApiError::field("bucket", error))?;
    let authority = state
        .store
        .authority(asker.project()?, caller.clone(), only.clone().map(|one| vec![one]), now)
        .await?;
    let buckets: Vec<BucketName> = match &only {
        Some(bucket) => vec![bucket.clone()],
        None => authority.buckets.keys().cloned().collect(),
    };
    let by_bucket = split(authority, &buckets);
    let items = buckets
        .iter()
        .zip(&by_bucket)
        .map(|(bucket, authority)| held(authority, caller, bucket, now))
        .filter(|held| only.is_some() || !held.permissions.is_empty() || !held.prefixes.is_empty())
        .collect();
    Ok(Json(whole(items)))
}

/// One authority for each bucket, with that bucket's grants only: what is looked at for a bucket
/// does not grow with the others.
pub(super) fn split(mut authority: Authority, buckets: &[BucketName]) -> Vec<Authority> {
    let mut grants: BTreeMap<BucketName, Vec<Grant>> = BTreeMap::new();
    for grant in std::mem::take(&mut authority.grants) {
        grants.entry(grant.bucket.clone()).or_default().push(grant);
    }
    let rules = std::mem::take(&mut authority.buckets);
    buckets
        .iter()
        .map(|bucket| Authority {
            buckets: rules
                .get_key_value(bucket)
                .map(|(name, rules)| (name.clone(), *rules))
                .into_iter()
                .collect(),
            grants: grants.remove(bucket).unwrap_or_default(),
            ..authority.clone()
        })
        .collect()
}

/// What the caller holds in one bucket.
pub(super) fn held(
    authority: &Authority,
    caller: &Caller,
    bucket: &BucketName,
    now: DateTime<Utc>,
) -> BucketPermissions {
    let (here, prefixes) = match caller {
        Caller::User(user) => (
            authority.permissions(user, bucket, Scope::Below(""), now),
            below(authority, user, bucket, now),
        ),
        Caller::Root(_) | Caller::Operator { .. } => {
            let rules = authority.buckets.get(bucket);
            (rules.map_or(Permissions::NONE, |rules| rules.ceiling), Vec::new())
        }
    };
    BucketPermissions { bucket: bucket.to_string(), permissions: here.into(), prefixes }
}

/// What prefix grants add to what the whole bucket gives.
fn below(
    authority: &Authority,
    user: &User,
    bucket: &BucketName,
    now: DateTime<Utc>,
) -> Vec<PrefixPermissions> {
    let whole = authority.permissions(user, bucket, Scope::Below(""), now);
    let prefixes: BTreeSet<&str> = authority
        .grants
        .iter()
        .filter(|grant| grant.bucket == *bucket && !grant.prefix.is_whole_bucket())
        .map(|grant| grant.prefix.as_str())
        .collect();
    prefixes
        .into_iter()
        .map(|prefix| (prefix, authority.permissions(user, bucket, Scope::Below(prefix), now)))
        .filter(|(_, held)| !held.without(whole).is_empty())
        .map(|(prefix, held)| PrefixPermissions {
            prefix: prefix.to_owned(),
            permissions: held.into(),
        })
        .collect()
}
