//! actix: extract, call, answer. Every route is in the one list below.

mod admission;
mod answer;
mod api_keys;
mod audit;
mod auth_keys;
mod bodies;
mod body;
mod bucket_lifecycle;
mod bucket_path;
mod buckets;
mod ceilings;
mod changes;
mod check;
mod cors;
mod crowd;
mod current;
mod deadline;
mod error;
mod error_from;
mod events;
mod explain;
mod extractors;
mod feeds;
mod gate;
mod grants;
mod groups;
mod health;
pub(crate) mod hosts;
mod idempotency;
mod import;
mod limits;
mod live;
mod logged_change;
mod metrics;
mod ndjson;
mod only_local;
pub mod openapi;
mod origin;
mod page;
mod permissions;
mod precondition;
pub(crate) mod projects;
mod proxies;
mod prune;
mod readers;
mod request_id;
mod room;
mod seal;
mod sign;
#[cfg(feature = "otel")]
mod span;
mod state;
pub(crate) mod stores;
mod users;
mod whoami;
pub(crate) mod wire;

use actix_web::Resource;
use actix_web::dev::{ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::middleware::{Condition, from_fn};
use actix_web::web::{self, Data, ServiceConfig, delete, get, patch, post, put};

pub use bodies::{Bodies, Patience};
pub use cors::origins::Origins;
pub use crowd::Crowd;
pub use error::ApiError;
pub use feeds::topics::Feeds;
pub use proxies::{ForwardedBy, InvalidProxy, TrustedProxies};
pub use readers::{ReaderLimits, Readers};
pub use state::State;

/// Every route there is.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(soon_at("/v1/sign", "POST").route(post().to(sign::sign)))
        .service(soon_at("/v1/sign/batch", "POST").route(post().to(sign::sign_batch)))
        .service(soon_at("/v1/presign", "POST").route(post().to(sign::presign)))
        .service(soon_at("/v1/presign/batch", "POST").route(post().to(sign::presign_batch)))
        .service(at("/v1/explain", "POST").route(post().to(explain::explain)))
        .service(soon_at("/v1/whoami", "GET").route(get().to(whoami::whoami)))
        .service(soon_at("/v1/permissions", "GET").route(get().to(permissions::permissions)))
        .service(soon_at("/v1/check", "POST").route(post().to(check::one)))
        .service(soon_at("/v1/check/batch", "POST").route(post().to(check::batch)))
        .service(at("/v1/buckets", "GET").route(get().to(buckets::list)))
        .service(
            at("/v1/buckets/{bucket}", "GET, PUT, PATCH, DELETE")
                .route(get().to(buckets::get))
                .route(put().to(buckets::put))
                .route(patch().to(buckets::patch))
                .route(delete().to(buckets::delete)),
        )
        .service(
            at("/v1/buckets/{bucket}/settle", "POST").route(post().to(bucket_lifecycle::settle)),
        )
        .service(
            at("/v1/buckets/{bucket}/reconcile", "POST")
                .route(post().to(bucket_lifecycle::reconcile)),
        )
        .service(at("/v1/buckets/{bucket}/access", "GET").route(get().to(permissions::access)))
        .service(
            at("/v1/buckets/{bucket}/grants", "GET, PATCH")
                .route(get().to(grants::list))
                .route(patch().to(grants::patch)),
        )
        .service(
            soon_at("/v1/buckets/{bucket}/grants/{subject}", "GET, PUT, DELETE")
                .route(get().to(grants::get))
                .route(put().to(grants::put))
                .route(delete().to(grants::delete)),
        )
        .service(at("/v1/grants", "GET").route(get().to(grants::list_all)))
        .service(at("/v1/grants/import", "POST").route(post().to(import::import)))
        .service(at("/v1/users", "GET").route(get().to(users::list)))
        .service(
            at("/v1/users/{user}/grants", "GET, DELETE")
                .route(get().to(users::grants))
                .route(delete().to(users::delete_grants)),
        )
        .service(at("/v1/users/{user}/permissions", "GET").route(get().to(permissions::of_user)))
        .service(at("/v1/groups", "GET").route(get().to(groups::list)))
        .service(soon_at("/v1/groups/{group}", "PATCH").route(patch().to(groups::patch)))
        .service(at("/v1/groups/{group}/members", "GET").route(get().to(groups::members)))
        .service(
            soon_at("/v1/groups/{group}/members/{user}", "PUT, DELETE")
                .route(put().to(groups::put))
                .route(delete().to(groups::delete)),
        )
        .service(
            soon_at("/v1/api-keys", "GET, POST")
                .route(get().to(api_keys::list))
                .route(post().to(api_keys::create)),
        )
        .service(
            soon_at("/v1/api-keys/{id}", "GET, PATCH, DELETE")
                .route(get().to(api_keys::get))
                .route(patch().to(api_keys::patch))
                .route(delete().to(api_keys::revoke)),
        )
        .service(soon_at("/v1/api-keys/{id}/rotate", "POST").route(post().to(api_keys::rotate)))
        .service(at("/v1/changes", "GET").route(get().to(changes::list)))
        .service(at("/v1/audit-events", "GET").route(get().to(audit::list)))
        .service(at("/v1/audit-events/prune", "POST").route(post().to(prune::prune)))
        .service(
            at("/v1/projects", "GET, POST")
                .route(get().to(projects::list))
                .route(post().to(projects::create)),
        )
        .service(
            at("/v1/projects/{project}", "GET, PATCH")
                .route(get().to(projects::get))
                .route(patch().to(projects::patch)),
        )
        .service(at("/v1/stores", "GET").route(get().to(stores::list)))
        .service(
            at("/v1/stores/{store}", "GET, PUT, DELETE")
                .route(get().to(stores::get))
                .route(put().to(stores::put))
                .route(delete().to(stores::delete)),
        )
        .service(at("/v1/stores/{store}/probe", "POST").route(post().to(stores::probe)))
        .service(at("/v1/auth-keys/refresh", "POST").route(post().to(auth_keys::refresh)))
        .service(at("/v1/stores/{store}/ceilings", "GET").route(get().to(ceilings::list)))
        .service(
            at("/v1/stores/{store}/ceilings/{bucket}", "DELETE").route(delete().to(ceilings::lift)),
        )
        .configure(health_routes)
        .service(at("/version", "GET").route(get().to(health::version)))
        .service(at("/openapi.yaml", "GET").route(get().to(health::openapi_yaml)))
        .service(at("/openapi.json", "GET").route(get().to(health::openapi_json)))
        .default_service(web::to(|| async { Err::<String, _>(ApiError::NoRoute) }));
}

