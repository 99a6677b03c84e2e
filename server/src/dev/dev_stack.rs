//! The services of `dev`, in one process, with their state in one directory.

use std::path::{Path, PathBuf};

use aws_sdk_s3::config::{BehaviorVersion, Credentials as S3Credentials, Region};
use sail_cargo_client::{Client, Credentials, Key};
use sail_cargo_database::DatabaseUrl;
use sail_cargo_middleware::{RemoteSigner, RemoteSigningExt as _};
use tokio::net::TcpListener;

use super::config::{Secrets, config, database_in};
use super::error::DevStackError;
use super::made::Made;
use super::ports::{self, Ports, of_the_port};
use super::seed::{self, ACCESS_KEY_ID, REGION, Seeded};
use super::session;
use super::storage::Storage;
use super::users::DemoTokens;
use crate::app::Application;
use crate::clock::Clock;
use crate::domain::IssuerSet;
use crate::private;

/// What a stack is made with, beside its directory.
#[derive(Debug, Default)]
pub struct DevOptions {
    /// The ports to listen on.
    pub ports: Ports,
    /// The database; `None` for a file in the directory.
    pub database: Option<DatabaseUrl>,
    /// The directory of the console's pages; `None` for those in the program.
    pub console_dir: Option<PathBuf>,
    /// The auth services that are believed beside the stack's own.
    pub issuers: IssuerSet,
}

/// A running storage and server.
pub struct DevStack {
    /// The directory of the state.
    pub directory: PathBuf,
    /// Cargo's URL.
    pub cargo_url: String,
    /// The S3 gateway's URL.
    pub gateway_url: String,
    /// The storage's URL.
    pub storage_url: String,
    seeded: Seeded,
    storage: Storage,
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
        Self::start_with(directory, DevOptions { ports, ..DevOptions::default() }).await
    }

    /// As [`Self::start`], made with `options`.
    ///
    /// # Errors
    /// [`DevStackError`] if the directory or the database cannot be used, or a port is taken.
    pub async fn start_with(directory: &Path, options: DevOptions) -> Result<Self, DevStackError> {
        // Ports first: another `dev` that holds them may use the directory, too.
        let listener = ports::bind(options.ports).await?;
        let unusable = |error| format!("{}: {error}", directory.display());
        let made = Made::from_now_on(directory).map_err(unusable)?;
        private::directory(directory).map_err(unusable)?;
        let stack = Self::start_in(directory, options, listener).await?;
        made.keep();
        Ok(stack)
    }

    async fn start_in(
        directory: &Path,
        options: DevOptions,
        listener: TcpListener,
    ) -> Result<Self, DevStackError> {
        let (ports, secrets) = (options.ports, Secrets::keep(directory)?);
        let storage = Storage::start(
            listener,
            &directory.join("s3"),
            ACCESS_KEY_ID,
            secrets.storage.expose().into(),
            REGION,
        )
        .await?;
        let storage_url = format!("http://{}", storage.address());

        let database = options.database.clone().unwrap_or_else(|| database_in(directory));
        let config = config(database.clone(), &secrets, options)?;
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
        let urls = (cargo_url.as_str(), storage_url.as_str());
        let seeded = match seed::seed(directory, database, &secrets, urls, &clock).await {
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
            seeded,
            storage,
            handle,
            server,
        })
    }

    /// A client of Cargo's API with the project's key.
    ///
    /// # Errors
    /// The HTTP client cannot be made.
    pub fn root(&self) -> Result<Client, sail_cargo_client::Error> {
        self.client(Credentials::api_key(Key::new(self.seeded.root_key.expose())))
    }

    /// A client of Cargo's API for one of the demo users, who signs in at the first request.
    ///
    /// # Errors
    /// The HTTP client cannot be made.
    pub fn user(&self, name: &str) -> Result<Client, sail_cargo_client::Error> {
        self.client(Credentials::user(self.tokens(name)?))
    }

    fn tokens(&self, name: &str) -> Result<DemoTokens, sail_cargo_client::Error> {
        DemoTokens::new(&self.cargo_url, name, &self.seeded.users.password)
    }

    /// The id of one of the demo users: what grants name. Empty for anybody else.
    pub fn user_id(&self, name: &str) -> &str {
        self.seeded.users.id(name)
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
    /// [`DevStackError`] if the server or the gateway does not answer as it should.
    pub async fn session(&self, name: &str) -> Result<S3Credentials, DevStackError> {
        session::open(&self.gateway_url, &self.tokens(name)?).await
    }

    /// The number of requests that have reached the storage.
    pub fn storage_requests(&self) -> u64 {
        self.storage.served()
    }

    /// A probe's verdict on the storage, in a few words.
    pub fn storage_safety(&self) -> &str {
        &self.seeded.storage_safety
    }

    /// Runs until a stop signal.
    ///
    /// # Errors
    /// [`DevStackError`] if the server fails.
    pub async fn run_until_stopped(self) -> Result<(), DevStackError> {
        let ended = self.server.await;
        self.storage.stop().await;
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
        f.debug_struct("DevStack").field("directory", &self.directory).finish_non_exhaustive()
    }
}
