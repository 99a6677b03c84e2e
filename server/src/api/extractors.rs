//! Extractors: the authenticated caller, and the query. Each returns a problem that names the
//! invalid field.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::header::{self, HeaderName};
use actix_web::web::{self, Data};
use actix_web::{FromRequest, HttpRequest};
use chrono::{DateTime, TimeDelta, Utc};
use sail_cargo_protocol::FieldError;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::error::ApiError;
use super::state::State;
use super::{cors, current};
use crate::authn::{Credentials, HeadersError, Rejection};
use crate::domain::caller::Scope;
use crate::domain::{Caller, Context, ProjectId, Revision};
use crate::limits::RoomShare;

const AT_LEAST: HeaderName = HeaderName::from_static("if-revision-at-least");
const API_KEY: HeaderName = HeaderName::from_static("x-api-key");
const PROJECT: HeaderName = HeaderName::from_static("x-project");
/// A body that arrives within this time counts as sent with its head.
const PROMPT: TimeDelta = TimeDelta::seconds(1);

type Boxed<T> = Pin<Box<dyn Future<Output = Result<T, ApiError>>>>;

/// An authenticated caller. A handler with this parameter never runs without valid credentials.
#[derive(Debug)]
pub(crate) struct Authenticated(pub Context, Option<RoomShare>);

impl Authenticated {
    /// The caller's project.
    pub(crate) fn project(&self) -> Result<ProjectId, ApiError> {
        self.0.caller.project().cloned().ok_or_else(|| {
            ApiError::field(
                "X-Project",
                "an operator must name a project here (--in-project at the command line)",
            )
        })
    }

    /// Whether it is the application, or an operator. Everybody else, whatever they proved themselves by,
    /// has what a user has at most.
    pub(crate) const fn is_root(&self) -> bool {
        match &self.0.caller {
            Caller::Root(_) | Caller::Operator { .. } => true,
            Caller::User(_) | Caller::AccessKey(_) | Caller::Session(_) | Caller::Everybody(_) => {
                false
            }
        }
    }

    /// Refuses users. The application needs an API key with `scope`.
    pub(crate) fn demand_root(&self, scope: Scope) -> Result<(), ApiError> {
        if self.is_root() {
            return self.demand_scope(scope);
        }
        Err(forbidden("root_only", "only the application itself may do this"))
    }

    /// Refuses who may not deal with keys of users: the application goes by the scope of its API key, users
    /// by a token of a sign-in of the last 15 minutes. Keys make no keys.
    pub(crate) fn demand_keys(&self, scope: Scope) -> Result<(), ApiError> {
        self.demand_scope(scope)?;
        match &self.0.caller {
            Caller::Root(_) | Caller::Operator { .. } => Ok(()),
            Caller::User(_) if self.0.caller.is_fresh(self.0.now) => Ok(()),
            Caller::User(_) => Err(ApiError::Reauthenticate),
            Caller::AccessKey(_) | Caller::Session(_) | Caller::Everybody(_) => {
                Err(sign_in_required())
            }
        }
    }

    /// Refuses API keys without `scope`, and personal API keys where they are good for nothing.
    pub(crate) fn demand_scope(&self, scope: Scope) -> Result<(), ApiError> {
        match &self.0.caller {
            caller if caller.has_scope(scope) => Ok(()),
            Caller::AccessKey(_) | Caller::Session(_) | Caller::Everybody(_) => {
                Err(sign_in_required())
            }
            Caller::User(_) | Caller::Root(_) | Caller::Operator { .. } => {
                Err(scope_missing(scope))
            }
        }
    }

    /// Refuses everybody except operators.
    pub(crate) fn demand_operator(&self) -> Result<(), ApiError> {
        match &self.0.caller {
            Caller::Operator { .. } => Ok(()),
            Caller::User(_)
            | Caller::Root(_)
            | Caller::AccessKey(_)
            | Caller::Session(_)
            | Caller::Everybody(_) => {
                Err(forbidden("operator_only", "only an operator may do this"))
            }
        }
    }
}

impl Authenticated {
    /// Keeps the memory of a large body until this is dropped.
    pub(super) fn takes(&mut self, share: RoomShare) {
        self.1 = Some(share);
    }

    /// Charges the items of a batch to the rate limits. One item is already counted as the request.
    pub(super) fn pays_for(&self, items: usize, state: &State) -> Result<(), ApiError> {
        Ok(state.limits.charge(&self.0.caller, items.saturating_sub(1))?)
    }

    /// Checks the credentials again if the body took longer than a second, or `waited` says that
    /// the server waited for it. A key or token that ended meanwhile is refused.
    pub(super) async fn after_body(&mut self, state: &State, waited: bool) -> Result<(), ApiError> {
        let now = state.clock.now();
        if waited || !(TimeDelta::zero()..PROMPT).contains(&(now - self.0.now)) {
            let still = state.authenticator.recheck(&self.0.caller, now).await;
            still.map_err(|rejection| refused(state, rejection, now))?;
            self.0.now = now;
        }
        Ok(())
    }
}

