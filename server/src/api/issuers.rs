//! `/v1/issuers`: the auth services whose tokens are accepted, for operators.

use actix_web::HttpResponse;
use actix_web::web::{Data, Json, Path};
use sail_cargo_protocol::{
    self as wire, Check, IssuerSettings, Page, Problem, TestToken, TokenAccount, TokenStep,
};

use super::body::Body;
use super::error::ApiError;
use super::extractors::Authenticated;
use super::page::whole;
use super::state::State;
use crate::authn::{BelievedIssuer, Step, TestedToken};
use crate::domain::issuer::KeyPlace;
use crate::domain::{Issuer, IssuerAlias, Resource};
use crate::health::of_keys;

/// All issuers that the server believes: those of its configuration, which cannot be changed here, and those
/// that operators registered. An issuer that contradicts others is listed with why it is not believed.
#[utoipa::path(get, path = "/v1/issuers", tag = "operators", responses(
    (status = 200, description = "The configured ones first", body = Page<wire::Issuer>),
    (status = 401, description = "Not authenticated", body = Problem),
    (status = 403, description = "For operators", body = Problem),
))]
pub(super) async fn list(
    auth: Authenticated,
    state: Data<State>,
) -> Result<Json<Page<wire::Issuer>>, ApiError> {
    auth.demand_operator()?;
    let issuers = state.authenticator.issuers();
    let mut items: Vec<_> = issuers.rows().iter().map(|row| believed(row)).collect();
    items.extend(issuers.left_out().into_iter().map(|(settings, why)| wire::Issuer {
        alias: settings.alias.clone().unwrap_or_default(),
        settings,
        configured: false,
        check: Check::Failed { detail: format!("not believed: {why}") },
        keys: 0,
    }));
    Ok(Json(whole(items)))
}

/// Registers an issuer, or replaces what is known of it. Its tokens are accepted from this answer on, by other
/// servers within their max staleness. The users of an issuer are called `alias:id`: an alias that another
/// issuer ever had is refused unless `merge_identities` names it, and one that grants, members or keys name
/// already is refused.
#[utoipa::path(put, path = "/v1/issuers/{alias}", tag = "operators",
    params(("alias" = String, Path, description = "1 to 31 of a-z, 0-9 and -, starting with a letter")),
    request_body = IssuerSettings, responses(
        (status = 200, description = "As it is now", body = wire::Issuer),
        (status = 400, description = "Malformed; or it serves the whole world, and no condition says whose tokens count", body = Problem),
        (status = 401, description = "Not authenticated", body = Problem),
        (status = 403, description = "For operators", body = Problem),
        (status = 409, description = "It contradicts another issuer, or its alias is not free", body = Problem),
    ))]
pub(super) async fn put(
    mut auth: Authenticated,
    state: Data<State>,
    path: Path<String>,
    body: Body<IssuerSettings>,
) -> Result<Json<wire::Issuer>, ApiError> {
    auth.demand_operator()?;
    let alias = registered(&path)?;
    let issuer = read(&alias, body.read(&mut auth, &state).await?)?;
    if state.accounts.as_ref().is_some_and(|own| own.public_url() == issuer.name()) {
        return Err(ApiError::field("/issuer", "is this server, whose own keys sign its tokens"));
    }
    let issuers = state.authenticator.issuers();
    state.service.put_issuer(alias.clone(), issuer, issuers.configured(), auth.0).await?;
    issuers.reload(&state.service).await?;
    let saved = issuers.rows().into_iter().find(|row| row.issuer.alias() == Some(&alias));
    let saved = saved.ok_or(ApiError::NotFound(Resource::Issuer))?;
    saved.keys.refresh().await;
    Ok(Json(believed(&saved)))
}

/// Forgets an issuer: no token of it is accepted from this answer on, by other servers after their max
/// staleness, nor a session that its users opened. Its alias stays its own. Access keys of its users stay:
/// revoke them.
#[utoipa::path(delete, path = "/v1/issuers/{alias}", tag = "operators",
    params(("alias" = String, Path, description = "Its alias")),
    responses(
        (status = 204, description = "Forgotten"),
        (status = 400, description = "No alias", body = Problem),
        (status = 401, description = "Not authenticated", body = Problem),
        (status = 403, description = "For operators", body = Problem),
        (status = 404, description = "None is registered under this alias", body = Problem),
        (status = 409, description = "Another issuer has its users", body = Problem),
    ))]
