//! The services of `dev`, in one process, with their state in one directory.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use aws_sdk_s3::config::{BehaviorVersion, Credentials as S3Credentials, Region};
use sail_cargo_client::{Client, Credentials, Key};
use sail_cargo_database::DatabaseUrl;
use sail_cargo_middleware::{RemoteSigner, RemoteSigningExt as _};

use super::DemoTokens;
use super::config::{config, database_in, pages, secret};
use super::error::DevStackError;
use super::issuer::{AuthService, Issuer};
use super::made::Made;
use super::ports::{Listeners, Ports, of_the_port};
use super::seed::{ACCESS_KEY_ID, PROJECT, REGION, seed};
use super::session;
use super::storage::Storage;
use crate::app::Application;
use crate::clock::Clock;
use crate::domain::Secret;
use crate::private;

/// The demo users.
pub const USERS: [&str; 3] = ["ada", "bob", "carl"];
/// A running storage, auth service and server.
pub struct DevStack {
    /// The directory of the state.
    pub directory: PathBuf,
    /// Cargo's URL.
    pub cargo_url: String,
    /// The S3 gateway's URL.
    pub gateway_url: String,
    /// The storage's URL.
    pub storage_url: String,
    /// The auth service's URL.
    pub auth_url: String,
    /// The demo project's API key.
    root_key: Secret,
    storage_safety: String,
    storage: Storage,
    auth: AuthService,
    handle: actix_web::dev::ServerHandle,
    server: tokio::task::JoinHandle<std::io::Result<()>>,
}

impl DevStack {
    /// Starts everything on the loopback interface, with its state in `directory`. State from an
    /// earlier start is used again. A start that fails removes what it created.
    ///
    /// # Errors
    /// [`DevStackError`] if the directory cannot be used, or a port is taken.
    pub async fn start(directory: &Path, ports: Ports) -> Result<Self, DevStackError> {
        Self::start_on(database_in(directory), directory, ports, None).await
    }

    /// As [`Self::start`], with another database than the file in `directory`, and the console's pages of
    /// `console_dir` instead of those in the program.
    ///
    /// # Errors
    /// [`DevStackError`] if the directory or the database cannot be used, or a port is taken.
    pub async fn start_on(
        database: DatabaseUrl,
        directory: &Path,
        ports: Ports,
        console_dir: Option<PathBuf>,
    ) -> Result<Self, DevStackError> {
        // Ports first: another `dev` that holds them may use the directory, too.
        let listeners = Listeners::bind(ports).await?;
        let unusable = |error| format!("{}: {error}", directory.display());
        let made = Made::from_now_on(directory).map_err(unusable)?;
        private::directory(directory).map_err(unusable)?;
        let stack = Self::start_in(database, directory, ports, console_dir, listeners).await?;
        made.keep();
        Ok(stack)
    }

    async fn start_in(
        database: DatabaseUrl,
        directory: &Path,
        ports: Ports,
        console_dir: Option<PathBuf>,
        listeners: Listeners,
    ) -> Result<Self, DevStackError> {
        let storage_secret = secret(directory, "storage.secret")?;
        let storage = Storage::start(
            listeners.storage,
            &directory.join("s3"),
            ACCESS_KEY_ID,
            storage_secret.expose().into(),
            REGION,
        )
        .await?;
        let storage_url = format!("http://{}", storage.address());

        let issuer = {
            let directory = directory.to_owned();
            tokio::task::spawn_blocking(move || Issuer::load_or_create(&directory)).await??
        };
        let issuer = Arc::new(issuer);
        let pages = pages(ports.cargo);
        let auth = AuthService::start(listeners.auth, issuer, (PROJECT, &USERS), pages).await?;
        let auth_url = format!("http://{}", auth.address());

        let config = config(database.clone(), directory, &auth_url, ports, console_dir)?;
        let clock = Clock::system();
        let application = Application::build(config, clock.clone(), true)
            .await
            .map_err(|error| of_the_port(error, ports))?;
        let cargo_url = format!("http://{}", application.address());
        let gateway = application.gateway_address().ok_or("the gateway has no address")?;
        let gateway_url = format!("http://localhost:{}", gateway.port());
        let (handle, health) = (application.handle(), application.health());
        let server = tokio::spawn(application.run_until_stopped());
        health.opened().await;
        let seeded = seed(database, directory, &storage_url, storage_secret, &clock).await;
        let (root_key, storage_safety) = match seeded {
            Ok(seeded) => seeded,
            Err(error) => {
                handle.stop(false).await;
                server.await.ok();
                return Err(error);
            }
        };
        Ok(Self {
            directory: directory.to_owned(),
            cargo_url,
            gateway_url,
            storage_url,
            auth_url,
            root_key,
            storage_safety,
            storage,
            auth,
            handle,
            server,
        })
    }

