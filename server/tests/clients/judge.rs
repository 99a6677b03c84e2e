//! Judges requests in a project whose user holds all permissions and whose root has no opt-in.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use sail_cargo_protocol::Scope;
use sail_cargo_server::domain::s3::{AddressingStyle, Endpoint, RawRequest, S3Request};
use sail_cargo_server::domain::{
    Authority, BucketName, BucketRules, Caller, Grant, KeyHolder, KeyId, Permissions, Prefix,
    ProjectId, ProjectRules, Subject, SubjectId, User, decide,
};

use crate::recording::Recorded;

/// `fresh` is created and deleted; the others hold objects.
const BUCKETS: [&str; 3] = ["photos", "inbox", "fresh"];

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).unwrap()
}

fn project() -> ProjectId {
    ProjectId::parse("6f2c1d7e-3b5a-4c0e-9a44-0d7d3a1f5b21").unwrap()
}

fn ada() -> SubjectId {
    SubjectId::parse("ada").unwrap()
}

/// A user with all permissions on every bucket.
pub(crate) fn user() -> Caller {
    Caller::User(User {
        project: project(),
        id: ada(),
        groups: BTreeSet::new(),
        service_account: false,
        expires_at: now(),
        signed_in_at: None,
        epoch: None,
        via: None,
    })
}

/// The application itself.
pub(crate) fn root() -> Caller {
    Caller::Root(KeyHolder {
        project: project(),
        id: KeyId::parse("8fK2mQ0ZtYb1").unwrap(),
        scopes: BTreeSet::from([Scope::Sign]),
        expires_at: None,
    })
}

fn endpoints() -> [Endpoint; 2] {
    [
        Endpoint::parse("http://s3.local:9000", AddressingStyle::Path).unwrap(),
        Endpoint::parse("https://s3.example.com", AddressingStyle::VirtualHosted).unwrap(),
    ]
}

fn authority() -> Authority {
    let rules = BucketRules::default();
    let grants = BUCKETS.map(|bucket| Grant {
        bucket: BucketName::parse(bucket).unwrap(),
        prefix: Prefix::whole_bucket().into(),
        subject: Subject::User(ada()),
        permissions: Permissions::ALL,
        not_before: None,
        expires_at: None,
    });
    Authority {
        project: ProjectRules::default(),
        buckets: BUCKETS.map(|name| (BucketName::parse(name).unwrap(), rules)).into(),
        grants: grants.into(),
        groups: Vec::new(),
        username: None,
        revision: 1,
    }
}

/// The request as it would be signed.
pub(crate) struct Signed {
    pub(crate) operation: &'static str,
    pub(crate) url: String,
}

/// The reason for a refusal.
pub(crate) struct Refused {
    pub(crate) code: &'static str,
    pub(crate) sentence: String,
}

/// The verdict on one request.
pub(crate) fn judge(caller: &Caller, request: &Recorded) -> Result<Signed, Refused> {
    let raw = RawRequest {
        method: &request.method,
        url: &request.url,
        headers: (&request.headers).into(),
        payload: Some(&request.payload),
        body: None,
    };
    let parsed = S3Request::parse(raw, &endpoints())
        .map_err(|refusal| Refused { code: refusal.code(), sentence: refusal.to_string() })?;
    let approved = decide(caller, &parsed, &authority(), now())
        .map_err(|denied| Refused { code: denied.code(), sentence: denied.to_string() })?;
    let operation = approved.request().operation().name();
    Ok(Signed { operation, url: approved.request().url().to_owned() })
}
