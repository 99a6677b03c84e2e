//! `projects`, `keys`: the first rows, written to the database directly by whoever can
//! open it. Everything later goes through the API.

use std::collections::BTreeSet;

use sail_cargo_protocol as wire;

use super::{Failure, output};
use crate::clock::Clock;
use crate::config::{ConfigError, DatabaseSettings, Settings};
use crate::domain::Caller;
use crate::http::projects::new_project;
use crate::store::{Context, MasterKey, NewKey, Store};

#[derive(Debug, clap::Args)]
pub(super) struct DatabaseArgs {
    #[command(flatten)]
    pub(super) database: DatabaseSettings,
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

pub(super) type Fill<'a> = &'a dyn Fn(Settings) -> Result<Settings, ConfigError>;

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
            let caller = Caller::Operator { project: None };
            let project = store.create_project(new, context(caller)).await?;
            output::print(project.value.id.as_str())?;
        }
        ProjectsCommand::List(args) => {
            let projects =
                open(args.database, &fill).await?.projects(String::new(), usize::MAX >> 1).await?;
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
            let created = store.create_key(project, new, context(caller)).await?.value.value;
            let id = &created.stored.id;
            output::say(&format!("API key {id}, good for 365 days. It is shown once:"));
            output::print(&created.key)?;
        }
    }
    Ok(())
}

/// What is done at the command line, is done by the operator.
fn context(caller: Caller) -> Context {
    let now = Clock::system().now();
    Context { caller, now, request_id: "cli".to_owned(), at_least: None, idempotency: None }
}

pub(super) const ALL_SCOPES: [wire::Scope; 7] = [
    wire::Scope::Check,
    wire::Scope::Sign,
    wire::Scope::GrantsRead,
    wire::Scope::GrantsWrite,
    wire::Scope::KeysRead,
    wire::Scope::KeysWrite,
    wire::Scope::AuditRead,
];

fn scope(text: &str) -> Result<wire::Scope, String> {
    serde_json::from_value(text.into()).map_err(|_| {
        "one of check, sign, grants:read, grants:write, keys:read, keys:write, audit:read"
            .to_owned()
    })
}

/// The database of the settings, with its schema up to date.
pub(super) async fn open(database: DatabaseSettings, fill: Fill<'_>) -> Result<Store, Failure> {
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
