//! Every header-signing case of the corpus is judged as it says.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use sail_cargo_server::domain::s3::{AddressingStyle, Endpoint, RawRequest, S3Request};
use sail_cargo_server::domain::{
    Authority, BucketName, BucketRules, Caller, Grant, KeyHolder, KeyId, Permission, Permissions,
    Prefix, ProjectId, ProjectRules, Subject, SubjectId, User, decide,
};
use serde::Deserialize;

#[derive(Deserialize)]
struct Case {
    id: String,
    kind: String,
    expect: String,
    mode: Option<String>,
    principal: Option<String>,
    grants: Option<BTreeMap<String, BTreeSet<Permission>>>,
    endpoint: Option<String>,
    config: Option<Config>,
    request: Option<Request>,
    op: Option<String>,
    reason: Option<String>,
}

#[derive(Default, Deserialize)]
struct Config {
    #[serde(default)]
    root_extra: Vec<String>,
    #[serde(default)]
    account_shared: bool,
}

#[derive(Deserialize)]
struct Request {
    method: String,
    url: String,
    headers: Vec<(String, String)>,
    payload_hash: Option<String>,
}

const REGISTERED: [&str; 5] = ["photos", "inbox", "trash", "vault", "desk"];

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).unwrap()
}

fn endpoints(name: &str) -> Vec<Endpoint> {
    vec![
        match name {
            "path" => Endpoint::parse("http://s3.local:9000", AddressingStyle::Path),
            "vhost" => Endpoint::parse("https://s3.example.com", AddressingStyle::VirtualHosted),
            other => panic!("no endpoint is called {other}"),
        }
        .unwrap(),
    ]
}

fn caller(principal: &str) -> Caller {
    let project = ProjectId::parse("6f2c1d7e-3b5a-4c0e-9a44-0d7d3a1f5b21").unwrap();
    match principal {
        "user" => Caller::User(User {
            project,
            id: SubjectId::parse("ada").unwrap(),
            groups: BTreeSet::new(),
            service_account: false,
            expires_at: now(),
            via: None,
        }),
        "root" => Caller::Root(KeyHolder {
            project,
            id: KeyId::parse("8fK2mQ0ZtYb1").unwrap(),
            scopes: BTreeSet::from([sail_cargo_protocol::Scope::Sign]),
            expires_at: None,
        }),
        other => panic!("no principal is called {other}"),
    }
}

fn authority(case: &Case) -> Authority {
    let rules = BucketRules { public: Permissions::NONE, ceiling: Permissions::ALL };
    let config = case.config.as_ref();
    let grants = case.grants.iter().flatten().map(|(bucket, permissions)| Grant {
        bucket: BucketName::parse(bucket).unwrap(),
        prefix: Prefix::whole_bucket(),
        subject: Subject::User(SubjectId::parse("ada").unwrap()),
        permissions: permissions.into(),
        not_before: None,
        expires_at: None,
    });
    Authority {
        project: ProjectRules {
            active: true,
            default_permissions: Permissions::NONE,
            root_extra: config.map(|config| config.root_extra.clone()).unwrap_or_default(),
            tags_are_authority: false,
            store_is_shared: config.is_some_and(|config| config.account_shared),
        },
        buckets: REGISTERED.map(|name| (BucketName::parse(name).unwrap(), rules)).into(),
        grants: grants.collect(),
        groups: Vec::new(),
        revision: 1,
    }
}

/// The operation that would be signed, or the reason why none is.
fn judge(case: &Case) -> Result<String, String> {
    let request = case.request.as_ref().unwrap();
    let raw = RawRequest {
        method: &request.method,
        url: &request.url,
        headers: &request.headers,
        payload: request.payload_hash.as_deref(),
        body: None,
    };
    let endpoints = endpoints(case.endpoint.as_deref().unwrap());
    let parsed = S3Request::parse(raw, &endpoints).map_err(|refusal| refusal.code().to_owned())?;
    decide(&caller(case.principal.as_deref().unwrap()), &parsed, &authority(case), now())
        .map(|approved| approved.request().operation().name().to_owned())
        .map_err(|denied| denied.code().to_owned())
}

#[test]
fn the_corpus_is_judged_as_it_says() {
    let cases: Vec<Case> = include_str!("../data/corpus.jsonl")
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .filter(|case: &Case| case.kind != "replay" && case.mode.as_deref() == Some("header"))
        .collect();
    let mut wrong = Vec::new();
    for case in &cases {
        let judged = judge(case);
        let right = match (case.expect.as_str(), &judged) {
            ("allow", Ok(operation)) => case.op.as_ref().is_none_or(|op| op == operation),
            ("deny", Err(code)) => {
                if case.reason.as_ref().is_some_and(|reason| !code.starts_with(reason)) {
                    println!("note {}: {code}, the corpus says {:?}", case.id, case.reason);
                }
                true
            }
            _ => false,
        };
        if !right {
            wrong.push(format!("{}: expected {}, judged {judged:?}", case.id, case.expect));
        }
    }
    assert!(cases.len() > 180, "only {} cases were read", cases.len());
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}
