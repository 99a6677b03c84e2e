//! The command line.

mod access_keys;
mod accounts;
mod audit;
mod auth_keys;
mod bootstrap;
mod buckets;
mod ceilings;
mod check;
mod command_target;
#[cfg(feature = "dev")]
mod dev;
mod doubts;
mod explain;
mod failure;
mod format;
mod grants;
mod grants_file;
mod grants_in;
mod grants_row;
mod grants_shown;
mod healthcheck;
mod hint;
mod issuers;
mod keys;
mod list_args;
mod login;
mod login_way;
mod me;
mod migrate;
mod named;
mod objects;
mod operations;
mod output;
mod password;
mod process_memory;
mod project_template;
mod projects;
mod prompt;
mod prune;
mod remains;
mod remote;
mod serve;
mod sign_in;
mod signing_keys;
mod simulate;
mod stores;
mod time;
mod unseen_bucket;
mod users;
mod verify;
mod visible;
mod whence;
mod whom;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

use crate::config::{self, ConfigError, Settings};
use crate::telemetry::{self, LogFormat};
use command_target::CommandTarget;
use failure::{DENIED, Failure};

/// Permission authority and signing oracle for S3
#[derive(Debug, Parser)]
#[command(name = "sail-cargo", version, propagate_version = true, max_term_width = 100)]
struct Cli {
    /// TOML file with settings; flags and environment variables win over it
    #[arg(long, env = "SAIL_CARGO_CONFIG", value_name = "PATH", global = true)]
    config: Option<PathBuf>,
    /// Format of log lines
    #[arg(long, env = "SAIL_CARGO_LOG_FORMAT", value_enum, default_value_t, global = true)]
    log_format: LogFormat,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Try everything out: storage and server in one process, with users, and a tour of the features
    #[cfg(feature = "dev")]
    Dev(dev::DevArgs),
    /// Run the server
    Serve(Box<serve::ServeArgs>),
    /// Bring the database's schema up to date
    Migrate(migrate::MigrateArgs),
    /// Storage accounts, on a server or in the local database
    #[command(subcommand)]
    Stores(stores::StoresCommand),
    /// Projects, on a server or in the local database
    #[command(subcommand)]
    Projects(projects::ProjectsCommand),
    /// API keys, on a server or in the local database; and the server's own keys
    #[command(subcommand)]
    Keys(keys::KeysCommand),
    /// Access keys, which S3 clients prove themselves with, on a running server
    #[command(subcommand)]
    AccessKeys(access_keys::AccessKeysCommand),
    /// The accounts of users, at a server that keeps them itself
    #[command(subcommand)]
    Accounts(accounts::AccountsCommand),
    /// The keys with which a server signs the tokens of its own accounts
    #[command(subcommand)]
    SigningKeys(signing_keys::SigningKeysCommand),
    /// The auth service's public keys, on a running server
    #[command(subcommand)]
    AuthKeys(auth_keys::AuthKeysCommand),
    /// Buckets of a project, and who can do what in them
    #[command(subcommand)]
    Buckets(buckets::BucketsCommand),
    /// The auth services whose tokens a server accepts
    #[command(subcommand)]
    Issuers(issuers::IssuersCommand),
    /// Ceilings kept for bucket names that are not registered
    #[command(subcommand)]
    Ceilings(ceilings::CeilingsCommand),
    /// Who may do what: create, delete, list, export and import grants
    #[command(subcommand)]
    Grants(grants::GrantsCommand),
    /// Users named by grants and groups: list them, show what they may do, revoke it
    #[command(subcommand)]
    Users(users::UsersCommand),
    /// Groups whose members Cargo keeps itself
    #[command(subcommand)]
    Groups(users::GroupsCommand),
    /// List buckets and objects, as far as your grants go
    Ls(objects::LsArgs),
    /// Print an object
    Cat(objects::CatArgs),
    /// Copy between files and S3, or within S3. Exit code 3 if denied
    Cp(objects::CpArgs),
    /// Remove objects
    Rm(objects::RmArgs),
    /// Sign in at a server. Later commands then need no options and no environment
    Login(login::LoginArgs),
    /// End the sign-in at a server, and forget it
    Logout(login::LogoutArgs),
    /// Set another password for your own account
    Password(password::PasswordArgs),
    /// Show who you are to the server: user, application or operator, project, expiry, permissions
    Whoami(me::WhoamiArgs),
    /// Show what you may do: your permissions from all sources
    Permissions(me::PermissionsArgs),
    /// Ask whether a user may do something. Exit code 0 if allowed, 3 if not
    Check(check::CheckArgs),
    /// The audit trail: who asked for what, and whether it was allowed
    #[command(subcommand)]
    Audit(audit::AuditCommand),
    /// Sign in as a user of `dev`, and print the access token
    #[cfg(feature = "dev")]
    Token(dev::TokenArgs),
    /// List every S3 operation and the permissions it needs to be signed
    Operations(operations::OperationsArgs),
    /// Judge the requests in a file against hypothetical grants, offline; for policy tests
    Simulate(simulate::SimulateArgs),
    /// Ask a running server why a request is signed or refused
    Explain(explain::ExplainArgs),
    /// Ask a running server whether it is ready; for containers
    Healthcheck(healthcheck::HealthcheckArgs),
    /// Print the REST API's contract
    #[command(after_help = "Example:\n  sail-cargo openapi > openapi.yaml")]
    Openapi,
    /// Print completions for a shell
    #[command(
        after_help = "Example:\n  sail-cargo completions bash > /etc/bash_completion.d/sail-cargo"
    )]
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

