//! `accounts`: the users of the embedded auth service.

mod accept;
mod create;
mod invitation_link;
mod me;

use futures_util::TryStreamExt as _;
use sail_cargo_protocol::{
    Account, AccountStatus, AccountsQuery, EndAccountSessionsQuery, PatchAccount,
};

use super::failure::Failure;
use super::format::{Output, instant, word, words};
use super::named::name;
use super::output;
use super::remote::Remote;

#[derive(Debug, clap::Subcommand)]
pub(super) enum AccountsCommand {
    /// Create an account, and print the link with which its user sets the password: the only time that it can be
    /// seen
    #[command(
        visible_alias = "add",
        after_help = "Examples:\n  sail-cargo accounts create ada --email ada@example.com --group admins\n  \
            sail-cargo accounts create backup --service-account --password-stdin < password"
    )]
    Create(create::CreateArgs),
    /// List the accounts of the project
    #[command(after_help = "Example:\n  sail-cargo accounts list --search ada --status active")]
    List {
        #[command(flatten)]
        remote: Remote,
        #[command(flatten)]
        output: Output,
        /// Only those whose username or e-mail address begins with this
        #[arg(long, value_name = "TEXT")]
        search: Option<String>,
        /// Only `active`, `invited` or `disabled` ones
        #[arg(long, value_parser = word::<AccountStatus>)]
        status: Option<AccountStatus>,
    },
    /// Show one account
    #[command(after_help = "Example:\n  sail-cargo accounts show ada")]
    Show {
        #[command(flatten)]
        remote: Remote,
        #[command(flatten)]
        output: Output,
        /// The account, by username or id
        #[arg(value_parser = name)]
        account: String,
    },
    /// Change an account. Its old username stays reserved
    #[command(after_help = "Example:\n  sail-cargo accounts set ada --display-name 'Ada Lovelace'")]
    Set(SetArgs),
    /// Disable an account: its sign-ins end, and its tokens and keys are refused
    #[command(after_help = "Example:\n  sail-cargo accounts disable ada")]
    Disable(OneArgs),
    /// Let the user of a disabled account sign in again
    #[command(after_help = "Example:\n  sail-cargo accounts enable ada")]
    Enable(OneArgs),
    /// Delete an account. Its username stays reserved
    #[command(after_help = "Example:\n  sail-cargo accounts delete ada")]
    Delete(OneArgs),
    /// Take the password of an account away, and print a link with which its user sets another one
    #[command(after_help = "Example:\n  sail-cargo accounts reset ada")]
    Reset {
        #[command(flatten)]
        remote: Remote,
        #[command(flatten)]
        output: Output,
        /// The account, by username or id
        #[arg(value_parser = name)]
        account: String,
    },
    /// Sign an account out everywhere
    #[command(
        name = "end-sessions",
        after_help = "Example:\n  sail-cargo accounts end-sessions ada --keys"
    )]
    EndSessions {
        #[command(flatten)]
        remote: Remote,
        /// The account, by username or id
        #[arg(value_parser = name)]
        account: String,
        /// Disable its access keys as well
        #[arg(long)]
        keys: bool,
    },
    /// List the usernames of deleted and renamed accounts, which no new account gets; for operators
    #[command(after_help = "Example:\n  sail-cargo accounts reserved")]
    Reserved {
        #[command(flatten)]
        remote: Remote,
        #[command(flatten)]
        output: Output,
    },
    /// Let a new account have a reserved username; for operators
    #[command(after_help = "Example:\n  sail-cargo accounts free ada")]
    Free {
        #[command(flatten)]
        remote: Remote,
        /// The reserved username
        #[arg(value_parser = name)]
        username: String,
    },
    /// Accept an invitation: set the password of your account
    #[command(
        after_help = "Example:\n  sail-cargo accounts accept 'https://cargo.example.com/console/#/invite/…'"
    )]
    Accept(accept::AcceptArgs),
    /// Show your own account, or change its e-mail address or display name, which takes a sign-in of the last 15
    /// minutes
    #[command(
        after_help = "Examples:\n  sail-cargo accounts me\n  sail-cargo accounts me --email ada@example.com"
    )]
    Me(me::MeArgs),
}

#[derive(Debug, clap::Args)]
pub(super) struct OneArgs {
    #[command(flatten)]
    remote: Remote,
    /// The account, by username or id
    #[arg(value_parser = name)]
    account: String,
}

#[derive(Debug, clap::Args)]
pub(super) struct SetArgs {
    #[command(flatten)]
    remote: Remote,
    #[command(flatten)]
    output: Output,
    /// The account, by username or id
    #[arg(value_parser = name)]
    account: String,
    /// Another username
    #[arg(long, value_name = "NAME")]
    username: Option<String>,
    /// Another e-mail address; `''` for none
    #[arg(long, value_name = "ADDRESS")]
    email: Option<String>,
    /// Another name for people to read; `''` for none
    #[arg(long, value_name = "NAME")]
    display_name: Option<String>,
    /// Whether the user must set a new password at the next sign-in
    #[arg(long, value_name = "BOOL")]
    must_change_password: Option<bool>,
}

