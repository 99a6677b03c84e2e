//! The signing pipeline without the signature: parse, look up, decide, and say why.

use chrono::TimeDelta;
use sail_cargo_protocol::{ExplainRequest, Explanation};

use crate::domain::caller::User;
use crate::domain::explain::{explain as trace, explain_refusal};
use crate::domain::pipeline::{SigningError, SigningRequest};
use crate::domain::{At, Caller, Context, ProjectId, SubjectId};
use crate::service::Service;
use crate::service::signing::PipelineError;
use sail_cargo_database::history::When;

/// Whom a request is judged for.
#[derive(Debug)]
pub enum For {
    /// The caller.
    Caller,
    /// A user the application asks about, with the groups their token would name.
    User(SubjectId, Vec<SubjectId>),
}

/// Judges a request without signing it.
///
/// # Errors
/// The caller speaks in no project, the body is no base64, or the database is not available.
pub async fn explain(
    service: &Service,
    context: &Context,
    asked: &ExplainRequest,
    whom: For,
) -> Result<Result<At<Explanation>, SigningError>, PipelineError> {
    let project = context.caller.project().ok_or(PipelineError::NoProject)?.clone();
    let endpoints = service.endpoints(project.clone()).await?;
    let request = match SigningRequest::from(&asked.request).parse(&endpoints) {
        Ok(request) => request,
        Err(SigningError::Refused(refusal)) => {
            let nothing = service.authority(project, context, Some(Vec::new())).await?;
            return Ok(Ok(dated(nothing.map(|_| explain_refusal(&refusal)))));
        }
        Err(other) => return Ok(Err(other)),
    };
    let caller = match whom {
        For::Caller => context.caller.clone(),
        For::User(id, groups) => user(context, &project, id, groups),
    };
    let buckets = request.request().buckets().cloned().collect();
    let authority =
        service.authority_of(project, caller.clone(), context, Some(buckets), When::Now).await?;
    let explained = authority.map(|authority| trace(&caller, &request, &authority, context.now));
    Ok(Ok(dated(explained)))
}

/// With the revision it was made at.
fn dated(At { value, revision }: At<Explanation>) -> At<Explanation> {
    At { value: Explanation { revision: Some(revision.to_string()), ..value }, revision }
}

/// The user as they would be, had they asked themselves.
fn user(context: &Context, project: &ProjectId, id: SubjectId, groups: Vec<SubjectId>) -> Caller {
    Caller::User(User {
        project: project.clone(),
        id,
        groups: groups.into_iter().collect(),
        service_account: false,
        expires_at: context.now + TimeDelta::hours(1),
        signed_in_at: None,
        via: None,
    })
}
