//! `/auth/login`, `/auth/refresh`, `/auth/logout`.

use actix_web::HttpResponse;
use actix_web::web::Data;
use sail_cargo_protocol::{Login, Logout, Problem, Refresh, SignedIn};

use super::keeper::Keeper;
use super::{accounts, answered, secret, strangers};
use crate::api::error::ApiError;
use crate::api::open_body::OpenBody;
use crate::api::state::State;
use crate::auth::LoginRequest;
use crate::authn::LoginError;
use crate::domain::account::{Email, LoginName, Password, Username};

/// Signs in with an account of this server. Whatever is wrong with name or password, the answer is the same.
#[utoipa::path(post, path = "/auth/login", tag = "auth", security(()), request_body = Login,
    params(("X-Cargo-Console" = Option<String>, Header,
        description = "Sent by the console, with any value: the refresh token is in a cookie below `/auth/` that scripts \
            cannot read, and neither in the body nor in the answer's")), responses(
    (status = 200, description = "Signed in", body = SignedIn),
    (status = 400, description = "Malformed, no project named, or a new password that is refused", body = Problem),
    (status = 401, description = "No account with this name and this password", body = Problem),
    (status = 403, description = "The password is right, and another one must be set", body = Problem),
    (status = 409, description = "The server keeps no accounts", body = Problem),
    (status = 503, description = "Too many passwords are being checked", body = Problem),
))]
pub(in crate::api) async fn login(
    state: Data<State>,
    keeper: Keeper,
    body: OpenBody<Login>,
) -> Result<HttpResponse, ApiError> {
    let accounts = accounts(&state)?;
    let body = body.read(&state).await?;
    // No account is called so, or none has such a password: the answer is that of any account that is not there.
    let Some(name) = name(&body)? else {
        return answered(&state, Err(LoginError::Unknown.into()));
    };
    let Some(password) = Password::parse(body.password.expose()) else {
        return answered(&state, Err(LoginError::Wrong.into()));
    };
    let asked = LoginRequest {
        name,
        password,
        new_password: body.new_password.as_ref().map(secret),
        project: body.project,
    };
    let session = accounts.log_in(asked, strangers(&state)).await;
    Ok(keeper.answer(&answered(&state, session)?))
}

/// By what the account is named; `None` if none can have that name.
fn name(body: &Login) -> Result<Option<LoginName>, ApiError> {
    match (&body.username, &body.email) {
        (Some(name), None) => Ok(Username::parse(name).ok().map(LoginName::Username)),
        (None, Some(email)) => Ok(Email::parse(email).ok().map(LoginName::Email)),
        (None, None) | (Some(_), Some(_)) => {
            Err(ApiError::field("/username", "either `username` or `email`"))
        }
    }
}

/// Goes on with a sign-in: another access token, and the next refresh token.
#[utoipa::path(post, path = "/auth/refresh", tag = "auth", security(()), request_body = Refresh,
    params(("X-Cargo-Console" = Option<String>, Header,
        description = "Sent by the console, with any value: the refresh token is in a cookie below `/auth/` that scripts \
            cannot read, and neither in the body nor in the answer's")), responses(
    (status = 200, description = "Signed in", body = SignedIn),
    (status = 400, description = "Malformed", body = Problem),
    (status = 401, description = "The refresh token is not good, or not any more", body = Problem),
    (status = 409, description = "The server keeps no accounts", body = Problem),
))]
pub(in crate::api) async fn refresh(
    state: Data<State>,
    keeper: Keeper,
    body: OpenBody<Refresh>,
) -> Result<HttpResponse, ApiError> {
    let accounts = accounts(&state)?;
    let token = match &keeper {
        Keeper::Caller => Some(secret(&body.read(&state).await?.refresh_token)),
        Keeper::Browser(token) => token.clone(),
    };
    let session = match token {
        Some(token) => accounts.refresh(&token, strangers(&state)).await,
        None => Err(LoginError::RefreshToken.into()),
    };
    Ok(match answered(&state, session) {
        Ok(session) => keeper.answer(&session),
        Err(error) => keeper.refuse(&error),
    })
}

/// Signs out: the refresh tokens of that sign-in are good no more. Its access token ends by itself, within 15
/// minutes.
#[utoipa::path(post, path = "/auth/logout", tag = "auth", security(()), request_body = Logout,
    params(("X-Cargo-Console" = Option<String>, Header,
        description = "Sent by the console, with any value: the refresh token is in a cookie below `/auth/` that scripts \
            cannot read, and neither in the body nor in the answer's")), responses(
    (status = 204, description = "Signed out, now or before"),
    (status = 400, description = "Malformed", body = Problem),
    (status = 409, description = "The server keeps no accounts", body = Problem),
))]
pub(in crate::api) async fn logout(
    state: Data<State>,
    keeper: Keeper,
    body: OpenBody<Logout>,
) -> Result<HttpResponse, ApiError> {
    let accounts = accounts(&state)?;
    let token = match &keeper {
        Keeper::Caller => Some(secret(&body.read(&state).await?.refresh_token)),
        Keeper::Browser(token) => token.clone(),
    };
    if let Some(token) = token {
        answered(&state, accounts.log_out(&token, strangers(&state)).await)?;
    }
    Ok(keeper.farewell())
}
