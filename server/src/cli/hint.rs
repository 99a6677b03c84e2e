//! What would help, after an error of the line to the server, and after a verb that there is not.

use std::error::Error;
use std::ffi::{OsStr, OsString};

use clap::error::{ContextKind, ContextValue, ErrorKind};

/// Verbs that people take for one another.
const KIN: &[&[&str]] = &[
    &["list", "ls", "dir"],
    &["show", "get", "describe", "info", "view"],
    &["put", "add", "create", "new", "set", "give", "update", "register", "grant", "edit"],
    &["delete", "remove", "rm", "revoke", "take", "del", "unset", "drop", "unregister"],
    &["cp", "copy", "upload", "download", "mv", "sync", "push", "pull"],
    &["cat", "get", "print", "read"],
    &["serve", "server", "start", "run"],
    &["whoami", "me", "login", "who", "id"],
    &["permissions", "access", "effective", "can"],
    &["check", "test", "can", "may"],
    &["healthcheck", "status", "ping", "ready", "health"],
    &["members", "users"],
    &["list", "tail", "log", "events"],
];

/// What would help against an error of the line to the server.
pub(super) fn hint(error: &(dyn Error + 'static)) -> Option<&'static str> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(error) = error.downcast_ref::<sail_cargo_client::Error>() {
            return of_client(error);
        }
        next = error.source();
    }
    None
}

fn of_client(error: &sail_cargo_client::Error) -> Option<&'static str> {
    if error.code() == Some("no_such_route") {
        return Some("hint: --server (SAIL_CARGO_URL) names the server alone, without /v1");
    }
    if !error.is_connect() {
        return None;
    }
    // What a server says that was taken for one with TLS.
    if super::output::chain(error).contains("InvalidContentType") {
        return Some("hint: no TLS is spoken there: --server (SAIL_CARGO_URL) begins with http://");
    }
    Some("hint: is the server running, and is --server (SAIL_CARGO_URL) right?")
}

/// The error of arguments that were not understood, with the verbs that were meant, where one was
/// guessed.
pub(super) fn with_kin(
    mut error: clap::Error,
    root: &clap::Command,
    args: &[OsString],
) -> clap::Error {
    if error.kind() != ErrorKind::InvalidSubcommand {
        return error;
    }
    let Some(ContextValue::String(guess)) = error.get(ContextKind::InvalidSubcommand) else {
        return error;
    };
    let kin = kin_of(guess, parent(root, args, guess));
    if !kin.is_empty() {
        error.insert(ContextKind::SuggestedSubcommand, ContextValue::Strings(kin));
    }
    error
}

/// The command below which `guess` stood.
fn parent<'a>(root: &'a clap::Command, args: &[OsString], guess: &str) -> &'a clap::Command {
    let words = args.iter().skip(1).take_while(|word| *word != OsStr::new(guess));
    words.fold(root, |command, word| command.find_subcommand(word).unwrap_or(command))
}

/// Those below `parent` that somebody may have meant who said `guess`.
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