pub(super) async fn accounts(command: AccountsCommand) -> Result<(), Failure> {
    match command {
        AccountsCommand::Create(args) => create::create(args).await,
        AccountsCommand::Accept(args) => accept::accept(args).await,
        AccountsCommand::Me(args) => me::me(args).await,
        AccountsCommand::List { remote, output, search, status } => {
            let query = AccountsQuery { search, status, ..AccountsQuery::default() };
            let all: Vec<_> = remote.client()?.accounts_stream(&query).try_collect().await?;
            rows(output, &all)
        }
        AccountsCommand::Show { remote, output, account } => {
            let account = remote.client()?.account(&account).await?;
            output.one(&account, &sheet(&account))
        }
        AccountsCommand::Set(args) => set(args).await,
        AccountsCommand::Disable(args) => turn(args, AccountStatus::Disabled).await,
        AccountsCommand::Enable(args) => turn(args, AccountStatus::Active).await,
        AccountsCommand::Delete(OneArgs { remote, account }) => {
            remote.client()?.delete_account(&account).await?;
            output::say(&format!("deleted account {account}; its username stays reserved"));
            Ok(())
        }
        AccountsCommand::Reset { remote, output, account } => {
            let invitation = remote.client()?.reset_account(&account).await?;
            create::show_once(output, &invitation, &format!("reset {account}"), &invitation)
        }
        AccountsCommand::EndSessions { remote, account, keys } => {
            let query = EndAccountSessionsQuery { keys };
            let ended = remote.client()?.end_account_sessions(&account, &query).await?;
            let keys = match ended.keys_disabled {
                0 => String::new(),
                keys => format!(", and {keys} access keys are disabled"),
            };
            output::say(&format!("{account} is signed out everywhere{keys}"));
            Ok(())
        }
        AccountsCommand::Reserved { remote, output } => {
            let all: Vec<_> = remote.client()?.reserved_usernames_stream().try_collect().await?;
            output.list(&all, ["USERNAME", "ACCOUNT", "SINCE"], |one| {
                [one.username.clone(), one.account.clone(), instant(Some(one.reserved_at))]
            })
        }
        AccountsCommand::Free { remote, username } => {
            remote.client()?.free_username(&username).await?;
            output::say(&format!("a new account may be called {username}"));
            Ok(())
        }
    }
}

async fn set(args: SetArgs) -> Result<(), Failure> {
    let patch = PatchAccount {
        username: args.username,
        email: args.email,
        display_name: args.display_name,
        status: None,
        must_change_password: args.must_change_password,
    };
    let account = args.remote.client()?.patch_account(&args.account, &patch).await?;
    args.output.one(&account, &sheet(&account))
}

async fn turn(args: OneArgs, status: AccountStatus) -> Result<(), Failure> {
    let patch = PatchAccount { status: Some(status), ..PatchAccount::default() };
    let account = args.remote.client()?.patch_account(&args.account, &patch).await?;
    output::say(&format!("account {} is {}", account.username, words([account.status])));
    Ok(())
}

fn rows(output: Output, accounts: &[Account]) -> Result<(), Failure> {
    let heading = ["USERNAME", "E-MAIL", "NAME", "STATUS", "LAST SIGN-IN", "ID"];
    output.list(accounts, heading, |account| {
        [
            account.username.clone(),
            account.email.clone().unwrap_or_else(|| "-".to_owned()),
            account.display_name.clone().unwrap_or_else(|| "-".to_owned()),
            words([account.status]),
            instant(account.last_login_at),
            account.id.clone(),
        ]
    })
}

/// An account as one `name value` pair per line, without what there is not.
fn sheet(account: &Account) -> String {
    let reset = account.reset_at.map(|at| {
        let by = account.reset_by.as_ref().map(|by| format!(" by {by}")).unwrap_or_default();
        format!("{}{by}", instant(Some(at)))
    });
    let yes = |is_so: bool| is_so.then(|| "yes".to_owned());
    let lines = [
        ("username", Some(account.username.clone())),
        ("id", Some(account.id.clone())),
        ("e-mail", account.email.clone()),
        ("name", account.display_name.clone()),
        ("status", Some(words([account.status]))),
        ("service account", yes(account.service_account)),
        ("must change password", yes(account.must_change_password)),
        ("created", Some(instant(Some(account.created_at)))),
        ("last sign-in", account.last_login_at.map(|at| instant(Some(at)))),
        ("reset", reset),
    ];
    let said = lines.into_iter().filter_map(|(name, value)| Some((name, value?)));
    said.map(|(name, value)| format!("{name:<20} {value}")).collect::<Vec<_>>().join("\n")
}
