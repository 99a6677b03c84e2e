//! Finds the source of an invalid setting: a flag, an environment variable or a file.

use std::ffi::OsString;
use std::path::Path;

use clap::error::{ContextKind, ContextValue};

use super::output;
use crate::config::ConfigError;
use crate::text_file;

/// Prints clap's usage error and exits: code 2, or 0 for help. If the invalid value comes from an
/// environment variable, names it.
pub(super) fn refuse(error: &clap::Error, command: &clap::Command) -> ! {
    let named = match error.get(ContextKind::InvalidArg) {
        Some(ContextValue::String(name)) => flag(name),
        _ => None,
    };
    let variable = named.filter(|flag| !is_given(flag)).and_then(|flag| variable(command, &flag));
    if let Some(name) = variable.filter(|name| std::env::var_os(name).is_some()) {
        error.print().ok();
        output::say(&format!("The value is that of the environment's {}", name.to_string_lossy()));
        std::process::exit(error.exit_code());
    }
    error.exit()
}

/// The flag's name in `--workers <N>`.
fn flag(named: &str) -> Option<String> {
    let name = named.strip_prefix("--")?;
    Some(name.split([' ', '=', '<']).next().unwrap_or(name).to_owned())
}

/// Whether a flag is among the arguments of this process.
fn is_given(flag: &str) -> bool {
    let flag = format!("--{flag}");
    let with_value = format!("{flag}=");
    std::env::args_os().any(|argument| {
        let argument = argument.to_string_lossy();
        argument == flag || argument.starts_with(&with_value)
    })
}

/// The environment variable that may set a flag's value.
fn variable(command: &clap::Command, flag: &str) -> Option<OsString> {
    argument(command, &|argument| argument.get_long() == Some(flag))
        .and_then(|argument| argument.get_env().map(ToOwned::to_owned))
}

/// The first argument with an environment variable, of a command or its subcommands, that satisfies
/// `is_so`.
fn argument<'a>(
    command: &'a clap::Command,
    is_so: &impl Fn(&clap::Arg) -> bool,
) -> Option<&'a clap::Arg> {
    let own =
        command.get_arguments().find(|argument| argument.get_env().is_some() && is_so(argument));
    own.or_else(|| command.get_subcommands().find_map(|command| argument(command, is_so)))
}

/// The error with the source of the setting: flag, variable, or line of the file.
pub(super) fn placed(error: &ConfigError, command: &clap::Command, file: Option<&Path>) -> String {
    let name = error.setting();
    let flag = argument(command, &|argument| argument.get_env().is_some_and(|env| env == name));
    let flag = flag.and_then(clap::Arg::get_long);
    if let Some(flag) = flag.filter(|flag| is_given(flag)) {
        return format!("--{flag} ({name}): {}", error.detail());
    }
    let is_variable = std::env::var_os(name).is_some();
    match file.filter(|_| !is_variable).and_then(|file| in_file(file, name)) {
        Some(place) => format!("{place} ({name}): {}", error.detail()),
        None => error.to_string(),
    }
}

/// The line and key of a setting in a file.
fn in_file(path_of: &Path, name: &str) -> Option<String> {
    let text = text_file::read(path_of).ok()?;
    let wanted = name.strip_prefix("SAIL_CARGO_")?.to_ascii_lowercase();
    let mut table = String::new();
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.trim();
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.split(']').next()) {
            name.trim().clone_into(&mut table);
        } else if let Some((key, _)) = line.split_once('=') {
            let key = key.trim().trim_matches(['"', '\'']);
            let path = if table.is_empty() { key.to_owned() } else { format!("{table}.{key}") };
            if is_for(&path, &wanted) {
                return Some(format!("{}, line {number}, {path}", path_of.display()));
            }
        }
    }
    None
}

/// Whether a path in the file sets the variable: `limits.body_seconds` is `body_seconds`,
/// `database.url` is `database_url`, and `ops.address` is `ops`.
fn is_for(path: &str, variable: &str) -> bool {
    let (table, key) = path.split_once('.').unwrap_or(("", path));
    key == variable
        || path.replace('.', "_") == variable
        || (table == variable && matches!(key, "address" | "all"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_is_found_in_its_file() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("cargo.toml");
        let text = "workers = 1\n[database]\nurl = 'x'\n[limits]\nbody_seconds = 0\n[ops]\n\
            address = 'y'\n";
        std::fs::write(&file, text).unwrap();
        for (name, place) in [
            ("SAIL_CARGO_WORKERS", Some("line 1, workers")),
            ("SAIL_CARGO_DATABASE_URL", Some("line 3, database.url")),
            ("SAIL_CARGO_BODY_SECONDS", Some("line 5, limits.body_seconds")),
            ("SAIL_CARGO_OPS", Some("line 7, ops.address")),
            ("SAIL_CARGO_LISTEN", None),
        ] {
            let found = in_file(&file, name);
            assert_eq!(found, place.map(|place| format!("{}, {place}", file.display())), "{name}");
        }
    }
}
