//! Policy tests without a server: requests judged against hypothetical grants, by the very code
//! that judges real ones.
//!
//! A file holds one JSON object a line: `{id, kind, principal, grants, endpoint, mode, expires,
//! config, request: {method, url, headers, payload_hash, body}, expect, op}`. `grants` maps
//! `bucket` or `bucket/prefix/` to permissions; `endpoint` is `path` (<http://s3.local:9000>) or
//! `vhost` (<https://s3.example.com>); `expect` is `allow` or `deny`. The buckets photos, inbox,
//! trash, vault and desk are registered.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use sail_cargo_protocol::{Permission, Scope};
use serde::Deserialize;

use crate::domain::caller::{KeyHolder, User};
use crate::domain::s3::{
    AddressingStyle, DEFAULT_EXPIRY, Endpoint, InvalidEndpoint, Presignable, RawRequest, Refusal,
};
use crate::domain::{
    Authority, BucketName, BucketRules, Caller, Denied, Grant, KeyId, Permissions, Prefix,
    ProjectId, ProjectRules, S3Request, StorageContract, Subject, SubjectId, decide,
    names::InvalidName,
};

const REGISTERED: [&str; 5] = ["photos", "inbox", "trash", "vault", "desk"];
const PROJECT: &str = "00000000-0000-0000-0000-000000000000";

