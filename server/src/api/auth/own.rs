//! `/auth/password` and `/auth/account`: one's own account.

use actix_web::HttpResponse;
use actix_web::web::Data;
use sail_cargo_protocol::{Account, ChangePassword, PatchOwnAccount, Problem, SignedIn};

use super::keeper::Keeper;
use super::{accounts, answered, secret};
use crate::api::answer::ApiResponse;
use crate::api::body::Body;
use crate::api::error::ApiError;
use crate::api::extractors::{Authenticated, sign_in_required};
use crate::api::state::State;
use crate::api::wire;
use crate::auth::AuthError;
use crate::authn::LoginError;
use crate::domain::Caller;
use crate::domain::account::{AccountEdit, AccountId, AccountName, Password};
use crate::domain::caller::User;
use crate::service::ServiceError;

/// Sets another password for one's own account. Every sign-in but the one in the answer ends, with its tokens.
#[utoipa::path(post, path = "/auth/password", tag = "auth", request_body = ChangePassword,
    params(("X-Cargo-Console" = Option<String>, Header,
        description = "Sent by the console, with any value: the refresh token is in a cookie below `/auth/` that scripts \
            cannot read, and neither in the body nor in the answer's")), responses(
    (status = 200, description = "Set, and signed in anew", body = SignedIn),
    (status = 400, description = "Malformed, or a password that is refused", body = Problem),
    (status = 401, description = "Not authenticated, not lately, or the wrong password", body = Problem),
    (status = 403, description = "The token is of another auth service", body = Problem),
    (status = 409, description = "The server keeps no accounts", body = Problem),
    (status = 503, description = "Too many passwords are being checked", body = Problem),
))]
pub(in crate::api) async fn password(
    mut auth: Authenticated,
    state: Data<State>,
    keeper: Keeper,
    body: Body<ChangePassword>,
) -> Result<HttpResponse, ApiError> {
    let accounts = accounts(&state)?;
    let user = user(&auth)?;
    if !auth.0.caller.is_fresh(auth.0.now) {
        return Err(ApiError::Reauthenticate);
    }
    let body = body.read(&mut auth, &state).await?;
    let Some(password) = Password::parse(body.password.expose()) else {
        return answered(&state, Err(LoginError::Wrong.into()));
    };
    let new = secret(&body.new_password);
    let session = accounts.change_password(&user, password, &new, auth.0.clone()).await;
    Ok(keeper.answer(&answered(&state, session)?))
}

/// One's own account, with who last reset it.
#[utoipa::path(get, path = "/auth/account", tag = "auth", responses(
    (status = 200, description = "The account", body = Account),
    (status = 401, description = "Not authenticated", body = Problem),
    (status = 403, description = "The token is of another auth service", body = Problem),
    (status = 409, description = "The server keeps no accounts", body = Problem),
))]
pub(in crate::api) async fn account(
    auth: Authenticated,
    state: Data<State>,
) -> Result<ApiResponse<Account>, ApiError> {
    accounts(&state)?;
    let user = user(&auth)?;
    let id = AccountId::parse(user.id.as_str()).map_err(|_| AuthError::NotAnAccount)?;
    let (name, context) = (AccountName::Id(id), auth.0.clone());
    match state.service.own_account(user.project, name, context).await {
        Ok(account) => Ok(account.map(|account| wire::account(&account)).into()),
        Err(ServiceError::NotFound(_)) => Err(AuthError::NotAnAccount.into()),
        Err(other) => Err(other.into()),
    }
}

/// Changes one's own e-mail address or display name.
#[utoipa::path(patch, path = "/auth/account", tag = "auth", request_body = PatchOwnAccount, responses(
    (status = 200, description = "As it is now", body = Account),
    (status = 400, description = "Malformed", body = Problem),
    (status = 401, description = "Not authenticated, or not lately", body = Problem),
    (status = 403, description = "A key, or the token is of another auth service", body = Problem),
    (status = 409, description = "Another account has the e-mail address, or the server keeps no accounts", body = Problem),
))]
pub(in crate::api) async fn patch(
    mut auth: Authenticated,
    state: Data<State>,
    body: Body<PatchOwnAccount>,
) -> Result<ApiResponse<Account>, ApiError> {
    accounts(&state)?;
    let user = user(&auth)?;
    let id = AccountId::parse(user.id.as_str()).map_err(|_| AuthError::NotAnAccount)?;
    if !auth.0.caller.is_fresh(auth.0.now) {
        return Err(ApiError::Reauthenticate);
    }
    let body = body.read(&mut auth, &state).await?;
    let edit = AccountEdit::parse(&body.into()).map_err(|flaw| ApiError::of_body(&flaw))?;
    match state.service.patch_own_account(user, id, edit, auth.0.clone()).await {
        Ok(account) => Ok(account.map(|account| wire::account(&account)).into()),
        Err(ServiceError::NotFound(_)) => Err(AuthError::NotAnAccount.into()),
        Err(other) => Err(other.into()),
    }
}

/// The user who asks, without an application between.
fn user(auth: &Authenticated) -> Result<User, ApiError> {
    match &auth.0.caller {
        Caller::User(user) if user.via.is_none() => Ok(user.clone()),
        Caller::AccessKey(_) => Err(sign_in_required()),
        _ => Err(AuthError::NotAnAccount.into()),
    }
}