/// The error for an API key without `scope`.
pub(super) fn scope_missing(scope: Scope) -> ApiError {
    let word = serde_json::to_string(&scope).unwrap_or_default().replace('"', "");
    forbidden("scope_missing", &format!("the API key does not have the scope `{word}`"))
}

/// The error for a key where somebody must have signed in.
pub(super) fn sign_in_required() -> ApiError {
    let detail = "personal keys deal with no keys, accounts or passwords: use a token of a sign-in";
    forbidden("sign_in_required", detail)
}

fn forbidden(code: &'static str, detail: &str) -> ApiError {
    ApiError::Forbidden { code, detail: detail.to_owned(), required: None }
}

impl FromRequest for Authenticated {
    type Error = ApiError;
    type Future = Boxed<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let state = request.app_data::<Data<State>>().ok_or(ApiError::Internal)?;
            let (now, origin) = (state.clock.now(), current::origin());
            let caller = authenticate(&request, state, now).await;
            let caller = caller.map_err(|rejection| refused(state, rejection, now))?;
            let caller = of_the_api(caller)?;
            current::seen(&caller);
            cors::known(&request, &caller);
            state.limits.charge(&caller, 1)?;
            state.key_usage.note(&state.service, &caller, now, origin.address);
            if let Caller::AccessKey(holder) = &caller {
                state.service.note_access_key_use(holder, &origin, now);
            }
            let at_least = at_least(&request)?;
            let request_id = current::id();
            Ok(Self(Context { caller, now, request_id, origin, at_least, idempotency: None }, None))
        })
    }
}

/// The callers of the API, personal API keys among them. Access keys, sessions and requests without credentials are
/// for the gateway only: no scheme of the API makes such a caller, and one that did would be refused here, before any handler
/// takes it for somebody else.
fn of_the_api(caller: Caller) -> Result<Caller, ApiError> {
    match &caller {
        Caller::User(_) | Caller::Root(_) | Caller::Operator { .. } => Ok(caller),
        Caller::AccessKey(key) if key.is_personal() => Ok(caller),
        Caller::AccessKey(_) | Caller::Session(_) | Caller::Everybody(_) => {
            let detail =
                "access keys and sessions are for the S3 gateway: use a token, or an API key";
            Err(forbidden("gateway_credentials", detail))
        }
    }
}

async fn authenticate(
    request: &HttpRequest,
    state: &State,
    now: DateTime<Utc>,
) -> Result<Caller, Rejection> {
    let mut credentials = credentials(request).map_err(Rejection::unreadable)?;
    credentials.address = current::origin().address;
    state.authenticator.authenticate(credentials, now).await
}

/// Counts a failed authentication for the audit trail and for the limit of failed attempts.
pub(super) fn refused(state: &State, rejection: Rejection, now: DateTime<Utc>) -> ApiError {
    let (origin, request_id) = (current::origin(), current::id());
    state.failures.note(&rejection, &origin, &request_id, now);
    let guesses = state.limits.guesses();
    let noted = match rejection.claimed_key() {
        _ if !rejection.error.is_guess() => Ok(()),
        Some(key) => guesses.note(origin.address, Some(key)),
        None => guesses.note_here(rejection.claimed_id().as_deref(), origin.address),
    };
    noted.map_or_else(ApiError::from, |()| rejection.error.into())
}

/// The revision in `If-Revision-At-Least`: the response must not be older.
fn at_least(request: &HttpRequest) -> Result<Option<Revision>, ApiError> {
    let mut values = request.headers().get_all(AT_LEAST);
    let wrong = || ApiError::field(AT_LEAST.as_str(), "one `Revision` that Cargo sent");
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => {
            let text = value.to_str().map_err(|_| wrong())?;
            Revision::parse(text).map(Some).map_err(|_| wrong())
        }
        (Some(_), Some(_)) => Err(wrong()),
    }
}

fn credentials(request: &HttpRequest) -> Result<Credentials<'_>, HeadersError> {
    let mut credentials = Credentials {
        api_key: one_header(request, API_KEY)?,
        personal_key: None,
        token: None,
        project: one_header(request, PROJECT)?,
        address: None,
    };
    if credentials.api_key.is_some_and(|key| key.trim().is_empty()) {
        return Err(HeadersError::EmptyKey);
    }
    if let Some(value) = one_header(request, header::AUTHORIZATION)? {
        let bearer = value
            .split_once(' ')
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .map(|(_, token)| token.trim())
            .filter(|token| !token.is_empty())
            .ok_or(HeadersError::Syntax)?;
        credentials.take_bearer(bearer)?;
    }
    Ok(credentials)
}

fn one_header(request: &HttpRequest, name: HeaderName) -> Result<Option<&str>, HeadersError> {
    let mut values = request.headers().get_all(name);
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        // Tokens are long, and this check works on whole words, while `to_str` works on single
        // bytes.
        (Some(value), None) => match std::str::from_utf8(value.as_bytes()) {
            Ok(text) if text.is_ascii() => Ok(Some(text)),
            Ok(_) | Err(_) => Err(HeadersError::Syntax),
        },
        (Some(_), Some(_)) => Err(HeadersError::Syntax),
    }
}

