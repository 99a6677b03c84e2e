//! `/v1/stores`: storage accounts, for operators. Responses never contain a secret.

use actix_web::HttpResponse;
use actix_web::web::{Data, Json, Path};
use chrono::{DateTime, TimeDelta, Utc};
use sail_cargo_protocol::{
    self as wire, Page, PatchStore, ProbeQuery, ProbeReport, Problem, PutStore, PutStoreQuery,
};

use super::body::Body;
use super::error::ApiError;
use super::extractors::{Authenticated, Query};
use super::page::whole;
use super::state::State;
use crate::domain::s3::{AddressingStyle, Ambiguity, Endpoint, overlap};
use crate::domain::{
    BucketName, Context, Denied, GatewayAddress, Secret, Slug, StorageAccount, StorageContract,
    StoreAccess,
};
use crate::service::refuse_alias;
use crate::storage_probe::{Manner, StoreUse, probe_account, probe_store, warnings};
use sail_cargo_database::NewStore;

/// All storage accounts.
#[utoipa::path(get, path = "/v1/stores", tag = "operators", responses(
    (status = 200, description = "By name", body = Page<wire::Store>),
    (status = 401, description = "Not authenticated", body = Problem),
    (status = 403, description = "For operators", body = Problem),
))]
pub(crate) async fn list(
    auth: Authenticated,
    state: Data<State>,
) -> Result<Json<Page<wire::Store>>, ApiError> {
    auth.demand_operator()?;
    let stores = state.service.stores().await?;
    Ok(Json(whole(stores.into_iter().map(|store| answer(&state, store)).collect())))
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
    auth: Authenticated,
    state: Data<State>,
    path: Path<String>,
) -> Result<Json<wire::Store>, ApiError> {
    auth.demand_operator()?;
    Ok(Json(answer(&state, state.service.store(name(&path)?).await?)))
}

/// Probes a storage account with throw-away objects, then creates it, or replaces what is known of
/// it, secret included. Takes up to two minutes. Where the storage cannot be probed (it is away, or
/// refuses the keys), nothing is saved. A storage that is found wanting is saved with its report.
/// The storages are asked for their buckets, if there are other stores: one account is not put
/// twice (`store_exists` for the same host, port and key; `store_alias` for what the storages show,
/// unless both stores are shared). Without a probe, what an earlier one of the same storage found
/// against it stays.
#[utoipa::path(put, path = "/v1/stores/{store}", tag = "operators",
    params(("store" = String, Path, description = "Its name"), PutStoreQuery),
    request_body = PutStore, responses(
        (status = 200, description = "As it is now", body = wire::Store),
        (status = 400, description = "Malformed", body = Problem),
        (status = 401, description = "Not authenticated", body = Problem),
        (status = 403, description = "For operators", body = Problem),
        (status = 409, description = "Another store is this account already, or several projects use it and it is not shared", body = Problem),
        (status = 502, description = "The storage is away, or refuses an honest request", body = Problem),
    ))]
pub(crate) async fn put(
    mut auth: Authenticated,
    state: Data<State>,
    path: Path<String>,
    query: Query<PutStoreQuery>,
    body: Body<PutStore>,
) -> Result<Json<wire::Store>, ApiError> {
    auth.demand_operator()?;
    let body = body.read(&mut auth, &state).await?;
    let new = new_store(name(&path)?, body)?;
    refuse_alias(&state.service, &new, &state.upstream, &state.clock).await?;
    let manner = manner(&state, query.0.bucket.as_deref())?;
    let (store, context) = (state.service.clone(), auth.0);
    let report = if query.0.no_probe {
        None
    } else {
        Some(probe_account(store, new.clone(), manner, context.clone()).await?)
    };
    let context = Context { now: state.clock.now(), ..context };
    let saved = state.service.put_store(new, report, context).await?;
    Ok(Json(answer(&state, saved)))
}

/// Changes how a storage account is used, without its secret and without a probe. With `access`
/// `gateway`, Cargo signs nothing for the storage that leaves the server, which makes a storage that
/// was found unsafe usable; what was signed before stays good until it ends.
#[utoipa::path(patch, path = "/v1/stores/{store}", tag = "operators",
    params(("store" = String, Path, description = "Its name")),
    request_body = PatchStore, responses(
        (status = 200, description = "As it is now", body = wire::Store),
        (status = 400, description = "Malformed", body = Problem),
        (status = 401, description = "Not authenticated", body = Problem),
        (status = 403, description = "For operators", body = Problem),
        (status = 404, description = "Not there", body = Problem),
    ))]
