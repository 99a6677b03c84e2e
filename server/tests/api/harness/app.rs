//! The server under test.

use std::net::SocketAddr;
use std::time::Duration;

use reqwest::Method;
use sail_cargo_server::api::Readers;
use sail_cargo_server::app::{Application, StartError};
use sail_cargo_server::authn::{Issuers, KeyHealth};
use sail_cargo_server::config::Config;
use sail_cargo_server::service::Service;
use tempfile::TempDir;
use tokio::task::JoinHandle;

use super::answer::TestResponse;
use super::auth_service::{AuthService, Form};
use super::clock::TestClock;
use super::database::{Kind, TestDatabase};
use super::logs;
use super::setup::{Secrets, Setup, config, is_with_accounts};
use super::signing_key::KEYS;
use super::signing_pairs::signing_pairs;

/// A running server with the store `main`, the project `sail` in it, and its callers.
pub(crate) struct TestApp {
    pub(crate) base: String,
    pub(crate) clock: TestClock,
    pub(crate) auth: AuthService,
    pub(crate) database: TestDatabase,
    /// The secrets, which must not appear in any answer or log line.
    pub(crate) secrets: Secrets,
    /// The directory of the audit spool, if it is used.
    pub(crate) spool: TempDir,
    pub(super) http: reqwest::Client,
    /// The server's own access to its database.
    pub(crate) sees: Service,
    /// The readers of the server's streams.
    pub(crate) readers: Readers,
    /// The address of the operators' listener, if there is one.
    ops: Option<SocketAddr>,
    handle: actix_web::dev::ServerHandle,
    running: JoinHandle<std::io::Result<()>>,
}

/// Another server on the same database, with the same clock and auth service.
pub(crate) struct Replica {
    pub(crate) base: String,
    /// The replica's own access to the database.
    pub(crate) sees: Service,
    ops: Option<SocketAddr>,
    handle: actix_web::dev::ServerHandle,
    running: JoinHandle<std::io::Result<()>>,
}

impl Replica {
    pub(crate) async fn stop(self) {
        self.handle.stop(false).await;
        self.running.await.unwrap().unwrap();
    }
}

impl TestApp {
    /// Starts the server and creates its store, project and first key.
    pub(crate) async fn start(kind: Kind, setup: Setup) -> Self {
        Self::start_with(TestDatabase::create(kind), setup, Secrets::generate()).await
    }

    /// Like [`TestApp::start`], on a database that may contain data already, with the secrets that
    /// belong to it.
    pub(crate) async fn start_with(database: TestDatabase, setup: Setup, secrets: Secrets) -> Self {
        let mut app = Self::start_at(database, setup, secrets, TestClock::new()).await;
        if setup != Setup::NoDatabase {
            app.set_up().await;
        }
        app
    }

    /// Starts the server at the time of `clock`, without creating anything in the database.
    pub(crate) async fn start_at(
        database: TestDatabase,
        setup: Setup,
        secrets: Secrets,
        clock: TestClock,
    ) -> Self {
        logs::capture();
        let auth = AuthService::start().await;
        if setup != Setup::AuthDown {
            auth.publish(Form::Jwks, &[&KEYS[0]]);
        }
        let spool = tempfile::tempdir().unwrap();
        let config = config(&database, &secrets, &auth, setup, spool.path());
        let has_database = setup != Setup::NoDatabase;
        let application = Application::build(config, clock.hands(), has_database).await.unwrap();
        if is_with_accounts(setup) {
            make_signing_keys(application.service(), &clock).await;
        }
        let base = format!("http://{}", application.address());
        let handle = application.handle();
        let (sees, health) = (application.service().clone(), application.health());
        let (readers, ops) = (application.readers(), application.ops_address());
        let issuers = application.issuers();
        let running = tokio::spawn(application.run_until_stopped());
        let http = reqwest::Client::builder().no_proxy().tls_certs_only([]).build().unwrap();
        if has_database {
            health.opened().await;
        }
        if setup != Setup::AuthDown {
            have_keys(&issuers).await;
        }
        Self {
            base,
            clock,
            auth,
            database,
            secrets,
            spool,
            http,
            sees,
            readers,
            ops,
            handle,
            running,
        }
    }

