//! `stores`: storage accounts, on a server or in the local database, and probes of their storages.

use std::path::PathBuf;
use std::process::ExitCode;

use futures_util::TryStreamExt as _;
use sail_cargo_client::Client;
use sail_cargo_protocol as wire;

use super::bootstrap::{Fill, context, open};
use super::failure::Failure;
use super::format::Output;
use super::list_args::ListArgs;
use super::remote::Remote;
use super::{named, output};
use crate::api::stores::{new_store, to_wire};
use crate::api::wire::project;
use crate::clock::Clock;
use crate::config::{self, ConfigError, DatabaseSettings, Settings};
use crate::domain::{BucketName, Denied, Slug, limits};
use crate::domain::{StorageAccount, StoreAccess};
use crate::service::Service;
use crate::service::refuse_alias;
use crate::sharing;
use crate::storage_client::upstream::{Upstream, UpstreamLimits};
use crate::storage_probe::{Manner, probe_account, probe_store, safety_of, text, verdict};

#[derive(Debug, clap::Subcommand)]
pub(super) enum StoresCommand {
    /// Probe a storage, then create its account or replace it
    #[command(
        after_help = "Example:\n  SAIL_CARGO_STORE_SECRET=… sail-cargo stores put main \\\n    \
        --endpoint https://s3.example.com --region us-east-1 --access-key-id AKIA…"
    )]
    Put(Box<PutStoreArgs>),
    /// Probe whether the storage refuses requests that differ from what was signed: exit code 0 if
    /// it does
    #[command(after_help = "Example:\n  sail-cargo stores test main")]
    Test(TestStoreArgs),
    /// List the storage accounts
    #[command(after_help = "Example:\n  sail-cargo stores list")]
    List(ListArgs),
    /// Delete a storage account that no project uses
    #[command(after_help = "Example:\n  sail-cargo stores delete old")]
    Delete(DeleteStoreArgs),
}

#[derive(Debug, clap::Args)]
pub(super) struct DeleteStoreArgs {
    #[command(flatten)]
    remote: Remote,
    #[command(flatten)]
    database: DatabaseSettings,
    /// The store's name
    #[arg(value_parser = slug)]
    name: String,
}

#[derive(Debug, clap::Args)]
pub(super) struct PutStoreArgs {
    #[command(flatten)]
    remote: Remote,
    #[command(flatten)]
    database: DatabaseSettings,
    /// The store's name
    #[arg(value_parser = slug)]
    name: String,
    /// URL of the storage with buckets in the path; may be repeated
    #[arg(long = "endpoint", value_name = "URL")]
    path_style: Vec<String>,
    /// URL of the storage with buckets as host labels; may be repeated
    #[arg(long = "virtual-hosted-endpoint", value_name = "URL")]
    virtual_hosted: Vec<String>,
    /// The region that requests are signed for
    #[arg(long, default_value = "us-east-1")]
    region: String,
    /// The access key id; the secret comes from SAIL_CARGO_STORE_SECRET or --secret-file
    #[arg(long)]
    access_key_id: String,
    /// File that holds the secret access key (or SAIL_CARGO_STORE_SECRET)
    #[arg(long, env = "SAIL_CARGO_STORE_SECRET_FILE", value_name = "PATH")]
    secret_file: Option<PathBuf>,
    /// Let several projects use this account
    #[arg(long)]
    shared: bool,
    /// Sign for the storage although it accepts signed requests that were changed
    #[arg(long)]
    accept_unsafe_storage: bool,
    /// How requests reach the storage [default: as it is, direct for a new store]
    #[arg(long, value_enum)]
    access: Option<AccessWord>,
    #[command(flatten)]
    reach: ReachArgs,
    /// Save the store as unproved, without probing its storage
    #[arg(long, conflicts_with = "bucket")]
    no_probe: bool,
    #[command(flatten)]
    sealing: Sealing,
    /// Probe in this bucket, below `sail-cargo-probe/` [default: a new bucket, deleted afterwards]
    #[arg(long, value_name = "NAME", value_parser = bucket)]
    bucket: Option<BucketName>,
}

