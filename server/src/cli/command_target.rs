//! The target of a command: a server, or the local database.

use clap::parser::ValueSource;
use clap::{ArgMatches, Command};

use crate::config::DatabaseSettings;
use sail_cargo_database::DatabaseUrl;

/// The id of the argument that names a server.
pub(super) const SERVER: &str = "server-url";
/// The id of the argument that names the server of a sign-in. Errors of such commands name their server
/// themselves.
pub(super) const SIGN_IN_SERVER: &str = "sign-in-url";
/// The server's URL if none is given.
pub(super) const LOCAL: &str = "http://127.0.0.1:8080";
/// The id of the argument that names a database.
const DATABASE: &str = "database_url";

/// The target of a command. A command that takes both a server and a database goes to the server if
/// one is named, else to the local database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum CommandTarget {
    /// The server at this URL; [`LOCAL`] without one.
    Server(Option<String>),
    /// The server at this URL, where the user has signed in.
    SignedIn(String),
    /// The local database at this URL; without one, that of the settings file.
    Database(Option<String>),
    /// The command contacts neither.
    Nowhere,
}

/// The command names both a server and a database.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{server} names a server and {database} a local database: give only one of them")]
pub(super) struct Both {
    server: &'static str,
    database: &'static str,
}

impl CommandTarget {
    /// The target that the command line and the environment name.
    ///
    /// # Errors
    /// [`Both`] if they name a server and a database.
    pub(super) fn of(matches: &ArgMatches) -> Result<Self, Both> {
        if matches.subcommand_name() == Some("serve") {
            return Ok(Self::Nowhere);
        }
        let command = last(matches);
        match (Named::of(command, SERVER), Named::of(command, DATABASE)) {
            (Knows::Named(server), Knows::Named(database)) => Err(Both {
                server: server.by("--url", "SAIL_CARGO_URL"),
                database: database.by("--database-url", "SAIL_CARGO_DATABASE_URL"),
            }),
            (Knows::Named(server), _) => Ok(Self::Server(Some(server.url))),
            (_, Knows::Named(database)) => Ok(Self::Database(Some(database.url))),
            (_, Knows::NotNamed) => Ok(Self::Database(None)),
            (Knows::NotNamed, Knows::Not) => Ok(Self::Server(None)),
            (Knows::Not, Knows::Not) => Ok(Self::Nowhere),
        }
    }

    /// Appends the target to the first line of an error. `settled` reads the database's URL from
    /// the settings file.
    pub(super) fn remark(
        &self,
        error: &str,
        settled: impl FnOnce(DatabaseSettings) -> Option<DatabaseUrl>,
    ) -> String {
        let command_target = match self {
            Self::Server(Some(url)) => format!("server {}", plain(url)),
            Self::SignedIn(url) => format!("server {}, of the last sign-in", plain(url)),
            Self::Server(None) => format!("server {LOCAL}, the default; --url names another"),
            Self::Database(named) => {
                let settings =
                    DatabaseSettings { database_url: named.clone(), ..DatabaseSettings::default() };
                database(settled(settings))
            }
            Self::Nowhere => return error.to_owned(),
        };
        match error.split_once('\n') {
            Some((first, rest)) => format!("{first} [{command_target}]\n{rest}"),
            None => format!("{error} [{command_target}]"),
        }
    }
}

/// The URL of a target, and whether a flag gave it.
struct Named {
    url: String,
    by_flag: bool,
}

/// Whether a command takes a URL of this kind, and which it was given.
enum Knows {
    Not,
    NotNamed,
    Named(Named),
}

impl Named {
    fn of(command: &ArgMatches, id: &str) -> Knows {
        let Ok(url) = command.try_get_one::<String>(id) else { return Knows::Not };
        let by_flag = command.value_source(id) == Some(ValueSource::CommandLine);
        match url.filter(|url| by_flag || !url.is_empty()) {
            Some(url) => Knows::Named(Self { url: url.clone(), by_flag }),
            None => Knows::NotNamed,
        }
    }

    const fn by(&self, flag: &'static str, variable: &'static str) -> &'static str {
        if self.by_flag { flag } else { variable }
    }
}

/// The innermost subcommand.
pub(super) fn last(matches: &ArgMatches) -> &ArgMatches {
    matches.subcommand().map_or(matches, |(_, inner)| last(inner))
}

fn database(url: Option<DatabaseUrl>) -> String {
    match url {
        Some(DatabaseUrl::Sqlite(path)) => format!("local database sqlite:{}", path.display()),
        Some(DatabaseUrl::Postgres(url)) => format!("local database {}", plain(&url)),
        None => "local database".to_owned(),
    }
}

/// The schemes of a server's or a database's URL.
const SCHEMES: [&str; 4] = ["http", "https", "postgres", "postgresql"];

