//! Signs what the server sends itself: by the same pipeline as everybody's requests.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest as _, Sha256};

use super::error::StorageError;
use crate::clock::Clock;
use crate::domain::limits;
use crate::domain::pipeline::{self, Approval, Body, ParsedRequest, SigningRequest};
use crate::domain::s3::{EMPTY_SHA256, Endpoint, Operation};
use crate::domain::sigv4::StoreCredentials;
use crate::domain::{
    Authority, BucketName, BucketRules, Caller, KeyHolder, KeyId, ProjectId, ProjectRules,
};

/// Root of a project that owns the buckets in question and nothing else.
#[derive(Debug)]
pub(crate) struct ServerPrincipal {
    caller: Caller,
    authority: Authority,
}

impl ServerPrincipal {
    /// Knows `buckets` and no others.
    ///
    /// # Errors
    /// Never, but for a defect.
    pub(crate) fn of(buckets: impl IntoIterator<Item = BucketName>) -> Result<Self, StorageError> {
        let failed = |error: &dyn std::fmt::Display| StorageError::Failed(error.to_string());
        let project = uuid::Uuid::new_v4().to_string();
        let caller = Caller::Root(KeyHolder {
            project: ProjectId::parse(&project).map_err(|error| failed(&error))?,
            id: KeyId::parse("storageprobe").map_err(|error| failed(&error))?,
            scopes: BTreeSet::from([sail_cargo_protocol::Scope::Sign]),
            expires_at: None,
        });
        let rules = BucketRules::default();
        let buckets: BTreeMap<_, _> = buckets.into_iter().map(|bucket| (bucket, rules)).collect();
        let project = ProjectRules {
            store_is_shared: true,
            max_presign: TimeDelta::minutes(5),
            ..ProjectRules::default()
        };
        let (grants, groups) = (Vec::new(), Vec::new());
        let authority = Authority { project, buckets, grants, groups, revision: 0 };
        Ok(Self { caller, authority })
    }

    /// The same for an account that is the project's alone: its buckets may be listed.
    #[must_use]
    pub(crate) fn of_own_account(mut self) -> Self {
        self.authority.project.store_is_shared = false;
        self
    }

    /// The same, of whatever root can have opted into.
    #[must_use]
    pub(crate) fn of_every_operation(mut self) -> Self {
        let names = Operation::ALL.iter().map(|operation| operation.name().to_owned());
        self.authority.project.root_extra = names.collect();
        self
    }

    /// The judge's yes.
    ///
    /// # Errors
    /// The request is for another bucket.
    pub(crate) fn approve<'a>(
        &self,
        request: &'a ParsedRequest,
        now: DateTime<Utc>,
    ) -> Result<Approval<'a>, StorageError> {
        Ok(request.judge(&self.caller, &self.authority, now)?)
    }
}

/// An honest request, before it is signed.
#[derive(Debug)]
pub(crate) struct UnsignedRequest {
    pub(crate) method: &'static str,
    pub(crate) url: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) payload: PayloadMode,
    pub(crate) body: Vec<u8>,
}

/// How the body is declared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PayloadMode {
    /// By its hash, and shown.
    Hashed,
    /// By its hash alone.
    Hidden,
    /// As nothing.
    Nothing,
    /// Not at all.
    Unsigned,
}

impl UnsignedRequest {
    /// Reads the request as any other.
    ///
    /// # Errors
    /// A name of the operator's that cannot be in a URL.
    pub(crate) fn parse(&self, endpoint: &Endpoint) -> Result<ParsedRequest, StorageError> {
        self.parse_in(Form::Headers, endpoint)
    }

    fn parse_in(&self, form: Form, endpoint: &Endpoint) -> Result<ParsedRequest, StorageError> {
        let hash = hex::encode(Sha256::digest(&self.body));
        let asked = SigningRequest {
            method: self.method,
            url: &self.url,
            headers: &self.headers,
            payload: match self.payload {
                PayloadMode::Hashed | PayloadMode::Hidden => Some(&hash),
                PayloadMode::Nothing => Some(EMPTY_SHA256),
                PayloadMode::Unsigned => Some("UNSIGNED-PAYLOAD"),
            },
            body: (self.payload == PayloadMode::Hashed).then_some(Body::Bytes(&self.body)),
            form: form.of_pipeline(),
        };
        Ok(asked.parse(std::slice::from_ref(endpoint))?)
    }
}

/// A signed request, in the parts that may be changed before it is sent.
#[derive(Clone)]
pub(crate) struct Signed {
    pub(crate) method: &'static str,
    pub(crate) host: String,
    /// Path and query.
    pub(crate) target: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Signed {
    /// The same with one more header, which is not signed.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }
}

/// The judge, and the keys to sign what it approves.
#[derive(Debug)]
pub(crate) struct Signer {
    pub(crate) principal: ServerPrincipal,
    pub(crate) endpoint: Endpoint,
    pub(crate) credentials: Arc<StoreCredentials>,
    pub(crate) clock: Clock,
}

/// Where the signature stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// In headers.
    Headers,
    /// In the URL.
    Url,
}

impl Form {
    /// A word for object keys.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Headers => "headers",
            Self::Url => "url",
        }
    }

    const fn of_pipeline(self) -> pipeline::Form {
        match self {
            Self::Headers => pipeline::Form::Headers,
            Self::Url => pipeline::Form::Url { expires_in: limits::DEFAULT_PRESIGN_SECONDS },
        }
    }
}

impl Signer {
    /// Signs in headers.
    ///
    /// # Errors
    /// The judge refused: a defect.
    pub(crate) fn sign(&self, draft: UnsignedRequest) -> Result<Signed, StorageError> {
        self.sign_in(Form::Headers, draft)
    }

    /// Signs in the form asked for.
    ///
    /// # Errors
    /// The judge refused: a defect.
    pub(crate) fn sign_in(
        &self,
        form: Form,
        draft: UnsignedRequest,
    ) -> Result<Signed, StorageError> {
        let request = draft.parse_in(form, &self.endpoint)?;
        let now = self.clock.now();
        let (url, added) = match self.principal.approve(&request, now)?.sign(&self.credentials, now)
        {
            pipeline::Signed::Headers(signature) => {
                (request.request().url().to_owned(), signature.headers)
            }
            pipeline::Signed::Url(presigned) => (presigned.url, presigned.headers),
        };
        let failed = || StorageError::Failed("the signed URL has no host".to_owned());
        let (_, rest) = url.split_once("://").ok_or_else(failed)?;
        let path = rest.find('/').ok_or_else(failed)?;
        let mut headers = draft.headers;
        headers.retain(|(name, _)| !added.contains_key(name));
        headers.extend(added);
        Ok(Signed {
            method: draft.method,
            host: rest[..path].to_owned(),
            target: rest[path..].to_owned(),
            headers,
            body: draft.body,
        })
    }
}
