//! Options that name the server and the caller's credentials.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use sail_cargo_client::{Client, Credentials, Key, StaticToken, Token, TokenFile, TokenProvider};

use super::command_target::{CommandTarget, LOCAL, SERVER};
use super::failure::Failure;
use super::named::name;
use super::output;
use crate::config;

const NOBODY: &str = "no credentials: set SAIL_CARGO_API_KEY or SAIL_CARGO_TOKEN, or name a file with \
    --api-key-file or --token-file";

/// The help heading of these options. Each argument sets it for itself: set on the struct, it would
/// also apply to the arguments after it.
const HEADING: &str = "Server";

#[derive(Debug, Clone, clap::Args)]
pub(super) struct Remote {
    /// The server's URL [default: http://127.0.0.1:8080]
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

impl Remote {
    /// A client of the server, with the caller's credentials.
    pub(super) fn client(&self) -> Result<Client, Failure> {
        let url = self.url().unwrap_or(LOCAL);
        let mut builder = Client::builder(url).credentials(self.credentials()?);
        if let Some(project) = &self.project {
            builder = builder.project(project);
        }
        // The key, the token and the project were validated before: only the URL can be wrong.
        builder.build().map_err(|error| format!("--server (SAIL_CARGO_URL): {error}").into())
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
        CommandTarget::Server(self.url().map(ToOwned::to_owned))
    }

    /// The project, if one is given.
    pub(super) fn project(&self) -> Option<&str> {
        self.project.as_deref()
    }

    /// The same, acting in `project`.
    pub(super) fn in_project(&self, project: &str) -> Self {
        Self { project: Some(project.to_owned()), ..self.clone() }
    }

    fn credentials(&self) -> Result<Credentials, Failure> {
        match (self.key()?, self.token()?) {
            (Some(key), None) => Ok(Credentials::api_key(key)),
            (None, Some(token)) => Ok(Credentials::user(token)),
            (Some(key), Some(token)) => {
                output::say(&self.both());
                Ok(Credentials::on_behalf_of(token, key))
            }
            (None, None) => Err(NOBODY.into()),
        }
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

/// The URL, unless it comes from an empty environment variable.
pub(super) fn said(url: Option<&str>) -> Option<&str> {
    url.filter(|url| !url.is_empty() || !config::is_blank("SAIL_CARGO_URL"))
}

/// The environment variable of a secret, with `_FILE` if it was read from a file.
fn named(name: &str, file: Option<&Path>) -> String {
    if file.is_some() { format!("{name}_FILE") } else { name.to_owned() }
}

/// Parses a value that becomes a request header.
fn word(text: &str) -> Result<String, String> {
    match name(text)? {
        plain if plain.bytes().all(|byte| byte.is_ascii_graphic()) => Ok(plain),
        _ => Err("a slug or an id: letters, digits and `-`".to_owned()),
    }
}
