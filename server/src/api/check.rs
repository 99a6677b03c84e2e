//! `/v1/check`: whether a user may do something.

use std::collections::HashMap;

use actix_web::web::Data;
use sail_cargo_protocol::{
    Batch, BatchAnswer, BatchItem, CheckRequest, CheckResponse, Problem, Scope,
};

use super::answer::ApiResponse;
use super::body::Body;
use super::bucket_path::bucket_name;
use super::error::ApiError;
use super::extractors::{Authenticated, NoQuery};
use super::state::State;
use super::users::as_user;
use crate::domain::limits::{MAX_BATCH, MAX_CHECK_BATCH_BODY};
use crate::domain::{
    Action, At, Authority, BucketName, Caller, Denied, ObjectKey, Permission, Prefix, Revision,
    SubjectId, check,
};
use crate::pace::Pace;

/// Answers whether somebody may do something. A "no" is an answer.
#[utoipa::path(post, path = "/v1/check", tag = "callers", request_body = CheckRequest, responses(
    (status = 200, description = "Yes, or no", body = CheckResponse),
    (status = 400, description = "Malformed", body = Problem),
    (status = 401, description = "Not authenticated", body = Problem),
    (status = 403, description = "Only the application asks about others", body = Problem),
))]
pub(super) async fn one(
    mut auth: Authenticated,
    state: Data<State>,
    _: NoQuery,
    body: Body<CheckRequest>,
) -> Result<ApiResponse<CheckResponse>, ApiError> {
    auth.demand_scope(Scope::Check)?;
    let body = body.read(&mut auth, &state).await?;
    let question = Question::read(&auth, &body)?;
    let mut answers = answer(&auth, &state, std::slice::from_ref(&question)).await?;
    let answer = answers.value.pop().ok_or(ApiError::Internal)?;
    Ok(ApiResponse::at(answers.revision, answer))
}

/// Answers up to 1000 questions, all at one revision.
#[utoipa::path(post, path = "/v1/check/batch", tag = "callers", request_body = Batch<CheckRequest>, responses(
    (status = 200, description = "An answer for each, in order", body = BatchAnswer<CheckResponse>),
    (status = 400, description = "Malformed", body = Problem),
    (status = 401, description = "Not authenticated", body = Problem),
    (status = 403, description = "The key does not have the scope", body = Problem),
))]
pub(super) async fn batch(
    mut auth: Authenticated,
    state: Data<State>,
    _: NoQuery,
    body: Body<Batch<CheckRequest>, MAX_CHECK_BATCH_BODY>,
) -> Result<ApiResponse<BatchAnswer<CheckResponse>>, ApiError> {
    auth.demand_scope(Scope::Check)?;
    let body = body.read(&mut auth, &state).await?;
    if !(1..=MAX_BATCH).contains(&body.items.len()) {
        return Err(ApiError::field("/items", "1 to 1000 items"));
    }
    auth.pays_for(body.items.len(), &state)?;
    let mut pace = Pace::default();
    let mut read = Vec::with_capacity(body.items.len());
    for item in &body.items {
        read.push(Question::read(&auth, item));
        pace.step().await;
    }
    let questions: Vec<_> = read.iter().flatten().cloned().collect();
    let At { value: answers, revision } = answer(&auth, &state, &questions).await?;
    let mut answers = answers.into_iter();
    let items = read
        .into_iter()
        .map(|question| match question.and_then(|_| answers.next().ok_or(ApiError::Internal)) {
            Ok(answer) => BatchItem::Ok { answer },
            Err(error) => BatchItem::Failed { problem: error.problem() },
        })
        .collect();
    Ok(ApiResponse::at(revision, BatchAnswer { items }))
}

/// A parsed question.
#[derive(Clone)]
struct Question {
    caller: Caller,
    action: Action,
    bucket: BucketName,
    scope: String,
}

impl Question {
    fn read(auth: &Authenticated, wire: &CheckRequest) -> Result<Self, ApiError> {
        let action =
            Action::parse(&wire.action).map_err(|error| ApiError::field("/action", error))?;
        let bucket = bucket_name(&wire.bucket).map_err(ApiError::in_body)?;
        let scope = match &wire.key {
            Some(_) if !wire.prefix.is_empty() => {
                return Err(ApiError::field("/prefix", "not beside `key`"));
            }
            Some(key) => {
                ObjectKey::parse(key).map_err(|error| ApiError::field("/key", error))?.to_string()
            }
            None => Prefix::parse(&wire.prefix)
                .map_err(|error| ApiError::field("/prefix", error))?
                .to_string(),
        };
        Ok(Self { caller: whom(auth, wire)?, action, bucket, scope })
    }

    fn answer(
        &self,
        authority: &Authority,
        auth: &Authenticated,
        revision: Revision,
    ) -> CheckResponse {
        let now = auth.0.now;
        let required: Option<Permission> = self.action.permission();
        let verdict = check(&self.caller, self.action, &self.bucket, &self.scope, authority, now);
        CheckResponse {
            decision: verdict.is_ok(),
            code: verdict.as_ref().map_or_else(Denied::code, |_| "ok").to_owned(),
            required,
            expires_at: verdict.ok().and_then(crate::domain::authority::Until::instant),
            revision: revision.to_string(),
        }
    }
}

/// The caller that a question is about.
fn whom(auth: &Authenticated, wire: &CheckRequest) -> Result<Caller, ApiError> {
    let Some(user) = &wire.user else {
        if wire.groups.is_empty() {
            return Ok(auth.0.caller.clone());
        }
        return Err(ApiError::field("/groups", "only beside `user`"));
    };
    auth.demand_root(Scope::Check)?;
    let user = SubjectId::parse(user).map_err(|error| ApiError::field("/user", error))?;
    as_user(auth, user, wire.groups.iter().map(String::as_str).collect(), "/groups")
}

/// Answers all questions at one revision. Each caller in question is looked up once.
async fn answer(
    auth: &Authenticated,
    state: &State,
    questions: &[Question],
) -> Result<At<Vec<CheckResponse>>, ApiError> {
    let (callers, whose) = callers(questions);
    let mut buckets: Vec<_> = questions.iter().map(|question| question.bucket.clone()).collect();
    buckets.sort_unstable();
    buckets.dedup();
    let At { value: authorities, revision } =
        state.service.authorities(auth.project()?, callers, buckets, auth.0.clone()).await?;
    let mut pace = Pace::default();
    let mut answers = Vec::with_capacity(questions.len());
    for (question, which) in questions.iter().zip(whose) {
        answers.push(question.answer(&authorities[which], auth, revision));
        pace.step().await;
    }
    Ok(At { value: answers, revision })
}

/// The distinct callers of the questions, and the index of each question's caller among them.
fn callers(questions: &[Question]) -> (Vec<Caller>, Vec<usize>) {
    let mut callers = Vec::new();
    let mut seen = HashMap::new();
    let mut which = |question: &Question| {
        *seen.entry(question.caller.clone()).or_insert_with(|| {
            callers.push(question.caller.clone());
            callers.len() - 1
        })
    };
    let whose = questions.iter().map(&mut which).collect();
    (callers, whose)
}
