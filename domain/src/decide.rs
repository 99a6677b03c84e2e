//! May this caller have this request signed? Pure: no I/O, no clock, no log line.

use chrono::{DateTime, Utc};

use super::authority::{Authority, Scope, Until};
use super::caller::{self, Caller, User};
use super::header_policy;
use super::names::BucketName;
use super::permissions::{Permission, word};
use super::requirement::{Requirement, requirements};
use super::s3::{Method, Needs, Operation, S3Request};

/// Proof that [`decide`] said yes, holding the very request it said yes to. Only this module
/// can build one; the credential store and the signer both demand it.
///
/// ```compile_fail,E0451
/// fn forge<'a>(request: &'a sail_cargo_domain::s3::S3Request) -> sail_cargo_domain::Approved<'a> { sail_cargo_domain::Approved { request, revision: 0, until: sail_cargo_domain::authority::Until::Revoked } }
/// ```
#[derive(Debug)]
pub struct Approved<'a> {
    request: &'a S3Request,
    revision: i64,
    until: Until,
}

impl<'a> Approved<'a> {
    /// The request that was judged.
    pub fn request(&self) -> &'a S3Request {
        self.request
    }

    /// The revision it was judged at.
    pub fn revision(&self) -> i64 {
        self.revision
    }

    /// Until when the answer would have been the same, by the weakest grant it took and by the
    /// credentials that asked.
    pub fn until(&self) -> Until {
        self.until
    }
}

/// Why a well-formed request is not signed for this caller. [`Denied::code`] is stable.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "each variant's sentence is its documentation")]
pub enum Denied {
    #[error("{0} is never signed: it hands out authority that Cargo could not take back")]
    Never(Operation),
    #[error("the project is not active")]
    ProjectInactive,
    #[error("the API key does not have the scope `sign`")]
    ScopeMissing,
    #[error("operators have nothing signed: use a project's API key")]
    Operator,
    #[error("`{0}` is signed for the application only, not for users")]
    HeaderNeedsRoot(String),
    #[error("`{header}` is signed only when the project's root_extra names {operation}")]
    HeaderNeedsOptIn { header: String, operation: Operation },
    #[error(
        "`x-amz-acl: {0}` is not signed for users; only `private` and \
         `bucket-owner-full-control` are"
    )]
    AclValue(String),
    #[error("`x-amz-server-side-encryption: {0}` is not signed for users; only `AES256` is")]
    EncryptionValue(String),
    #[error("tags are a matter of authority in this project: only the application writes them")]
    TagsNeedRoot,
    #[error(
        "nothing is written to this storage: it lets headers act that were not signed. The \
         operator can move the project to a storage that refuses them, or set \
         accept_unsafe_storage for the store"
    )]
    UnsafeStorage,
    #[error("{0} is for the application itself, not for users")]
    RootOnly(Operation),
    #[error("{0} is signed only when the project's root_extra names it{hint}", hint = opt_in_hint(*.0))]
    RootOptIn(Operation),
    #[error("the storage account serves several projects: nobody may list all its buckets")]
    SharedAccount,
    #[error("`{0}` is the name of another service on many storages")]
    ReservedBucket(BucketName),
    #[error("the bucket `{0}` is not registered to this project")]
    ForeignBucket(BucketName),
    #[error(
        "how `{0}` stands in the storage is not known: its creation or deletion is not settled, or \
         the storage does not answer. Try again later, or see `sail-cargo buckets reconcile`"
    )]
    Unsettled(BucketName),
    #[error("the bucket `{bucket}` is frozen: nobody may {} there now", word(*.permission))]
    Frozen { permission: Permission, bucket: BucketName },
    #[error("no {} permission on `{bucket}{}`", word(*.permission), below(.scope))]
    NoPermission { permission: Permission, bucket: BucketName, scope: String },
    #[error("no permission at all on `{0}`")]
    NoGrant(BucketName),
    #[error("the grant or the credentials end within the second")]
    Ending,
}

fn below(scope: &str) -> String {
    if scope.is_empty() { String::new() } else { format!("/{scope}") }
}

/// What else would help.
const fn opt_in_hint(operation: Operation) -> &'static str {
    match operation.row().needs {
        Needs::RootInPlace => {
            ", unless its body is sent along and asks for no Type, SelectParameters or \
             OutputLocation: those write elsewhere"
        }
        _ => "",
    }
}

