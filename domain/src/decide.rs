//! Decides whether Cargo signs a request for a caller. Pure: no I/O, no clock, no log line.

use chrono::{DateTime, Utc};

use super::access_key::{AccessKeyHolder, KeyLimits};
use super::authority::{Authority, BucketRules, GrantScope, ProjectRules, Until};
use super::caller::{self, Caller, User};
use super::denied::Denied;
use super::header_policy;
use super::names::{BucketName, ObjectKey};
use super::permissions::Permission;
use super::requirement::{Needed, Requirement, kind, kinds, requirements};
use super::s3::{BodyRule, EMPTY_SHA256, Method, Needs, Operation, Payload, S3Request, Target};
use super::session::SessionHolder;
use super::storage_contract::StorageContract;

/// Proof that [`decide`] approved a request. It holds the approved request itself. Only this module
/// can build one; the credential store and the signer both require it.
///
/// ```compile_fail,E0451
/// fn forge<'a>(request: &'a sail_cargo_domain::s3::S3Request) -> sail_cargo_domain::Approved<'a> { sail_cargo_domain::Approved { request, revision: 0, until: sail_cargo_domain::authority::Until::Indefinite, payload: "", body_bound: true } }
/// ```
#[derive(Debug)]
pub struct Approved<'a> {
    request: &'a S3Request,
    revision: i64,
    until: Until,
    payload: &'a str,
    body_bound: bool,
}

impl<'a> Approved<'a> {
    /// The approved request.
    pub fn request(&self) -> &'a S3Request {
        self.request
    }

    /// The revision of the grants at which the request was approved.
    pub fn revision(&self) -> i64 {
        self.revision
    }

    /// Whether the storage was proved to reject a body that does not have the signed hash.
    pub fn is_body_bound(&self) -> bool {
        self.body_bound
    }

    /// The value of `x-amz-content-sha256` for a signature in headers.
    pub fn payload(&self) -> &'a str {
        self.payload
    }

    /// Until when the approval holds: the end of the grant that ends first among those it needed,
    /// or of the caller's credentials if that is earlier.
    pub fn until(&self) -> Until {
        self.until
    }
}

/// Decides whether Cargo signs `request` for `caller`.
///
/// # Errors
/// [`Denied`], with the first reason found. The header policy is checked before the permissions.
pub fn decide<'a>(
    caller: &Caller,
    request: &'a S3Request,
    authority: &Authority,
    now: DateTime<Utc>,
) -> Result<Approved<'a>, Denied> {
    if request.operation().row().needs == Needs::Never {
        return Err(Denied::Never(request.operation()));
    }
    if !authority.project.active {
        return Err(Denied::ProjectInactive);
    }
    if !caller.has_scope(caller::Scope::Sign) {
        return Err(Denied::ScopeMissing);
    }
    if !authority.project.storage.is_respelled {
        check_spelling(request.target(), request.is_hosted())?;
    }
    check_storage(request, &authority.project)?;
    let until = match caller {
        Caller::User(user) => {
            header_policy::check_user(request, authority)?;
            check_user(user, request, authority, now)?
        }
        Caller::Root(_) => {
            header_policy::check_root(request, authority)?;
            check_root(request, authority)?;
            Until::Indefinite
        }
        Caller::AccessKey(AccessKeyHolder { user, limits, .. })
        | Caller::Session(SessionHolder { user, limits, .. }) => {
            decide_by_key(user.as_ref(), limits, request, authority, now)?
        }
        Caller::Everybody(user) => {
            header_policy::check_user(request, authority)?;
            check_user(user, request, &authority.of_everybody(), now)?
        }
        Caller::Operator { .. } => return Err(Denied::Operator),
    };
    let until = caller.expires_at().map_or(until, |end| until.min(Until::Instant(end)));
    let storage = &authority.project.storage;
    let (payload, body_bound) = (payload(request, storage), storage.binds_body);
    Ok(Approved { request, revision: authority.revision, until, payload, body_bound })
}