/// Parses JSON. An error names the invalid field as a JSON pointer (RFC 6901).
pub(super) fn parse<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, ApiError> {
    // serde would accept a list of values in place of an object, without any check of names.
    if bytes.trim_ascii_start().starts_with(b"[") {
        return Err(ApiError::field("", "the body must be a JSON object, not a list"));
    }
    // Most bodies are valid, so first try without tracking the path.
    if let Ok(value) = serde_json::from_slice(bytes) {
        return Ok(value);
    }
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let pointer = pointer(error.path());
        let detail = error.into_inner().to_string();
        ApiError::Invalid {
            code: "invalid_request",
            detail: if pointer.is_empty() {
                detail.clone()
            } else {
                format!("{pointer}: {detail}")
            },
            errors: vec![FieldError { pointer, detail }],
        }
    })?;
    json.end().map_err(|_| ApiError::field("", "something follows the JSON value"))?;
    Ok(value)
}

fn pointer(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    path.iter()
        .map(|segment| match segment {
            Segment::Seq { index } => format!("/{index}"),
            Segment::Map { key } => format!("/{}", key.replace('~', "~0").replace('/', "~1")),
            Segment::Enum { variant } => format!("/{variant}"),
            Segment::Unknown => String::new(),
        })
        .collect()
}

/// Requires an empty query. Otherwise an unsupported parameter, such as `at`, would be ignored.
#[derive(Debug)]
pub(crate) struct NoQuery;

impl FromRequest for NoQuery {
    type Error = ApiError;
    type Future = std::future::Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        std::future::ready(match request.query_string() {
            "" => Ok(Self),
            _ => Err(ApiError::field("query", "this endpoint takes none")),
        })
    }
}

/// A query string.
#[derive(Debug)]
pub(crate) struct Query<T>(pub T);

impl<T: DeserializeOwned + 'static> FromRequest for Query<T> {
    type Error = ApiError;
    type Future = std::future::Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        std::future::ready(
            web::Query::<T>::from_query(request.query_string())
                .map(|query| Self(query.into_inner()))
                .map_err(|error| ApiError::field("query", error)),
        )
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use sail_cargo_protocol::Scope;

    use super::*;
    use crate::domain::session::{SessionClaims, SessionEpoch};
    use crate::domain::{
        AccessKeyHolder, AccessKeyId, AccessKeyKind, KeyHolder, KeyId, KeyLimits, OperatorName,
        SessionHolder, SessionId, User,
    };

    /// A caller of each kind, and whether the API takes them.
    fn callers() -> Vec<(Caller, bool)> {
        let project = ProjectId::parse("0b6f4cdb-7a0f-4f0f-9f4e-2d5a3a1a0001").unwrap();
        let Caller::Everybody(nobody) = Caller::everybody(project.clone()) else { unreachable!() };
        let user = |user: &User| User { ..user.clone() };
        let (end, limits) = (DateTime::<Utc>::MAX_UTC, Arc::new(KeyLimits::default()));
        let key = AccessKeyHolder {
            project: project.clone(),
            id: AccessKeyId::from_random([0; 16]),
            kind: AccessKeyKind::S3,
            user: Some(user(&nobody)),
            limits: Arc::clone(&limits),
            expires_at: end,
        };
        let claims = SessionClaims {
            id: SessionId::from_random([0; 16]),
            project: project.clone(),
            user: None,
            issuer: String::new(),
            parent: None,
            epoch: SessionEpoch::default(),
            issued_at: DateTime::UNIX_EPOCH,
            expires_at: end,
            policy: None,
        };
        let session = SessionHolder { claims: Arc::new(claims), user: None, limits };
        let root = KeyHolder {
            project: project.clone(),
            id: KeyId::parse("8fK2mQ0ZtYb1").unwrap(),
            scopes: Scope::ALL.into(),
            expires_at: None,
        };
        let name = OperatorName::command_line();
        vec![
            (Caller::User(user(&nobody)), true),
            (Caller::Root(root), true),
            (Caller::Operator { name, project: Some(project) }, true),
            (Caller::AccessKey(key.clone()), false),
            (
                Caller::AccessKey(AccessKeyHolder { kind: AccessKeyKind::Token, ..key.clone() }),
                true,
            ),
            (Caller::AccessKey(AccessKeyHolder { user: None, ..key }), false),
            (Caller::Session(session), false),
            (Caller::Everybody(nobody), false),
        ]
    }

    #[test]
    fn what_is_proved_for_the_gateway_gets_nothing_of_the_api() {
        for (caller, is_taken) in callers() {
            let (name, context) = (format!("{caller:?}"), of_the_api(caller));
            match context {
                Ok(_) => assert!(is_taken, "{name}"),
                Err(ApiError::Forbidden { code, .. }) => {
                    assert!(!is_taken && code == "gateway_credentials", "{name}");
                }
                Err(other) => panic!("{name}: {other:?}"),
            }
        }
    }
}
