//! `accounts accept`.

use sail_cargo_protocol::AcceptInvitation;

use super::invitation_link::InvitationLink;
use crate::cli::command_target::SIGN_IN_SERVER;
use crate::cli::failure::Failure;
use crate::cli::login::nobody;
use crate::cli::{output, prompt};

const INSTEAD: &str = "pipe the password to --password-stdin";

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct AcceptArgs {
    /// The server's URL [default: that of the link]
    #[arg(id = SIGN_IN_SERVER, long = "url", visible_alias = "server", value_name = "URL")]
    url: Option<String>,
    /// The link of the invitation
    link: InvitationLink,
    /// Read the password from standard input
    #[arg(long)]
    password_stdin: bool,
}

pub(super) async fn accept(args: AcceptArgs) -> Result<(), Failure> {
    // Not the environment's server: it may be another one, and the invitation is a secret.
    let server = args.url.as_deref().or_else(|| args.link.server());
    let server = server.ok_or("--url: this invitation names no server")?;
    let client = nobody(server)?;
    let password = if args.password_stdin {
        let Ok([password]) = <[_; 1]>::try_from(prompt::passwords()?) else {
            return Err("standard input: one password, in one line".into());
        };
        password
    } else {
        prompt::new_password(INSTEAD)?
    };
    let invitation = AcceptInvitation { token: args.link.token().clone(), password };
    let accepted = client.accept_invitation(&invitation).await?;
    output::say(&format!(
        "{} has a password. Sign in: sail-cargo login --url {server} --project {} --username {}",
        accepted.username, accepted.project, accepted.username
    ));
    Ok(())
}