/// The decision of the holder of an access key or a session, within its limits.
fn decide_by_key(
    user: Option<&User>,
    limits: &KeyLimits,
    request: &S3Request,
    authority: &Authority,
    now: DateTime<Utc>,
) -> Result<Until, Denied> {
    let Some(user) = user else {
        header_policy::check_root(request, authority)?;
        check_root(request, authority)?;
        check_root_limits(limits, request, authority)?;
        return Ok(Until::Indefinite);
    };
    header_policy::check_user(request, authority)?;
    check_user(user, request, &limits.cut(user, authority), now).or_else(|denied| {
        check_user(user, request, authority, now)?;
        Err(Denied::of_key_limits(&denied))
    })
}

/// Holds what the application asks for against the limits of its access key. What users cannot do, by its
/// operation or by one of its headers, takes all of the bucket, the permission its method stands for, and
/// `admin`.
fn check_root_limits(
    limits: &KeyLimits,
    request: &S3Request,
    authority: &Authority,
) -> Result<(), Denied> {
    let as_user = header_policy::check_user(request, authority)
        .and_then(|()| requirements(request, &authority.project.storage));
    let needed = match (as_user, request.target().bucket()) {
        (Ok(requirements), _) => requirements,
        (Err(_), None) if limits.cover_account() => return Ok(()),
        (Err(_), None) => return Err(Denied::KeyLimits(None)),
        (Err(_), Some(bucket)) => [kind(request.method()), Permission::Admin]
            .map(|permission| Requirement { needed: Needed::One(permission), bucket, scope: "" })
            .into(),
    };
    needed.into_iter().try_for_each(|needed| demand_within(limits, &needed))
}

/// Demands that a requirement is within the limits of an access key.
pub(super) fn demand_within(limits: &KeyLimits, needed: &Requirement<'_>) -> Result<(), Denied> {
    let Requirement { needed, bucket, scope } = *needed;
    let within = match needed {
        Needed::Any => limits.allow_bucket(bucket),
        some => some.each().any(|permission| limits.cover(permission, bucket, scope)),
    };
    if within { Ok(()) } else { Err(Denied::KeyLimits(needed.named())) }
}

/// The payload hash to sign: the declared one. For an unsigned change without a body on a storage
/// that binds bodies, it is the hash of the empty body, so that nobody can add a body.
fn payload<'a>(request: &'a S3Request, storage: &StorageContract) -> &'a str {
    let changes = matches!(request.method(), Method::Post | Method::Put | Method::Delete);
    let bodiless = changes && request.operation().row().body == BodyRule::None;
    match request.payload() {
        Payload::Unsigned if bodiless && storage.binds_body => EMPTY_SHA256,
        declared => declared.as_str(),
    }
}

/// Refuses paths that other services of the storage may claim: they recognise a path by its start.
pub(crate) fn check_spelling(target: &Target, is_hosted: bool) -> Result<(), Denied> {
    match target {
        Target::Object(_, key) if is_hosted && key.is_reserved() => {
            Err(Denied::ReservedKey(key.clone()))
        }
        Target::Bucket(bucket) | Target::Object(bucket, _)
            if !is_hosted && bucket.is_reserved() =>
        {
            Err(Denied::ReservedBucket(bucket.clone()))
        }
        _ => Ok(()),
    }
}

/// Refuses all requests that would leave the server for a storage that only the gateway speaks to,
/// those for which the storage was not proved to enforce the signature (rule D1), and those of the
/// gateway that it would read in another way, or keep although they fail.
fn check_storage(request: &S3Request, project: &ProjectRules) -> Result<(), Denied> {
    let storage = &project.storage;
    if storage.is_gateway_only {
        return Err(Denied::GatewayOnly(project.gateway.clone()));
    }
    let open = kinds(request).intersection(storage.unsafe_for);
    if !open.is_empty() {
        return Err(Denied::UnsafeStorage(open));
    }
    if storage.unsupported.contains(&request.operation()) {
        return Err(Denied::SubresourceUnsupported(request.operation()));
    }
    request.demand_settled(storage.at_gateway.settled).map_err(Denied::Ambiguous)?;
    let is_upload = request.operation().row().body == BodyRule::Stream;
    if is_upload && storage.is_respelled && storage.at_gateway.keeps_broken_uploads {
        return Err(Denied::KeepsBrokenUploads);
    }
    Ok(())
}

