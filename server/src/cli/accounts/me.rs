//! `accounts me`: one's own account.

use sail_cargo_protocol::PatchOwnAccount;

use super::sheet;
use crate::cli::failure::Failure;
use crate::cli::format::Output;
use crate::cli::remote::Remote;

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct MeArgs {
    #[command(flatten)]
    remote: Remote,
    #[command(flatten)]
    output: Output,
    /// Another e-mail address to sign in with; `''` for none
    #[arg(long, value_name = "ADDRESS")]
    email: Option<String>,
    /// Another name for people to read; `''` for none
    #[arg(long, value_name = "NAME")]
    display_name: Option<String>,
}

/// Shows the caller's account, after the changes that the options ask for.
pub(super) async fn me(args: MeArgs) -> Result<(), Failure> {
    let client = args.remote.client()?;
    let patch = PatchOwnAccount { email: args.email, display_name: args.display_name };
    let account = if patch == PatchOwnAccount::default() {
        client.own_account().await?
    } else {
        client.patch_own_account(&patch).await?
    };
    args.output.one(&account, &sheet(&account))
}
