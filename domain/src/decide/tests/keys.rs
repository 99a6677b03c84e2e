//! Access keys of the application, with limits.

use std::sync::Arc;

use super::*;
use crate::access_key::{AccessKeyHolder, AccessKeyId, AccessKeyKind, KeyLimits};

/// The application by an access key that writes and deletes in one bucket.
fn writer(bucket: &str, prefix: &str, also: &[Permission]) -> Caller {
    let permissions = [Permission::Write, Permission::Delete].iter().chain(also).copied();
    let limits = KeyLimits {
        buckets: Some([BucketName::parse(bucket).unwrap()].into()),
        prefixes: Some([Prefix::parse(prefix).unwrap()].into()),
        permissions: Some(permissions.collect()),
        ..KeyLimits::default()
    };
    Caller::AccessKey(AccessKeyHolder {
        project: ada().project,
        id: AccessKeyId::parse("CGAKJ4ZQ2M5T7VB3KX6N").unwrap(),
        kind: AccessKeyKind::S3,
        user: None,
        limits: Arc::new(limits),
        expires_at: now(),
    })
}

#[test]
fn a_limited_key_sets_no_header_that_users_may_not_set() {
    let retained = ("x-amz-object-lock-mode", "COMPLIANCE");
    let until = ("x-amz-object-lock-retain-until-date", "2027-01-01T00:00:00Z");
    let mut authority = authority(Vec::new());
    authority.project.tags_are_authority = true;
    for (method, path, headers) in [
        ("PUT", "/raw/up/x", &[retained, until][..]),
        ("PUT", "/raw/up/x", &[("x-amz-website-redirect-location", "/elsewhere")]),
        ("PUT", "/raw/up/x", &[("x-amz-tagging", "role=admin")]),
        ("DELETE", "/raw/up/x", &[("x-amz-bypass-governance-retention", "true")]),
        ("DELETE", "/raw/up/x?tagging", &[]),
    ] {
        authority.project.root_extra = ["PutObject", "DeleteObject"].map(str::to_owned).into();
        let request = request(method, path, headers, None);
        let verdict = |caller: &Caller| {
            decide(caller, &request, &authority, now()).err().map(|denied| denied.code())
        };
        assert_eq!(verdict(&root()), None, "{method} {path} {headers:?}");
        for limited in [writer("raw", "up/", &[Permission::Admin]), writer("raw", "", &[])] {
            assert_eq!(verdict(&limited), Some("key_limits"), "{method} {path} {headers:?}");
        }
        assert_eq!(verdict(&writer("raw", "", &[Permission::Admin])), None, "{headers:?}");
    }
    let plain = request("PUT", "/raw/up/x", &[], None);
    assert!(decide(&writer("raw", "up/", &[]), &plain, &authority, now()).is_ok());
}