/// Checks a request of root, which may do everything in the project's buckets except for operations
/// that need an opt-in.
fn check_root(request: &S3Request, authority: &Authority) -> Result<(), Denied> {
    let operation = request.operation();
    let binds_body = authority.project.storage.binds_body;
    if request.needs_opt_in(binds_body) && !authority.is_opted_in(operation) {
        return Err(Denied::RootOptIn(operation));
    }
    let Some(bucket) = request.target().bucket() else {
        let shared = authority.project.store_is_shared;
        return if shared { Err(Denied::SharedAccount) } else { Ok(()) };
    };
    if operation == Operation::CreateBucket && bucket.is_reserved() {
        return Err(Denied::ReservedBucket(bucket.clone()));
    }
    let source = request.source().map(|source| &source.bucket);
    for bucket in [bucket].into_iter().chain(source) {
        if !authority.buckets.contains_key(bucket) && operation != Operation::CreateBucket {
            return Err(Denied::ForeignBucket(bucket.clone()));
        }
    }
    root_touches(request).into_iter().try_for_each(|(needed, bucket)| {
        let is_frozen = |rules: &BucketRules| !needed.is_met_by(rules.ceiling);
        match needed.named() {
            Some(permission) if authority.buckets.get(bucket).is_some_and(is_frozen) => {
                Err(Denied::Frozen { permission, bucket: bucket.clone() })
            }
            _ => Ok(()),
        }
    })
}

/// The permissions that the ceilings must allow for a request of root: those a user would need or,
/// for an operation that no user may do, those that the request's method implies.
fn root_touches(request: &S3Request) -> Vec<(Needed, &BucketName)> {
    if let Ok(requirements) = requirements(request, &StorageContract::strict()) {
        return requirements.into_iter().map(|needed| (needed.needed, needed.bucket)).collect();
    }
    let needed = Needed::One(kind(request.method()));
    request.target().bucket().map(|bucket| (needed, bucket)).into_iter().collect()
}

/// Checks every requirement, and returns the earliest end of the grants that meet them.
fn check_user(
    user: &User,
    request: &S3Request,
    authority: &Authority,
    now: DateTime<Utc>,
) -> Result<Until, Denied> {
    let storage = &authority.project.storage;
    requirements(request, storage)?.into_iter().try_fold(Until::Indefinite, |until, needed| {
        let met = meet(user, &needed, authority, now);
        Ok(until.min(met.map_err(|denied| unbound(user, request, authority, now, denied))?))
    })
}

/// Replaces the refusal of a multi-object delete on a storage that does not bind bodies: a user who
/// may delete at least one of the keys, but not the whole bucket, learns to delete key by key.
fn unbound(
    user: &User,
    request: &S3Request,
    authority: &Authority,
    now: DateTime<Utc>,
    denied: Denied,
) -> Denied {
    let Denied::NoPermission { permission, bucket, .. } = &denied else { return denied };
    let keys = request.deleted_keys().filter(|_| !authority.project.storage.binds_body);
    let holds = |key: &ObjectKey| {
        authority.holds(user, *permission, bucket, GrantScope::Below(key.as_str()), now).is_some()
    };
    if keys.unwrap_or_default().iter().any(holds) {
        return Denied::BodyUnbound(bucket.clone());
    }
    denied
}

/// Checks one requirement, and returns until when it is met.
pub(super) fn meet(
    user: &User,
    needed: &Requirement<'_>,
    authority: &Authority,
    now: DateTime<Utc>,
) -> Result<Until, Denied> {
    let Requirement { needed, bucket, scope } = *needed;
    let Some(permission) = needed.named() else {
        let held = authority.permissions(user, bucket, GrantScope::Anywhere, now);
        return if held.is_empty() {
            Err(Denied::NoGrant(bucket.clone()))
        } else {
            Ok(Until::Indefinite)
        };
    };
    let holds =
        |permission| authority.holds(user, permission, bucket, GrantScope::Below(scope), now);
    needed.each().filter_map(holds).max().ok_or_else(|| Denied::NoPermission {
        permission,
        bucket: bucket.clone(),
        scope: scope.to_owned(),
    })
}

#[cfg(test)]
mod tests;
