//! `/auth/login`, `/auth/refresh`, `/auth/logout`.

use actix_web::HttpResponse;
use actix_web::web::{Data, Json};
use sail_cargo_protocol::{Login, Logout, Problem, Refresh, SignedIn};

use super::{accounts, answered, secret, signed_in, strangers};
use crate::api::error::ApiError;
use crate::api::open_body::OpenBody;
use crate::api::state::State;
use crate::auth::LoginRequest;
use crate::authn::LoginError;
use crate::domain::account::{Email, LoginName, Password, Username};

/// Signs in with an account of this server. Whatever is wrong with name or password, the answer is the same.
#[utoipa::path(post, path = "/auth/login", tag = "auth", security(()), request_body = Login, responses(
    (status = 200, description = "Signed in", body = SignedIn),
    (status = 400, description = "Malformed, no project named, or a new password that is refused", body = Problem),
    (status = 401, description = "No account with this name and this password", body = Problem),
    (status = 403, description = "The password is right, and another one must be set", body = Problem),
    (status = 409, description = "The server keeps no accounts", body = Problem),
    (status = 503, description = "Too many passwords are being checked", body = Problem),
))]
pub(in crate::api) async fn login(
    state: Data<State>,
    body: OpenBody<Login>,
) -> Result<Json<SignedIn>, ApiError> {
    let accounts = accounts(&state)?;
    let body = body.read(&state).await?;
    let asked = LoginRequest {
        name: match name(&body)? {
            Some(name) => name,
            // No account is called so: the answer is that of any account that is not there.
            None => return answered(&state, Err(LoginError::Unknown.into())),
        },
        password: Password::parse(body.password.expose()),
        new_password: body.new_password.as_ref().map(secret),
        project: body.project,
    };
    let session = accounts.log_in(asked, strangers(&state)).await;
    Ok(Json(signed_in(&answered(&state, session)?)))
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
#[utoipa::path(post, path = "/auth/refresh", tag = "auth", security(()), request_body = Refresh, responses(
    (status = 200, description = "Signed in", body = SignedIn),
    (status = 400, description = "Malformed", body = Problem),
    (status = 401, description = "The refresh token is not good, or not any more", body = Problem),
    (status = 409, description = "The server keeps no accounts", body = Problem),
))]
pub(in crate::api) async fn refresh(
    state: Data<State>,
    body: OpenBody<Refresh>,
) -> Result<Json<SignedIn>, ApiError> {
    let accounts = accounts(&state)?;
    let body = body.read(&state).await?;
    let session = accounts.refresh(&secret(&body.refresh_token), strangers(&state)).await;
    Ok(Json(signed_in(&answered(&state, session)?)))
}

/// Signs out: the refresh tokens of that sign-in are good no more. Its access token ends by itself, within 15
/// minutes.
#[utoipa::path(post, path = "/auth/logout", tag = "auth", security(()), request_body = Logout, responses(
    (status = 204, description = "Signed out, now or before"),
    (status = 400, description = "Malformed", body = Problem),
    (status = 409, description = "The server keeps no accounts", body = Problem),
))]
pub(in crate::api) async fn logout(
    state: Data<State>,
    body: OpenBody<Logout>,
) -> Result<HttpResponse, ApiError> {
    let accounts = accounts(&state)?;
    let body = body.read(&state).await?;
    let done = accounts.log_out(&secret(&body.refresh_token), strangers(&state)).await;
    answered(&state, done)?;
    Ok(HttpResponse::NoContent().finish())
}
