//! `dev` and `token`: a demo stack on this machine, and tokens for it.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use rustix::fs::Mode;
use sail_cargo_client::{Refresh, TokenProvider as _};
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::failure::Failure;
use super::output;
use crate::dev::{
    ACCESS_KEY_FILE, ACCESS_KEY_HOLDER, DevOptions, DevStack, KeptUsers, Ports, USERS, tour,
};

/// The default state directory.
const DATA_DIR: &str = ".sail-cargo";
/// The port of the S3 gateway, if it is free.
const GATEWAY_PORT: u16 = 9000;

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  sail-cargo dev\n  sail-cargo dev --port 9080\n  sail-cargo dev --tour-only && echo all is well"
)]
pub(super) struct DevArgs {
    /// The directory that keeps the state between starts
    #[arg(long, default_value = DATA_DIR, value_name = "DIR")]
    data_dir: PathBuf,
    /// Port of Cargo itself; the storage listens on the next port
    #[arg(long, default_value_t = 8080, value_name = "PORT")]
    port: u16,
    /// Port of the S3 gateway [default: 9000, or a free port if that is taken]
    #[arg(long, value_name = "PORT")]
    gateway_port: Option<u16>,
    /// Serve the console of this directory, as `npm run build` makes it [default: the one in the program]
    #[arg(long, env = "SAIL_CARGO_CONSOLE_DIR", value_name = "DIR")]
    console_dir: Option<PathBuf>,
    /// Take the tour on free ports and exit: code 0 if every step did what it should
    #[arg(long)]
    tour_only: bool,
}

/// How long the server may take to shut down when the tour is interrupted.
const FAREWELL: Duration = Duration::from_secs(3);

/// The signals that end the tour.
struct Stops {
    terminate: Signal,
    interrupt: Signal,
}

impl Stops {
    fn listen() -> std::io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    /// Waits for a signal. Returns the exit code of a process that it ended: 128 and the signal's
    /// number.
    async fn next(&mut self) -> ExitCode {
        let number = tokio::select! {
            Some(()) = self.terminate.recv() => SignalKind::terminate(),
            Some(()) = self.interrupt.recv() => SignalKind::interrupt(),
            else => std::future::pending().await,
        };
        ExitCode::from(u8::try_from(128 + number.as_raw_value()).unwrap_or(u8::MAX))
    }
}

/// The usual port of S3 gateways, or any free port where that is taken.
fn gateway_port() -> u16 {
    let usual = std::net::TcpListener::bind((std::net::Ipv4Addr::LOCALHOST, GATEWAY_PORT));
    if usual.is_ok() { GATEWAY_PORT } else { 0 }
}

