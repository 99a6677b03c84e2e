//! The local database, for the first rows: written directly by whoever can open it. Everything
//! later goes through a server.

use super::failure::Failure;
use crate::clock::Clock;
use crate::config::{ConfigError, DatabaseSettings, Settings};
use crate::domain::{Caller, Context, OperatorName, Origin, ProjectId};
use crate::service::Service;

pub(super) type Fill<'a> = &'a dyn Fn(Settings) -> Result<Settings, ConfigError>;

/// The command line, as the record has it.
const AGENT: &str = concat!("sail-cargo/", env!("CARGO_PKG_VERSION"));

/// What is done at the command line is done by an operator, in `project` where there is one.
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

/// The database of the settings, with its schema up to date.
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
