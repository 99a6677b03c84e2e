//! `stores put`: creates a storage account, or replaces it.

use std::path::PathBuf;
use std::process::ExitCode;

use sail_cargo_protocol as wire;

use super::super::bootstrap::Fill;
use super::super::failure::Failure;
use super::super::output;
use super::super::remote::Remote;
use super::backend::StoreBackend;
use super::names::{bucket, slug};
use super::reach::{ReachArgs, manner};
use super::report::{Format, show};
use super::set::AccessWord;
use crate::config::{self, DatabaseSettings};
use crate::domain::BucketName;
use crate::storage_probe::StoreUse;

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct PutStoreArgs {
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

/// How the secret is sealed in the local database.
#[derive(Debug, clap::Args)]
struct Sealing {
    /// Seal the secret although the other stores' secrets are sealed with another master key. After
    /// a change of the master key, put every store again
    #[arg(long)]
    new_master_key: bool,
}

pub(super) async fn put(args: PutStoreArgs, fill: Fill<'_>) -> Result<ExitCode, Failure> {
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
    show(report, Format::Text, &store, StoreUse::from(&store).is_decided())
}
