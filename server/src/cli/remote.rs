//! Which server a command talks to, and as whom.

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

/// The heading of what names a server, in the help. Each argument has it for itself: that of a command
/// would be the heading of whatever follows, too.
const HEADING: &str = "Server";

#[derive(Debug, Clone, clap::Args)]
pub(super) struct Remote {
    /// The server [default: http://127.0.0.1:8080]
    #[arg(id = SERVER, long = "url", visible_alias = "server", env = "SAIL_CARGO_URL")]
    #[arg(value_name = "URL", help_heading = HEADING, hide_env_values = true)]
    url: Option<String>,
    /// File that holds an API key (or SAIL_CARGO_API_KEY)
    #[arg(long, env = "SAIL_CARGO_API_KEY_FILE", value_name = "PATH", help_heading = HEADING)]
    api_key_file: Option<PathBuf>,
    /// File that holds a user's token (or SAIL_CARGO_TOKEN)
    #[arg(long, env = "SAIL_CARGO_TOKEN_FILE", value_name = "PATH", help_heading = HEADING)]
    token_file: Option<PathBuf>,
    /// The project, where the key is the operator's
    #[arg(id = "in-project", long, env = "SAIL_CARGO_PROJECT", value_name = "PROJECT")]
    #[arg(value_parser = word, help_heading = HEADING)]
    project: Option<String>,
}

impl Remote {
    /// A line to the server.
    pub(super) fn client(&self) -> Result<Client, Failure> {
        let url = self.url().unwrap_or(LOCAL);
        let mut builder = Client::builder(url).credentials(self.credentials()?);
        if let Some(project) = &self.project {
            builder = builder.project(project);
        }
        // All else that goes into it was looked at before.
        builder.build().map_err(|error| format!("--server (SAIL_CARGO_URL): {error}").into())
    }

    /// The same, where a server was named; without one the command works on the local database.
    pub(super) fn named(&self) -> Result<Option<Client>, Failure> {
        self.url().map(|_| self.client()).transpose()
    }

    /// The server, where one was named: an empty variable names none.
    fn url(&self) -> Option<&str> {
        said(self.url.as_deref())
    }

    /// Where what is asked goes, whatever may be kept elsewhere.
    pub(super) fn command_target(&self) -> CommandTarget {
        CommandTarget::Server(self.url().map(ToOwned::to_owned))
    }

    /// The project, where one was named.
    pub(super) fn project(&self) -> Option<&str> {
        self.project.as_deref()
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

    /// What is said where there are two.
    fn both(&self) -> String {
        let token = named("SAIL_CARGO_TOKEN", self.token_file.as_deref());
        let key = named("SAIL_CARGO_API_KEY", self.api_key_file.as_deref());
        format!(
            "{token} and {key} are both set: the token is used, and the key says which application \
             asks for its user; unset {token} to ask as the application"
        )
    }

    /// A token in a file is read for each request: a long transfer may outlive the first one.
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

/// A server as it was named, unless by a variable that is empty.
pub(super) fn said(url: Option<&str>) -> Option<&str> {
    url.filter(|url| !url.is_empty() || !config::is_blank("SAIL_CARGO_URL"))
}

/// The variable that a secret comes from, itself or as a file.
fn named(name: &str, file: Option<&Path>) -> String {
    if file.is_some() { format!("{name}_FILE") } else { name.to_owned() }
}

/// Reads what goes into a header.
fn word(text: &str) -> Result<String, String> {
    match name(text)? {
        plain if plain.bytes().all(|byte| byte.is_ascii_graphic()) => Ok(plain),
        _ => Err("a slug or an id: letters, digits and `-`".to_owned()),
    }
}
