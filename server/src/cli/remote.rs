//! Options that name the server and the caller's credentials.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::FromArgMatches as _;
use sail_cargo_client::{Client, Credentials, Key, StaticToken, Token, TokenFile, TokenProvider};

use super::command_target::{CommandTarget, LOCAL, SERVER};
use super::failure::Failure;
use super::named::name;
use super::output;
use super::sign_in::{Keeper, KeptToken, SignIn, server_key};
use crate::clock::Clock;
use crate::config;

const NOBODY: &str = "no credentials: run `sail-cargo login`, set SAIL_CARGO_API_KEY or SAIL_CARGO_TOKEN, or name a \
    file with --api-key-file or --token-file";

/// The help heading of these options. Each argument sets it for itself: set on the struct, it would
/// also apply to the arguments after it.
const HEADING: &str = "Server";

#[derive(Debug, Clone, clap::Args)]
pub(super) struct Remote {
    /// The server's URL [default: that of `login`, or http://127.0.0.1:8080]
    #[arg(id = SERVER, long = "url", visible_alias = "server", env = "SAIL_CARGO_URL")]
    #[arg(value_name = "URL", help_heading = HEADING, hide_env_values = true)]
    url: Option<String>,
    /// File that holds an API key (or SAIL_CARGO_API_KEY)
    #[arg(long, env = "SAIL_CARGO_API_KEY_FILE", value_name = "PATH", help_heading = HEADING)]
    api_key_file: Option<PathBuf>,
    /// File that holds a user's token (or SAIL_CARGO_TOKEN)
    #[arg(long, env = "SAIL_CARGO_TOKEN_FILE", value_name = "PATH", help_heading = HEADING)]
    token_file: Option<PathBuf>,
    /// The project to act in, for an operator's key
    #[arg(id = "in-project", long, env = "SAIL_CARGO_PROJECT", value_name = "PROJECT")]
    #[arg(value_parser = word, help_heading = HEADING)]
    project: Option<String>,
}

/// Where a command goes, and as whom.
struct Destination {
    url: String,
    credentials: Credentials,
    project: Option<String>,
}

impl Remote {
    /// A client of the server, with the caller's credentials.
    pub(super) fn client(&self) -> Result<Client, Failure> {
        let Destination { url, credentials, project } = self.destination()?;
        let mut builder = Client::builder(url).credentials(credentials);
        if let Some(project) = project {
            builder = builder.project(project);
        }
        // The key, the token and the project were validated before: only the URL can be wrong.
        builder.build().map_err(|error| wrong_url(&error))
    }

    /// Options and environment come first. A kept sign-in is for its own server: its token goes to no other, and
    /// no other credentials go to its server because it is the current one.
    fn destination(&self) -> Result<Destination, Failure> {
        let (url, project) = (self.url(), self.project.clone());
        if let Some(credentials) = self.credentials()? {
            return Ok(Destination { url: url.unwrap_or(LOCAL).to_owned(), credentials, project });
        }
        let Some((keeper, url, sign_in)) = self.look_up()? else { return Err(NOBODY.into()) };
        let project = project.or_else(|| sign_in.project.clone());
        let token = KeptToken::new(keeper, url.clone(), sign_in, Clock::system())?;
        Ok(Destination { url, credentials: Credentials::user(token), project })
    }

    /// The kept sign-in that the command uses, as it is now; None if options or environment hold credentials.
    pub(super) fn sign_in(&self) -> Result<Option<SignIn>, Failure> {
        if self.names_credentials() {
            return Ok(None);
        }
        Ok(self.look_up()?.map(|(_, _, sign_in)| sign_in))
    }

    /// The sign-in at the named server, or the last one, with the server's URL.
    fn look_up(&self) -> Result<Option<(Keeper, String, SignIn)>, Failure> {
        // Whoever has no home has signed in nowhere.
        let Ok(keeper) = Keeper::of_this_user() else { return Ok(None) };
        let all = keeper.read()?;
        let found = match self.url() {
            None => all.current().map(|(server, sign_in)| (server.to_owned(), sign_in)),
            Some(url) => {
                let server = server_key(url).map_err(|error| wrong_url(&error))?;
                all.at(&server).map(|sign_in| (server, sign_in))
            }
        };
        Ok(found.map(|(server, sign_in)| (keeper, server, sign_in.clone())))
    }

    /// A client of the server, if its URL is given; None if the command works on the local
    /// database.
    pub(super) fn named(&self) -> Result<Option<Client>, Failure> {
        self.url().map(|_| self.client()).transpose()
    }

    /// The URL as given. An empty variable counts as not given.
    fn url(&self) -> Option<&str> {
        said(self.url.as_deref())
    }

