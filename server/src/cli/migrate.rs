//! `migrate`: brings the database's schema up to date.

use super::failure::Failure;
use super::output;
use crate::clock::Clock;
use crate::config::{ConfigError, DatabaseSettings, Settings};
use crate::service::Service;
use sail_cargo_database::MasterKey;

#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  sail-cargo migrate --database-url postgres://cargo@db/cargo")]
pub(super) struct MigrateArgs {
    #[command(flatten)]
    database: DatabaseSettings,
    /// Only report missing migrations; exit code 1 if there are any
    #[arg(long)]
    check: bool,
}

pub(super) async fn migrate(
    args: MigrateArgs,
    fill: impl Fn(Settings) -> Result<Settings, ConfigError>,
) -> Result<(), Failure> {
    let settings = fill(Settings { database: args.database, ..Settings::default() })?;
    // Migrations read no sealed secret: any key will do to open the database.
    let key = MasterKey::parse(&MasterKey::generate())?;
    let service = Service::open(settings.database.url()?, 1, key);
    if args.check {
        let schema = service.database().schema().await?;
        schema.demand_known()?;
        for name in &schema.missing {
            output::print(name)?;
        }
        return match schema.missing.len() {
            0 => Ok(()),
            missing => Err(format!("{missing} migrations are missing").into()),
        };
    }
    let applied = service.migrate(Clock::system().now()).await?;
    for name in &applied {
        output::say(&format!("applied {name}"));
    }
    for left_out in service.tokens_left_out().await? {
        output::say(&left_out.to_string());
    }
    output::say(&format!("the schema is up to date ({} applied now)", applied.len()));
    Ok(())
}
