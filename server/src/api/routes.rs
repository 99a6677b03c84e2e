//! Every route of the server. A route is a handler in one of these lists. Its method, path and
//! documentation are in the `#[utoipa::path]` above the handler. `sail-cargo openapi` prints all of
//! them.
//!
//! These lists are the source of both what actix serves and what `openapi.yaml` says. A handler
//! without documentation does not compile in a list. A documented handler that is in no list is
//! dead code, which clippy refuses.

use std::sync::LazyLock;

use actix_web::web::{self, Data, ServiceConfig};

use super::auth::{documents, invitations, login, methods, own, token};
use super::error::ApiError;
use super::openapi::Contract;
use super::place::Places;
use super::route::{Route, route};
use super::{
    access_keys, accounts, api_keys, audit, auth_keys, bucket_lifecycle, buckets, ceilings, chain,
    changes, check, explain, grants, groups, health, import, issuers, metrics, permissions,
    projects, prune, sessions, sign, stores, users, whoami,
};

/// Routes that need credentials. [`Route::soon`] gives a route a deadline.
static CLOSED: LazyLock<Places> = LazyLock::new(|| {
    Places::of([
        route!(sign::sign).soon(),
        route!(sign::sign_batch).soon(),
        route!(sign::presign).soon(),
        route!(sign::presign_batch).soon(),
        route!(explain::explain),
        route!(whoami::whoami).soon(),
        route!(permissions::permissions).soon(),
        route!(check::one).soon(),
        route!(check::batch).soon(),
        route!(buckets::list),
        route!(buckets::get),
        route!(buckets::put),
        route!(buckets::patch),
        route!(buckets::delete),
        route!(bucket_lifecycle::settle),
        route!(bucket_lifecycle::reconcile),
        route!(permissions::access),
        route!(grants::list),
        route!(grants::patch),
        route!(grants::get).soon(),
        route!(grants::put).soon(),
        route!(grants::delete).soon(),
        route!(grants::list_all),
        route!(import::import),
        route!(users::list),
        route!(users::grants),
        route!(users::delete_grants),
        route!(permissions::of_user),
        route!(sessions::open).soon(),
        route!(sessions::end).soon(),
        route!(groups::list),
        route!(groups::patch).soon(),
        route!(groups::members),
        route!(groups::put).soon(),
        route!(groups::delete).soon(),
        route!(api_keys::list).soon(),
        route!(api_keys::create).soon(),
        route!(api_keys::get).soon(),
        route!(api_keys::patch).soon(),
        route!(api_keys::revoke).soon(),
        route!(api_keys::rotate).soon(),
        route!(access_keys::list).soon(),
        route!(access_keys::create).soon(),
        route!(access_keys::revoke_all).soon(),
        route!(access_keys::get).soon(),
        route!(access_keys::patch).soon(),
        route!(access_keys::revoke).soon(),
        route!(access_keys::rotate).soon(),
        route!(accounts::list).soon(),
        route!(accounts::create),
        route!(accounts::get).soon(),
        route!(accounts::patch).soon(),
        route!(accounts::delete),
        route!(accounts::reset).soon(),
        route!(accounts::end_sessions),
        route!(accounts::reserved).soon(),
        route!(accounts::free).soon(),
        route!(accounts::signing_keys),
        route!(accounts::rotate_signing_keys),
        route!(own::password),
        route!(token::mint),
        route!(own::account).soon(),
        route!(own::patch).soon(),
        route!(changes::list),
        route!(chain::verify),
        route!(audit::list),
        route!(prune::prune),
        route!(projects::list),
        route!(projects::create),
        route!(projects::get),
        route!(projects::patch),
        route!(stores::list),
        route!(stores::get),
        route!(stores::put),
        route!(stores::patch),
        route!(stores::delete),
        route!(stores::probe),
        route!(auth_keys::refresh),
        route!(issuers::list),
        route!(issuers::put),
        route!(issuers::delete),
        route!(issuers::test),
        route!(ceilings::list),
        route!(ceilings::lift),
    ])
});

/// Routes without credentials in the headers, which need the database: what is in their bodies is proof enough,
/// or they show what everybody may see.
static STRANGERS: LazyLock<Places> = LazyLock::new(|| {
    Places::of([
        route!(methods::methods).soon(),
        route!(login::login),
        route!(login::refresh).soon(),
        route!(login::logout).soon(),
        route!(invitations::accept),
        route!(documents::public_key).soon(),
        route!(documents::jwks).soon(),
        route!(documents::openid_configuration),
    ])
});

/// Routes without credentials. They need no database.
static OPEN: LazyLock<Places> = LazyLock::new(|| {
    Places::of([
        route!(health::version),
        route!(health::openapi_yaml),
        route!(health::openapi_json),
    ])
});

/// Health checks, without credentials and rate limits, on every listener.
static HEALTH: LazyLock<Places> =
    LazyLock::new(|| Places::of([route!(health::livez), route!(health::readyz)]));

/// The OpenAPI document of all routes.
static CONTRACT: LazyLock<Contract> = LazyLock::new(|| {
    Contract::of([&*CLOSED, &*STRANGERS, &*OPEN, &*HEALTH].into_iter().flat_map(Places::documents))
});

/// The OpenAPI document of all routes.
pub(crate) fn contract() -> &'static Contract {
    &CONTRACT
}

/// Whether `path` is a health check.
pub(super) fn is_health(path: &str) -> bool {
    HEALTH.has(path)
}

/// Whether `path` is answered without a database.
pub(super) fn is_open(path: &str) -> bool {
    is_health(path) || OPEN.has(path)
}

/// Registers all routes with actix.
pub(super) fn register(config: &mut ServiceConfig) {
    CLOSED.register(config);
    STRANGERS.register(config);
    OPEN.register(config);
    HEALTH.register(config);
    config.app_data(Data::new(contract()));
    config.default_service(web::to(no_route));
}

/// Registers the routes of the operators' listener with actix. `/metrics` is served only there, so
/// it is in no list and not in the OpenAPI document.
pub(crate) fn operations(config: &mut ServiceConfig) {
    HEALTH.register(config);
    let other_method = || async { Err::<String, _>(ApiError::Method("GET")) };
    let metrics = web::resource("/metrics").route(web::get().to(metrics::scrape));
    config.service(metrics.default_service(web::to(other_method)));
    config.default_service(web::to(no_route));
}

async fn no_route() -> Result<String, ApiError> {
    Err(ApiError::NoRoute)
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn no_two_routes_answer_to_the_same_method_and_path() {
        let contract: Value = serde_json::from_str(contract().json()).unwrap();
        let paths = contract["paths"].as_object().unwrap().values();
        let operations: usize = paths.map(|item| item.as_object().unwrap().len()).sum();
        let routes =
            [&*CLOSED, &*STRANGERS, &*OPEN, &*HEALTH].map(|places| places.documents().count());
        assert_eq!(routes.iter().sum::<usize>(), operations);
    }

    #[test]
    fn health_is_open_and_what_needs_credentials_is_not() {
        for (path, open, health) in [
            ("/livez", true, true),
            ("/readyz", true, true),
            ("/version", true, false),
            ("/openapi.yaml", true, false),
            ("/openapi.json", true, false),
            ("/v1/whoami", false, false),
            ("/livez/", false, false),
            ("/nothing", false, false),
        ] {
            assert_eq!((is_open(path), is_health(path)), (open, health), "{path}");
        }
    }
}
