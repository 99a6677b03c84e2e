//! `/v1/whoami`: who the server takes the caller for.

use std::collections::BTreeSet;

use actix_web::web::{Data, Json};
use sail_cargo_protocol::{Actor, Problem, Whoami};

use super::error::ApiError;
use super::extract::Asker;
use super::state::State;
use crate::domain::Caller;

/// Who am I, in which project, until when?
#[utoipa::path(get, path = "/v1/whoami", tag = "callers", responses(
    (status = 200, description = "The caller", body = Whoami),
    (status = 401, description = "Not authenticated", body = Problem),
))]
pub(super) async fn whoami(asker: Asker, state: Data<State>) -> Result<Json<Whoami>, ApiError> {
    let caller = &asker.0.caller;
    let project = match caller.project() {
        Some(id) => Some(state.store.project(id.to_string()).await?.slug),
        None => None,
    };
    let nobody = Whoami {
        actor: Actor::Operator,
        id: "operator".to_owned(),
        project,
        groups: Vec::new(),
        service_account: false,
        scopes: BTreeSet::default(),
        via_key: caller.via_key().map(ToString::to_string),
        expires_at: None,
    };
    Ok(Json(match caller {
        Caller::Operator { .. } => nobody,
        Caller::Root(key) => Whoami {
            actor: Actor::Root,
            id: key.id.to_string(),
            scopes: key.scopes.clone(),
            expires_at: key.expires_at,
            ..nobody
        },
        Caller::User(user) => Whoami {
            actor: Actor::User,
            id: user.id.to_string(),
            groups: user.groups.iter().map(ToString::to_string).collect(),
            service_account: user.service_account,
            scopes: user.via.as_ref().map(|key| key.scopes.clone()).unwrap_or_default(),
            expires_at: Some(user.expires_at),
            ..nobody
        },
    }))
}
