//! `password`: another password for one's own account.

use sail_cargo_client::Client;
use sail_cargo_protocol::{ChangePassword, Login};

use super::failure::Failure;
use super::login::{ServerArgs, TIMEOUT, asked, bearer, keep, nobody};
use super::sign_in::{Keeper, of_cargo};
use super::{output, prompt};
use crate::clock::Clock;

const INSTEAD: &str = "pipe the present and the new password to --password-stdin, a line each";

#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  sail-cargo password")]
pub(super) struct PasswordArgs {
    #[command(flatten)]
    server: ServerArgs,
    /// The username or e-mail address of the account [default: who is signed in]
    #[arg(long, value_name = "NAME")]
    username: Option<String>,
    /// Read the present and the new password from standard input, a line each
    #[arg(long)]
    password_stdin: bool,
}

/// Signs in anew: a password is changed by who has just proved to know it.
pub(super) async fn password(args: PasswordArgs) -> Result<(), Failure> {
    let keeper = Keeper::of_this_user()?;
    let server = args.server.url(&keeper)?;
    let kept = keeper.read()?.at(&server).cloned();
    let project = args.server.project.or_else(|| kept.as_ref()?.project.clone());
    let Some(name) = args.username.or_else(|| Some(kept?.user)) else {
        return Err(
            format!("you are not signed in at {server}: name yourself with --username").into()
        );
    };
    let (present, new) = if args.password_stdin {
        let Ok([present, new]) = <[_; 2]>::try_from(prompt::passwords()?) else {
            return Err("standard input: the present and the new password, a line each".into());
        };
        (present, new)
    } else {
        (
            prompt::secret(&format!("Present password of {name}"), INSTEAD)?,
            prompt::new_password(INSTEAD)?,
        )
    };
    let login = asked(&name, present.clone(), project.clone());
    let now = Clock::system().now();
    let answer = match nobody(&server)?.log_in(&login).await {
        Err(error) if error.code() == Some("password_change_required") => {
            nobody(&server)?.log_in(&Login { new_password: Some(new), ..login }).await?
        }
        answer => {
            let fresh = of_cargo(answer?, project.clone(), now);
            let client = Client::builder(&server).timeout(TIMEOUT).credentials(bearer(&fresh));
            let change = ChangePassword { password: present, new_password: new };
            client.build()?.change_password(&change).await?
        }
    };
    let user = answer.user.username.clone();
    keep(&keeper, &server, of_cargo(answer, project, now)).await?;
    output::say(&format!("{user} has a new password, and is signed in at {server} with it"));
    output::say("Every other sign-in of this account has ended.");
    Ok(())
}
