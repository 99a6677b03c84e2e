//! `healthcheck`: for containers, whose images have no curl.

use std::process::ExitCode;
use std::time::Duration;

use super::{Failure, output};
use crate::outbound::Outbound;

#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  sail-cargo healthcheck --url http://localhost:8080")]
pub(super) struct HealthcheckArgs {
    /// The server
    #[arg(long, env = "SAIL_CARGO_URL", default_value = "http://127.0.0.1:8080")]
    url: String,
}

pub(super) async fn healthcheck(args: &HealthcheckArgs) -> Result<ExitCode, Failure> {
    let http = Outbound::direct().client().timeout(Duration::from_secs(3)).build()?;
    let url = format!("{}/readyz", args.url.trim_end_matches('/'));
    let answer = http.get(url).send().await?;
    let ready = answer.status().is_success();
    output::print(&answer.text().await?)?;
    Ok(if ready { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
