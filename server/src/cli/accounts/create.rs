//! `accounts create`.

use sail_cargo_protocol::{CreateAccount, CreatedAccount, Invitation, PutMember};
use serde::Serialize;

use crate::cli::failure::Failure;
use crate::cli::format::{Output, instant};
use crate::cli::named::name;
use crate::cli::remote::Remote;
use crate::cli::{output, prompt};

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct CreateArgs {
    #[command(flatten)]
    remote: Remote,
    #[command(flatten)]
    output: Output,
    /// The name to sign in with: letters, digits, `.`, `_` and `-`
    username: String,
    /// The e-mail address, to sign in with as well
    #[arg(long, value_name = "ADDRESS")]
    email: Option<String>,
    /// The name for people to read
    #[arg(long, value_name = "NAME")]
    display_name: Option<String>,
    /// The account belongs to a program
    #[arg(long)]
    service_account: bool,
    /// Read a password from standard input instead of inviting the user; for the application and operators
    #[arg(long)]
    password_stdin: bool,
    /// With a password: whether the user must set another one at the first sign-in [default: true]
    #[arg(long, value_name = "BOOL", requires = "password_stdin")]
    must_change_password: Option<bool>,
    /// A group that the user becomes a member of, such as `admins`; may be repeated. For the application and
    /// operators
    #[arg(long = "group", value_name = "GROUP", value_parser = name)]
    groups: Vec<String>,
}

pub(super) async fn create(args: CreateArgs) -> Result<(), Failure> {
    let client = args.remote.client()?;
    let password = if args.password_stdin {
        let Ok([password]) = <[_; 1]>::try_from(prompt::passwords()?) else {
            return Err("standard input: one password, in one line".into());
        };
        Some(password)
    } else {
        None
    };
    let asked = CreateAccount {
        username: args.username,
        email: args.email,
        display_name: args.display_name,
        service_account: args.service_account,
        password,
        must_change_password: args.must_change_password,
        project: None,
    };
    let created = client.create_account(&asked).await?;
    let done = format!("created account {}, id {}", created.account.username, created.account.id);
    // Before anything else may fail: the link is shown only once.
    show(args.output, &created, &done)?;
    for group in &args.groups {
        client.put_member(group, &created.account.id, &PutMember::default()).await?;
        output::say(&format!("added {} to group {group}", created.account.username));
    }
    Ok(())
}

fn show(output: Output, created: &CreatedAccount, done: &str) -> Result<(), Failure> {
    if let Some(invitation) = &created.invitation {
        return show_once(output, created, done, invitation);
    }
    output::say(done);
    if output.is_table() { Ok(()) } else { output.one(created, "") }
}

/// Prints an answer that holds an invitation; as a table, its link alone.
pub(super) fn show_once(
    output: Output,
    answer: &impl Serialize,
    done: &str,
    invitation: &Invitation,
) -> Result<(), Failure> {
    let end = instant(Some(invitation.expires_at));
    output::say(&format!(
        "{done}. The link sets its password until {end}, and is shown only once:"
    ));
    output.one(answer, invitation.link.expose())
}
