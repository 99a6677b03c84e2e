//! `/v1/accounts`: the users whom this server keeps, for those who administer them; their reserved names and
//! signing keys, for operators.

use actix_web::HttpResponse;
use actix_web::web::{Data, Json, Path};
use sail_cargo_protocol::{
    Account, AccountSessionsEnded, AccountsQuery, CreateAccount, CreatedAccount,
    EndAccountSessionsQuery, Invitation, Outcome, Page, PageQuery, PatchAccount, Problem,
    ReservedUsername, RotateSigningKeysQuery, Scope, SecretText, SigningKey,
};

use super::answer::{ApiResponse, done};
use super::api_keys::project;
use super::auth::accounts;
use super::body::Body;
use super::error::ApiError;
use super::extractors::{Authenticated, Query, sign_in_required};
use super::idempotency::IdempotentBody;
use super::page::{Window, whole};
use super::seal::Seal;
use super::state::State;
use super::wire;
use crate::audit::OperatorAct;
use crate::auth::Accounts;
use crate::domain::account::{AccountEdit, AccountName, NewAccount, Username};
use crate::domain::{At, Caller};
use crate::service::{MadeInvitation, Reply};

/// The accounts of the project.
#[utoipa::path(get, path = "/v1/accounts", tag = "accounts", params(AccountsQuery), responses(
    (status = 200, description = "By username", body = Page<Account>),
    (status = 400, description = "Malformed", body = Problem),
    (status = 401, description = "Not authenticated", body = Problem),
    (status = 403, description = "Without the scope, or for those who administer accounts", body = Problem),
    (status = 409, description = "The server keeps no accounts", body = Problem),
))]
pub(super) async fn list(
    auth: Authenticated,
    state: Data<State>,
    query: Query<AccountsQuery>,
) -> Result<ApiResponse<Page<Account>>, ApiError> {
    auth.demand_scope(Scope::AccountsRead)?;
    accounts(&state)?;
    let AccountsQuery { search, status, page_size, page_token } = query.0;
    let seal = Seal::of(&state, &auth, "accounts", (&search, &status))?;
    let window: Window<String> = Window::read(seal, &PageQuery { page_size, page_token })?;
    let after = window.after.clone().unwrap_or_default();
    let (project, context) = (auth.project()?, auth.0.clone());
    let listed =
        state.service.accounts(project, (search, status), after, window.limit, context).await?;
    let At { value: (items, more), revision } = listed;
    let next = items.last().filter(|_| more).map(|last| last.username.to_string());
    let page = Page {
        next_page_token: next.map(|name| window.token(&name)),
        items: items.iter().map(wire::account).collect(),
        revision: None,
    };
    Ok(ApiResponse::at(revision, page))
}

/// One account, by its id or its username.
#[utoipa::path(get, path = "/v1/accounts/{account}", tag = "accounts",
    params(("account" = String, Path, description = "Its id or its username")),
    responses(
        (status = 200, description = "The account", body = Account),
        (status = 400, description = "Malformed", body = Problem),
        (status = 401, description = "Not authenticated", body = Problem),
        (status = 403, description = "Without the scope, or for those who administer accounts", body = Problem),
        (status = 404, description = "No such account", body = Problem),
        (status = 409, description = "The server keeps no accounts", body = Problem),
    ))]
pub(super) async fn get(
    auth: Authenticated,
    state: Data<State>,
    path: Path<String>,
) -> Result<ApiResponse<Account>, ApiError> {
    auth.demand_scope(Scope::AccountsRead)?;
    accounts(&state)?;
    let (project, name) = (auth.project()?, account_name(&path)?);
    let account = state.service.account(project, name, auth.0.clone()).await?;
    Ok(account.map(|account| wire::account(&account)).into())
}

