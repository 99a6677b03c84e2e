//! `healthcheck`: for containers, whose images have no curl.

use std::process::ExitCode;
use std::time::Duration;

use super::remote::{LOCAL, SERVER};
use super::{Failure, output};
use crate::outbound::Outbound;

#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  sail-cargo healthcheck --url http://localhost:8080")]
pub(super) struct HealthcheckArgs {
    /// The server [default: http://127.0.0.1:8080]
    #[arg(id = SERVER, long = "url", visible_alias = "server", env = "SAIL_CARGO_URL")]
    #[arg(value_name = "URL")]
    url: Option<String>,
}

pub(super) async fn healthcheck(args: &HealthcheckArgs) -> Result<ExitCode, Failure> {
    let http = Outbound::direct().client().timeout(Duration::from_secs(3)).build()?;
    let named = args.url.as_deref().filter(|url| !url.is_empty());
    let url = format!("{}/readyz", named.unwrap_or(LOCAL).trim_end_matches('/'));
    let answer = http.get(url).send().await?;
    let ready = answer.status().is_success();
    output::print(&answer.text().await?)?;
    Ok(if ready { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
