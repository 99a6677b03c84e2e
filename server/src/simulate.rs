//! Policy tests without a server: the code that judges real requests judges requests against
//! hypothetical grants.
//!
//! A test file holds one JSON object per line; [`FORMAT`] documents its fields.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};
use sail_cargo_protocol::{Permission, Scope};
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::domain::account::Username;
use crate::domain::caller::{KeyHolder, User};
use crate::domain::grant_prefix::PrefixKind;
use crate::domain::limits;
use crate::domain::pipeline::{Body, Form, SigningRequest};
use crate::domain::s3::{AddressingStyle, Endpoint, InvalidEndpoint, Operation};
use crate::domain::{
    Authority, BucketName, BucketRules, Caller, Grant, GrantPrefix, InvalidName, KeyId, ProjectId,
    ProjectRules, StorageContract, StoreAccess, Subject, SubjectId,
};
use crate::misread::{self, Misread};

/// The help text that documents the fields of a case.
pub const FORMAT: &str = "\
A case is a JSON object on a line of its own:
  id         the name of the case (required)
  expect     allow or deny (required)
  request    the S3 request (required): method and url (required); the body's hash as
             payload_hash, in the form of x-amz-content-sha256, or the body itself as
             body (one is required, as for a signature); headers as [[\"name\", \"value\"], …]
  grants     what the user may do: {\"photos\": [\"read\"], \"photos/2026/\": [\"write\"]};
             permissions are read, write, delete, admin, list
  templates  the same by prefixes that are templates: {\"photos/home/${username}/\": [\"write\"]}
  user       the user's id, which ${user} stands for (default user)
  username   the name of the user's account, which ${username} stands for; without one the
             user has no account
  op         the S3 operation that an allowed request must be: \"GetObject\"
  principal  the caller: user (default), or root, which is the application
  endpoint   the storage: path (default), http://s3.local:9000/BUCKET/KEY,
             or vhost, https://BUCKET.s3.example.com/KEY
  mode       header (default): sign headers; presign: make a URL
  expires    how many seconds a presigned URL is valid (default 300)
  config     {\"root_extra\": [OPERATIONS], \"max_expires\": SECONDS,
             \"tags_are_authority\": BOOL, \"account_shared\": BOOL,
             \"access\": \"direct\" or \"gateway\", as of the store}
  kind       benign (default), attack, or replay: a test of a storage, not judged
  title, why, reason
             comments
The buckets photos, inbox, trash, vault and desk are registered, and the buckets that grants name.";

const REGISTERED: [&str; 5] = ["photos", "inbox", "trash", "vault", "desk"];
const PROJECT: &str = "00000000-0000-0000-0000-000000000000";

/// One case: one line of a test file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// The name of the case.
    pub id: String,
    /// What the case is about.
    #[serde(default)]
    pub title: String,
    #[serde(default)]
    kind: Kind,
    /// `allow` or `deny`. For a replay it is the storage's expected behavior, which is not judged
    /// here.
    expect: String,
    #[serde(default)]
    op: Option<String>,
    #[serde(default)]
    principal: Principal,
    #[serde(default)]
    grants: BTreeMap<String, BTreeSet<Permission>>,
    /// Grants on prefixes that are templates.
    #[serde(default)]
    templates: BTreeMap<String, BTreeSet<Permission>>,
    /// The id of the user.
    #[serde(default)]
    user: Option<String>,
    /// What the account of the user is called.
    #[serde(default)]
    username: Option<String>,
    #[serde(default)]
    endpoint: EndpointName,
    #[serde(default)]
    mode: Mode,
    /// The lifetime of a URL in seconds, as a number or as text.
    #[serde(default)]
    expires: Option<serde_json::Value>,
    #[serde(default)]
    config: Settings,
    request: Option<Request>,
    #[serde(default, rename = "why")]
    _why: IgnoredAny,
    #[serde(default, rename = "reason")]
    _reason: IgnoredAny,
    #[serde(default, rename = "assert")]
    _assert: IgnoredAny,
    #[serde(default, rename = "signed")]
    _signed: IgnoredAny,
    #[serde(default, rename = "mutated")]
    _mutated: IgnoredAny,
    #[serde(default, rename = "known_vulnerable")]
    _known_vulnerable: IgnoredAny,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    #[default]
    Benign,
    Attack,
    /// A case about a storage. It is not judged.
    Replay,
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

impl EndpointName {
    fn endpoint(self) -> Result<Endpoint, InvalidEndpoint> {
        match self {
            Self::Path => Endpoint::parse("http://s3.local:9000", AddressingStyle::Path),
            Self::Vhost => {
                Endpoint::parse("https://s3.example.com", AddressingStyle::VirtualHosted)
            }
        }
    }
}

#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Mode {
    #[default]
    Header,
    Presign,
}

/// The settings of the project in which a case is judged.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Settings {
    root_extra: Vec<String>,
    account_shared: bool,
    tags_are_authority: bool,
    max_expires: Option<i64>,
    access: StoreAccess,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Request {
    method: String,
    url: String,
    #[serde(default)]
    headers: Vec<(String, String)>,
    payload_hash: Option<String>,
    #[serde(default)]
    body: Option<String>,
}

/// The result of judging a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The request would be signed, as this operation.
    Allow(&'static str),
    /// The request would be refused, with this code and sentence.
    Deny(&'static str, String),
    /// The case is about a storage, so nothing was judged.
    NotJudged,
}

/// A line that cannot be judged because the file is wrong. The text names the field.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct InvalidCase(String);

impl InvalidCase {
    fn of(field: &str, what: impl std::fmt::Display) -> Self {
        Self(format!("{field}: {what}"))
    }
}

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
    /// Parses a line.
    ///
    /// # Errors
    /// The line is not JSON, or it is not a case as [`FORMAT`] documents it.
    pub fn parse(line: &str) -> Result<Self, InvalidCase> {
        let case: Self = misread::json(line, 1)
            .map_err(|misread| InvalidCase(Misread { line: None, ..misread }.to_string()))?;
        case.demand_sense()?;
        Ok(case)
    }

    /// Refuses a case that cannot be judged: no request, or an unknown expectation or operation.
    fn demand_sense(&self) -> Result<(), InvalidCase> {
        if self.kind == Kind::Replay {
            return Ok(());
        }
        if self.request.is_none() {
            return Err(InvalidCase::of("request", "is missing"));
        }
        if !matches!(self.expect.as_str(), "allow" | "deny") {
            return Err(InvalidCase::of("expect", "is allow or deny"));
        }
        let unknown = self.op.as_deref().filter(|name| Operation::by_name(name).is_none());
        unknown.map_or(Ok(()), |_| Err(InvalidCase::of("op", "is not an S3 operation")))
    }

    /// Judges the request.
    ///
    /// # Errors
    /// The case names an invalid bucket, prefix, user or username.
    pub fn judge(&self, now: DateTime<Utc>) -> Result<Verdict, InvalidCase> {
        let Some(request) = self.request.as_ref().filter(|_| self.kind != Kind::Replay) else {
            return Ok(Verdict::NotJudged);
        };
        let asked = SigningRequest {
            method: &request.method,
            url: &request.url,
            headers: (&request.headers).into(),
            payload: request.payload_hash.as_deref(),
            body: request.body.as_deref().map(|body| Body::Bytes(body.as_bytes())),
            form: self.form(),
        };
        let (authority, caller, endpoint) =
            (self.authority()?, self.caller(now)?, self.endpoint.endpoint()?);
        let judged = asked.parse(&[endpoint]).and_then(|request| {
            request.judge(&caller, &authority, now)?;
            Ok(request.request().operation().name())
        });
        Ok(match judged {
            Ok(operation) => Verdict::Allow(operation),
            Err(no) => Verdict::Deny(no.code(), no.to_string()),
        })
    }

    /// Whether `verdict` is the one that the case expects.
    pub fn expects(&self, verdict: &Verdict) -> bool {
        match verdict {
            Verdict::NotJudged => true,
            Verdict::Deny(..) => self.expect == "deny",
            Verdict::Allow(operation) => {
                self.expect == "allow" && self.op.as_deref().is_none_or(|op| op == *operation)
            }
        }
    }

    fn form(&self) -> Form {
        match self.mode {
            Mode::Header => Form::Headers,
            // A value that is not a whole number of seconds becomes 0, which is out of range.
            Mode::Presign => Form::Url { expires_in: self.expires_in().unwrap_or(0) },
        }
    }

    fn expires_in(&self) -> Option<u64> {
        match &self.expires {
            None => Some(limits::DEFAULT_PRESIGN_SECONDS),
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
                id: self.user_id()?,
                groups: BTreeSet::new(),
                service_account: false,
                expires_at: now + TimeDelta::hours(24),
                signed_in_at: None,
                epoch: None,
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
        let open = BucketRules::default();
        let grants = self.grants()?;
        let registered = REGISTERED.iter().map(|name| BucketName::parse(name));
        let mut buckets = registered.collect::<Result<BTreeSet<_>, _>>()?;
        buckets.extend(grants.iter().map(|grant| grant.bucket.clone()));
        Ok(Authority {
            project: ProjectRules {
                root_extra: self.config.root_extra.clone(),
                tags_are_authority: self.config.tags_are_authority,
                store_is_shared: self.config.account_shared,
                storage: StorageContract::strict().reached_by(self.config.access).into(),
                max_presign: TimeDelta::seconds(
                    self.config.max_expires.unwrap_or(limits::DEFAULT_MAX_PRESIGN.num_seconds()),
                ),
                ..ProjectRules::default()
            },
            buckets: buckets.into_iter().map(|bucket| (bucket, open)).collect(),
            grants,
            groups: Vec::new(),
            username: self.username()?,
            revision: 0,
        })
    }

    fn user_id(&self) -> Result<SubjectId, InvalidCase> {
        let id = self.user.as_deref().unwrap_or("user");
        SubjectId::parse(id).map_err(|error| InvalidCase::of("user", error))
    }

    /// What the account of the caller is called. The application has none.
    fn username(&self) -> Result<Option<Username>, InvalidCase> {
        let name = self.username.as_deref().map(Username::parse).transpose();
        let name = name.map_err(|error| InvalidCase::of("username", error))?;
        Ok(name.filter(|_| matches!(self.principal, Principal::User)))
    }

    fn grants(&self) -> Result<Vec<Grant>, InvalidCase> {
        let subject = Subject::User(self.user_id()?);
        let literal = self.grants.iter().map(|given| ("grants", PrefixKind::Literal, given));
        let by_user = self.templates.iter().map(|given| ("templates", PrefixKind::Template, given));
        let grants = literal.chain(by_user).map(|(field, kind, (place, permissions))| {
            let (bucket, prefix) = place.split_once('/').unwrap_or((place, ""));
            let wrong = |error: InvalidName| InvalidCase::of(&format!("{field}.{place}"), error);
            Ok(Grant {
                bucket: BucketName::parse(bucket).map_err(wrong)?,
                prefix: GrantPrefix::parse(kind, prefix).map_err(wrong)?,
                subject: subject.clone(),
                permissions: permissions.into(),
                not_before: None,
                expires_at: None,
            })
        });
        grants.collect()
    }
}
