//! `stores`, `projects`, `keys`: the first rows, written to the database directly by whoever can
//! open it. Everything later goes through the API.

use std::collections::BTreeSet;
use std::path::PathBuf;

use sail_cargo_protocol as wire;

use super::{Failure, output};
use crate::clock::Clock;
use crate::config::{self, ConfigError, DatabaseSettings, Settings};
use crate::domain::s3::Endpoint;
use crate::domain::{Caller, Slug};
use crate::http::projects::new_project;
use crate::http::stores::new_store;
use crate::store::{Context, MasterKey, NewKey, Store};

#[derive(Debug, clap::Subcommand)]
pub(super) enum StoresCommand {
    /// Create a storage account, or replace what is known of it
    #[command(
        after_help = "Example:\n  SAIL_CARGO_STORE_SECRET=… sail-cargo stores put main \\\n    \
        --endpoint https://s3.example.com --region us-east-1 --access-key-id AKIA…"
    )]
    Put(Box<PutStoreArgs>),
    /// List the storage accounts
    List(DatabaseArgs),
}

#[derive(Debug, clap::Args)]
pub(super) struct DatabaseArgs {
    #[command(flatten)]
    database: DatabaseSettings,
}

#[derive(Debug, clap::Args)]
pub(super) struct PutStoreArgs {
    #[command(flatten)]
    database: DatabaseSettings,
    /// Its name
    name: String,
    /// Where the storage answers, buckets in the path; may be repeated
    #[arg(long = "endpoint", value_name = "URL")]
    path_style: Vec<String>,
    /// Where the storage answers, buckets as host labels; may be repeated
    #[arg(long = "virtual-hosted-endpoint", value_name = "URL")]
    virtual_hosted: Vec<String>,
    /// The region in the signature's scope
    #[arg(long, default_value = "us-east-1")]
    region: String,
    /// The access key id; the secret comes in SAIL_CARGO_STORE_SECRET or a file
    #[arg(long)]
    access_key_id: String,
    /// File that holds the secret access key (or SAIL_CARGO_STORE_SECRET)
    #[arg(long, value_name = "PATH")]
    secret_file: Option<PathBuf>,
    /// Several projects share this account
    #[arg(long)]
    shared: bool,
}

#[derive(Debug, clap::Subcommand)]
pub(super) enum ProjectsCommand {
    /// Create a project
    #[command(after_help = "Example:\n  sail-cargo projects create photos --store main")]
    Create(CreateProjectArgs),
    /// List the projects
    List(DatabaseArgs),
}

#[derive(Debug, clap::Args)]
pub(super) struct CreateProjectArgs {
    #[command(flatten)]
    database: DatabaseSettings,
    /// The name tokens and operators use
    slug: String,
    /// The store its buckets live in
    #[arg(long)]
    store: String,
    /// An operation that root may have signed beyond the usual ones; may be repeated
    #[arg(long = "root-extra", value_name = "OPERATION")]
    root_extra: Vec<String>,
}

#[derive(Debug, clap::Subcommand)]
pub(super) enum KeysCommand {
    /// Make an API key for a project and print it: the only time it can be seen
    #[command(
        after_help = "Example:\n  sail-cargo keys create photos --name backend --scopes sign,grants:read,grants:write"
    )]
    Create(CreateKeyArgs),
    /// Print a new operator key, for SAIL_CARGO_OPERATOR_KEY
    Operator,
    /// Print a new master key, for SAIL_CARGO_MASTER_KEY
    Master,
}

#[derive(Debug, clap::Args)]
pub(super) struct CreateKeyArgs {
    #[command(flatten)]
    database: DatabaseSettings,
    /// The project, by slug or id
    project: String,
    /// What the key is for
    #[arg(long)]
    name: String,
    /// What it may be used for [default: all]
    #[arg(long, value_delimiter = ',', value_parser = scope)]
    scopes: Vec<wire::Scope>,
}

type Fill<'a> = &'a dyn Fn(Settings) -> Result<Settings, ConfigError>;

pub(super) async fn stores(
    command: StoresCommand,
    fill: impl Fn(Settings) -> Result<Settings, ConfigError>,
) -> Result<(), Failure> {
    match command {
        StoresCommand::Put(args) => put_store(*args, &fill).await,
        StoresCommand::List(args) => list_stores(args.database, &fill).await,
    }
}

