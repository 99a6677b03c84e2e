//! `/auth/methods`: how one may sign in at this server.

use actix_web::web::{Data, Json};
use sail_cargo_protocol::{AuthIssuer, AuthMethods};

use crate::api::error::ApiError;
use crate::api::state::State;
use crate::domain::Issuer;

/// How one may sign in here: with an account of this server, or at another auth service.
#[utoipa::path(get, path = "/auth/methods", tag = "auth", security(()), responses(
    (status = 200, description = "The ways to sign in", body = AuthMethods),
))]
pub(in crate::api) async fn methods(state: Data<State>) -> Result<Json<AuthMethods>, ApiError> {
    let project_required = match &state.accounts {
        Some(accounts) => accounts.is_project_required().await?,
        None => false,
    };
    Ok(Json(AuthMethods {
        embedded: state.accounts.is_some(),
        project_required,
        issuers: state
            .authenticator
            .issuers()
            .rows()
            .iter()
            .map(|row| issuer(&row.issuer))
            .collect(),
    }))
}

fn issuer(issuer: &Issuer) -> AuthIssuer {
    let settings = issuer.settings();
    AuthIssuer {
        alias: settings.alias.clone().unwrap_or_default(),
        issuer: settings.issuer.clone(),
        display_name: settings.display_name.clone(),
        audience: settings.audiences.first().cloned(),
        client_id: settings.client_id.clone(),
    }
}
