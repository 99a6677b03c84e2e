//! `/auth/token`: a personal API key for whoever just signed in, or shows name and password.

use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::web::Data;
use actix_web::{FromRequest as _, HttpRequest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sail_cargo_protocol::{CreateAccessKey, CreatePersonalKey, CreatedAccessKey, Problem, Scope};

use super::{accounts, answered, strangers};
use crate::api::access_keys::made;
use crate::api::answer::ApiResponse;
use crate::api::api_keys::project;
use crate::api::error::ApiError;
use crate::api::extractors::{Authenticated, refused};
use crate::api::idempotency::Attempt;
use crate::api::open_body::OpenBody;
use crate::api::state::State;
use crate::authn::{HeadersError, LoginError, Rejection};
use crate::domain::account::{Email, LoginName, Password, Username};
use crate::domain::{Caller, Context, NewAccessKey, ProjectId, Secret};

/// Name and password in a header (HTTP Basic, RFC 7617).
struct Basic {
    /// `None` if no account can have that name.
    name: Option<LoginName>,
    /// `None` for one that is too long to be anybody's.
    password: Option<Password>,
}

/// Makes a personal API key of one's own: for a token of a sign-in of the last 15 minutes, or for name and
/// password. It never allows more than its user may do. The answer is the only time that it can be seen.
#[utoipa::path(post, path = "/auth/token", tag = "auth", security(("token" = []), ("password" = [])),
    params(("idempotency-key" = Option<String>, Header, description = "The same for every attempt: the key is made once")),
    request_body = CreatePersonalKey, responses(
    (status = 201, description = "Made", body = CreatedAccessKey),
    (status = 400, description = "Malformed, or no project named", body = Problem),
    (status = 401, description = "Not authenticated, or not lately, or no account with this name and this password", body = Problem),
    (status = 403, description = "A key, or users make none here, or another password must be set first", body = Problem),
    (status = 409, description = "The user has too many, or the server keeps no accounts", body = Problem),
    (status = 422, description = "The Idempotency-Key came with another request before", body = Problem),
    (status = 503, description = "Too many passwords are being checked", body = Problem),
))]
pub(in crate::api) async fn mint(
    request: HttpRequest,
    state: Data<State>,
    body: OpenBody<CreatePersonalKey>,
) -> Result<ApiResponse<CreatedAccessKey>, ApiError> {
    let attempt = Attempt::of(&request)?;
    let (project, asked, context) = if let Some(basic) = Basic::of(&request) {
        let basic = basic
            .map_err(|error| refused(&state, Rejection::unreadable(error), state.clock.now()))?;
        accounts(&state)?;
        let (body, idempotency) = body.read_once(attempt, &state).await?;
        let context = with_password(&state, basic, body.project.as_deref()).await?;
        (own_project(&context)?, body, Context { idempotency, ..context })
    } else {
        let mut auth = Authenticated::from_request(&request, &mut Payload::None).await?;
        auth.demand_keys(Scope::KeysWrite)?;
        demand_user(&auth.0.caller)?;
        accounts(&state)?;
        let (body, idempotency) = body.read_once(attempt, &state).await?;
        auth.after_body(&state, true).await?;
        let project = project(&auth, &state, body.project.as_deref()).await?;
        (project, body, Context { idempotency, ..auth.0.clone() })
    };
    let asked = CreateAccessKey { project: None, ..asked.into() };
    let new = NewAccessKey::parse(asked, &context.caller, context.now)?;
    let created = state.service.create_access_key(project, new, context).await?;
    Ok(ApiResponse::created(created.revision, made(&created.value)))
}

/// The context of the account's user, who is proved by name and password as at a sign-in.
async fn with_password(
    state: &State,
    basic: Basic,
    project: Option<&str>,
) -> Result<Context, ApiError> {
    let context = strangers(state);
    let Some(name) = basic.name else {
        return answered(state, Err(LoginError::Unknown.into()));
    };
    let Some(password) = basic.password else {
        return answered(state, Err(LoginError::Wrong.into()));
    };
    let proved = accounts(state)?.prove_user((name, password), project, &context).await;
    let caller = Caller::User(answered(state, proved)?);
    Ok(Context { caller, ..context })
}

fn own_project(context: &Context) -> Result<ProjectId, ApiError> {
    context.caller.project().cloned().ok_or(ApiError::Internal)
}

/// Refuses the application and operators, who have no keys of this kind.
fn demand_user(caller: &Caller) -> Result<(), ApiError> {
    if matches!(caller, Caller::User(_)) {
        return Ok(());
    }
    let detail = "this makes a key of who asks: name a user at /v1/access-keys".to_owned();
    Err(ApiError::Forbidden { code: "users_only", detail, required: None })
}

impl Basic {
    /// What the request shows by HTTP Basic; `None` if it shows something else.
    fn of(request: &HttpRequest) -> Option<Result<Self, HeadersError>> {
        let mut values = request.headers().get_all(header::AUTHORIZATION);
        let value = values.next()?.to_str().ok()?;
        let (scheme, encoded) = value.split_once(' ')?;
        if !scheme.eq_ignore_ascii_case("basic") {
            return None;
        }
        let stands_alone = values.next().is_none() && !request.headers().contains_key("x-api-key");
        Some(Self::read(encoded).filter(|_| stands_alone).ok_or(HeadersError::Syntax))
    }

    fn read(encoded: &str) -> Option<Self> {
        let decoded = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
        let decoded = Secret::new(decoded);
        let (name, password) = decoded.expose().split_once(':')?;
        let name = if name.contains('@') {
            Email::parse(name).ok().map(LoginName::Email)
        } else {
            Username::parse(name).ok().map(LoginName::Username)
        };
        Some(Self { name, password: Password::parse(password) })
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn read(value: &str) -> Option<Result<Option<LoginName>, HeadersError>> {
        let request = TestRequest::default().insert_header((header::AUTHORIZATION, value));
        Basic::of(&request.to_http_request()).map(|read| read.map(|basic| basic.name))
    }

    #[test]
    fn name_and_password_are_read_and_nothing_else_is_taken_for_them() {
        let encoded = |text: &str| format!("bAsIc {}", STANDARD.encode(text));
        let (ada, email) = (Username::parse("ada").unwrap(), Email::parse("ada@x.org").unwrap());
        assert_eq!(read(&encoded("Ada:a:b")), Some(Ok(Some(LoginName::Username(ada)))));
        assert_eq!(read(&encoded("ada@x.org:p")), Some(Ok(Some(LoginName::Email(email)))));
        assert_eq!(read(&encoded("no such:p")), Some(Ok(None)), "nobody can be called so");
        for wrong in [encoded("ada"), "Basic ada:p".to_owned(), "Basic ////".to_owned()] {
            assert_eq!(read(&wrong), Some(Err(HeadersError::Syntax)), "{wrong}");
        }
        assert_eq!(read("Bearer x"), None);
        let beside = TestRequest::default()
            .insert_header((header::AUTHORIZATION, encoded("ada:p")))
            .insert_header(("x-api-key", "k"));
        assert!(matches!(Basic::of(&beside.to_http_request()), Some(Err(HeadersError::Syntax))));
    }
}