/// Makes an account: with an invitation for its user, or with a password from the application. A username that an
/// account has or had is not given to another.
#[utoipa::path(post, path = "/v1/accounts", tag = "accounts",
    params(("idempotency-key" = Option<String>, Header, description = "The same for every attempt: the account is made once")),
    request_body = CreateAccount, responses(
    (status = 201, description = "Made", body = CreatedAccount),
    (status = 400, description = "Malformed, or a password that is refused", body = Problem),
    (status = 401, description = "Not authenticated", body = Problem),
    (status = 403, description = "Without the scope, or for those who administer accounts", body = Problem),
    (status = 409, description = "The username or the e-mail address is taken, or the server keeps no accounts", body = Problem),
    (status = 422, description = "The Idempotency-Key came with another request before", body = Problem),
    (status = 503, description = "Too many passwords are being hashed", body = Problem),
))]
pub(super) async fn create(
    mut auth: Authenticated,
    state: Data<State>,
    body: IdempotentBody<CreateAccount>,
) -> Result<ApiResponse<CreatedAccount>, ApiError> {
    auth.demand_scope(Scope::AccountsWrite)?;
    let accounts = accounts(&state)?;
    let (body, context) = body.read_secret(&mut auth, &state).await?;
    let project = project(&auth, &state, body.project.as_deref()).await?;
    let new = NewAccount::parse(&body, &auth.0.caller)?;
    let At { value: Reply { value: made, replayed }, revision } =
        accounts.create(project, new, context).await?;
    let created = CreatedAccount {
        account: wire::account(&made.account),
        invitation: made.invitation.as_ref().map(|made| invitation(accounts, made)),
    };
    Ok(ApiResponse::created(revision, Reply { value: created, replayed }))
}

/// Changes an account: its names, or whether it is in use.
#[utoipa::path(patch, path = "/v1/accounts/{account}", tag = "accounts",
    params(("account" = String, Path, description = "Its id or its username")),
    request_body = PatchAccount, responses(
        (status = 200, description = "As it is now", body = Account),
        (status = 400, description = "Malformed", body = Problem),
        (status = 401, description = "Not authenticated, or, of a user who changes an e-mail address, not lately", body = Problem),
        (status = 403, description = "Without the scope, or for those who administer accounts", body = Problem),
        (status = 404, description = "No such account", body = Problem),
        (status = 409, description = "A name is taken, a grant goes by usernames, the last administrator, or the server keeps no accounts", body = Problem),
    ))]
pub(super) async fn patch(
    mut auth: Authenticated,
    state: Data<State>,
    path: Path<String>,
    body: Body<PatchAccount>,
) -> Result<ApiResponse<Account>, ApiError> {
    auth.demand_scope(Scope::AccountsWrite)?;
    accounts(&state)?;
    let body = body.read(&mut auth, &state).await?;
    let edit = AccountEdit::parse(&body).map_err(|flaw| ApiError::of_body(&flaw))?;
    if edit.sets_email() {
        demand_fresh(&auth)?;
    }
    let (project, name) = (auth.project()?, account_name(&path)?);
    let account = state.service.patch_account(project, name, edit, auth.0.clone()).await?;
    Ok(account.map(|account| wire::account(&account)).into())
}

/// Takes an account away for ever, with its keys and memberships. Its username stays reserved.
#[utoipa::path(delete, path = "/v1/accounts/{account}", tag = "accounts",
    params(("account" = String, Path, description = "Its id or its username")),
    responses(
        (status = 204, description = "Deleted, now or before"),
        (status = 400, description = "Malformed", body = Problem),
        (status = 401, description = "Not authenticated", body = Problem),
        (status = 403, description = "Without the scope, or for those who administer accounts", body = Problem),
        (status = 409, description = "The last administrator, or the server keeps no accounts", body = Problem),
    ))]
pub(super) async fn delete(
    auth: Authenticated,
    state: Data<State>,
    path: Path<String>,
) -> Result<HttpResponse, ApiError> {
    auth.demand_scope(Scope::AccountsWrite)?;
    accounts(&state)?;
    let (project, name) = (auth.project()?, account_name(&path)?);
    Ok(done(state.service.delete_account(project, name, auth.0.clone()).await?.revision))
}

