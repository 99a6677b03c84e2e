//! The command line: what operators type.

mod bootstrap;
#[cfg(feature = "dev")]
mod dev;
mod explain;
mod healthcheck;
mod migrate;
mod operations;
mod output;
mod serve;
mod simulate;
mod stores;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{CommandFactory as _, Parser, Subcommand};

use crate::config::{self, ConfigError, Settings};
use crate::telemetry::{self, LogFormat};

/// Permission authority and signing oracle for S3
#[derive(Debug, Parser)]
#[command(name = "sail-cargo", version, propagate_version = true, max_term_width = 100)]
struct Cli {
    /// TOML file with settings, below flags and environment
    #[arg(long, env = "SAIL_CARGO_CONFIG", value_name = "PATH", global = true)]
    config: Option<PathBuf>,
    /// How log lines look
    #[arg(long, env = "SAIL_CARGO_LOG_FORMAT", value_enum, default_value_t, global = true)]
    log_format: LogFormat,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Try everything out: storage, auth service and server in one, and a tour of what it does
    #[cfg(feature = "dev")]
    Dev(dev::DevArgs),
    /// Run the server
    Serve(serve::ServeArgs),
    /// Bring the database's schema up to date
    Migrate(migrate::MigrateArgs),
    /// Storage accounts, in the local database
    #[command(subcommand)]
    Stores(stores::StoresCommand),
    /// Projects, in the local database
    #[command(subcommand)]
    Projects(bootstrap::ProjectsCommand),
    /// API keys, in the local database; and the server's own keys
    #[command(subcommand)]
    Keys(bootstrap::KeysCommand),
    /// A token of the demo auth service that `dev` runs
    #[cfg(feature = "dev")]
    Token(dev::TokenArgs),
    /// Every S3 operation, and what it takes to have it signed
    Operations(operations::OperationsArgs),
    /// Judge requests of a file against hypothetical grants, offline; for policy tests
    Simulate(simulate::SimulateArgs),
    /// Ask a running server why a request is signed, or is not
    Explain(explain::ExplainArgs),
    /// Ask a running server whether it is ready; for containers
    Healthcheck(healthcheck::HealthcheckArgs),
    /// Print the REST API's contract
    Openapi,
}

/// Why a command did not do what it should.
type Failure = Box<dyn std::error::Error>;

/// Runs the command line. Exit code 0: done; 1: failed; 2: not understood; 3: denied.
#[must_use]
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    let default_filter = match &cli.command {
        Command::Serve(_) => "info",
        // The embedded storage logs each refusal as an error; the tour makes some on purpose.
        #[cfg(feature = "dev")]
        Command::Dev(_) => "warn,s3s=off,s3s_fs=off",
        _ => "warn",
    };
    telemetry::start(cli.log_format, default_filter);
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return output::fail(&error),
    };
    match runtime.block_on(dispatch(cli)) {
        Ok(code) => code,
        Err(error) => output::fail(&*error),
    }
}

async fn dispatch(cli: Cli) -> Result<ExitCode, Failure> {
    config::check_environment(&Cli::command())?;
    let path = cli.config;
    let fill = move |settings: Settings| -> Result<Settings, ConfigError> {
        match &path {
            Some(file) => settings.or_file(file),
            None => Ok(settings),
        }
    };
    match cli.command {
        #[cfg(feature = "dev")]
        Command::Dev(args) => return dev::dev(args).await,
        #[cfg(feature = "dev")]
        Command::Token(args) => dev::token(&args)?,
        Command::Serve(args) => serve::serve(args, fill).await?,
        Command::Migrate(args) => migrate::migrate(args, fill).await?,
        Command::Stores(command) => return stores::stores(command, fill).await,
        Command::Projects(command) => bootstrap::projects(command, fill).await?,
        Command::Keys(command) => bootstrap::keys(command, fill).await?,
        Command::Operations(args) => operations::operations(&args)?,
        Command::Simulate(args) => return simulate::simulate(&args),
        Command::Explain(args) => return explain::explain(args).await,
        Command::Healthcheck(args) => return healthcheck::healthcheck(&args).await,
        Command::Openapi => output::print(&crate::http::openapi::yaml())?,
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
}