    /// Sends a request to the operators' listener.
    pub(crate) async fn ops(&self, method: Method, path: &str) -> TestResponse {
        ask_ops(self.http.clone(), self.ops, method, path).await
    }

    /// Sends a request to the operators' listener of `replica`.
    pub(crate) async fn ops_of(&self, replica: &Replica, path: &str) -> TestResponse {
        ask_ops(self.http.clone(), replica.ops, Method::GET, path).await
    }

    /// Starts another server beside this one.
    pub(crate) async fn replica(&self, setup: Setup) -> Replica {
        self.replica_that(setup, |_| ()).await
    }

    /// Starts a replica that reaches PostgreSQL at `address`, with this many connections and
    /// `timeout` as the time limit of a statement.
    pub(crate) async fn replica_behind(
        &self,
        address: SocketAddr,
        setup: Setup,
        (connections, timeout): (u32, Duration),
    ) -> Replica {
        self.replica_that(setup, |config| {
            (config.database.connections, config.database.timeout) = (connections, timeout);
            config.database.url = self.database.url_at(address);
            config.audit_spool =
                config.audit_spool.take().map(|spool| spool.join(address.port().to_string()));
        })
        .await
    }

    /// Starts a replica whose settings `change` modifies.
    pub(crate) async fn replica_that(
        &self,
        setup: Setup,
        change: impl FnOnce(&mut Config),
    ) -> Replica {
        self.start_replica(setup, change).await.unwrap()
    }

    /// Like [`TestApp::replica_that`], where the replica may refuse to start.
    pub(crate) async fn start_replica(
        &self,
        setup: Setup,
        change: impl FnOnce(&mut Config),
    ) -> Result<Replica, StartError> {
        let mut config =
            config(&self.database, &self.secrets, &self.auth, setup, self.spool.path());
        change(&mut config);
        if let Some(spool) = &config.audit_spool {
            std::fs::create_dir_all(spool).unwrap();
        }
        let application = Application::build(config, self.clock.hands(), false).await?;
        let base = format!("http://{}", application.address());
        let (sees, handle) = (application.service().clone(), application.handle());
        let (health, ops) = (application.health(), application.ops_address());
        let running = tokio::spawn(application.run_until_stopped());
        health.opened().await;
        Ok(Replica { base, sees, ops, handle, running })
    }

    /// Stops the server. It writes its last events first.
    pub(crate) async fn stop(mut self) {
        self.handle.stop(false).await;
        (&mut self.running).await.unwrap().unwrap();
    }
}

/// Makes the keys of access tokens before the server looks for them, as soon as there is a table for them: on a busy machine
/// the database opens in the background.
async fn make_signing_keys(service: &Service, clock: &TestClock) {
    while service.renew_signing_keys(signing_pairs(), false, clock.now()).await.is_err() {
        tokio::task::yield_now().await;
    }
}

/// Waits for the first look at the auth service's keys. It fails if this thread is busy for longer than a look may
/// take, and the next is due by the test's clock: an operator looks, then.
async fn have_keys(issuers: &Issuers) {
    let health = || issuers.rows().first().map(|row| row.keys.health());
    while let Some(KeyHealth::Missing(why)) = health() {
        if why == "not fetched yet" {
            tokio::task::yield_now().await;
        } else {
            issuers.refresh().await;
        }
    }
}

async fn ask_ops(
    http: reqwest::Client,
    address: Option<SocketAddr>,
    method: Method,
    path: &str,
) -> TestResponse {
    let url = format!("http://{}{path}", address.unwrap());
    TestResponse::read(http.request(method, url).send().await.unwrap()).await
}

impl Drop for TestApp {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let line = format!("the test failed on {:?}\n", self.database.kind());
            std::io::Write::write_all(&mut std::io::stderr(), line.as_bytes()).ok();
        }
    }
}