impl Denied {
    /// The stable name of the reason, for programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Never(_) => "never",
            Self::ProjectInactive => "project_inactive",
            Self::ScopeMissing => "scope_missing",
            Self::Operator => "operator_cannot_sign",
            Self::HeaderNeedsRoot(_) => "header_needs_root",
            Self::HeaderNeedsOptIn { .. } => "header_optin",
            Self::AclValue(_) => "acl_value",
            Self::EncryptionValue(_) => "encryption_value",
            Self::TagsNeedRoot => "tags_need_root",
            Self::UnsafeStorage => "unsafe_storage",
            Self::RootOnly(_) => "root_only",
            Self::RootOptIn(_) => "root_optin",
            Self::SharedAccount => "account_shared",
            Self::ReservedBucket(_) => "reserved_bucket",
            Self::ForeignBucket(_) => "foreign_bucket",
            Self::Unsettled(_) => "bucket_unsettled",
            Self::Frozen { .. } => "bucket_frozen",
            Self::NoPermission { .. } | Self::NoGrant(_) => "no_permission",
            Self::Ending => "approval_ending",
        }
    }

    /// The permission that was missing, where one was.
    pub const fn required(&self) -> Option<Permission> {
        match self {
            Self::NoPermission { permission, .. } | Self::Frozen { permission, .. } => {
                Some(*permission)
            }
            _ => None,
        }
    }
}

/// Says yes, and hands out the proof; or says no, and why.
///
/// # Errors
/// The first thing that is missing: the header policy is looked at before the permissions.
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
    if authority.project.unsafe_storage && writes(caller, request) {
        return Err(Denied::UnsafeStorage);
    }
    let until = match caller {
        Caller::User(user) => {
            header_policy::check_user(request, authority)?;
            check_user(user, request, authority, now)?
        }
        Caller::Root(_) => {
            header_policy::check_root(request, authority)?;
            check_root(request, authority)?;
            Until::Revoked
        }
        Caller::Operator { .. } => return Err(Denied::Operator),
    };
    let until = caller.expires_at().map_or(until, |end| until.min(Until::Instant(end)));
    Ok(Approved { request, revision: authority.revision, until })
}

/// Signs for bytes, headers or tags to be written: what an unsigned header could turn into
/// something else (D1). Root may put and post more than users can.
fn writes(caller: &Caller, request: &S3Request) -> bool {
    matches!(request.operation().row().needs, Needs::Write | Needs::WriteDelete | Needs::Copy)
        || (matches!(caller, Caller::Root(_))
            && matches!(request.method(), Method::Put | Method::Post))
}

