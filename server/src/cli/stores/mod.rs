//! `stores`: storage accounts, on a server or in the local database, and probes of their storages.

mod backend;
mod gateway_test;
mod names;
mod put;
mod reach;
mod report;
mod set;
mod test;

use std::process::ExitCode;

use sail_cargo_protocol::{Store, StoreAccess};

use super::failure::Failure;
use super::format::Output;
use super::list_args::ListArgs;
use super::output;
use super::remote::Remote;
use crate::config::{ConfigError, DatabaseSettings, Settings};
use crate::sharing;
use crate::storage_probe::{StoreUse, safety_of};
use backend::StoreBackend;
pub(super) use backend::told;
pub(super) use names::bucket;
use names::slug;
use put::{PutStoreArgs, put};
use set::{SetStoreArgs, set};
use test::{TestStoreArgs, test};

#[derive(Debug, clap::Subcommand)]
pub(super) enum StoresCommand {
    /// Probe a storage, then create its account or replace it
    #[command(
        after_help = "Example:\n  SAIL_CARGO_STORE_SECRET=… sail-cargo stores put main \\\n    \
        --endpoint https://s3.example.com --region us-east-1 --access-key-id AKIA…"
    )]
    Put(Box<PutStoreArgs>),
    /// Change how requests reach a storage, without its secret
    #[command(after_help = "Example:\n  sail-cargo stores set main --access gateway")]
    Set(SetStoreArgs),
    /// Probe whether the storage refuses requests that differ from what was signed: exit code 0 if
    /// it does
    #[command(after_help = "Examples:\n  sail-cargo stores test main\n  \
        sail-cargo stores test main --through-gateway")]
    Test(Box<TestStoreArgs>),
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

pub(super) async fn stores(
    command: StoresCommand,
    fill: impl Fn(Settings) -> Result<Settings, ConfigError>,
) -> Result<ExitCode, Failure> {
    match command {
        StoresCommand::Put(args) => put(*args, &fill).await,
        StoresCommand::Set(args) => set(args, &fill).await,
        StoresCommand::Test(args) => test(*args, &fill).await,
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

fn list(output: Output, stores: &[Store]) -> Result<(), Failure> {
    for store in stores {
        store
            .warnings
            .iter()
            .for_each(|warning| output::say(&format!("{}: {warning}", store.name)));
    }
    let heading = ["NAME", "ENDPOINTS", "REGION", "ACCESS KEY ID", "ACCESS", "STORAGE"];
    output.list(stores, heading, |store| {
        let urls: Vec<_> = store.endpoints.iter().map(|endpoint| endpoint.url.clone()).collect();
        [
            store.name.clone(),
            urls.join(" "),
            store.region.clone(),
            store.access_key_id.clone(),
            access_word(store.access).to_owned(),
            safety_of(store.probe.as_ref(), StoreUse::from(store)),
        ]
    })
}

const fn access_word(access: StoreAccess) -> &'static str {
    match access {
        StoreAccess::Direct => "direct",
        StoreAccess::Gateway => "gateway",
    }
}