impl Command {
    /// Whether the process holds no secrets that a debugger must not read.
    const fn is_for_trying_out(&self) -> bool {
        match self {
            #[cfg(feature = "dev")]
            Self::Dev(_) => true,
            _ => false,
        }
    }
}

/// Runs the command line. Exit code 0: done; 1: failed; 2: usage error; 3: denied.
#[must_use]
pub fn run() -> ExitCode {
    let (cli, command_target) =
        understand().unwrap_or_else(|error| whence::refuse(&error, &command()));
    let default_filter = match &cli.command {
        Command::Serve(_) => "info",
        // The embedded storage logs each refusal as an error, and the tour provokes some.
        #[cfg(feature = "dev")]
        Command::Dev(_) => "warn,s3s=off,s3s_fs=off",
        _ => "warn",
    };
    let _telemetry = telemetry::start(cli.log_format, default_filter);
    if !cli.command.is_for_trying_out() {
        process_memory::keep_to_itself();
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return output::fail(&error.to_string()),
    };
    let file = cli.config.clone();
    let ended = runtime.block_on(dispatch(cli));
    // A blocked call, for example in a database's library, must not delay the exit.
    runtime.shutdown_background();
    match ended {
        Ok(code) => code,
        Err(error) => {
            let said = match error.downcast_ref::<ConfigError>() {
                Some(wrong) => whence::placed(wrong, &command(), file.as_deref()),
                None => output::chain(&*error),
            };
            let settled = |database| {
                let settings = Settings { database, ..Settings::default() };
                filled(file.as_deref(), settings).and_then(|all| all.database.url()).ok()
            };
            let code = output::fail(&command_target.remark(&said, settled));
            if let Some(hint) = hint::hint(&*error) {
                output::say(hint);
            }
            if is_denied(&*error) { ExitCode::from(DENIED) } else { code }
        }
    }
}

/// The command line's definition.
pub(crate) fn command() -> clap::Command {
    Cli::command()
}

/// Parses the arguments, and finds the command's target.
fn understand() -> Result<(Cli, CommandTarget), clap::Error> {
    let matches = command().try_get_matches().map_err(|error| {
        let args: Vec<_> = std::env::args_os().collect();
        hint::with_hint(error, &command(), &args)
    })?;
    let cli = Cli::from_arg_matches(&matches)?;
    let command_target = CommandTarget::of(&matches)
        .map_err(|both| command_target::misunderstood(command(), &both))?;
    let command_target = match command_target {
        CommandTarget::Server(None) => remote::unnamed(command_target::last(&matches)),
        named => named,
    };
    Ok((cli, command_target))
}

/// The settings, completed from the file if there is one.
fn filled(file: Option<&Path>, settings: Settings) -> Result<Settings, ConfigError> {
    match file {
        Some(file) => settings.or_file(file),
        None => Ok(settings),
    }
}

