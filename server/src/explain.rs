//! The signing pipeline without a signature: it parses a request, looks up the authority, decides,
//! and explains the decision.

use chrono::TimeDelta;
use sail_cargo_protocol::{ExplainRequest, Explanation};

use crate::domain::caller::User;
use crate::domain::explain::{explain as trace, explain_refusal};
use crate::domain::pipeline::{SigningError, SigningRequest};
use crate::domain::{At, Caller, Context, ProjectId, SubjectId};
use crate::service::Service;
use crate::service::signing::PipelineError;
use sail_cargo_database::history::When;

/// The principal that a request is judged for.
#[derive(Debug)]
pub enum For {
    /// The caller.
    Caller,
    /// A user that the application names, with the groups that the user's token would name.
    User(SubjectId, Vec<SubjectId>),
}

/// Judges a request without signing it.
///
/// # Errors
/// [`PipelineError`] if the caller has no project, or the database does not answer. The inner
/// [`SigningError`] if the request cannot be parsed, for example because its body is not base64.
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

/// Adds the revision that the explanation was made at.
fn dated(At { value, revision }: At<Explanation>) -> At<Explanation> {
    At { value: Explanation { revision: Some(revision.to_string()), ..value }, revision }
}

/// The user as a caller, as if the user had sent a token.
fn user(context: &Context, project: &ProjectId, id: SubjectId, groups: Vec<SubjectId>) -> Caller {
    Caller::User(User {
        project: project.clone(),
        id,
        groups: groups.into_iter().collect(),
        service_account: false,
        expires_at: context.now + TimeDelta::hours(1),
        signed_in_at: None,
        epoch: None,
        via: None,
    })
}
