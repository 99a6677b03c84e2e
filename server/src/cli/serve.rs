//! `serve`: runs the server.

use std::sync::Arc;

use tokio::signal::unix::{SignalKind, signal};

use super::failure::Failure;
use crate::app::Application;
use crate::authn::Issuers;
use crate::clock::Clock;
use crate::config::{ConfigError, Settings};
use crate::tls::Tls;

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
    if config.auth.issuers.is_empty() && config.accounts.is_none() {
        log::warn!("no auth service is configured: only API keys are accepted, no users");
    }
    let application = Application::build(config, Clock::system(), args.migrate).await?;
    let scheme = if application.tls().is_some() { "https" } else { "http" };
    log::info!("listening on {scheme}://{}", application.address());
    if let Some(address) = application.ops_address() {
        log::info!("ops endpoints on {scheme}://{address}");
    }
    if let Some(address) = application.gateway_address() {
        let scheme = if application.tls().is_some() { "https" } else { "http" };
        log::info!("S3 gateway on {scheme}://{address}");
    }
    let refreshing = refresh_on_hangup(application.issuers(), application.tls())?;
    let hangups = tokio::spawn(refreshing);
    application.run_until_stopped().await?;
    hangups.abort();
    log::info!("stopped");
    Ok(())
}

/// On SIGHUP, fetches the auth service's keys, as `POST /v1/auth-keys/refresh` does, and reads the
/// certificate again.
fn refresh_on_hangup(
    issuers: Arc<Issuers>,
    tls: Option<Tls>,
) -> std::io::Result<impl Future<Output = ()> + Send> {
    let mut hangups = signal(SignalKind::hangup())?;
    Ok(async move {
        while hangups.recv().await.is_some() {
            if let Some(tls) = &tls {
                tls.reload_and_tell("SIGHUP");
            }
            let reports = issuers.refresh().await;
            if reports.is_empty() {
                log::info!("SIGHUP: there is no auth service whose keys could be fetched");
                continue;
            }
            let keys: usize = reports.iter().map(|(_, report)| report.keys).sum();
            log::info!("SIGHUP: {keys} keys of the auth service are in use");
        }
    })
}