    /// A client of Cargo's API with the project's key.
    ///
    /// # Errors
    /// The HTTP client cannot be made.
    pub fn root(&self) -> Result<Client, sail_cargo_client::Error> {
        self.client(Credentials::api_key(Key::new(self.root_key.expose())))
    }

    /// A client of Cargo's API for one of the demo users.
    ///
    /// # Errors
    /// The HTTP client cannot be made.
    pub fn user(&self, name: &str) -> Result<Client, sail_cargo_client::Error> {
        self.client(Credentials::user(DemoTokens::new(&self.auth_url, name)))
    }

    fn client(&self, credentials: Credentials) -> Result<Client, sail_cargo_client::Error> {
        Client::builder(&self.cargo_url).credentials(credentials).build()
    }

    /// The stock AWS SDK without S3 credentials: `client` has every request signed.
    pub fn s3(&self, client: Client) -> aws_sdk_s3::Client {
        let config = aws_sdk_s3::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(REGION))
            .endpoint_url(&self.storage_url)
            .force_path_style(true)
            .remote_signing(RemoteSigner::new(client))
            .build();
        aws_sdk_s3::Client::from_conf(config)
    }

    /// The stock AWS SDK at the gateway, with the credentials of an access key or a session, and without
    /// the interceptor.
    pub fn s3_by_gateway(&self, credentials: S3Credentials) -> aws_sdk_s3::Client {
        let config = aws_sdk_s3::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(REGION))
            .endpoint_url(&self.gateway_url)
            .force_path_style(true)
            .credentials_provider(credentials)
            .build();
        aws_sdk_s3::Client::from_conf(config)
    }

    /// The temporary credentials of a session that a demo user's token opens at the gateway.
    ///
    /// # Errors
    /// [`DevStackError`] if the auth service or the gateway does not answer as it should.
    pub async fn session(&self, name: &str) -> Result<S3Credentials, DevStackError> {
        session::open(&self.gateway_url, &DemoTokens::new(&self.auth_url, name)).await
    }

    /// The number of requests that have reached the storage.
    pub fn storage_requests(&self) -> u64 {
        self.storage.served()
    }

    /// A probe's verdict on the storage, in a few words.
    pub fn storage_safety(&self) -> &str {
        &self.storage_safety
    }

    /// Runs until a stop signal.
    ///
    /// # Errors
    /// [`DevStackError`] if the server fails.
    pub async fn run_until_stopped(self) -> Result<(), DevStackError> {
        let ended = self.server.await;
        self.storage.stop().await;
        self.auth.stop().await;
        Ok(ended??)
    }

    /// Stops everything. Requests under way may finish.
    ///
    /// # Errors
    /// [`DevStackError`] if the server fails.
    pub async fn stop(self) -> Result<(), DevStackError> {
        self.handle.stop(true).await;
        self.run_until_stopped().await
    }
}

impl std::fmt::Debug for DevStack {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("World").field("directory", &self.directory).finish_non_exhaustive()
    }
}
