//! May this caller have this request signed? Pure: no I/O, no clock, no log line.

use chrono::{DateTime, Utc};

use super::authority::{Authority, Scope, Until};
use super::caller::{self, Caller, User};
use super::denied::Denied;
use super::header_policy;
use super::names::{BucketName, ObjectKey};
use super::permissions::Permission;
use super::requirement::{Requirement, kind, kinds, requirements};
use super::s3::{BodyRule, EMPTY_SHA256, Method, Needs, Operation, Payload, S3Request};
use super::storage_contract::StorageContract;

/// Proof that [`decide`] said yes, holding the very request it said yes to. Only this module
/// can build one; the credential store and the signer both demand it.
///
/// ```compile_fail,E0451
/// fn forge<'a>(request: &'a sail_cargo_domain::s3::S3Request) -> sail_cargo_domain::Approved<'a> { sail_cargo_domain::Approved { request, revision: 0, until: sail_cargo_domain::authority::Until::Revoked, payload: "", body_bound: true } }
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
    /// The request that was judged.
    pub fn request(&self) -> &'a S3Request {
        self.request
    }

    /// The revision it was judged at.
    pub fn revision(&self) -> i64 {
        self.revision
    }

    /// The storage was proved to hold a body to its signed hash.
    pub fn is_body_bound(&self) -> bool {
        self.body_bound
    }

    /// `x-amz-content-sha256` of a signature in headers.
    pub fn payload(&self) -> &'a str {
        self.payload
    }

    /// Until when the answer would have been the same, by the weakest grant it took and by the
    /// credentials that asked.
    pub fn until(&self) -> Until {
        self.until
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
    check_storage(request, &authority.project.storage)?;
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
    let storage = &authority.project.storage;
    let (payload, body_bound) = (payload(request, storage), storage.binds_body);
    Ok(Approved { request, revision: authority.revision, until, payload, body_bound })
}

/// What is declared; of a request that changes something and carries no body, the hash of nothing
/// where that keeps others from giving it one.
fn payload<'a>(request: &'a S3Request, storage: &StorageContract) -> &'a str {
    let changes = matches!(request.method(), Method::Post | Method::Put | Method::Delete);
    let bodiless = changes && request.operation().row().body == BodyRule::None;
    match request.payload() {
        Payload::Unsigned if bodiless && storage.binds_body => EMPTY_SHA256,
        declared => declared.as_str(),
    }
}

/// Holds the request against what the storage was seen to do with a signature (D1).
fn check_storage(request: &S3Request, storage: &StorageContract) -> Result<(), Denied> {
    let open = kinds(request).intersection(storage.unsafe_for);
    if !open.is_empty() {
        return Err(Denied::UnsafeStorage(open));
    }
    if storage.unsupported.contains(&request.operation()) {
        return Err(Denied::SubresourceUnsupported(request.operation()));
    }
    Ok(())
}

