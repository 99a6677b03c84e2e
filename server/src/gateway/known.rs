//! What is known of a request so far, and the record of its refusal (G25).
//!
//! The way of a request fills it step by step. When the request is refused, it says who asked for what: every
//! refusal of a known sender is put on record here, and nowhere else, so that none is there twice.

use std::sync::OnceLock;

use http::request::Parts;

use super::door::Door;
use super::head::url_of;
use super::refused::Refused;
use crate::audit::{Decision, SignedRequest};
use crate::domain::pipeline::ParsedRequest;
use crate::domain::s3::S3Request;
use crate::domain::{Context, ProjectId};
use crate::service::signing::Read;
use crate::service::{Service, ServiceError};

/// The action of a request that was not understood.
const UNREAD: &str = "s3:?";

/// What is known of one request.
#[derive(Default)]
pub(super) struct Known {
    sender: OnceLock<(Option<Door>, Context)>,
    subject: OnceLock<Subject>,
}

/// What is asked.
struct Subject {
    action: &'static str,
    bucket: Option<String>,
    object: Option<String>,
    payload: Option<String>,
}

impl Known {
    /// The sender is proved. `door` says how the request came in, where its answer depends on that.
    pub(super) fn sent_by(&self, door: Option<Door>, context: Context) {
        self.sender.set((door, context)).ok();
    }

    /// What is asked, if it was understood.
    pub(super) fn asks(&self, read: &Read) {
        if let Ok(request) = read {
            self.subject.set(Subject::of(request)).ok();
        }
    }

    /// It is not S3 that is asked.
    pub(super) fn acts(&self, action: &'static str) {
        let (bucket, object, payload) = (None, None, None);
        self.subject.set(Subject { action, bucket, object, payload }).ok();
    }

    /// How the request came in.
    pub(super) fn door(&self) -> Option<Door> {
        self.sender.get().and_then(|(door, _)| *door)
    }

    /// The sender's project.
    pub(super) fn project(&self) -> Option<&ProjectId> {
        self.sender.get().and_then(|(_, context)| context.caller.project())
    }

    /// Puts a refusal on record, if it is one and its sender is known. Without the record it is not given:
    /// the answer is 503 then.
    pub(super) async fn on_record(
        &self,
        service: &Service,
        parts: &Parts,
        refused: Refused,
    ) -> Refused {
        let Some((_, context)) = self.sender.get() else { return refused };
        let Some(decision) = self.decision(context, parts, &refused) else { return refused };
        match service.audit().record(context, vec![decision]).await {
            Ok(()) => refused,
            Err(error) => refused.without_record(ServiceError::from(error)),
        }
    }

    fn decision(&self, context: &Context, parts: &Parts, refused: &Refused) -> Option<Decision> {
        let (project, reason) = (context.caller.project()?.clone(), refused.reason()?);
        let detail = format!("gateway: {}", refused.message()).into();
        let method = parts.method.as_str().to_owned().into();
        let (action, bucket, object, payload) = match self.subject.get() {
            Some(subject) => {
                let Subject { action, bucket, object, payload } = subject;
                (*action, bucket.clone(), object.clone(), payload.clone())
            }
            None => (UNREAD, None, Some(place(parts)), None),
        };
        let payload = payload.map(Into::into);
        Some(Decision {
            project,
            action,
            bucket,
            object,
            outcome: reason.outcome,
            reason: reason.code,
            detail,
            revision: None,
            request: Some(SignedRequest { method, payload, access_key_id: None }),
        })
    }
}

impl Subject {
    fn of(request: &ParsedRequest) -> Self {
        let request: &S3Request = request.request();
        let key = request.target().key().map(ToString::to_string);
        let prefix = request.listing_prefix().filter(|prefix| !prefix.is_empty());
        Self {
            action: request.operation().action(),
            bucket: request.target().bucket().map(ToString::to_string),
            object: key.or_else(|| prefix.map(ToOwned::to_owned)),
            payload: Some(request.payload().as_str().to_owned()),
        }
    }
}

/// The URL of a request that was not understood, without its query, which may hold a signature.
fn place(parts: &Parts) -> String {
    format!("{}{}", url_of(&parts.headers).unwrap_or_default(), parts.uri.path())
}
