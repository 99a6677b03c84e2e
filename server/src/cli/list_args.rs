//! Options of a listing from a server or from the local database.

use super::format::Output;
use super::remote::Remote;
use crate::config::DatabaseSettings;

#[derive(Debug, clap::Args)]
pub(super) struct ListArgs {
    #[command(flatten)]
    pub(super) remote: Remote,
    #[command(flatten)]
    pub(super) database: DatabaseSettings,
    #[command(flatten)]
    pub(super) output: Output,
}
