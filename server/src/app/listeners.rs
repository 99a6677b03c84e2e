//! The listeners of the API.

use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::FileTypeExt as _;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::time::Duration;

use actix_web::dev::Server;
use actix_web::web::Data;

use super::error::StartError;
use super::timed_service::TimedService;
use crate::api::{self, State};
use crate::console::Console;
use crate::tls::{Tls, warn_if_plain};

/// Where the API listens, and with how many threads it answers.
pub(super) struct Listeners {
    /// The address; port 0 binds a free port.
    pub(super) address: SocketAddr,
    /// A Unix domain socket to listen on as well.
    pub(super) socket: Option<PathBuf>,
    /// The number of worker threads; `None` for one per core.
    pub(super) workers: Option<usize>,
    /// How long the server waits for running requests when it stops.
    pub(super) drain: Duration,
}

impl Listeners {
    /// Binds the address and the socket. Returns the bound address, and the server that answers
    /// there.
    pub(super) fn bind(
        self,
        tls: Option<&Tls>,
        state: Data<State>,
        console: Option<Data<Console>>,
    ) -> Result<(SocketAddr, Server), StartError> {
        let address = self.address;
        let cannot = |error| StartError::Listen { flag: "--listen", address, error };
        let listener = TcpListener::bind(address).map_err(cannot)?;
        let bound = listener.local_addr().map_err(cannot)?;
        let body = state.bodies.patience().total;
        let application = move || {
            api::application(state.clone()).configure(|config| {
                if let Some(console) = &console {
                    Console::register(console, config);
                }
            })
        };
        let service = TimedService::new(application, body);
        let mut server = Server::build().disable_signals().shutdown_timeout(self.drain.as_secs());
        if let Some(workers) = self.workers {
            server = server.workers(workers);
        }
        warn_if_plain("--listen", address, tls);
        server = service.listen(server, listener, tls).map_err(cannot)?;
        if let Some(path) = self.socket {
            let listener = socket(&path).and_then(|listener| service.listen_uds(server, listener));
            server = listener.map_err(|error| StartError::Socket { path, error })?;
        }
        Ok((bound, server.run()))
    }
}

/// Listens on a Unix domain socket. A socket file that a stopped server left behind is replaced. A
/// socket that answers, or a file of another type, is not: then binding fails.
fn socket(path: &Path) -> std::io::Result<UnixListener> {
    let is_left_behind = path
        .symlink_metadata()
        .is_ok_and(|file| file.file_type().is_socket() && UnixStream::connect(path).is_err());
    if is_left_behind {
        std::fs::remove_file(path)?;
    }
    UnixListener::bind(path)
}