/// How requests reach a storage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum AccessWord {
    /// Clients send what Cargo signed to the storage, or go through the gateway
    Direct,
    /// Through the gateway only: Cargo signs nothing for the storage that leaves the server
    Gateway,
}

impl From<AccessWord> for StoreAccess {
    fn from(word: AccessWord) -> Self {
        match word {
            AccessWord::Direct => Self::Direct,
            AccessWord::Gateway => Self::Gateway,
        }
    }
}

/// How the secret is sealed in the local database.
#[derive(Debug, clap::Args)]
struct Sealing {
    /// Seal the secret although the other stores' secrets are sealed with another master key. After
    /// a change of the master key, put every store again
    #[arg(long)]
    new_master_key: bool,
}

/// How this process reaches a storage that it probes.
#[derive(Debug, clap::Args)]
struct ReachArgs {
    /// HTTP proxy to the storage, for a probe from the local database
    #[arg(long, env = "SAIL_CARGO_OUTBOUND_PROXY", value_name = "URL", hide_env_values = true)]
    outbound_proxy: Option<String>,
    /// File with CA certificates (PEM) to trust for the storage, for a probe from the local
    /// database
    #[arg(long, env = "SAIL_CARGO_STORAGE_CA", value_name = "FILE")]
    storage_ca: Option<PathBuf>,
}

impl ReachArgs {
    fn way(self, fill: Fill<'_>) -> Result<Upstream, Failure> {
        let Self { outbound_proxy, storage_ca } = self;
        let settings = Settings { outbound_proxy, storage_ca, ..Settings::default() };
        let outbound = fill(settings)?.outbound()?;
        Ok(Upstream::new(&outbound, UpstreamLimits::default()).map_err(|e| e.to_string())?)
    }
}

#[derive(Debug, clap::Args)]
pub(super) struct TestStoreArgs {
    #[command(flatten)]
    remote: Remote,
    #[command(flatten)]
    database: DatabaseSettings,
    #[command(flatten)]
    reach: ReachArgs,
    /// The store's name
    #[arg(value_parser = slug)]
    name: String,
    /// Probe in this bucket, below `sail-cargo-probe/` [default: a new bucket, deleted afterwards]
    #[arg(long, value_name = "NAME", value_parser = bucket)]
    bucket: Option<BucketName>,
    /// The output format
    #[arg(short, long, value_enum, default_value_t)]
    output: Format,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// Text, for people
    #[default]
    Text,
    /// JSON, for programs
    Json,
}