    /// The server as the target to show in error messages.
    pub(super) fn command_target(&self) -> CommandTarget {
        match self.url() {
            Some(url) => CommandTarget::Server(Some(url.to_owned())),
            None if self.names_credentials() => CommandTarget::Server(None),
            None => signed_in_at().map_or(CommandTarget::Server(None), CommandTarget::SignedIn),
        }
    }

    /// Whether options or the environment hold credentials.
    fn names_credentials(&self) -> bool {
        self.api_key_file.is_some()
            || self.token_file.is_some()
            || config::is_set("SAIL_CARGO_API_KEY")
            || config::is_set("SAIL_CARGO_TOKEN")
    }

    /// The project, if one is given.
    pub(super) fn project(&self) -> Option<&str> {
        self.project.as_deref()
    }

    /// The same, acting in `project`.
    pub(super) fn in_project(&self, project: &str) -> Self {
        Self { project: Some(project.to_owned()), ..self.clone() }
    }

    /// The credentials of options or the environment.
    fn credentials(&self) -> Result<Option<Credentials>, Failure> {
        Ok(match (self.key()?, self.token()?) {
            (Some(key), None) => Some(Credentials::api_key(key)),
            (None, Some(token)) => Some(Credentials::user(token)),
            (Some(key), Some(token)) => {
                output::say(&self.both());
                Some(Credentials::on_behalf_of(token, key))
            }
            (None, None) => None,
        })
    }

    fn key(&self) -> Result<Option<Key>, Failure> {
        let (name, file) = ("SAIL_CARGO_API_KEY", self.api_key_file.as_deref());
        let Some(key) = config::secret(name, file)? else { return Ok(None) };
        if key.expose().split_once(':').is_some_and(|(_, key)| key.starts_with("cgop_")) {
            let named = named(name, file);
            return Err(format!("{named}: give only the key, the part after the colon").into());
        }
        let key = Key::read(key.expose());
        Ok(Some(key.map_err(|error| format!("{}: {error}", named(name, file)))?))
    }

    /// The warning if both a token and a key are given.
    fn both(&self) -> String {
        let token = named("SAIL_CARGO_TOKEN", self.token_file.as_deref());
        let key = named("SAIL_CARGO_API_KEY", self.api_key_file.as_deref());
        format!(
            "{token} and {key} are both set: the token is used, and the key says which application \
             asks for its user; unset {token} to ask as the application"
        )
    }

    /// The token. One in a file is read again for each request, because a long transfer may outlive
    /// it.
    fn token(&self) -> Result<Option<Arc<dyn TokenProvider>>, Failure> {
        let (name, file) = ("SAIL_CARGO_TOKEN", self.token_file.as_deref());
        let Some(token) = config::secret(name, file)? else { return Ok(None) };
        let token = Token::read(token.expose());
        let token = token.map_err(|error| format!("{}: {error}", named(name, file)))?;
        Ok(Some(match file {
            Some(file) => Arc::new(TokenFile::new(file)),
            None => Arc::new(StaticToken::new(token)),
        }))
    }
}

/// The server of the last sign-in.
fn signed_in_at() -> Option<String> {
    let all = Keeper::of_this_user().ok()?.read().ok()?;
    all.current().map(|(server, _)| server.to_owned())
}

/// The target to show in error messages, for a command that goes to a server which options and environment do
/// not name.
pub(super) fn unnamed(command: &clap::ArgMatches) -> CommandTarget {
    // Commands that send no credentials have no kept sign-in either.
    let takes_credentials = command.try_contains_id("api_key_file").is_ok();
    let remote = takes_credentials.then(|| Remote::from_arg_matches(command).ok()).flatten();
    remote.map_or(CommandTarget::Server(None), |remote| remote.command_target())
}

fn wrong_url(error: &sail_cargo_client::Error) -> Failure {
    format!("--server (SAIL_CARGO_URL): {error}").into()
}

/// The URL, unless it comes from an empty environment variable.
pub(super) fn said(url: Option<&str>) -> Option<&str> {
    url.filter(|url| !url.is_empty() || !config::is_blank("SAIL_CARGO_URL"))
}

/// The environment variable of a secret, with `_FILE` if it was read from a file.
fn named(name: &str, file: Option<&Path>) -> String {
    if file.is_some() { format!("{name}_FILE") } else { name.to_owned() }
}

/// Parses a value that becomes a request header.
pub(super) fn word(text: &str) -> Result<String, String> {
    match name(text)? {
        plain if plain.bytes().all(|byte| byte.is_ascii_graphic()) => Ok(plain),
        _ => Err("a slug or an id: letters, digits and `-`".to_owned()),
    }
}
