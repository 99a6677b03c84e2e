//! Which server a command talks to, and as whom.

use std::path::PathBuf;
use std::sync::Arc;

use sail_cargo_client::{Client, Credentials, Key, StaticToken, TokenFile, TokenProvider};

use super::Failure;
use crate::config;

/// The id of the argument that names a server.
pub(super) const SERVER: &str = "server-url";
/// Where a server is when nothing else is said.
pub(super) const LOCAL: &str = "http://127.0.0.1:8080";

#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Server")]
pub(super) struct Remote {
    /// The server [default: http://127.0.0.1:8080]
    #[arg(id = SERVER, long = "url", visible_alias = "server", env = "SAIL_CARGO_URL")]
    #[arg(value_name = "URL")]
    url: Option<String>,
    /// File that holds an API key (or SAIL_CARGO_API_KEY)
    #[arg(long, env = "SAIL_CARGO_API_KEY_FILE", value_name = "PATH")]
    api_key_file: Option<PathBuf>,
    /// File that holds a user's token (or SAIL_CARGO_TOKEN)
    #[arg(long, env = "SAIL_CARGO_TOKEN_FILE", value_name = "PATH")]
    token_file: Option<PathBuf>,
    /// The project, where the key is the operator's
    #[arg(id = "in-project", long, env = "SAIL_CARGO_PROJECT", value_name = "PROJECT")]
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
        Ok(builder.build()?)
    }

    /// The same, where a server was named; without one the command works on the local database.
    pub(super) fn named(&self) -> Result<Option<Client>, Failure> {
        self.url().map(|_| self.client()).transpose()
    }

    /// The server, where one was named: an empty variable names none.
    fn url(&self) -> Option<&str> {
        self.url.as_deref().filter(|url| !url.is_empty())
    }

    /// The project, where one was named.
    pub(super) fn project(&self) -> Option<&str> {
        self.project.as_deref()
    }

    fn credentials(&self) -> Result<Credentials, Failure> {
        let key = config::secret("SAIL_CARGO_API_KEY", self.api_key_file.as_deref())?;
        let key = key.map(|key| Key::new(key.expose()));
        match (key, self.token()?) {
            (Some(key), None) => Ok(Credentials::api_key(key)),
            (None, Some(token)) => Ok(Credentials::user(token)),
            (Some(key), Some(token)) => Ok(Credentials::on_behalf_of(token, key)),
            (None, None) => Err("give SAIL_CARGO_API_KEY or SAIL_CARGO_TOKEN (or …_FILE)".into()),
        }
    }

    /// A token in a file is read for each request: a long transfer may outlive the first one.
    fn token(&self) -> Result<Option<Arc<dyn TokenProvider>>, Failure> {
        let token = config::secret("SAIL_CARGO_TOKEN", self.token_file.as_deref())?;
        Ok(match (token, &self.token_file) {
            (Some(_), Some(file)) => Some(Arc::new(TokenFile::new(file))),
            (Some(token), None) => Some(Arc::new(StaticToken::new(token.expose()))),
            (None, _) => None,
        })
    }
}
