//! `/v1/whoami`: how the server identifies the caller.

use std::collections::BTreeSet;

use actix_web::Either;
use actix_web::web::{Data, Json};
use sail_cargo_protocol::{self as wire, Actor, Problem, Storage, Whoami};

use super::answer::ApiResponse;
use super::error::ApiError;
use super::extractors::Authenticated;
use super::state::State;
use crate::domain::s3::Endpoint;
use crate::domain::{Caller, GatewayAddress, Home, ProjectId, StorageAccount};

/// Who am I, in which project, until when, and where are its objects?
#[utoipa::path(get, path = "/v1/whoami", tag = "callers", responses(
    (status = 200, description = "The caller", body = Whoami),
    (status = 401, description = "Not authenticated", body = Problem),
))]
pub(super) async fn whoami(
    auth: Authenticated,
    state: Data<State>,
) -> Result<Either<ApiResponse<Whoami>, Json<Whoami>>, ApiError> {
    let Some(id) = auth.0.caller.project() else {
        return Ok(Either::Right(Json(who(&auth.0.caller, None, None, None))));
    };
    let project = state.service.project_at(id.clone(), auth.0.clone()).await?;
    let account = state.service.account_of(id.clone()).await?;
    let storage = storage(account, state.service.gateway().cloned());
    let home = home(&auth, &state, id.clone(), project.value.settings.home.as_ref()).await?;
    let who = project.map(|project| who(&auth.0.caller, Some(project.slug), Some(storage), home));
    Ok(Either::Left(who.into()))
}

/// The caller's own place in the project.
async fn home(
    auth: &Authenticated,
    state: &State,
    project: ProjectId,
    home: Option<&Home>,
) -> Result<Option<wire::Home>, ApiError> {
    let Some((user, home)) = auth.0.caller.user().zip(home) else { return Ok(None) };
    let authority = state.service.authority(project, &auth.0, Some(Vec::new())).await?.value;
    let bucket = home.bucket.to_string();
    let prefix = home.of(authority.values(user));
    Ok(prefix.map(|prefix| wire::Home { bucket, prefix: prefix.to_string() }))
}

fn storage(account: StorageAccount, gateway: Option<GatewayAddress>) -> Storage {
    Storage {
        endpoints: account.endpoints.iter().map(Endpoint::to_wire).collect(),
        region: account.region,
        access: account.access,
        gateway,
    }
}

fn who(
    caller: &Caller,
    project: Option<String>,
    storage: Option<Storage>,
    home: Option<wire::Home>,
) -> Whoami {
    let nobody = Whoami {
        actor: Actor::Operator,
        id: String::new(),
        project,
        storage,
        home,
        groups: Vec::new(),
        service_account: false,
        scopes: BTreeSet::default(),
        via_key: caller.via_key().map(ToString::to_string),
        expires_at: None,
    };
    match caller {
        Caller::Operator { name, .. } => Whoami { id: name.to_string(), ..nobody },
        Caller::Root(key) => Whoami {
            actor: Actor::Root,
            id: key.id.to_string(),
            scopes: key.scopes.clone(),
            expires_at: key.expires_at,
            ..nobody
        },
        Caller::AccessKey(key) => Whoami {
            actor: key.user.as_ref().map_or(Actor::Root, |_| Actor::User),
            id: key.user.as_ref().map_or_else(|| key.id.to_string(), |user| user.id.to_string()),
            expires_at: Some(key.expires_at),
            ..nobody
        },
        Caller::Session(session) => Whoami {
            actor: session.user.as_ref().map_or(Actor::Root, |_| Actor::User),
            id: session.user.as_ref().map_or(session.id().to_string(), |user| user.id.to_string()),
            expires_at: Some(session.expires_at()),
            ..nobody
        },
        Caller::User(user) | Caller::Everybody(user) => Whoami {
            actor: Actor::User,
            id: user.id.to_string(),
            groups: user.groups.iter().map(ToString::to_string).collect(),
            service_account: user.service_account,
            scopes: user.via.as_ref().map(|key| key.scopes.clone()).unwrap_or_default(),
            expires_at: Some(user.expires_at),
            ..nobody
        },
    }
}
