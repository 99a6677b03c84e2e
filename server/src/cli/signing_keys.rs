//! `signing-keys`: the keys with which a server signs the tokens of its own accounts.

use sail_cargo_protocol::{RotateSigningKeysQuery, SigningKey};

use super::failure::Failure;
use super::format::{Output, instant, words};
use super::remote::Remote;

#[derive(Debug, clap::Subcommand)]
pub(super) enum SigningKeysCommand {
    /// List the keys, never their private halves
    #[command(after_help = "Example:\n  sail-cargo signing-keys list")]
    List {
        #[command(flatten)]
        remote: Remote,
        #[command(flatten)]
        output: Output,
    },
    /// Sign with a new key from now on
    #[command(after_help = "Example:\n  sail-cargo signing-keys rotate --withdraw")]
    Rotate {
        #[command(flatten)]
        remote: Remote,
        #[command(flatten)]
        output: Output,
        /// Refuse the tokens that the keys before have signed: somebody else has such a key
        #[arg(long)]
        withdraw: bool,
    },
}

pub(super) async fn signing_keys(command: SigningKeysCommand) -> Result<(), Failure> {
    match command {
        SigningKeysCommand::List { remote, output } => {
            rows(output, &remote.client()?.signing_keys().await?.items)
        }
        SigningKeysCommand::Rotate { remote, output, withdraw } => {
            let query = RotateSigningKeysQuery { withdraw };
            rows(output, &remote.client()?.rotate_signing_keys(&query).await?.items)
        }
    }
}

fn rows(output: Output, keys: &[SigningKey]) -> Result<(), Failure> {
    output.list(keys, ["KEY", "STATUS", "SIGNS FROM", "ENDS"], |key| {
        [
            key.kid.clone(),
            words([key.status]),
            instant(Some(key.signs_from)),
            instant(key.retired_at),
        ]
    })
}
