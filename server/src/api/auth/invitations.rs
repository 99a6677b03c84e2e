//! `/auth/invitations`: the first password of an account, or one after a reset.

use actix_web::web::{Data, Json};
use sail_cargo_protocol::{AcceptInvitation, InvitationAccepted, Problem};

use super::{accounts, answered, secret, strangers};
use crate::api::error::ApiError;
use crate::api::open_body::OpenBody;
use crate::api::state::State;

/// Sets the password of the account that an invitation is for. It is good once.
#[utoipa::path(post, path = "/auth/invitations", tag = "auth", security(()), request_body = AcceptInvitation,
    responses(
        (status = 200, description = "Set: now sign in", body = InvitationAccepted),
        (status = 400, description = "Malformed, or a password that is refused", body = Problem),
        (status = 401, description = "The invitation is not good, or not any more", body = Problem),
        (status = 409, description = "The server keeps no accounts", body = Problem),
        (status = 503, description = "Too many passwords are being checked", body = Problem),
    ))]
pub(in crate::api) async fn accept(
    state: Data<State>,
    body: OpenBody<AcceptInvitation>,
) -> Result<Json<InvitationAccepted>, ApiError> {
    let accounts = accounts(&state)?;
    let body = body.read(&state).await?;
    let (token, password) = (secret(&body.token), secret(&body.password));
    let accepted = accounts.accept_invitation(&token, &password, strangers(&state)).await;
    let (account, project) = answered(&state, accepted)?;
    Ok(Json(InvitationAccepted { username: account.username.to_string(), project }))
}
