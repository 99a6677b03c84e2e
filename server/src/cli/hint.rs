//! Hints after an error: of the connection to the server, or of an unknown subcommand.

use std::error::Error;
use std::ffi::{OsStr, OsString};

use clap::error::{ContextKind, ContextValue, ErrorKind};
use sail_cargo_middleware::RemoteSigningError;

use super::unseen_bucket::UnseenBucket;

/// Groups of verbs that users take for one another.
const KIN: &[&[&str]] = &[
    &["list", "ls", "dir"],
    &["show", "get", "describe", "info", "view"],
    &["put", "add", "create", "new", "set", "give", "update", "register", "grant", "edit"],
    &["delete", "remove", "rm", "revoke", "take", "del", "unset", "drop", "unregister", "lift"],
    &["cp", "copy", "upload", "download", "mv", "sync", "push", "pull"],
    &["cat", "get", "print", "read"],
    &["serve", "server", "start", "run"],
    &["whoami", "me", "who", "id"],
    &["login", "signin", "sign-in", "auth"],
    &["logout", "signout", "sign-out"],
    &["password", "passwd"],
    &["accounts", "account", "users"],
    &["accept", "activate", "join"],
    &["permissions", "access", "effective", "can"],
    &["check", "test", "can", "may"],
    &["healthcheck", "status", "ping", "ready", "health"],
    &["members", "users"],
    &["list", "tail", "log", "events"],
];

/// A hint for an error of the connection to the server.
pub(super) fn hint(error: &(dyn Error + 'static)) -> Option<&'static str> {
    if let Some(unsigned) = RemoteSigningError::find(error) {
        return match unsigned {
            RemoteSigningError::Unreachable { message } => Some(of_silence(message)),
            RemoteSigningError::Invalid { code, .. } => of_code(code.as_deref()),
            _ => None,
        };
    }
    if error.is::<UnseenBucket>() {
        return Some(UnseenBucket::HINT);
    }
    let error = error.downcast_ref::<sail_cargo_client::Error>()?;
    if error.is_connect() {
        return Some(of_silence(&super::output::chain(error)));
    }
    of_code(error.code())
}

fn of_code(code: Option<&str>) -> Option<&'static str> {
    match code? {
        "no_such_route" => {
            Some("hint: --server (SAIL_CARGO_URL) must be the server's address without /v1")
        }
        "reauthenticate" | "sign_in_required" => {
            Some("hint: sign in again, then repeat it: sail-cargo login")
        }
        _ => None,
    }
}

/// A hint for a connection that failed, for the reason in `words`.
fn of_silence(words: &str) -> &'static str {
    // rustls reports this for an answer in plain HTTP.
    if words.contains("InvalidContentType") {
        return "hint: that server does not use TLS: --server (SAIL_CARGO_URL) must begin with \
                http://";
    }
    "hint: is the server running, and is --server (SAIL_CARGO_URL) right?"
}

/// Adds a suggestion to a usage error, if there is one.
pub(super) fn with_hint(
    error: clap::Error,
    root: &clap::Command,
    args: &[OsString],
) -> clap::Error {
    match error.kind() {
        ErrorKind::InvalidSubcommand => with_kin(error, root, args),
        ErrorKind::UnknownArgument => with_format(error),
        _ => error,
    }
}

/// Suggests `-o json` for `--json`.
fn with_format(mut error: clap::Error) -> clap::Error {
    let asked = error.get(ContextKind::InvalidArg).map(ToString::to_string);
    if asked.as_deref() == Some("--json") {
        let tip = "JSON is printed with `-o json`".into();
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![tip]));
    }
    error
}

/// Suggests subcommands for an unknown verb.
fn with_kin(mut error: clap::Error, root: &clap::Command, args: &[OsString]) -> clap::Error {
    let Some(ContextValue::String(guess)) = error.get(ContextKind::InvalidSubcommand) else {
        return error;
    };
    let kin = kin_of(guess, parent(root, args, guess));
    if !kin.is_empty() {
        error.insert(ContextKind::SuggestedSubcommand, ContextValue::Strings(kin));
    }
    error
}

/// The command that `guess` was given to as a subcommand.
fn parent<'a>(root: &'a clap::Command, args: &[OsString], guess: &str) -> &'a clap::Command {
    let words = args.iter().skip(1).take_while(|word| *word != OsStr::new(guess));
    words.fold(root, |command, word| command.find_subcommand(word).unwrap_or(command))
}

/// The subcommands of `parent` that mean something similar to `guess`.
fn kin_of(guess: &str, parent: &clap::Command) -> Vec<String> {
    let guess = guess.to_ascii_lowercase();
    let kin = KIN.iter().filter(|kin| kin.contains(&guess.as_str())).flat_map(|kin| kin.iter());
    let mut found: Vec<String> = Vec::new();
    for name in kin {
        if parent.find_subcommand(name).is_some() && !found.iter().any(|known| known == name) {
            found.push((*name).to_owned());
        }
    }
    found
}
