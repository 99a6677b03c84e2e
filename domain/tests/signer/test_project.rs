//! A project whose application may have everything signed.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use sail_cargo_domain::authority::{Authority, BucketRules, ProjectRules};
use sail_cargo_domain::caller::Scope;
use sail_cargo_domain::s3::{AddressingStyle, Endpoint, Operation, RawRequest, Refusal, S3Request};
use sail_cargo_domain::{
    Approved, BucketName, Caller, Denied, KeyHolder, KeyId, ProjectId, decide,
};

/// Endpoints of both addressing styles, with the scheme's default port, another port and none.
pub(crate) const ENDPOINTS: [(&str, AddressingStyle); 6] = [
    ("http://s3.local:9000", AddressingStyle::Path),
    ("http://plain.local", AddressingStyle::Path),
    ("https://mixed.local:80", AddressingStyle::Path),
    ("https://s3.example.com", AddressingStyle::VirtualHosted),
    ("http://mixed.example.com:443", AddressingStyle::VirtualHosted),
    ("https://s3.amazonaws.com", AddressingStyle::VirtualHosted),
];

pub(crate) const BUCKETS: [&str; 3] = ["photos", "a.b-c", "examplebucket"];

pub(crate) fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).unwrap()
}

/// A request as a client sends it.
#[derive(Debug, Clone)]
pub(crate) struct CallerRequest {
    pub(crate) method: &'static str,
    pub(crate) url: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) payload: String,
}

pub(crate) struct TestProject {
    endpoints: Vec<Endpoint>,
    root: Caller,
    authority: Authority,
}

impl TestProject {
    pub(crate) fn new() -> Self {
        let rules = BucketRules::default();
        let buckets = BUCKETS.map(|name| (BucketName::parse(name).unwrap(), rules));
        let project = ProjectRules {
            root_extra: Operation::ALL.iter().map(|each| each.name().to_owned()).collect(),
            max_presign: TimeDelta::days(7),
            ..ProjectRules::default()
        };
        Self {
            endpoints: ENDPOINTS.map(|(url, style)| Endpoint::parse(url, style).unwrap()).into(),
            root: Caller::Root(KeyHolder {
                project: ProjectId::parse("6f2c1d7e-3b5a-4c0e-9a44-0d7d3a1f5b21").unwrap(),
                id: KeyId::parse("8fK2mQ0ZtYb1").unwrap(),
                scopes: BTreeSet::from([Scope::Sign]),
                expires_at: None,
            }),
            authority: Authority {
                project,
                buckets: BTreeMap::from(buckets),
                grants: Vec::new(),
                groups: Vec::new(),
                username: None,
                revision: 1,
            },
        }
    }

    pub(crate) fn parse(&self, sent: &CallerRequest) -> Result<S3Request, Refusal> {
        let raw = RawRequest {
            method: sent.method,
            url: &sent.url,
            headers: (&sent.headers).into(),
            payload: Some(&sent.payload),
            body: None,
        };
        S3Request::parse(raw, &self.endpoints)
    }

    pub(crate) fn approve<'a>(&self, request: &'a S3Request) -> Result<Approved<'a>, Denied> {
        decide(&self.root, request, &self.authority, now())
    }
}
