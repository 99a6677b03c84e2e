//! `stores set`: changes how a storage account is used.

use std::process::ExitCode;

use sail_cargo_protocol::{PatchStore, Store, StoreAccess};

use super::super::bootstrap::Fill;
use super::super::failure::Failure;
use super::super::output;
use super::super::remote::Remote;
use super::backend::StoreBackend;
use super::names::slug;
use crate::config::DatabaseSettings;

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct SetStoreArgs {
    #[command(flatten)]
    remote: Remote,
    #[command(flatten)]
    database: DatabaseSettings,
    /// The store's name
    #[arg(value_parser = slug)]
    name: String,
    /// How requests reach the storage [default: as it is]
    #[arg(long, value_enum, required_unless_present = "accept_unsafe_storage")]
    access: Option<AccessWord>,
    /// Whether to sign for the storage although it accepts signed requests that were changed
    /// [default: as it is]
    #[arg(long, value_name = "BOOL")]
    accept_unsafe_storage: Option<bool>,
}

/// How requests reach a storage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum AccessWord {
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

pub(super) async fn set(args: SetStoreArgs, fill: Fill<'_>) -> Result<ExitCode, Failure> {
    let backend = StoreBackend::open(&args.remote, args.database, fill).await?;
    let access = args.access.map(Into::into);
    let patch = PatchStore { access, accept_unsafe_storage: args.accept_unsafe_storage };
    let store = backend.patch(&args.name, patch).await?;
    output::say(&sentence(&store));
    store.warnings.iter().for_each(|warning| output::say(warning));
    Ok(ExitCode::SUCCESS)
}

fn sentence(store: &Store) -> String {
    let name = &store.name;
    match store.access {
        StoreAccess::Gateway => format!(
            "store {name} is reached through the gateway only: Cargo signs nothing for it that \
             leaves the server. What was signed before stays good until it ends"
        ),
        StoreAccess::Direct => format!("store {name} is reached directly"),
    }
}
