//! `serve`: production.

use super::Failure;
use crate::app::Application;
use crate::clock::Clock;
use crate::config::{ConfigError, Settings};

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  SAIL_CARGO_MASTER_KEY_FILE=master.key sail-cargo serve --migrate \\\n    \
    --auth-keys https://auth.example.com/public-key --auth-issuer https://auth.example.com \\\n    \
    --auth-any-audience"
)]
pub(super) struct ServeArgs {
    #[command(flatten)]
    settings: Settings,
    /// Bring the schema up to date first
    #[arg(long)]
    migrate: bool,
}

pub(super) async fn serve(
    args: ServeArgs,
    fill: impl Fn(Settings) -> Result<Settings, ConfigError>,
) -> Result<(), Failure> {
    let config = fill(args.settings)?.resolve()?;
    if config.auth.is_none() {
        log::warn!("no auth service is configured: only API keys are accepted, no users");
    }
    let application = Application::build(config, Clock::system(), args.migrate).await?;
    log::info!("listening on http://{}", application.address());
    application.run_until_stopped().await?;
    log::info!("stopped");
    Ok(())
}
