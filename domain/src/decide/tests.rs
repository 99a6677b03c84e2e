//! Tables of decisions: requests, callers and authorities, with the expected result.

mod keys;

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::authority::{BucketRules, ProjectRules};
use crate::grant::{Grant, Subject};
use crate::names::{Prefix, ProjectId, SubjectId};
use crate::permissions::Permissions;
use crate::s3::{AddressingStyle, Endpoint, RawHeaders, RawRequest};
use crate::storage_account::StoreAccess;

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
        signed_in_at: None,
        epoch: None,
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
        prefix: Prefix::parse(prefix).unwrap().into(),
        subject: Subject::User(ada().id),
        permissions: permissions.iter().copied().collect(),
        not_before: None,
        expires_at: None,
    }
}

fn authority(grants: Vec<Grant>) -> Authority {
    let rules = BucketRules::default();
    let registered = ["raw", "clean"].map(|name| (BucketName::parse(name).unwrap(), rules));
    Authority {
        project: ProjectRules::default(),
        buckets: BTreeMap::from(registered),
        grants,
        groups: Vec::new(),
        username: None,
        revision: 1,
    }
}

fn request(method: &str, path: &str, headers: &[(&str, &str)], body: Option<&str>) -> S3Request {
    let headers: Vec<_> =
        headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let url = format!("http://s3.local{path}");
    let raw = RawRequest {
        method,
        url: &url,
        headers: (&headers).into(),
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
fn g10_everybody_reads_what_is_public_and_does_nothing_else() {
    let all: Vec<_> = Permissions::ALL.iter().collect();
    let public = |place| Grant { subject: Subject::Public, ..may(&all, place) };
    let of_nobody =
        |place| Grant { subject: Subject::User(SubjectId::nobody()), ..may(&all, place) };
    let with_token = |place| Grant { subject: Subject::Authenticated, ..may(&all, place) };
    let grants = vec![public("raw/open/"), of_nobody("raw/a/"), with_token("raw/b/")];
    let mut authority = authority(grants);
    authority.project.default_permissions = Permissions::ALL;
    let everybody = Caller::everybody(ada().project);
    let may = |authority: &Authority, method: &str, path: &str| {
        decide(&everybody, &request(method, path, &[], None), authority, now()).is_ok()
    };
    assert!(may(&authority, "GET", "/raw/open/x"));
    assert!(may(&authority, "GET", "/raw?list-type=2&prefix=open%2F"));
    for (method, path) in [
        ("GET", "/raw/a/x"),
        ("GET", "/raw/b/x"),
        ("GET", "/raw?list-type=2"),
        ("GET", "/"),
        ("PUT", "/raw/open/x"),
        ("DELETE", "/raw/open/x"),
        ("PUT", "/raw"),
        ("GET", "/other/x"),
    ] {
        assert!(!may(&authority, method, path), "{method} {path}");
    }
    let rules = BucketRules { public: Permissions::ALL, ..BucketRules::default() };
    authority.buckets.insert(BucketName::parse("clean").unwrap(), rules);
    assert!(may(&authority, "GET", "/clean/x") && !may(&authority, "PUT", "/clean/x"));
    let frozen = BucketRules { ceiling: Permissions::NONE, ..rules };
    authority.buckets.insert(BucketName::parse("clean").unwrap(), frozen);
    assert!(!may(&authority, "GET", "/clean/x"));
}

#[test]
fn a_prefix_grant_reaches_its_prefix_and_nothing_else() {
    let authority = authority(vec![may(&[Permission::Read, Permission::Delete], "raw/team/a/")]);
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
fn what_only_the_gateway_reaches_is_judged_there_and_signed_nowhere_else() {
    let mut authority = authority(vec![may(&[Permission::Read], "raw")]);
    let unsafe_for = Permissions::ALL;
    let contract = StorageContract { unsafe_for, ..StorageContract::strict() };
    authority.project.storage = contract.reached_by(StoreAccess::Gateway).into();
    let behind = authority.clone().behind_gateway();
    let code = |caller: &Caller, request: &S3Request, authority: &Authority| {
        decide(caller, request, authority, now()).err().map(|denied| denied.code())
    };
    let user = Caller::User(ada());
    for (method, path, there) in [
        ("GET", "/raw/x", None),
        ("DELETE", "/raw/x", Some("no_permission")),
        ("GET", "/fresh/x", Some("no_permission")),
    ] {
        let request = request(method, path, &[], None);
        for caller in [&user, &root()] {
            assert_eq!(code(caller, &request, &authority), Some("gateway_only"), "{path}");
        }
        assert_eq!(code(&user, &request, &behind), there, "{method} {path}");
    }
}

#[test]
fn where_no_body_is_bound_a_list_of_keys_takes_delete_on_the_bucket() {
    use Permission::Delete;
    let body = "<Delete><Object><Key>m/a</Key></Object><Object><Key>m/n/b</Key></Object></Delete>";
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
fn a_change_without_a_body_is_signed_with_the_empty_hash_where_bodies_are_bound() {
    let unsigned = |method: &str, path: &str| {
        let url = format!("http://s3.local{path}");
        let payload = Some("UNSIGNED-PAYLOAD");
        let raw =
            RawRequest { method, url: &url, headers: RawHeaders::default(), payload, body: None };
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
fn what_begins_as_the_path_of_another_service_is_signed_for_nobody() {
    let get = |host: &str, path: &str| {
        let (url, payload) = (format!("https://{host}{path}"), Some("UNSIGNED-PAYLOAD"));
        let raw = RawRequest {
            method: "GET",
            url: &url,
            headers: RawHeaders::default(),
            payload,
            body: None,
        };
        let endpoint = Endpoint::parse("https://s3.test", AddressingStyle::VirtualHosted).unwrap();
        S3Request::parse(raw, &[endpoint]).unwrap()
    };
    let mut authority = authority(["admin", "raw"].map(|b| may(&[Permission::Read], b)).into());
    let rules = BucketRules { public: Permissions::NONE, ceiling: Permissions::ALL };
    for name in ["admin", "Tables"] {
        authority.buckets.insert(BucketName::parse(name).unwrap(), rules);
    }
    for (host, path, expected) in [
        ("s3.test", "/admin/user", Some("reserved_bucket")),
        ("s3.test", "/admin?list-type=2", Some("reserved_bucket")),
        ("s3.test", "/Tables/x", Some("reserved_bucket")),
        ("admin.s3.test", "/user", None),
        ("admin.s3.test", "/?list-type=2", None),
        ("raw.s3.test", "/minio/admin/v3/export-iam", Some("reserved_key")),
        ("raw.s3.test", "/buckets/arn:aws:s3tables:::bucket/x", Some("reserved_key")),
        ("raw.s3.test", "/admin/user", None),
        ("s3.test", "/raw/minio/admin/v3/export-iam", None),
    ] {
        for caller in [Caller::User(ada()), root()] {
            let request = get(host, path);
            let verdict = decide(&caller, &request, &authority, now());
            assert_eq!(verdict.err().map(|no| no.code()), expected, "{host}{path}");
        }
    }
    let copy = [("x-amz-copy-source", "admin/x")];
    let copy = request("PUT", "/raw/x", &copy, None);
    assert!(decide(&root(), &copy, &authority, now()).is_ok(), "a header leads nowhere else");
}

#[test]
fn absent_and_not_yours_read_the_same() {
    let sentence = |bucket: &str| {
        let get = request("GET", &format!("/{bucket}/x"), &[], None);
        verdict(&get, &authority(vec![])).unwrap_err().replace(bucket, "…")
    };
    assert_eq!(sentence("clean"), sentence("nowhere"));
}
