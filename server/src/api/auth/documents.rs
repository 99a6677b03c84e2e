//! What whoever verifies the tokens of accounts reads: the keys, and where they are.

use actix_web::web::{Data, Json};
use sail_cargo_protocol::Problem;
use serde_json::{Value, json};

use super::accounts;
use crate::api::error::ApiError;
use crate::api::state::State;
use crate::auth::to_pem;
use crate::authn::key_document;

/// The public keys of access tokens in PEM, newest first.
#[utoipa::path(get, path = "/auth/public-key", tag = "auth", security(()), responses(
    (status = 200, description = "PEMs", body = Vec<String>),
    (status = 409, description = "The server keeps no accounts", body = Problem),
))]
pub(in crate::api) async fn public_key(state: Data<State>) -> Result<Json<Vec<String>>, ApiError> {
    let keys = accounts(&state)?.keys().await?;
    Ok(Json(keys.iter().map(to_pem).collect()))
}

/// The public keys of access tokens as a JWK Set (RFC 7517 §5).
#[utoipa::path(get, path = "/auth/jwks.json", tag = "auth", security(()), responses(
    (status = 200, description = "A JWK Set", body = Object),
    (status = 409, description = "The server keeps no accounts", body = Problem),
))]
pub(in crate::api) async fn jwks(state: Data<State>) -> Result<Json<Value>, ApiError> {
    let keys = accounts(&state)?.keys().await?;
    Ok(Json(key_document(&keys)))
}

/// Where the keys are (OpenID Connect Discovery 1.0 §3). Tokens are given for name and password only: there is no
/// authorization endpoint.
#[utoipa::path(get, path = "/.well-known/openid-configuration", tag = "auth", security(()), responses(
    (status = 200, description = "Metadata", body = Object),
    (status = 409, description = "The server keeps no accounts", body = Problem),
))]
pub(in crate::api) async fn openid_configuration(
    state: Data<State>,
) -> Result<Json<Value>, ApiError> {
    let issuer = accounts(&state)?.public_url();
    Ok(Json(json!({
        "issuer": issuer,
        "jwks_uri": format!("{issuer}/auth/jwks.json"),
        "response_types_supported": [],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "claims_supported": [
            "iss", "aud", "sub", "id", "projectId", "username", "email", "name", "role", "iat", "nbf",
            "exp", "auth_time", "jti", "epoch",
        ],
    })))
}