/// Takes the password of an account away and makes a link for its user to set another one. Its user sees who did
/// so.
#[utoipa::path(post, path = "/v1/accounts/{account}/reset", tag = "accounts",
    params(("account" = String, Path, description = "Its id or its username")),
    responses(
        (status = 200, description = "The link, shown once", body = Invitation),
        (status = 400, description = "Malformed", body = Problem),
        (status = 401, description = "Not authenticated, or, of a user, not lately", body = Problem),
        (status = 403, description = "Without the scope, or for those who administer accounts", body = Problem),
        (status = 404, description = "No such account", body = Problem),
        (status = 409, description = "The server keeps no accounts", body = Problem),
    ))]
pub(super) async fn reset(
    auth: Authenticated,
    state: Data<State>,
    path: Path<String>,
) -> Result<ApiResponse<Invitation>, ApiError> {
    auth.demand_scope(Scope::AccountsWrite)?;
    let accounts = accounts(&state)?;
    demand_fresh(&auth)?;
    let (project, name) = (auth.project()?, account_name(&path)?);
    let made = state.service.reset_account(project, name, auth.0.clone()).await?;
    Ok(made.map(|made| invitation(accounts, &made)).into())
}

/// Signs an account out everywhere, and disables its access keys where that is asked for.
#[utoipa::path(post, path = "/v1/accounts/{account}/sessions/end", tag = "accounts",
    params(("account" = String, Path, description = "Its id or its username"), EndAccountSessionsQuery),
    responses(
        (status = 200, description = "Signed out", body = AccountSessionsEnded),
        (status = 400, description = "Malformed", body = Problem),
        (status = 401, description = "Not authenticated", body = Problem),
        (status = 403, description = "Without the scope, or for those who administer accounts", body = Problem),
        (status = 404, description = "No such account", body = Problem),
        (status = 409, description = "The server keeps no accounts", body = Problem),
    ))]
pub(super) async fn end_sessions(
    auth: Authenticated,
    state: Data<State>,
    path: Path<String>,
    query: Query<EndAccountSessionsQuery>,
) -> Result<ApiResponse<AccountSessionsEnded>, ApiError> {
    auth.demand_scope(Scope::AccountsWrite)?;
    accounts(&state)?;
    let (project, name, context) = (auth.project()?, account_name(&path)?, auth.0.clone());
    let keys = query.0.keys;
    let ended = state.service.end_account_sessions(project, name, keys, context).await?;
    Ok(ended.map(|end| wire::account_end(&end)).into())
}

/// The usernames that no new account gets, because an account had them.
#[utoipa::path(get, path = "/v1/reserved-usernames", tag = "accounts", params(PageQuery), responses(
    (status = 200, description = "By name", body = Page<ReservedUsername>),
    (status = 400, description = "Malformed", body = Problem),
    (status = 401, description = "Not authenticated", body = Problem),
    (status = 403, description = "For operators", body = Problem),
    (status = 409, description = "The server keeps no accounts", body = Problem),
))]
pub(super) async fn reserved(
    auth: Authenticated,
    state: Data<State>,
    query: Query<PageQuery>,
) -> Result<ApiResponse<Page<ReservedUsername>>, ApiError> {
    auth.demand_operator()?;
    accounts(&state)?;
    let seal = Seal::of(&state, &auth, "reserved-usernames", ())?;
    let window: Window<String> = Window::read(seal, &query.0)?;
    let after = window.after.clone().unwrap_or_default();
    let (project, context) = (auth.project()?, auth.0.clone());
    let listed = state.service.reserved_usernames(project, after, window.limit, context).await?;
    let At { value: (items, more), revision } = listed;
    let next = items.last().filter(|_| more).map(|last| last.username.to_string());
    let page = Page {
        next_page_token: next.map(|name| window.token(&name)),
        items: items.iter().map(wire::reserved_username).collect(),
        revision: None,
    };
    Ok(ApiResponse::at(revision, page))
}