pub(super) async fn delete(
    auth: Authenticated,
    state: Data<State>,
    path: Path<String>,
) -> Result<HttpResponse, ApiError> {
    auth.demand_operator()?;
    let (alias, issuers) = (registered(&path)?, state.authenticator.issuers());
    state.service.delete_issuer(alias, issuers.configured(), auth.0).await?;
    issuers.reload(&state.service).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Says of a token, step by step, why it is accepted as one of this issuer, or why not. The token is neither
/// stored nor repeated.
#[utoipa::path(post, path = "/v1/issuers/{alias}/test", tag = "operators",
    params(("alias" = String, Path, description = "Its alias; `default` for the default issuer")),
    request_body = TestToken, responses(
        (status = 200, description = "What was found, whether it is accepted or not", body = TokenAccount),
        (status = 400, description = "Malformed", body = Problem),
        (status = 401, description = "Not authenticated", body = Problem),
        (status = 403, description = "For operators", body = Problem),
        (status = 404, description = "No such issuer", body = Problem),
    ))]
pub(super) async fn test(
    mut auth: Authenticated,
    state: Data<State>,
    path: Path<String>,
    body: Body<TestToken>,
) -> Result<Json<TokenAccount>, ApiError> {
    auth.demand_operator()?;
    let alias = any_alias(&path)?;
    let TestToken { token } = body.read(&mut auth, &state).await?;
    let rows = state.authenticator.issuers().rows();
    if !rows.iter().any(|row| row.issuer.alias() == alias.as_ref()) {
        return Err(ApiError::NotFound(Resource::Issuer));
    }
    let tested = state.authenticator.test_token(token.trim(), alias.as_ref(), auth.0.now).await;
    Ok(Json(account(tested)))
}

/// The alias of an issuer that can be registered.
fn registered(text: &str) -> Result<IssuerAlias, ApiError> {
    IssuerAlias::parse(text).map_err(|error| ApiError::field("alias", error))
}

/// The alias of any issuer; `None` for the default one.
fn any_alias(text: &str) -> Result<Option<IssuerAlias>, ApiError> {
    if text == IssuerAlias::DEFAULT { Ok(None) } else { registered(text).map(Some) }
}

fn read(alias: &IssuerAlias, settings: IssuerSettings) -> Result<Issuer, ApiError> {
    if settings.alias.as_deref().is_some_and(|named| named != alias.as_str()) {
        return Err(ApiError::field("/alias", "is not the alias in the path"));
    }
    let settings = IssuerSettings { alias: Some(alias.to_string()), ..settings };
    let issuer = Issuer::parse(settings).map_err(|flaw| ApiError::of_body(&flaw))?;
    // Other servers may not have the file, and whoever asks need not have access to this machine.
    if matches!(issuer.keys(), KeyPlace::File(_)) {
        return Err(ApiError::field("/keys", "files are named in a server's configuration only"));
    }
    Ok(issuer)
}

fn believed(row: &BelievedIssuer) -> wire::Issuer {
    let report = row.keys.report();
    wire::Issuer {
        alias: row.issuer.called().to_owned(),
        settings: row.issuer.settings().clone(),
        configured: row.configured,
        check: of_keys(report.health),
        keys: report.keys as u64,
    }
}

fn account(tested: TestedToken) -> TokenAccount {
    let step = |(step, detail): (Step, String), passed| TokenStep {
        step: step.word().to_owned(),
        passed,
        detail,
    };
    let mut steps: Vec<_> = tested.passed.into_iter().map(|it| step(it, true)).collect();
    steps.extend(tested.failed.map(|it| step(it, false)));
    let (claims, remarks) = tested.accepted.unzip();
    TokenAccount {
        accepted: claims.is_some(),
        steps,
        user: claims.as_ref().map(|claims| claims.user.to_string()),
        groups: claims.iter().flat_map(|it| &it.groups).map(ToString::to_string).collect(),
        project: claims.and_then(|claims| claims.project),
        remarks: remarks.unwrap_or_default(),
    }
}