/// The same of a path on which everybody is answered within moments, whatever the database does.
fn soon_at(
    path: &'static str,
    methods: &'static str,
) -> Resource<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse,
        Error = actix_web::Error,
        InitError = (),
    >,
> {
    at(path, methods).wrap(from_fn(deadline::middleware))
}

/// A path that says which methods it knows to those who use another.
fn at(path: &'static str, methods: &'static str) -> Resource {
    web::resource(path).default_service(web::to(move || async move {
        Err::<String, _>(ApiError::Method(methods))
    }))
}

/// The actix application: state, request ids, and the routes.
pub fn application(
    state: Data<State>,
) -> actix_web::App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<impl actix_web::body::MessageBody>,
        Error = actix_web::Error,
        InitError = (),
    >,
> {
    let only_local = Condition::new(state.only_local, from_fn(only_local::middleware));
    // One for each worker, on whose thread this is.
    actix_web::rt::spawn(crowd::feel());
    let application = actix_web::App::new()
        .app_data(state)
        .wrap(from_fn(cors::preflight))
        .wrap(from_fn(admission::middleware))
        .wrap(from_fn(limits::middleware))
        .wrap(from_fn(gate::middleware))
        .wrap(from_fn(cors::expose))
        .wrap(only_local)
        .wrap(from_fn(request_id::middleware));
    #[cfg(feature = "otel")]
    let application = application.wrap(Condition::new(span::are_sent(), from_fn(span::middleware)));
    application.configure(routes)
}

/// What is answered to those who run the server, on a listener of its own.
pub(crate) fn operations(config: &mut ServiceConfig) {
    config
        .configure(health_routes)
        .service(at("/metrics", "GET").route(get().to(metrics::scrape)))
        .default_service(web::to(|| async { Err::<String, _>(ApiError::NoRoute) }));
}

/// Gives every request its id: around everything.
pub(crate) use request_id::middleware as with_request_id;

/// How the server is: on every listener.
fn health_routes(config: &mut ServiceConfig) {
    config
        .service(at("/livez", "GET").route(get().to(health::livez)))
        .service(at("/readyz", "GET").route(get().to(health::readyz)));
}