/// Root may do everything to the project's own buckets but what was not opted into.
fn check_root(request: &S3Request, authority: &Authority) -> Result<(), Denied> {
    let operation = request.operation();
    if request.needs_opt_in() && !header_policy::is_opted_in(operation, authority) {
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
    root_touches(request).into_iter().try_for_each(|(permission, bucket)| {
        let frozen =
            authority.buckets.get(bucket).is_some_and(|rules| !rules.ceiling.contains(permission));
        if frozen { Err(Denied::Frozen { permission, bucket: bucket.clone() }) } else { Ok(()) }
    })
}

/// Which permissions of the ceilings a root request comes under: those it would take of a user;
/// for what users cannot do, those its method stands for.
fn root_touches(request: &S3Request) -> Vec<(Permission, &BucketName)> {
    if let Ok(requirements) = requirements(request) {
        let held_by_users = requirements.into_iter();
        return held_by_users
            .filter_map(|needed| Some((needed.permission?, needed.bucket)))
            .collect();
    }
    let permission = match request.method() {
        Method::Get | Method::Head => Permission::Read,
        Method::Put | Method::Post => Permission::Write,
        Method::Delete => Permission::Delete,
    };
    request.target().bucket().map(|bucket| (permission, bucket)).into_iter().collect()
}

/// Meets every requirement, and says until when.
fn check_user(
    user: &User,
    request: &S3Request,
    authority: &Authority,
    now: DateTime<Utc>,
) -> Result<Until, Denied> {
    requirements(request)?.into_iter().try_fold(Until::Revoked, |until, needed| {
        Ok(until.min(meet(user, &needed, authority, now)?))
    })
}

/// Meets one requirement, and says until when.
pub(super) fn meet(
    user: &User,
    needed: &Requirement<'_>,
    authority: &Authority,
    now: DateTime<Utc>,
) -> Result<Until, Denied> {
    let Requirement { permission, bucket, scope } = *needed;
    let Some(permission) = permission else {
        let held = authority.permissions(user, bucket, Scope::Anywhere, now);
        return if held.is_empty() {
            Err(Denied::NoGrant(bucket.clone()))
        } else {
            Ok(Until::Revoked)
        };
    };
    authority.holds(user, permission, bucket, Scope::Below(scope), now).ok_or_else(|| {
        Denied::NoPermission { permission, bucket: bucket.clone(), scope: scope.to_owned() }
    })
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;
    use crate::authority::{BucketRules, ProjectRules};
    use crate::grant::{Grant, Subject};
    use crate::names::{Prefix, ProjectId, SubjectId};
    use crate::permissions::Permissions;
    use crate::s3::{AddressingStyle, Endpoint, RawRequest};

    const EMPTY: &str = crate::s3::EMPTY_SHA256;

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000, 0).unwrap()
    }

    fn ada() -> User {
        User {
            project: ProjectId::parse("6f2c1d7e-3b5a-4c0e-9a44-0d7d3a1f5b21").unwrap(),
            id: SubjectId::parse("ada").unwrap(),
            groups: BTreeSet::new(),
            service_account: false,
            expires_at: now(),
            via: None,
        }
    }

    fn root() -> Caller {
        Caller::Root(crate::caller::KeyHolder {
            project: ada().project,
            id: crate::names::KeyId::parse("8fK2mQ0ZtYb1").unwrap(),
            scopes: BTreeSet::from([caller::Scope::Sign]),
            expires_at: None,
        })
    }

    fn may(permissions: &[Permission], place: &str) -> Grant {
        let (bucket, prefix) = place.split_once('/').unwrap_or((place, ""));
        Grant {
            bucket: BucketName::parse(bucket).unwrap(),
            prefix: Prefix::parse(prefix).unwrap(),
            subject: Subject::User(ada().id),
            permissions: permissions.iter().copied().collect(),
            not_before: None,
            expires_at: None,
        }
    }

    fn authority(grants: Vec<Grant>) -> Authority {
        let rules = BucketRules { public: Permissions::NONE, ceiling: Permissions::ALL };
        let registered = ["raw", "clean"].map(|name| (BucketName::parse(name).unwrap(), rules));
        Authority {
            project: ProjectRules {
                active: true,
                default_permissions: Permissions::NONE,
                root_extra: Vec::new(),
                tags_are_authority: false,
                store_is_shared: false,
                unsafe_storage: false,
                max_presign: chrono::TimeDelta::hours(1),
            },
            buckets: BTreeMap::from(registered),
            grants,
            groups: Vec::new(),
            revision: 1,
        }
    }

    fn request(
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&str>,
    ) -> S3Request {
        let headers: Vec<_> =
            headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let url = format!("http://s3.local{path}");
        let raw = RawRequest {
            method,
            url: &url,
            headers: &headers,
            payload: body.is_none().then_some(EMPTY),
            body: body.map(str::as_bytes),
        };
        let endpoint = Endpoint::parse("http://s3.local", AddressingStyle::Path).unwrap();
        S3Request::parse(raw, &[endpoint]).unwrap()
    }

    fn verdict(request: &S3Request, authority: &Authority) -> Result<(), String> {
        let caller = Caller::User(ada());
        decide(&caller, request, authority, now()).map(drop).map_err(|denied| denied.to_string())
    }

    #[test]
    fn copying_takes_write_on_the_target_and_read_on_the_source() {
        use Permission::{Read, Write};
        let source = [("x-amz-copy-source", "raw/report.csv")];
        let copy = request("PUT", "/clean/report.csv", &source, None);
        for (grants, expected) in [
            (vec![may(&[Read], "raw"), may(&[Write], "clean")], Ok(())),
            (vec![may(&[Read], "raw")], Err("no write permission on `clean/report.csv`")),
            (vec![may(&[Write], "clean")], Err("no read permission on `raw/report.csv`")),
        ] {
            let verdict = verdict(&copy, &authority(grants));
            assert_eq!(verdict, expected.map_err(str::to_owned));
        }
    }

    #[test]
    fn a_prefix_grant_reaches_its_prefix_and_nothing_else() {
        let authority =
            authority(vec![may(&[Permission::Read, Permission::Delete], "raw/team/a/")]);
        let delete = |keys: &str| format!("<Delete>{keys}</Delete>");
        let inside = delete("<Object><Key>team/a/x</Key></Object>");
        let mixed = delete("<Object><Key>team/a/x</Key></Object><Object><Key>y</Key></Object>");
        for (request, allowed) in [
            (request("GET", "/raw/team/a/x", &[], None), true),
            (request("GET", "/raw/team/a-secret/x", &[], None), false),
            (request("GET", "/raw/team/a", &[], None), false),
            (request("GET", "/raw?list-type=2&prefix=team%2Fa%2F", &[], None), true),
            (request("GET", "/raw?list-type=2&prefix=team%2Fa%2Fb", &[], None), true),
            (request("GET", "/raw?list-type=2&prefix=team%2Fa", &[], None), false),
            (request("GET", "/raw?list-type=2", &[], None), false),
            (request("GET", "/raw?versioning", &[], None), false),
            (request("HEAD", "/raw", &[], None), true),
            (request("POST", "/raw?delete", &[], Some(&inside)), true),
            (request("POST", "/raw?delete", &[], Some(&mixed)), false),
        ] {
            assert_eq!(verdict(&request, &authority).is_ok(), allowed, "{}", request.url());
        }
    }

    #[test]
    fn time_ceiling_public_and_default_are_all_part_of_the_rule() {
        use Permission::Read;
        let get = request("GET", "/raw/x", &[], None);
        let second = chrono::Duration::seconds(1);
        let timed = |not_before, expires_at| {
            authority(vec![Grant { not_before, expires_at, ..may(&[Read], "raw") }])
        };
        for (authority, allowed) in [
            (timed(Some(now()), Some(now() + second)), true),
            (timed(Some(now() + second), None), false),
            (timed(None, Some(now())), false),
        ] {
            assert_eq!(verdict(&get, &authority).is_ok(), allowed, "{:?}", authority.grants);
        }
        let bucket = BucketName::parse("raw").unwrap();
        let read: Permissions = [Read].into_iter().collect();
        let mut public = authority(vec![]);
        public.buckets.insert(bucket.clone(), BucketRules { public: read, ceiling: read });
        assert!(verdict(&get, &public).is_ok());
        let mut locked = authority(vec![may(&[Read], "raw")]);
        locked.buckets.insert(bucket, BucketRules { public: read, ceiling: Permissions::NONE });
        assert!(verdict(&get, &locked).is_err());
        let mut open = authority(vec![]);
        open.project.default_permissions = read;
        assert!(verdict(&get, &open).is_ok());
        open.project.active = false;
        assert!(verdict(&get, &open).is_err());
    }

    #[test]
    fn an_unsafe_storage_takes_no_writes_and_is_read_all_the_same() {
        let mut authority = authority(vec![may(&[Permission::Read], "raw")]);
        authority.project.unsafe_storage = true;
        let source = [("x-amz-copy-source", "raw/x")];
        for (request, code) in [
            (request("GET", "/raw/x", &[], None), None),
            (request("PUT", "/clean/x", &[], Some("bytes")), Some("unsafe_storage")),
            (request("PUT", "/clean/x", &source, None), Some("unsafe_storage")),
            (request("POST", "/clean/x?uploads", &[], None), Some("unsafe_storage")),
            (request("DELETE", "/clean/x", &[], None), Some("no_permission")),
        ] {
            let verdict = decide(&Caller::User(ada()), &request, &authority, now());
            let found = verdict.err().map(|denied| denied.code());
            assert_eq!(found, code, "{}", request.url());
        }
        let create = request("PUT", "/fresh", &[], None);
        let verdict = decide(&root(), &create, &authority, now());
        assert_eq!(verdict.unwrap_err(), Denied::UnsafeStorage);
    }

    #[test]
    fn a_restore_that_may_write_elsewhere_takes_an_opt_in() {
        let in_place = "<RestoreRequest><Days>1</Days></RestoreRequest>";
        let elsewhere = "<RestoreRequest><OutputLocation></OutputLocation></RestoreRequest>";
        let mut authority = authority(vec![may(&[Permission::Read, Permission::Write], "raw")]);
        for (body, plain, opted_in) in [
            (Some(in_place), None, None),
            (Some(elsewhere), Some("root_optin"), None),
            (None, Some("root_optin"), None),
        ] {
            let restore = request("POST", "/raw/x?restore", &[], body);
            for (extra, expected) in [("", plain), ("RestoreObject", opted_in)] {
                authority.project.root_extra = vec![extra.to_owned()];
                let verdict = decide(&root(), &restore, &authority, now());
                assert_eq!(verdict.err().map(|no| no.code()), expected, "{body:?} {extra}");
                let verdict = decide(&Caller::User(ada()), &restore, &authority, now());
                assert_eq!(verdict.unwrap_err().code(), "root_only", "{body:?} {extra}");
            }
        }
    }

    #[test]
    fn absent_and_not_yours_read_the_same() {
        let sentence = |bucket: &str| {
            let get = request("GET", &format!("/{bucket}/x"), &[], None);
            verdict(&get, &authority(vec![])).unwrap_err().replace(bucket, "…")
        };
        assert_eq!(sentence("clean"), sentence("nowhere"));
    }
}