/// A URL without user, password and query. Text that is no known URL may hold a user name before
/// its first colon and a password after it: only a known scheme is shown, and `…` for the rest.
fn plain(url: &str) -> String {
    let hidden = || match url.split_once(':') {
        Some((scheme, _)) if SCHEMES.contains(&scheme) => format!("{scheme}:…"),
        _ => "…".to_owned(),
    };
    let Ok(mut parsed) = reqwest::Url::parse(url) else { return hidden() };
    let is_bare = parsed.has_host()
        && parsed.set_username("").is_ok()
        && parsed.set_password(None).is_ok()
        && SCHEMES.contains(&parsed.scheme());
    if !is_bare && parsed.scheme() != "unix" {
        return hidden();
    }
    parsed.set_query(None);
    parsed.set_fragment(None);
    parsed.as_str().trim_end_matches('/').to_owned()
}

/// The usage error of a command that names both targets.
pub(super) fn misunderstood(mut command: Command, both: &Both) -> clap::Error {
    command.error(clap::error::ErrorKind::ArgumentConflict, both)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command_target(args: &[&str]) -> Result<CommandTarget, Both> {
        let words = ["sail-cargo"].iter().chain(args);
        CommandTarget::of(&super::super::command().try_get_matches_from(words).unwrap())
    }

    fn said(args: &[&str], database: &str) -> String {
        let settled = |_: DatabaseSettings| DatabaseUrl::parse(database).ok();
        command_target(args).unwrap().remark("it failed\nbadly", settled)
    }

    #[test]
    fn a_place_that_is_named_is_where_a_command_goes() {
        let (server, database) = (["--url", "http://c"], ["--database-url", "sqlite:a.db"]);
        let to_server = || Ok(CommandTarget::Server(Some("http://c".to_owned())));
        let to_database = || Ok(CommandTarget::Database(Some("sqlite:a.db".to_owned())));
        for command in [
            &["stores", "list"][..],
            &["stores", "delete", "main"],
            &["projects", "list"],
            &["projects", "create", "photos", "--store", "main"],
            &["keys", "create", "photos", "--name", "root"],
            &["audit", "prune", "--keep", "1"],
        ] {
            let with = |more: &[&str]| command_target(&[command, more].concat());
            assert_eq!(with(&server), to_server(), "{command:?}");
            assert_eq!(with(&["--server", "http://c"]), to_server(), "{command:?}");
            assert_eq!(with(&database), to_database(), "{command:?}");
            assert_eq!(with(&["--database", "sqlite:a.db"]), to_database(), "{command:?}");
            assert_eq!(with(&[]), Ok(CommandTarget::Database(None)), "{command:?}");
            let both = with(&[server, database].concat()).unwrap_err().to_string();
            assert!(both.starts_with("--url names a server and --database-url a local"), "{both}");
        }
        for command in [&["buckets", "list"][..], &["audit", "list"], &["healthcheck"]] {
            assert_eq!(command_target(&[command, &server].concat()), to_server(), "{command:?}");
            assert_eq!(command_target(command), Ok(CommandTarget::Server(None)), "{command:?}");
        }
        assert_eq!(command_target(&["migrate"]), Ok(CommandTarget::Database(None)));
        assert_eq!(command_target(&["openapi"]), Ok(CommandTarget::Nowhere));
    }

    #[test]
    fn the_first_line_of_an_error_says_where_the_command_went_and_tells_no_password() {
        for (args, database, expected) in [
            (
                &["audit", "list"][..],
                "",
                "server http://127.0.0.1:8080, the default; --url names another",
            ),
            (&["audit", "list", "--url", "https://a:b@c/?d=e"], "", "server https://c"),
            (&["audit", "list", "--url", "unix:/run/c"], "", "server unix:/run/c"),
            (&["audit", "list", "--url", "ada:secret@c"], "", "server …"),
            (&["audit", "list", "--url", "ada:secret@c/x?y"], "", "server …"),
            (&["audit", "list", "--url", "secret@c"], "", "server …"),
            (&["audit", "list", "--url", "ada:secret"], "", "server …"),
            (&["audit", "list", "--url", "x://ada:secret@c"], "", "server …"),
            (&["audit", "list", "--url", "http:ada:secret@c"], "", "server http://c"),
            (&["audit", "list", "--url", "http://ada:secret@"], "", "server http:…"),
            (&["stores", "list"], "sqlite:a.db", "local database sqlite:a.db"),
            (&["stores", "list"], "postgres://a:b@c/d?password=e", "local database postgres://c/d"),
            (&["stores", "list"], "postgres://a:b@c,d/e", "local database postgres://c,d/e"),
            (&["stores", "list"], "postgres://a:b@c:x/d", "local database"),
        ] {
            assert_eq!(said(args, database), format!("it failed [{expected}]\nbadly"), "{args:?}");
        }
        assert_eq!(said(&["openapi"], ""), "it failed\nbadly");
    }
}