pub(super) async fn dev(args: DevArgs) -> Result<ExitCode, Failure> {
    // The embedded storage creates its files without a mode of its own.
    rustix::process::umask(Mode::RWXG | Mode::RWXO);
    let ports = if args.tour_only {
        Ports::default()
    } else {
        Ports {
            cargo: args.port,
            storage: args
                .port
                .checked_add(1)
                .ok_or("--port: too high: `dev` also needs the next port")?,
            gateway: args.gateway_port.unwrap_or_else(gateway_port),
        }
    };
    let mut stops = Stops::listen()?;
    let known = args.data_dir.join("cargo.db").exists();
    let options = DevOptions { ports, console_dir: args.console_dir, ..DevOptions::default() };
    let stack = tokio::select! {
        stack = DevStack::start_with(&args.data_dir, options) => stack.map_err(|error| error as Failure)?,
        code = stops.next() => return Ok(code),
    };
    introduce(&stack, known)?;
    let report = tokio::select! {
        report = tour::run(&stack) => report.map_err(|error| error as Failure)?,
        code = stops.next() => {
            output::say("stopped during the tour");
            // The server receives the signal as well and shuts itself down.
            tokio::time::timeout(FAREWELL, stack.run_until_stopped()).await.ok();
            return Ok(code);
        }
    };
    let (steps, failures) = (report.steps(), report.failures());
    if failures == 0 {
        output::print(&format!("\nAll {steps} steps did what they should."))?;
    } else {
        output::print(&format!("\n{failures} of {steps} steps FAILED."))?;
    }
    if args.tour_only {
        stack.stop().await.map_err(|error| error as Failure)?;
    } else {
        invite(&stack)?;
        stack.run_until_stopped().await.map_err(|error| error as Failure)?;
    }
    Ok(if failures == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn introduce(stack: &DevStack, known: bool) -> std::io::Result<()> {
    output::print(&format!(
        "\
Cargo, the permission authority and signing oracle for S3
  console       {}
  Cargo         {}
  S3 gateway    {}   (for any S3 client with an access key)
  S3 storage    {}   (embedded; only Cargo holds its key; probed: {})
  users         {}   (accounts; their ids are in {})
  state         {}   ({})

{}",
        console_url(&stack.cargo_url),
        stack.cargo_url,
        stack.gateway_url,
        stack.storage_url,
        stack.storage_safety(),
        USERS.join(", "),
        stack.directory.join("users.env").display(),
        stack.directory.display(),
        if known { "from an earlier start" } else { "new" },
        gateway_lines(stack),
    ))
}

/// Where people open the console: by the name, as the links in invitations have it.
fn console_url(cargo_url: &str) -> String {
    format!("{}/console/", cargo_url.replace("127.0.0.1", "localhost"))
}

/// How any S3 client is used at the gateway. The bucket is there when the tour is over.
fn gateway_lines(stack: &DevStack) -> String {
    let DevStack { gateway_url, directory, .. } = stack;
    let kept = quoted(&sourced(&directory.join(ACCESS_KEY_FILE)));
    format!(
        "\
Any S3 client reaches `demo` by the gateway after the tour, here with {ACCESS_KEY_HOLDER}'s access key:

  . {kept}
  aws --endpoint-url {gateway_url} s3 ls s3://demo/
  curl -s {gateway_url}/demo/hi.txt --aws-sigv4 aws:amz:us-east-1:s3 \\
    -H 'x-amz-content-sha256: UNSIGNED-PAYLOAD' --user \"$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY\"

"
    )
}

/// A path that `.` of a shell does not look for in `PATH`.
fn sourced(path: &Path) -> PathBuf {
    if path.components().count() > 1 { path.to_owned() } else { Path::new(".").join(path) }
}

fn invite(stack: &DevStack) -> std::io::Result<()> {
    let DevStack { cargo_url, storage_url, directory, .. } = stack;
    let data_dir = if directory == Path::new(DATA_DIR) {
        String::new()
    } else {
        format!(" --data-dir {}", quoted(directory))
    };
    let key = quoted(&directory.join("root.key"));
    output::print(&format!(
        "
It stays up; Ctrl-C ends it. In the bucket `demo` ada may read, write and delete, bob may read:

  TOKEN=$(sail-cargo token ada{data_dir})
  curl -s {cargo_url}/v1/permissions -H \"authorization: Bearer $TOKEN\"
  curl -s {cargo_url}/v1/sign -H \"authorization: Bearer $TOKEN\" -H 'content-type: application/json' \\
    -d '{{\"method\":\"PUT\",\"url\":\"{storage_url}/demo/hi.txt\",\"headers\":[],\"payload\":\"UNSIGNED-PAYLOAD\"}}'

the same at the command line:

  SAIL_CARGO_URL={cargo_url} SAIL_CARGO_TOKEN=$TOKEN sail-cargo ls s3://demo/

and as root, the application itself:

  curl -s '{cargo_url}/v1/audit-events?page_size=5' -H \"x-api-key: $(cat {key})\"
"
    ))
}

/// A path, quoted for a shell if needed.
fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-".contains(c);
    if text.chars().all(is_plain) { text } else { format!("'{}'", text.replace('\'', "'\\''")) }
}

#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  curl -H \"authorization: Bearer $(sail-cargo token ada)\" http://127.0.0.1:8080/v1/whoami"
)]
pub(super) struct TokenArgs {
    /// The demo user
    #[arg(value_parser = USERS)]
    user: String,
    /// The state directory of `dev`
    #[arg(long, default_value = DATA_DIR, value_name = "DIR")]
    data_dir: PathBuf,
}

pub(super) async fn token(args: &TokenArgs) -> Result<(), Failure> {
    let users = KeptUsers::read(&args.data_dir)?;
    let token = users.tokens(&args.user)?.token(Refresh::IfNeeded).await;
    let token = token.map_err(|error| -> Failure {
        format!("{} does not sign in at {}: {error}", args.user, users.url()).into()
    })?;
    output::print(token.expose())?;
    Ok(())
}
