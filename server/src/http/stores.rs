//! `/v1/stores`: storage accounts. For operators. Secrets go in and never come out.

use actix_web::HttpResponse;
use actix_web::web::{Data, Json, Path};
use sail_cargo_protocol::{self as wire, Page, ProbeQuery, ProbeReport, Problem, PutStore};

use super::error::ApiError;
use super::extract::{Asker, Body, Query};
use super::page::whole;
use super::state::State;
use crate::domain::s3::{AddressingStyle, Endpoint, overlap};
use crate::domain::{BucketName, Secret, Slug};
use crate::probe::probe_store;
use crate::store::{NewStore, StorageAccount};

/// All storage accounts.
#[utoipa::path(get, path = "/v1/stores", tag = "operators", responses(
    (status = 200, description = "By name", body = Page<wire::Store>),
    (status = 401, description = "Not authenticated", body = Problem),
    (status = 403, description = "For operators", body = Problem),
))]
pub(crate) async fn list(
    asker: Asker,
    state: Data<State>,
) -> Result<Json<Page<wire::Store>>, ApiError> {
    asker.demand_operator()?;
    let stores = state.store.stores().await?;
    Ok(Json(whole(stores.into_iter().map(to_wire).collect())))
}

/// One storage account.
#[utoipa::path(get, path = "/v1/stores/{store}", tag = "operators",
    params(("store" = String, Path, description = "Its name")),
    responses(
        (status = 200, description = "The account, without its secret", body = wire::Store),
        (status = 400, description = "No store is called so", body = Problem),
        (status = 401, description = "Not authenticated", body = Problem),
        (status = 403, description = "For operators", body = Problem),
        (status = 404, description = "Not there", body = Problem),
    ))]
pub(crate) async fn get(
    asker: Asker,
    state: Data<State>,
    path: Path<String>,
) -> Result<Json<wire::Store>, ApiError> {
    asker.demand_operator()?;
    Ok(Json(to_wire(state.store.store(name(&path)?).await?)))
}

/// Creates a storage account, or replaces what is known of it, secret included. What a probe
/// found is forgotten with the endpoints or the access key. The storage is not asked anything.
#[utoipa::path(put, path = "/v1/stores/{store}", tag = "operators",
    params(("store" = String, Path, description = "Its name")),
    request_body = PutStore, responses(
        (status = 200, description = "As it is now", body = wire::Store),
        (status = 400, description = "Malformed", body = Problem),
        (status = 401, description = "Not authenticated", body = Problem),
        (status = 403, description = "For operators", body = Problem),
        (status = 409, description = "Another store is this account already", body = Problem),
    ))]
pub(crate) async fn put(
    asker: Asker,
    state: Data<State>,
    path: Path<String>,
    body: Body<PutStore>,
) -> Result<Json<wire::Store>, ApiError> {
    asker.demand_operator()?;
    let new = new_store(name(&path)?, body.0)?;
    Ok(Json(to_wire(state.store.put_store(new, asker.0).await?)))
}

/// Tries on the real storage what it does with requests that are changed after they were signed,
/// with throw-away objects, and keeps the answer. Takes up to a minute. Writes are not signed for
/// a store that was found unsafe, unless `accept_unsafe_storage` is set for it.
#[utoipa::path(post, path = "/v1/stores/{store}/probe", tag = "operators",
    params(("store" = String, Path, description = "Its name"), ProbeQuery),
    responses(
        (status = 200, description = "What was found", body = ProbeReport),
        (status = 400, description = "Malformed", body = Problem),
        (status = 401, description = "Not authenticated", body = Problem),
        (status = 403, description = "For operators", body = Problem),
        (status = 404, description = "Not there", body = Problem),
        (status = 409, description = "The store was changed meanwhile", body = Problem),
        (status = 502, description = "The storage is away, or refuses an honest request", body = Problem),
    ))]
pub(super) async fn probe(
    asker: Asker,
    state: Data<State>,
    path: Path<String>,
    query: Query<ProbeQuery>,
) -> Result<Json<ProbeReport>, ApiError> {
    asker.demand_operator()?;
    let bucket = query.0.bucket.as_deref().map(BucketName::parse).transpose();
    let bucket = bucket.map_err(|error| ApiError::field("bucket", error))?;
    let (store, clock) = (state.store.clone(), state.clock.clone());
    Ok(Json(probe_store(store, name(&path)?, bucket, clock, asker.0).await?))
}

/// Forgets a storage account that no project uses.
#[utoipa::path(delete, path = "/v1/stores/{store}", tag = "operators",
    params(("store" = String, Path, description = "Its name")),
    responses(
        (status = 204, description = "Forgotten"),
        (status = 400, description = "No store is called so", body = Problem),
        (status = 401, description = "Not authenticated", body = Problem),
        (status = 403, description = "For operators", body = Problem),
        (status = 404, description = "Not there", body = Problem),
        (status = 409, description = "A project uses it", body = Problem),
    ))]
pub(crate) async fn delete(
    asker: Asker,
    state: Data<State>,
    path: Path<String>,
) -> Result<HttpResponse, ApiError> {
    asker.demand_operator()?;
    state.store.delete_store(name(&path)?, asker.0).await?;
    Ok(HttpResponse::NoContent().finish())
}

fn name(text: &str) -> Result<Slug, ApiError> {
    Slug::parse(text).map_err(|error| ApiError::field("store", error))
}

/// Checks what an operator wrote.
pub(crate) fn new_store(name: Slug, body: PutStore) -> Result<NewStore, ApiError> {
    if body.endpoints.is_empty() {
        return Err(ApiError::field("/endpoints", "at least one"));
    }
    let endpoints = body.endpoints.iter().enumerate().map(|(index, endpoint)| {
        let style = match endpoint.style {
            wire::AddressingStyle::Path => AddressingStyle::Path,
            wire::AddressingStyle::VirtualHosted => AddressingStyle::VirtualHosted,
        };
        Endpoint::parse(&endpoint.url, style)
            .map_err(|error| ApiError::field(format!("/endpoints/{index}/url"), error))
    });
    let word = |pointer: &str, text: &str| {
        let plain = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'/' | b',' | b'=');
        if text.is_empty() || text.len() > 128 || !text.bytes().all(plain) {
            return Err(ApiError::field(
                pointer,
                "1 to 128 characters, no blanks, `/`, `,` or `=`",
            ));
        }
        Ok(text.to_owned())
    };
    if body.secret_access_key.is_empty() {
        return Err(ApiError::field("/secret_access_key", "not empty"));
    }
    let endpoints = endpoints.collect::<Result<Vec<_>, _>>()?;
    if overlap(&endpoints) {
        let detail = "one of them could be taken for a bucket's host of another";
        return Err(ApiError::field("/endpoints", detail));
    }
    Ok(NewStore {
        name,
        endpoints,
        region: word("/region", &body.region)?,
        access_key_id: word("/access_key_id", &body.access_key_id)?,
        secret_access_key: Secret::new(body.secret_access_key),
        shared: body.shared,
        accept_unsafe_storage: body.accept_unsafe_storage,
    })
}

/// As answers have it: no secret.
pub(crate) fn to_wire(account: StorageAccount) -> wire::Store {
    wire::Store {
        name: account.name,
        endpoints: account.endpoints.iter().map(Endpoint::to_wire).collect(),
        region: account.region,
        access_key_id: account.access_key_id,
        shared: account.shared,
        accept_unsafe_storage: account.accept_unsafe_storage,
        probe: account.probe,
        created_at: account.created_at,
        updated_at: account.updated_at,
    }
}