/// Gives a reserved username free: the next account that asks for it gets it, and what lies below it where grants
/// go by usernames.
#[utoipa::path(delete, path = "/v1/reserved-usernames/{username}", tag = "accounts",
    params(("username" = String, Path, description = "The username")),
    responses(
        (status = 204, description = "Free, now or before"),
        (status = 400, description = "Malformed", body = Problem),
        (status = 401, description = "Not authenticated", body = Problem),
        (status = 403, description = "For operators", body = Problem),
        (status = 409, description = "The server keeps no accounts", body = Problem),
    ))]
pub(super) async fn free(
    auth: Authenticated,
    state: Data<State>,
    path: Path<String>,
) -> Result<HttpResponse, ApiError> {
    auth.demand_operator()?;
    accounts(&state)?;
    let name = Username::parse(&path).map_err(|error| ApiError::field("username", error))?;
    let project = auth.project()?;
    Ok(done(state.service.free_username(project, name, auth.0.clone()).await?.revision))
}

/// The keys that access tokens of accounts are signed with, newest first.
#[utoipa::path(get, path = "/v1/signing-keys", tag = "operators", responses(
    (status = 200, description = "The keys, without their private halves", body = Page<SigningKey>),
    (status = 401, description = "Not authenticated", body = Problem),
    (status = 403, description = "For operators", body = Problem),
    (status = 409, description = "The server keeps no accounts", body = Problem),
))]
pub(super) async fn signing_keys(
    auth: Authenticated,
    state: Data<State>,
) -> Result<Json<Page<SigningKey>>, ApiError> {
    auth.demand_operator()?;
    let keys = accounts(&state)?.keys().await?;
    Ok(Json(whole(keys.iter().map(wire::signing_key).collect())))
}

/// Lets the next key sign from now on. With `withdraw`, new keys take the place of all, and every token that the
/// old ones signed is refused: other servers learn of it within seconds.
#[utoipa::path(post, path = "/v1/signing-keys/rotate", tag = "operators", params(RotateSigningKeysQuery),
    responses(
        (status = 200, description = "The keys as they are now", body = Page<SigningKey>),
        (status = 400, description = "Malformed", body = Problem),
        (status = 401, description = "Not authenticated", body = Problem),
        (status = 403, description = "For operators", body = Problem),
        (status = 409, description = "The server keeps no accounts", body = Problem),
    ))]
pub(super) async fn rotate_signing_keys(
    auth: Authenticated,
    state: Data<State>,
    query: Query<RotateSigningKeysQuery>,
) -> Result<Json<Page<SigningKey>>, ApiError> {
    auth.demand_operator()?;
    let accounts = accounts(&state)?;
    let withdraw = query.0.withdraw;
    let keys = accounts.rotate_keys(withdraw).await?;
    let verb = if withdraw { "withdrew" } else { "rotated" };
    let act = OperatorAct {
        action: "signing_keys.rotate",
        object: None,
        outcome: Outcome::Allow,
        reason: "ok",
        detail: format!("{verb} the keys that access tokens are signed with"),
    };
    state.service.audit().record_act(&auth.0, act).await?;
    Ok(Json(whole(keys.iter().map(wire::signing_key).collect())))
}

fn account_name(text: &str) -> Result<AccountName, ApiError> {
    AccountName::parse(text).map_err(|error| ApiError::field("account", error))
}

/// Refuses users who signed in too long ago for what could take an account over.
fn demand_fresh(auth: &Authenticated) -> Result<(), ApiError> {
    match &auth.0.caller {
        Caller::Root(_) | Caller::Operator { .. } => Ok(()),
        Caller::User(_) if auth.0.caller.is_fresh(auth.0.now) => Ok(()),
        Caller::User(_) => Err(ApiError::Reauthenticate),
        Caller::AccessKey(_) | Caller::Session(_) | Caller::Everybody(_) => Err(sign_in_required()),
    }
}

fn invitation(accounts: &Accounts, made: &MadeInvitation) -> Invitation {
    Invitation {
        token: SecretText::new(made.token.expose().to_owned()),
        link: SecretText::new(accounts.link(&made.token).expose().to_owned()),
        expires_at: made.expires_at,
    }
}
