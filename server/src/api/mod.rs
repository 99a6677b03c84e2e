//! The HTTP API on actix: handlers extract, call the service, and answer. `routes` lists every
//! route.

mod access_keys;
mod accounts;
mod admission;
mod answer;
mod api_keys;
mod audit;
mod auth;
mod auth_keys;
mod bodies;
mod body;
mod bucket_lifecycle;
mod bucket_path;
mod buckets;
mod ceilings;
mod chain;
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
mod flaw;
mod gate;
mod grants;
mod groups;
mod health;
pub(crate) mod hosts;
mod idempotency;
mod import;
mod issuers;
mod limits;
mod live;
mod logged_change;
mod metrics;
mod ndjson;
mod only_local;
mod open_body;
mod openapi;
mod origin;
mod page;
mod permissions;
mod place;
mod precondition;
pub(crate) mod projects;
mod prune;
mod readers;
mod request_id;
mod route;
mod routes;
mod seal;
mod sessions;
mod sign;
#[cfg(feature = "otel")]
mod span;
mod state;
pub(crate) mod stores;
mod users;
mod whoami;
pub(crate) mod wire;

use actix_web::dev::{ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::middleware::{Condition, from_fn};
use actix_web::web::Data;

pub use bodies::{Bodies, Patience};
pub use crowd::Crowd;
pub use error::ApiError;
pub use feeds::topics::Feeds;
pub use readers::{ReaderLimits, Readers};
pub(crate) use routes::{contract, operations};
pub use state::State;

/// The actix application: state, middleware and routes.
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
    // Once per worker, because each worker calls this function on its own thread.
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
    application.configure(routes::register)
}

/// The outermost middleware: it gives every request its id.
pub(crate) use request_id::middleware as with_request_id;
