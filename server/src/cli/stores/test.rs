//! `stores test`: probes the storage, or the gateway in front of it.

use std::process::ExitCode;

use sail_cargo_protocol as wire;

use super::super::bootstrap::Fill;
use super::super::failure::Failure;
use super::super::output;
use super::super::remote::Remote;
use super::backend::StoreBackend;
use super::gateway_test::{GatewayArgs, through_gateway};
use super::names::{bucket, slug};
use super::reach::{ReachArgs, manner};
use super::report::{Format, show};
use crate::config::DatabaseSettings;
use crate::domain::BucketName;
use crate::storage_probe::Manner;

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct TestStoreArgs {
    #[command(flatten)]
    remote: Remote,
    #[command(flatten)]
    database: DatabaseSettings,
    #[command(flatten)]
    reach: ReachArgs,
    #[command(flatten)]
    gateway: GatewayArgs,
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

pub(super) async fn test(args: TestStoreArgs, fill: Fill<'_>) -> Result<ExitCode, Failure> {
    let manner = manner(args.bucket, args.reach.way(fill)?);
    let backend = StoreBackend::open(&args.remote, args.database, fill).await?;
    let store = backend.get(&args.name).await?;
    if args.gateway.through_gateway {
        let asked = (args.gateway, args.output);
        return through_gateway(&args.remote, &backend, &store, manner, asked).await;
    }
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