/// Root may do everything to the project's own buckets but what was not opted into.
fn check_root(request: &S3Request, authority: &Authority) -> Result<(), Denied> {
    let operation = request.operation();
    let binds_body = authority.project.storage.binds_body;
    if request.needs_opt_in(binds_body) && !header_policy::is_opted_in(operation, authority) {
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
    if let Ok(requirements) = requirements(request, &StorageContract::strict()) {
        let held_by_users = requirements.into_iter();
        return held_by_users
            .filter_map(|needed| Some((needed.permission?, needed.bucket)))
            .collect();
    }
    let permission = kind(request.method());
    request.target().bucket().map(|bucket| (permission, bucket)).into_iter().collect()
}

/// Meets every requirement, and says until when.
fn check_user(
    user: &User,
    request: &S3Request,
    authority: &Authority,
    now: DateTime<Utc>,
) -> Result<Until, Denied> {
    let storage = &authority.project.storage;
    requirements(request, storage)?.into_iter().try_fold(Until::Revoked, |until, needed| {
        let met = meet(user, &needed, authority, now);
        Ok(until.min(met.map_err(|denied| unbound(user, request, authority, now, denied))?))
    })
}

/// Who may delete a key of a list, but not all of the bucket, is told that this goes key by key
/// where a signature does not bind the list.
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
        authority.holds(user, *permission, bucket, Scope::Below(key.as_str()), now).is_some()
    };
    if keys.unwrap_or_default().iter().any(holds) {
        return Denied::BodyUnbound(bucket.clone());
    }
    denied
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
                storage: StorageContract::strict().into(),
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
    fn an_unsafe_storage_gets_nothing_of_what_it_opens() {
        let source = [("x-amz-copy-source", "raw/x")];
        let requests = [
            (request("GET", "/raw/x", &[], None), "r"),
            (request("HEAD", "/raw", &[], None), "r"),
            (request("PUT", "/clean/x", &[], Some("bytes")), "w"),
            (request("PUT", "/clean/x", &source, None), "rw"),
            (request("POST", "/clean/x?uploads", &[], None), "w"),
            (request("DELETE", "/clean/x", &[], None), "d"),
            (request("DELETE", "/clean/x?tagging", &[], None), "wd"),
            (request("PUT", "/fresh", &[], None), "w"),
            (request("DELETE", "/clean", &[], None), "d"),
        ];
        let kinds = [(Permission::Read, 'r'), (Permission::Write, 'w'), (Permission::Delete, 'd')];
        let mut authority = authority(vec![may(&[Permission::Read], "raw")]);
        for (kind, letter) in kinds {
            let contract = StorageContract {
                unsafe_for: [kind].into_iter().collect(),
                ..StorageContract::strict()
            };
            authority.project.storage = contract.into();
            for (request, exercises) in &requests {
                for caller in [Caller::User(ada()), root()] {
                    let verdict = decide(&caller, request, &authority, now());
                    let code = verdict.err().map(|denied| denied.code());
                    let refused = code == Some("unsafe_storage");
                    assert_eq!(refused, exercises.contains(letter), "{letter} {}", request.url());
                }
            }
        }
    }

    #[test]
    fn where_no_body_is_bound_a_list_of_keys_takes_delete_on_the_bucket() {
        use Permission::Delete;
        let body =
            "<Delete><Object><Key>m/a</Key></Object><Object><Key>m/n/b</Key></Object></Delete>";
        let list = request("POST", "/raw?delete", &[], Some(body));
        for (grants, bound, expected) in [
            (vec![may(&[Delete], "raw/m/")], true, Ok(())),
            (vec![may(&[Delete], "raw/m/")], false, Err("body_unbound")),
            (vec![may(&[Delete], "raw")], false, Ok(())),
            (vec![may(&[Delete], "raw/m/n/")], true, Err("no_permission")),
            (vec![may(&[Delete], "raw/m/n/")], false, Err("body_unbound")),
            (vec![may(&[Delete], "raw/n/")], true, Err("no_permission")),
            (vec![may(&[Delete], "raw/n/")], false, Err("no_permission")),
        ] {
            let mut authority = authority(grants);
            let contract = StorageContract { binds_body: bound, ..StorageContract::strict() };
            authority.project.storage = contract.into();
            let verdict = decide(&Caller::User(ada()), &list, &authority, now());
            assert_eq!(verdict.map(drop).map_err(|no| no.code()), expected, "{bound}");
        }
    }

    #[test]
    fn a_sub_resource_the_storage_does_not_know_is_signed_for_nobody() {
        let mut authority = authority(vec![may(&[Permission::Write, Permission::Delete], "raw")]);
        let untag = request("DELETE", "/raw/x?tagging", &[], None);
        for caller in [Caller::User(ada()), root()] {
            assert!(decide(&caller, &untag, &authority, now()).is_ok());
        }
        let contract = StorageContract {
            unsupported: BTreeSet::from([Operation::DeleteObjectTagging]),
            ..StorageContract::strict()
        };
        authority.project.storage = contract.into();
        for caller in [Caller::User(ada()), root()] {
            let verdict = decide(&caller, &untag, &authority, now());
            assert_eq!(verdict.unwrap_err().code(), "subresource_unsupported");
        }
    }

    #[test]
    fn a_change_without_a_body_is_signed_for_none_where_that_binds() {
        let unsigned = |method: &str, path: &str| {
            let url = format!("http://s3.local{path}");
            let payload = Some("UNSIGNED-PAYLOAD");
            let raw = RawRequest { method, url: &url, headers: &[], payload, body: None };
            let endpoint = Endpoint::parse("http://s3.local", AddressingStyle::Path).unwrap();
            S3Request::parse(raw, &[endpoint]).unwrap()
        };
        let mut authority =
            authority(vec![may(&[Permission::Read, Permission::Write, Permission::Delete], "raw")]);
        for (method, path, bound) in [
            ("DELETE", "/raw/x", EMPTY),
            ("POST", "/raw/x?uploads", EMPTY),
            ("DELETE", "/raw/x?uploadId=1", EMPTY),
            ("PUT", "/raw/x", "UNSIGNED-PAYLOAD"),
            ("GET", "/raw/x", "UNSIGNED-PAYLOAD"),
        ] {
            let request = unsigned(method, path);
            for (binds_body, expected) in [(true, bound), (false, "UNSIGNED-PAYLOAD")] {
                let contract = StorageContract { binds_body, ..StorageContract::strict() };
                authority.project.storage = contract.into();
                let approved = decide(&Caller::User(ada()), &request, &authority, now()).unwrap();
                assert_eq!(approved.payload(), expected, "{method} {path}");
            }
        }
    }

    #[test]
    fn a_restore_that_may_write_elsewhere_takes_an_opt_in() {
        let in_place = "<RestoreRequest><Days>1</Days></RestoreRequest>";
        let elsewhere = "<RestoreRequest><OutputLocation></OutputLocation></RestoreRequest>";
        let mut authority = authority(vec![may(&[Permission::Read, Permission::Write], "raw")]);
        for (body, binds_body, plain) in [
            (Some(in_place), true, None),
            (Some(in_place), false, Some("root_optin")),
            (Some(elsewhere), true, Some("root_optin")),
            (None, true, Some("root_optin")),
        ] {
            let restore = request("POST", "/raw/x?restore", &[], body);
            authority.project.storage =
                StorageContract { binds_body, ..StorageContract::strict() }.into();
            for (extra, expected) in [("", plain), ("RestoreObject", None)] {
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
