//! `auth-keys`: the auth service's public keys, as a running server caches them.

use std::process::ExitCode;

use sail_cargo_protocol::{AuthKeys, Check};

use super::failure::Failure;
use super::format::{Output, instant};
use super::remote::Remote;

#[derive(Debug, clap::Subcommand)]
pub(super) enum AuthKeysCommand {
    /// Have the server fetch the keys now and drop those no longer published. Exit code 1 if they
    /// cannot be fetched or none is left
    #[command(after_help = "Example:\n  sail-cargo auth-keys refresh")]
    Refresh {
        #[command(flatten)]
        remote: Remote,
        #[command(flatten)]
        output: Output,
    },
}

pub(super) async fn auth_keys(command: AuthKeysCommand) -> Result<ExitCode, Failure> {
    let AuthKeysCommand::Refresh { remote, output } = command;
    let keys = remote.client()?.refresh_auth_keys().await?;
    output.one(&keys, &words(&keys))?;
    Ok(if keys.check == Check::Ok { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn words(keys: &AuthKeys) -> String {
    let standing = match &keys.check {
        Check::Ok => "ok".to_owned(),
        Check::Degraded { detail } => format!("degraded: {detail}"),
        Check::Failed { detail } => format!("failed: {detail}"),
    };
    let mut text = format!(
        "{standing}\n{} keys in use, confirmed at {}\n",
        keys.keys,
        instant(keys.confirmed_at)
    );
    for member in &keys.skipped {
        text.extend(["not used: ", member, "\n"]);
    }
    text
}
