//! `/auth/methods`: how one may sign in at this server.

use actix_web::web::{Data, Json};
use sail_cargo_protocol::{AuthIssuer, AuthMethods};

use crate::api::error::ApiError;
use crate::api::state::State;

/// How one may sign in here: with an account of this server, or at another auth service.
#[utoipa::path(get, path = "/auth/methods", tag = "auth", security(()), responses(
    (status = 200, description = "The ways to sign in", body = AuthMethods),
))]
pub(in crate::api) async fn methods(state: Data<State>) -> Result<Json<AuthMethods>, ApiError> {
    let project_required = match &state.accounts {
        Some(accounts) => accounts.is_project_required().await?,
        None => false,
    };
    let issuer = |(issuer, audience): (&str, Option<&str>)| AuthIssuer {
        alias: String::new(),
        issuer: issuer.to_owned(),
        display_name: None,
        audience: audience.map(ToOwned::to_owned),
        client_id: None,
    };
    Ok(Json(AuthMethods {
        embedded: state.accounts.is_some(),
        project_required,
        issuers: state.authenticator.issuer().map(issuer).into_iter().collect(),
    }))
}
