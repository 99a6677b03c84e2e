//! The operators' listener. It has threads of its own, so that it answers while the other workers
//! are busy.

use std::net::{SocketAddr, TcpListener};

use actix_web::App;
use actix_web::dev::Server;
use actix_web::middleware::from_fn;
use actix_web::web::Data;

use super::error::StartError;
use super::timed_service::TimedService;
use crate::api::{self, State};
use crate::tls::{Tls, warn_if_plain};

/// Binds the address. One thread accepts connections, another one answers them in a runtime of its
/// own.
pub(super) fn bind(
    address: SocketAddr,
    tls: Option<&Tls>,
    state: Data<State>,
) -> Result<(SocketAddr, Server), StartError> {
    let cannot = |error| StartError::Listen { flag: "--ops", address, error };
    let listener = TcpListener::bind(address).map_err(cannot)?;
    let address = listener.local_addr().map_err(cannot)?;
    let body = state.bodies.patience().total;
    let application = move || {
        App::new()
            .app_data(state.clone())
            .wrap(from_fn(api::with_request_id))
            .configure(api::operations)
    };
    warn_if_plain("--ops", address, tls);
    let server = Server::build().disable_signals().workers(1);
    let server = TimedService::new(application, body).listen(server, listener, tls);
    Ok((address, server.map_err(cannot)?.run()))
}