/// One line of a file.
#[derive(Debug, Deserialize)]
pub struct Case {
    /// Names the case.
    pub id: String,
    /// What it is about.
    #[serde(default)]
    pub title: String,
    /// `attack`, `benign` or `replay`; replays concern storages and are not judged.
    #[serde(default)]
    kind: String,
    /// `allow` or `deny`.
    expect: String,
    #[serde(default)]
    op: Option<String>,
    #[serde(default)]
    principal: Principal,
    #[serde(default)]
    grants: BTreeMap<String, BTreeSet<Permission>>,
    #[serde(default)]
    endpoint: EndpointName,
    #[serde(default)]
    mode: Mode,
    /// A number of seconds, as text or number.
    #[serde(default)]
    expires: Option<serde_json::Value>,
    #[serde(default)]
    config: Settings,
    request: Option<Request>,
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Principal {
    #[default]
    User,
    Root,
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum EndpointName {
    #[default]
    Path,
    Vhost,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Mode {
    #[default]
    Header,
    Presign,
}

/// What a case changes of the usual settings.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Settings {
    root_extra: Vec<String>,
    account_shared: bool,
    tags_are_authority: bool,
    max_expires: Option<i64>,
}

#[derive(Debug, Deserialize)]
struct Request {
    method: String,
    url: String,
    #[serde(default)]
    headers: Vec<(String, String)>,
    payload_hash: Option<String>,
    #[serde(default)]
    body: Option<String>,
}

/// What became of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It would be signed, as this operation.
    Allow(&'static str),
    /// It would not: code and sentence.
    Deny(&'static str, String),
    /// It is about a storage, not about a request.
    NotJudged,
}

/// A line that cannot be judged: the file is wrong, not the policy.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct InvalidCase(String);

impl From<InvalidName> for InvalidCase {
    fn from(error: InvalidName) -> Self {
        Self(error.to_string())
    }
}

impl From<InvalidEndpoint> for InvalidCase {
    fn from(error: InvalidEndpoint) -> Self {
        Self(error.to_string())
    }
}

impl Case {
    /// Reads a line.
    ///
    /// # Errors
    /// No JSON, or not of this form.
    pub fn parse(line: &str) -> Result<Self, InvalidCase> {
        serde_json::from_str(line).map_err(|error| InvalidCase(error.to_string()))
    }

    /// Judges the request.
    ///
    /// # Errors
    /// The case names a bucket that cannot be one.
    pub fn judge(&self, now: DateTime<Utc>) -> Result<Verdict, InvalidCase> {
        let Some(request) = self.request.as_ref().filter(|_| self.kind != "replay") else {
            return Ok(Verdict::NotJudged);
        };
        let raw = RawRequest {
            method: &request.method,
            url: &request.url,
            headers: &request.headers,
            payload: request.payload_hash.as_deref(),
            body: request.body.as_deref().map(str::as_bytes),
        };
        let authority = self.authority()?;
        let caller = self.caller(now)?;
        let request = match self.read(raw, &caller, &authority)? {
            Ok(request) => request,
            Err(refusal) => return Ok(Verdict::Deny(refusal.code(), refusal.to_string())),
        };
        Ok(match decide(&caller, &request, &authority, now) {
            Ok(approved) => Verdict::Allow(approved.request().operation().name()),
            Err(denied) => Verdict::Deny(Denied::code(&denied), denied.to_string()),
        })
    }

    /// Whether `verdict` is what the case expects.
    pub fn expects(&self, verdict: &Verdict) -> bool {
        match verdict {
            Verdict::NotJudged => true,
            Verdict::Deny(..) => self.expect == "deny",
            Verdict::Allow(operation) => {
                self.expect == "allow" && self.op.as_deref().is_none_or(|op| op == *operation)
            }
        }
    }

    /// Parses the request and, for a URL, holds it against the limits of presigning.
    fn read(
        &self,
        raw: RawRequest<'_>,
        caller: &Caller,
        authority: &Authority,
    ) -> Result<Result<S3Request, Refusal>, InvalidCase> {
        let endpoint = match self.endpoint {
            EndpointName::Path => Endpoint::parse("http://s3.local:9000", AddressingStyle::Path),
            EndpointName::Vhost => {
                Endpoint::parse("https://s3.example.com", AddressingStyle::VirtualHosted)
            }
        }?;
        if self.mode != Mode::Presign {
            return Ok(S3Request::parse(raw, &[endpoint]));
        }
        // What is no plain number of seconds is out of every range.
        let expires_in = self.expires_in().unwrap_or(0);
        Ok(S3Request::parse_to_presign(raw, &[endpoint]).and_then(|request| {
            let limits = authority.presign_limits(caller, request.operation());
            Presignable::check(&request, expires_in, limits).map(|_| request)
        }))
    }

    fn expires_in(&self) -> Option<u64> {
        match &self.expires {
            None => Some(DEFAULT_EXPIRY),
            Some(serde_json::Value::Number(seconds)) => seconds.as_u64(),
            Some(serde_json::Value::String(text)) if text.bytes().all(|b| b.is_ascii_digit()) => {
                text.parse().ok()
            }
            Some(_) => None,
        }
    }

    fn caller(&self, now: DateTime<Utc>) -> Result<Caller, InvalidCase> {
        let project = ProjectId::parse(PROJECT)?;
        Ok(match self.principal {
            Principal::User => Caller::User(User {
                project,
                id: SubjectId::parse("user")?,
                groups: BTreeSet::new(),
                service_account: false,
                expires_at: now + TimeDelta::hours(24),
                via: None,
            }),
            Principal::Root => Caller::Root(KeyHolder {
                project,
                id: KeyId::parse("000000000000")?,
                scopes: BTreeSet::from([Scope::Sign]),
                expires_at: None,
            }),
        })
    }

    fn authority(&self) -> Result<Authority, InvalidCase> {
        let open = BucketRules { public: Permissions::NONE, ceiling: Permissions::ALL };
        let buckets = REGISTERED.iter().map(|name| Ok((BucketName::parse(name)?, open)));
        let subject = Subject::User(SubjectId::parse("user")?);
        let grants = self.grants.iter().map(|(place, permissions)| {
            let (bucket, prefix) = place.split_once('/').unwrap_or((place, ""));
            Ok(Grant {
                bucket: BucketName::parse(bucket)?,
                prefix: Prefix::parse(prefix)?,
                subject: subject.clone(),
                permissions: permissions.into(),
                not_before: None,
                expires_at: None,
            })
        });
        Ok(Authority {
            project: ProjectRules {
                active: true,
                default_permissions: Permissions::NONE,
                root_extra: self.config.root_extra.clone(),
                tags_are_authority: self.config.tags_are_authority,
                store_is_shared: self.config.account_shared,
                storage: StorageContract::strict().into(),
                max_presign: TimeDelta::seconds(self.config.max_expires.unwrap_or(3600)),
            },
            buckets: buckets.collect::<Result<_, InvalidName>>()?,
            grants: grants.collect::<Result<_, InvalidName>>()?,
            groups: Vec::new(),
            revision: 0,
        })
    }
}