pub(super) async fn patch(
    mut auth: Authenticated,
    state: Data<State>,
    path: Path<String>,
    body: Body<PatchStore>,
) -> Result<Json<wire::Store>, ApiError> {
    auth.demand_operator()?;
    let PatchStore { access, accept_unsafe_storage } = body.read(&mut auth, &state).await?;
    let used = (access, accept_unsafe_storage);
    Ok(Json(answer(&state, state.service.use_store(name(&path)?, used, auth.0).await?)))
}

/// Tries on the real storage what it does with requests that are changed after they were signed,
/// with throw-away objects, and keeps the answer. Takes up to two minutes. What a storage was found
/// unsafe for is not signed for it, unless `accept_unsafe_storage` is set for the store.
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
    auth: Authenticated,
    state: Data<State>,
    path: Path<String>,
    query: Query<ProbeQuery>,
) -> Result<Json<ProbeReport>, ApiError> {
    auth.demand_operator()?;
    let manner = manner(&state, query.0.bucket.as_deref())?;
    Ok(Json(probe_store(state.service.clone(), name(&path)?, manner, auth.0).await?))
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
    auth: Authenticated,
    state: Data<State>,
    path: Path<String>,
) -> Result<HttpResponse, ApiError> {
    auth.demand_operator()?;
    state.service.delete_store(name(&path)?, auth.0).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// The response for a storage account.
fn answer(state: &State, account: StorageAccount) -> wire::Store {
    let unnamed = unnamed_gateway(account.access, state.service.gateway());
    let mut store = to_wire(account, state.clock.now(), state.probe_max_age);
    store.warnings.extend(unnamed);
    store
}

fn manner(state: &State, bucket: Option<&str>) -> Result<Manner, ApiError> {
    let bucket = bucket.map(BucketName::parse_new).transpose();
    let bucket = bucket.map_err(|error| ApiError::field("bucket", error))?;
    if let Some(reserved) = bucket.as_ref().filter(|bucket| bucket.is_reserved()) {
        return Err(ApiError::field("bucket", Denied::ReservedBucket(reserved.clone())));
    }
    Ok(Manner { bucket, upstream: state.upstream.clone(), clock: state.clock.clone() })
}

pub(super) fn name(text: &str) -> Result<Slug, ApiError> {
    Slug::parse(text).map_err(|error| ApiError::field("store", error))
}

/// Validates a new storage account.
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
        let detail = "one endpoint could be read as the host of a bucket of another endpoint";
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
        access: body.access,
    })
}

/// The warning about a store that nobody can find the way to.
pub(crate) fn unnamed_gateway(
    access: StoreAccess,
    gateway: Option<&GatewayAddress>,
) -> Option<String> {
    let is_lost = access == StoreAccess::Gateway && gateway.is_none();
    is_lost.then(|| {
        "only the gateway reaches it, and this server tells nobody where that is: set --gateway-url"
            .to_owned()
    })
}

/// The response for an account, without its secret. `max_age` says how old its probe report may be.
pub(crate) fn to_wire(
    account: StorageAccount,
    now: DateTime<Utc>,
    max_age: TimeDelta,
) -> wire::Store {
    let (probe, used) = (account.probe.as_ref(), StoreUse::from(&account));
    wire::Store {
        contract: contract(&StorageContract::of(probe, used.is_accepted)),
        warnings: warnings(&account.name, probe, used, now, max_age),
        name: account.name,
        endpoints: account.endpoints.iter().map(Endpoint::to_wire).collect(),
        region: account.region,
        access_key_id: account.access_key_id,
        shared: account.shared,
        accept_unsafe_storage: account.accept_unsafe_storage,
        access: account.access,
        probe: account.probe,
        created_at: account.created_at,
        updated_at: account.updated_at,
    }
}

fn contract(contract: &StorageContract) -> wire::StoreContract {
    let unsupported = contract.unsupported.iter();
    wire::StoreContract {
        unsafe_for: contract.unsafe_for.into(),
        binds_body: contract.binds_body,
        unsupported: unsupported.map(|operation| operation.name().to_owned()).collect(),
        keeps_broken_uploads: contract.at_gateway.keeps_broken_uploads,
        takes_trailers: contract.at_gateway.takes_trailers,
        reads_literally: contract
            .at_gateway
            .settled
            .iter()
            .map(Ambiguity::text)
            .map(str::to_owned)
            .collect(),
        folds_case: contract.folds_case,
    }
}
