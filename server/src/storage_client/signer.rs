//! Signs the server's own requests, with the pipeline that signs all requests.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use sha2::{Digest as _, Sha256};

use super::error::StorageError;
use crate::clock::Clock;
use crate::domain::limits;
use crate::domain::pipeline::{self, Approval, Body, ParsedRequest, SigningRequest};
use crate::domain::s3::{Ambiguity, EMPTY_SHA256, Endpoint, Operation};
use crate::domain::sigv4::StoreCredentials;
use crate::domain::sigv4::inbound::Framing;
use crate::domain::{
    Authority, BucketName, BucketRules, Caller, GatewayContract, KeyHolder, KeyId, ProjectId,
    ProjectRules, StorageContract,
};

/// A root caller in a project that contains only the given buckets.
#[derive(Debug)]
pub(crate) struct ServerPrincipal {
    caller: Caller,
    authority: Authority,
}

impl ServerPrincipal {
    /// A principal whose project contains `buckets` and no others.
    ///
    /// # Errors
    /// [`StorageError::Failed`] only by a defect of this server.
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
        let authority = Authority { project, buckets, grants, groups, username: None, revision: 0 };
        Ok(Self { caller, authority })
    }

    /// This principal in a project that owns its whole account: it may list the account's buckets.
    #[must_use]
    pub(crate) fn of_own_account(mut self) -> Self {
        self.authority.project.store_is_shared = false;
        self
    }

    /// This principal with every operation that root can opt into.
    #[must_use]
    pub(crate) fn of_every_operation(mut self) -> Self {
        let names = Operation::ALL.iter().map(|operation| operation.name().to_owned());
        self.authority.project.root_extra = names.collect();
        self
    }

    /// This principal on a storage that may be asked for what others read in two ways: to find out how
    /// this one reads it.
    #[must_use]
    pub(crate) fn of_every_reading(mut self) -> Self {
        let settled = Ambiguity::ALL.into_iter().collect();
        let at_gateway = GatewayContract { settled, ..GatewayContract::default() };
        let storage = StorageContract { at_gateway, ..StorageContract::strict() };
        self.authority.project.storage = storage.into();
        self
    }

    /// Approves a request.
    ///
    /// # Errors
    /// [`StorageError::Failed`] if the request is not allowed, for example because it names another
    /// bucket.
    pub(crate) fn approve<'a>(
        &self,
        request: &'a ParsedRequest,
        now: DateTime<Utc>,
    ) -> Result<Approval<'a>, StorageError> {
        Ok(request.judge(&self.caller, &self.authority, now)?)
    }
}

/// A request before it is signed.
#[derive(Debug)]
pub(crate) struct UnsignedRequest {
    pub(crate) method: &'static str,
    pub(crate) url: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) payload: PayloadMode,
    pub(crate) body: Vec<u8>,
}

/// How a request declares its body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PayloadMode {
    /// With its hash; the body is also shown to the pipeline.
    Hashed,
    /// With its hash only.
    Hidden,
    /// With the hash of the empty body, whatever the body is.
    Nothing,
    /// As unsigned (`UNSIGNED-PAYLOAD`).
    Unsigned,
    /// As a body in chunks without signatures, which it is, with a checksum behind it.
    Streamed,
}

impl UnsignedRequest {
    /// Parses the request like a client's request.
    ///
    /// # Errors
    /// [`StorageError::Failed`] if the request is invalid, for example because an operator's bucket
    /// name does not fit into a URL.
    pub(crate) fn parse(&self, endpoint: &Endpoint) -> Result<ParsedRequest, StorageError> {
        self.parse_in(Form::Headers, endpoint)
    }

    fn parse_in(&self, form: Form, endpoint: &Endpoint) -> Result<ParsedRequest, StorageError> {
        let hash = hex::encode(Sha256::digest(&self.body));
        let asked = SigningRequest {
            method: self.method,
            url: &self.url,
            headers: (&self.headers).into(),
            payload: match self.payload {
                PayloadMode::Hashed | PayloadMode::Hidden => Some(&hash),
                PayloadMode::Nothing => Some(EMPTY_SHA256),
                PayloadMode::Unsigned => Some("UNSIGNED-PAYLOAD"),
                PayloadMode::Streamed => Some(Framing::UnsignedTrailer.as_str()),
            },
            body: (self.payload == PayloadMode::Hashed).then_some(Body::Bytes(&self.body)),
            form: form.of_pipeline(),
        };
        Ok(asked.parse(std::slice::from_ref(endpoint))?)
    }
}

/// A signed request. Its parts can be modified before it is sent.
#[derive(Clone)]
pub(crate) struct Signed {
    pub(crate) method: &'static str,
    pub(crate) host: String,
    /// The path and the query.
    pub(crate) target: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Signed {
    /// Adds a header that is not signed.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }
}

/// A principal, and the credentials that sign what it approves.
#[derive(Debug)]
pub(crate) struct Signer {
    pub(crate) principal: ServerPrincipal,
    pub(crate) endpoint: Endpoint,
    pub(crate) credentials: Arc<StoreCredentials>,
    pub(crate) clock: Clock,
}

/// Where the signature is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// In the headers.
    Headers,
    /// In the URL.
    Url,
}

impl Form {
    /// The word for this form in object keys.
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
    /// Signs in the headers.
    ///
    /// # Errors
    /// [`StorageError::Failed`] if the request is not allowed: a defect of this server.
    pub(crate) fn sign(&self, draft: UnsignedRequest) -> Result<Signed, StorageError> {
        self.sign_in(Form::Headers, draft)
    }

    /// Signs in the headers or in the URL.
    ///
    /// # Errors
    /// [`StorageError::Failed`] if the request is not allowed: a defect of this server.
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
