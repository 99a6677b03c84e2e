//! A project with two endpoints and five buckets, and Ada's grants.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use sail_cargo_server::domain::s3::{AddressingStyle, Endpoint};
use sail_cargo_server::domain::{
    Authority, BucketName, BucketRules, Caller, Grant, KeyHolder, KeyId, Permission, Prefix,
    ProjectId, ProjectRules, Subject, SubjectId, User,
};

use Permission::{Admin, Delete, List, Read, Write};

/// The buckets of the project.
pub(crate) const BUCKETS: [&str; 5] = ["desk", "photos", "inbox", "trash", "vault"];

/// The bucket, prefix and permissions of every grant.
pub(crate) const GRANTS: &[(&str, &str, &[Permission])] = &[
    ("desk", "", &[Read, Write, Delete, Admin]),
    ("photos", "", &[Read]),
    ("inbox", "", &[Write]),
    ("trash", "", &[Read, Delete]),
    ("vault", "team/", &[List]),
    ("vault", "team/a/", &[Read, Write, Delete]),
];

/// The data for judging, built once because a test judges a million requests.
pub(crate) struct PolicyFixture {
    pub(crate) endpoints: Vec<Endpoint>,
    pub(crate) authority: Authority,
    pub(crate) ada: Caller,
    pub(crate) root: Caller,
}

impl PolicyFixture {
    pub(crate) fn new() -> Self {
        let endpoints = [
            ("http://s3.local:9000", AddressingStyle::Path),
            ("https://s3.example.com", AddressingStyle::VirtualHosted),
        ];
        Self {
            endpoints: endpoints.map(|(url, style)| Endpoint::parse(url, style).unwrap()).into(),
            authority: authority(GRANTS.iter().map(|grant| granted(*grant)).collect()),
            ada: Caller::User(ada()),
            root: Caller::Root(KeyHolder {
                project: project(),
                id: KeyId::parse("8fK2mQ0ZtYb1").unwrap(),
                scopes: BTreeSet::from([sail_cargo_protocol::Scope::Sign]),
                expires_at: None,
            }),
        }
    }
}

pub(crate) fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).unwrap()
}

/// A user without groups.
pub(crate) fn ada() -> User {
    User {
        project: project(),
        id: SubjectId::parse("ada").unwrap(),
        groups: BTreeSet::new(),
        service_account: false,
        expires_at: now() + TimeDelta::hours(1),
        signed_in_at: None,
        epoch: None,
        via: None,
    }
}

/// A project in which only `grants` allow anything.
pub(crate) fn authority(grants: Vec<Grant>) -> Authority {
    let rules = BucketRules::default();
    Authority {
        project: ProjectRules { store_is_shared: true, ..ProjectRules::default() },
        buckets: BUCKETS.map(|name| (BucketName::parse(name).unwrap(), rules)).into(),
        grants,
        groups: Vec::new(),
        username: None,
        revision: 1,
    }
}

fn granted((bucket, prefix, permissions): (&str, &str, &[Permission])) -> Grant {
    Grant {
        bucket: BucketName::parse(bucket).unwrap(),
        prefix: Prefix::parse(prefix).unwrap().into(),
        subject: Subject::User(ada().id),
        permissions: permissions.iter().copied().collect(),
        not_before: None,
        expires_at: None,
    }
}

fn project() -> ProjectId {
    ProjectId::parse("6f2c1d7e-3b5a-4c0e-9a44-0d7d3a1f5b21").unwrap()
}