/// Whether the error is a denial.
fn is_denied(error: &(dyn std::error::Error + 'static)) -> bool {
    if objects::is_refusal(error) {
        return true;
    }
    let client = error.downcast_ref::<sail_cargo_client::Error>();
    client.is_some_and(sail_cargo_client::Error::is_denied)
}

async fn dispatch(cli: Cli) -> Result<ExitCode, Failure> {
    config::check_environment(&command())?;
    let path = cli.config;
    let fill = move |settings: Settings| filled(path.as_deref(), settings);
    match cli.command {
        #[cfg(feature = "dev")]
        Command::Dev(args) => return dev::dev(args).await,
        #[cfg(feature = "dev")]
        Command::Token(args) => dev::token(&args).await?,
        Command::Serve(args) => serve::serve(*args, fill).await?,
        Command::Migrate(args) => migrate::migrate(args, fill).await?,
        Command::Stores(command) => return stores::stores(command, fill).await,
        Command::Projects(command) => projects::projects(command, fill).await?,
        Command::Keys(command) => keys::keys(command, fill).await?,
        Command::AccessKeys(command) => access_keys::access_keys(command).await?,
        Command::Accounts(command) => accounts::accounts(command).await?,
        Command::SigningKeys(command) => signing_keys::signing_keys(command).await?,
        Command::AuthKeys(command) => return auth_keys::auth_keys(command).await,
        Command::Buckets(command) => buckets::buckets(command).await?,
        Command::Issuers(command) => return issuers::issuers(command).await,
        Command::Ceilings(command) => ceilings::ceilings(command).await?,
        Command::Grants(command) => grants::grants(command).await?,
        Command::Users(command) => users::users(command).await?,
        Command::Groups(command) => users::groups(command).await?,
        Command::Ls(args) => objects::ls(args).await?,
        Command::Cat(args) => objects::cat(args).await?,
        Command::Cp(args) => return objects::cp(args).await,
        Command::Rm(args) => return objects::rm(args).await,
        Command::Login(args) => login::login(args).await?,
        Command::Logout(args) => login::logout(args).await?,
        Command::Password(args) => password::password(args).await?,
        Command::Whoami(args) => me::whoami(args).await?,
        Command::Permissions(args) => me::permissions(args).await?,
        Command::Check(args) => return check::check(args).await,
        Command::Audit(command) => return audit::audit(command, &fill).await,
        Command::Operations(args) => operations::operations(&args)?,
        Command::Simulate(args) => return simulate::simulate(&args),
        Command::Explain(args) => return explain::explain(args).await,
        Command::Healthcheck(args) => return healthcheck::healthcheck(&args).await,
        Command::Openapi => output::print(crate::api::contract().yaml())?,
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut command(), "sail-cargo", &mut script);
            output::print(&String::from_utf8_lossy(&script))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    /// The script `./test` also runs this test without the default features.
    #[test]
    fn d24_every_build_has_ls_cp_cat_and_rm() {
        for name in ["ls", "cp", "cat", "rm"] {
            assert!(Cli::command().find_subcommand(name).is_some(), "{name}");
        }
        let has_dev = Cli::command().find_subcommand("dev").is_some();
        assert_eq!(has_dev, cfg!(feature = "dev"), "`dev` is what the feature is for");
    }

    /// Collects every command that has no subcommands, with its path.
    fn commands(command: &clap::Command, path: &str, found: &mut Vec<(String, clap::Command)>) {
        let path = format!("{path} {}", command.get_name());
        if command.get_subcommands().next().is_none() {
            found.push((path, command.clone()));
            return;
        }
        for inner in command.get_subcommands() {
            commands(inner, &path, found);
        }
    }

    #[test]
    fn every_help_lists_arguments_in_the_order_in_which_they_are_given() {
        let mut found = Vec::new();
        commands(&Cli::command(), "", &mut found);
        for (path, mut command) in found {
            let help = command.render_long_help().to_string();
            let usage = help.lines().find(|line| line.starts_with("Usage: ")).unwrap().to_owned();
            let names = command.get_positionals().map(|argument| {
                let name = argument.get_value_names().unwrap().join(" ");
                if argument.is_required_set() { format!("<{name}>") } else { format!("[{name}]") }
            });
            let mut from = help.find("\nArguments:\n").unwrap_or_default();
            for name in names {
                assert!(usage.contains(&name), "{path}: {usage}");
                let next = help[from..].find(&format!("\n  {name}"));
                from +=
                    next.unwrap_or_else(|| panic!("{path}: {name} is not in its place\n{help}"));
            }
        }
    }

    /// A URL may hold a password.
    #[test]
    fn no_help_shows_a_url_of_the_environment() {
        let mut found = Vec::new();
        commands(&Cli::command(), "", &mut found);
        for (path, command) in found {
            let arguments = command.get_arguments().filter(|argument| argument.get_env().is_some());
            for argument in arguments {
                let name = argument.get_id();
                let is_url =
                    argument.get_value_names().is_some_and(|names| names[0].contains("URL"));
                assert!(!is_url || argument.is_hide_env_values_set(), "{path}: {name}");
            }
        }
    }

    #[test]
    fn this_machine_is_called_by_one_name_in_every_help() {
        let mut found = Vec::new();
        commands(&Cli::command(), "", &mut found);
        for (path, mut command) in found {
            let help = command.render_long_help().to_string();
            assert!(!help.contains("localhost"), "{path}: 127.0.0.1 is what is printed elsewhere");
        }
    }

    #[test]
    fn every_command_has_an_example_and_takes_no_secret_as_a_flag() {
        let mut found = Vec::new();
        commands(&Cli::command(), "", &mut found);
        assert!(found.len() > 40, "{}", found.len());
        for (path, command) in found {
            let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            assert!(help.contains("Example"), "{path} --help has no example");
            assert!(help.contains("sail-cargo "), "{path}: the example is none");
            for flag in command.get_arguments().filter_map(clap::Arg::get_long) {
                let secret = ["secret", "password", "api-key", "token", "master-key"];
                assert!(!secret.contains(&flag), "{path} --{flag}");
            }
        }
    }
}