async fn put_store(args: PutStoreArgs, fill: Fill<'_>) -> Result<(), Failure> {
    let secret = config::secret("SAIL_CARGO_STORE_SECRET", args.secret_file.as_deref())?
        .ok_or("give the secret access key in SAIL_CARGO_STORE_SECRET or --secret-file")?;
    let store = open(args.database, fill).await?;
    let endpoint = |style| move |url| wire::Endpoint { url, style };
    let put = wire::PutStore {
        endpoints: args
            .path_style
            .into_iter()
            .map(endpoint(wire::AddressingStyle::Path))
            .chain(
                args.virtual_hosted.into_iter().map(endpoint(wire::AddressingStyle::VirtualHosted)),
            )
            .collect(),
        region: args.region,
        access_key_id: args.access_key_id,
        secret_access_key: secret.expose().to_owned(),
        shared: args.shared,
    };
    let new = new_store(Slug::parse(&args.name)?, put).map_err(|error| error.to_string())?;
    let account = store.put_store(new, Clock::system().now()).await?;
    output::say(&format!("store {} is saved, its secret sealed", account.name));
    Ok(())
}

async fn list_stores(database: DatabaseSettings, fill: Fill<'_>) -> Result<(), Failure> {
    let stores = open(database, fill).await?.stores().await?;
    let rows: Vec<[String; 4]> = stores
        .into_iter()
        .map(|store| {
            let urls: Vec<_> = store.endpoints.iter().map(Endpoint::url).collect();
            [store.name, urls.join(" "), store.region, store.access_key_id]
        })
        .collect();
    Ok(output::table(["NAME", "ENDPOINTS", "REGION", "ACCESS KEY ID"], &rows)?)
}

pub(super) async fn projects(
    command: ProjectsCommand,
    fill: impl Fn(Settings) -> Result<Settings, ConfigError>,
) -> Result<(), Failure> {
    match command {
        ProjectsCommand::Create(args) => {
            let store = open(args.database, &fill).await?;
            let wire = wire::CreateProject {
                slug: args.slug,
                store: args.store,
                root_extra: args.root_extra,
            };
            let new = new_project(wire).map_err(|error| error.to_string())?;
            let project = store.create_project(new, Clock::system().now()).await?;
            output::print(project.id.as_str())?;
        }
        ProjectsCommand::List(args) => {
            let projects = open(args.database, &fill).await?.projects().await?;
            let rows: Vec<[String; 3]> = projects
                .into_iter()
                .map(|project| [project.slug, project.store, project.id.to_string()])
                .collect();
            output::table(["SLUG", "STORE", "ID"], &rows)?;
        }
    }
    Ok(())
}

pub(super) async fn keys(
    command: KeysCommand,
    fill: impl Fn(Settings) -> Result<Settings, ConfigError>,
) -> Result<(), Failure> {
    match command {
        KeysCommand::Master => output::print(MasterKey::generate().expose())?,
        KeysCommand::Operator => {
            let random = MasterKey::generate();
            let plain: String =
                random.expose().chars().filter(char::is_ascii_alphanumeric).collect();
            output::print(&format!("cgop_{plain}"))?;
        }
        KeysCommand::Create(args) => {
            let store = open(args.database, &fill).await?;
            let now = Clock::system().now();
            let project = store.project(args.project).await?.id;
            let scopes: BTreeSet<_> = if args.scopes.is_empty() {
                ALL_SCOPES.into_iter().collect()
            } else {
                args.scopes.into_iter().collect()
            };
            let expires_at = Some(now + chrono::TimeDelta::days(365));
            let new = NewKey { name: args.name, scopes, expires_at };
            let caller = Caller::Operator { project: Some(project.clone()) };
            let context = Context { caller, now, request_id: "cli".to_owned() };
            let (key, stored) = store.create_key(project, new, context).await?;
            output::say(&format!("API key {}, good for 365 days. It is shown once:", stored.id));
            output::print(key.expose())?;
        }
    }
    Ok(())
}

pub(super) const ALL_SCOPES: [wire::Scope; 6] = [
    wire::Scope::Sign,
    wire::Scope::GrantsRead,
    wire::Scope::GrantsWrite,
    wire::Scope::KeysRead,
    wire::Scope::KeysWrite,
    wire::Scope::AuditRead,
];

fn scope(text: &str) -> Result<wire::Scope, String> {
    serde_json::from_value(text.into()).map_err(|_| {
        "one of sign, grants:read, grants:write, keys:read, keys:write, audit:read".to_owned()
    })
}

async fn open(database: DatabaseSettings, fill: Fill<'_>) -> Result<Store, Failure> {
    let settings = fill(Settings { database, ..Settings::default() })?;
    let config = settings.database.resolve()?;
    let store = Store::open(config.url, 1, config.master_key);
    match store.pending_migrations().await?.len() {
        0 => Ok(store),
        missing => {
            Err(format!("{missing} migrations are missing: run `sail-cargo migrate`").into())
        }
    }
}
