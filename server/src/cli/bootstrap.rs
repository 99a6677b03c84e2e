//! Opens the local database, so that an operator with access to it can create the first rows
//! without a server.

use super::failure::Failure;
use crate::clock::Clock;
use crate::config::{ConfigError, DatabaseSettings, Settings};
use crate::domain::{Caller, Context, OperatorName, Origin, ProjectId};
use crate::service::Service;

pub(super) type Fill<'a> = &'a dyn Fn(Settings) -> Result<Settings, ConfigError>;

/// The user agent in audit events of the command line.
const AGENT: &str = concat!("sail-cargo/", env!("CARGO_PKG_VERSION"));

/// The request context of a command: the caller is the command-line operator, in `project` if
/// given.
pub(super) fn context(project: Option<ProjectId>) -> Context {
    Context {
        caller: Caller::Operator { name: OperatorName::command_line(), project },
        now: Clock::system().now(),
        request_id: "cli".to_owned(),
        origin: Origin { agent: Some(AGENT.into()), ..Origin::default() },
        at_least: None,
        idempotency: None,
    }
}

/// Opens the database that the settings name.
pub(super) async fn open(database: DatabaseSettings, fill: Fill<'_>) -> Result<Service, Failure> {
    let settings = fill(Settings { database, ..Settings::default() })?;
    let config = settings.database.resolve()?;
    let service = Service::open(config.url, 1, config.master_key);
    let schema = service.database().schema().await?;
    schema.demand_known()?;
    match schema.missing.len() {
        0 => Ok(service),
        missing => {
            Err(format!("{missing} migrations are missing: run `sail-cargo migrate`").into())
        }
    }
}