pub(super) async fn stores(
    command: StoresCommand,
    fill: impl Fn(Settings) -> Result<Settings, ConfigError>,
) -> Result<ExitCode, Failure> {
    match command {
        StoresCommand::Put(args) => put(*args, &fill).await,
        StoresCommand::Test(args) => test(args, &fill).await,
        StoresCommand::List(args) => {
            let backend = StoreBackend::open(&args.remote, args.database, &fill).await?;
            let stores = backend.list().await?;
            list(args.output, &stores)?;
            for warning in sharing::unsaid(&stores, &backend.projects().await?) {
                output::say(&warning);
            }
            Ok(ExitCode::SUCCESS)
        }
        StoresCommand::Delete(args) => {
            StoreBackend::open(&args.remote, args.database, &fill)
                .await?
                .delete(&args.name)
                .await?;
            output::say(&format!("deleted store {}", args.name));
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// The server or local database that keeps the stores.
enum StoreBackend {
    Local(Box<Service>),
    Remote(Client),
}

impl StoreBackend {
    async fn open(
        remote: &Remote,
        database: DatabaseSettings,
        fill: Fill<'_>,
    ) -> Result<Self, Failure> {
        match remote.named()? {
            Some(client) => Ok(Self::Remote(client)),
            None => Ok(Self::Local(Box::new(open(database, fill).await?))),
        }
    }

    /// Fails if the other stores' secrets are sealed with another master key.
    async fn demand_master_key(&self, name: &str) -> Result<(), Failure> {
        let Self::Local(store) = self else { return Ok(()) };
        let seals = store.seals().await?;
        seals.demand_ours_beside(&Slug::parse(name)?).map_err(|wrong| {
            format!("{wrong}: if it is a new key, put every store again with --new-master-key")
                .into()
        })
    }

    async fn put(
        &self,
        name: &str,
        put: wire::PutStore,
        (no_probe, manner): (bool, Manner),
    ) -> Result<wire::Store, Failure> {
        match self {
            Self::Remote(client) => {
                let bucket = manner.bucket.map(|name| name.to_string());
                let query = wire::PutStoreQuery { no_probe, bucket };
                Ok(client.put_store(name, &put, &query).await?)
            }
            Self::Local(store) => {
                let new = new_store(Slug::parse(name)?, put).map_err(|error| error.to_string())?;
                refuse_alias(store, &new, &manner.upstream, &manner.clock).await?;
                let report = if no_probe {
                    None
                } else {
                    let (store, new) = ((**store).clone(), new.clone());
                    Some(probe_account(store, new, manner, context(None)).await?)
                };
                Ok(told(store.put_store(new, report, context(None)).await?))
            }
        }
    }

    async fn get(&self, name: &str) -> Result<wire::Store, Failure> {
        match self {
            Self::Remote(client) => Ok(client.store(name).await?),
            Self::Local(store) => Ok(told(store.store(Slug::parse(name)?).await?)),
        }
    }

    async fn probe(&self, name: &str, manner: Manner) -> Result<wire::ProbeReport, Failure> {
        match self {
            Self::Remote(client) => {
                let bucket = manner.bucket.map(|name| name.to_string());
                let query = wire::ProbeQuery { bucket };
                Ok(client.probe_store(name, &query).await?)
            }
            Self::Local(store) => {
                let store = (**store).clone();
                let name = Slug::parse(name)?;
                Ok(probe_store(store, name, manner, context(None)).await?)
            }
        }
    }

    async fn list(&self) -> Result<Vec<wire::Store>, Failure> {
        match self {
            Self::Remote(client) => Ok(client.stores(&wire::PageQuery::default()).await?.items),
            Self::Local(store) => Ok(store.stores().await?.into_iter().map(told).collect()),
        }
    }

    async fn projects(&self) -> Result<Vec<wire::Project>, Failure> {
        match self {
            Self::Remote(client) => Ok(client.projects_stream().try_collect().await?),
            Self::Local(store) => {
                let all = store.projects(String::new(), usize::MAX >> 1).await?;
                Ok(all.iter().map(project).collect())
            }
        }
    }

    async fn delete(&self, name: &str) -> Result<(), Failure> {
        match self {
            Self::Remote(client) => Ok(client.delete_store(name).await?),
            Self::Local(store) => Ok(store.delete_store(Slug::parse(name)?, context(None)).await?),
        }
    }
}

async fn put(args: PutStoreArgs, fill: Fill<'_>) -> Result<ExitCode, Failure> {
    let secret = config::secret("SAIL_CARGO_STORE_SECRET", args.secret_file.as_deref())?
        .ok_or("give the secret access key in SAIL_CARGO_STORE_SECRET or --secret-file")?;
    let manner = manner(args.bucket, args.reach.way(fill)?);
    let backend = StoreBackend::open(&args.remote, args.database, fill).await?;
    if !args.sealing.new_master_key {
        backend.demand_master_key(&args.name).await?;
    }
    let endpoint = |style| move |url| wire::Endpoint { url, style };
    let path_style = args.path_style.into_iter().map(endpoint(wire::AddressingStyle::Path));
    let virtual_hosted = args.virtual_hosted.into_iter();
    let virtual_hosted = virtual_hosted.map(endpoint(wire::AddressingStyle::VirtualHosted));
    let put = wire::PutStore {
        endpoints: path_style.chain(virtual_hosted).collect(),
        region: args.region,
        access_key_id: args.access_key_id,
        secret_access_key: secret.expose().to_owned(),
        shared: args.shared,
        accept_unsafe_storage: args.accept_unsafe_storage,
        access: args.access.map(Into::into),
    };
    if !args.no_probe {
        output::say(&format!("probing the storage of {} with throw-away objects", args.name));
    }
    let saved = backend.put(&args.name, put, (args.no_probe, manner)).await;
    let store = saved.map_err(|error| format!("store {} is not saved: {error}", args.name))?;
    output::say(&format!("store {} is saved, its secret sealed", store.name));
    let Some(report) = &store.probe else {
        store.warnings.iter().for_each(|warning| output::say(warning));
        return Ok(ExitCode::SUCCESS);
    };
    show(report, Format::Text, &store, store.accept_unsafe_storage)
}

async fn test(args: TestStoreArgs, fill: Fill<'_>) -> Result<ExitCode, Failure> {
    let manner = manner(args.bucket, args.reach.way(fill)?);
    let backend = StoreBackend::open(&args.remote, args.database, fill).await?;
    let store = backend.get(&args.name).await?;
    probe(&backend, &store, manner, args.output).await
}

/// Probes the storage and prints the report.
async fn probe(
    backend: &StoreBackend,
    store: &wire::Store,
    manner: Manner,
    format: Format,
) -> Result<ExitCode, Failure> {
    output::say(&format!("probing the storage of {} with throw-away objects", store.name));
    let report = backend
        .probe(&store.name, manner)
        .await
        .map_err(|error| format!("store {} was not probed: {error}", store.name))?;
    show(&report, format, store, false)
}

/// Prints the report. With `lenient`, accepted findings are no failure.
fn show(
    report: &wire::ProbeReport,
    format: Format,
    store: &wire::Store,
    lenient: bool,
) -> Result<ExitCode, Failure> {
    match format {
        Format::Text => output::show(&text(report))?,
        Format::Json => output::print(&serde_json::to_string_pretty(report)?)?,
    }
    output::say(&verdict(report, store.accept_unsafe_storage));
    Ok(if report.safe || lenient { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn manner(bucket: Option<BucketName>, upstream: Upstream) -> Manner {
    Manner { bucket, upstream, clock: Clock::system() }
}

/// The account as the REST API represents it.
pub(super) fn told(account: StorageAccount) -> wire::Store {
    to_wire(account, Clock::system().now(), limits::DEFAULT_PROBE_AGE)
}

fn list(output: Output, stores: &[wire::Store]) -> Result<(), Failure> {
    for store in stores {
        store
            .warnings
            .iter()
            .for_each(|warning| output::say(&format!("{}: {warning}", store.name)));
    }
    output.list(stores, ["NAME", "ENDPOINTS", "REGION", "ACCESS KEY ID", "STORAGE"], |store| {
        let urls: Vec<_> = store.endpoints.iter().map(|endpoint| endpoint.url.clone()).collect();
        [
            store.name.clone(),
            urls.join(" "),
            store.region.clone(),
            store.access_key_id.clone(),
            safety_of(store.probe.as_ref(), store.accept_unsafe_storage),
        ]
    })
}

fn bucket(text: &str) -> Result<BucketName, String> {
    let name = BucketName::parse_new(&named::bucket(text)?).map_err(|error| error.to_string())?;
    if name.is_reserved() { Err(Denied::ReservedBucket(name).to_string()) } else { Ok(name) }
}

/// Parses the name of a store.
fn slug(text: &str) -> Result<String, String> {
    Slug::parse(text).map(|slug| slug.to_string()).map_err(|error| error.to_string())
}
