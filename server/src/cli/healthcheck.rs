//! `healthcheck`: a readiness check for container images, which have no curl.

use std::process::ExitCode;
use std::time::Duration;

use sail_cargo_client::Client;

use super::command_target::{LOCAL, SERVER};
use super::failure::Failure;
use super::output;
use super::remote::said;

#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  sail-cargo healthcheck --url http://127.0.0.1:8080")]
pub(super) struct HealthcheckArgs {
    /// The server's URL [default: http://127.0.0.1:8080]
    #[arg(id = SERVER, long = "url", visible_alias = "server", env = "SAIL_CARGO_URL")]
    #[arg(value_name = "URL", hide_env_values = true)]
    url: Option<String>,
}

pub(super) async fn healthcheck(args: &HealthcheckArgs) -> Result<ExitCode, Failure> {
    let url = said(args.url.as_deref()).unwrap_or(LOCAL);
    let client = Client::builder(url).timeout(Duration::from_secs(3)).build();
    let client = client.map_err(|error| format!("--server (SAIL_CARGO_URL): {error}"))?;
    let readiness = client.ready().await?;
    output::print(&serde_json::to_string(&readiness)?)?;
    Ok(if readiness.ready { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
