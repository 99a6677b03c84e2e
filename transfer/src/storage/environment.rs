//! Reads the configuration of the storage from the environment.

use std::env::VarError;
use std::path::PathBuf;

use sail_cargo_client::Credentials;

use super::error::{StorageError, wrong};
use super::secrets::{API_KEY, API_KEY_FILE, TOKEN, TOKEN_FILE};
use super::{key, secrets};

const URL: &str = "SAIL_CARGO_URL";
const BUCKET: &str = "SAIL_CARGO_BUCKET";
const PREFIX: &str = "SAIL_CARGO_PREFIX";
const LOCAL_DIR: &str = "SAIL_CARGO_LOCAL_DIR";

/// Default directory for files, below the current directory.
const DEFAULT_DIR: &str = ".sail-cargo/files";

/// The configuration in the environment.
#[derive(Debug)]
pub(super) struct Settings {
    pub(super) chosen: BackendSettings,
    /// The prefix of all keys.
    pub(super) prefix: String,
}

/// The place of the objects, and how to reach it.
#[derive(Debug)]
pub(super) enum BackendSettings {
    Local { directory: PathBuf },
    Cargo { url: String, credentials: Credentials, bucket: String },
}

/// Reads the variables of this process.
///
/// # Errors
/// [`StorageError::Configuration`] if they are incomplete or contradictory.
pub(super) fn read() -> Result<Settings, StorageError> {
    from_vars(variable)
}

/// The text of a variable. Invalid UTF-8 is kept as a wrong value, so that it does not count as
/// absent.
#[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
fn variable(name: &str) -> Option<String> {
    match std::env::var(name) {
        Ok(text) => Some(text),
        Err(VarError::NotUnicode(text)) => Some(text.to_string_lossy().into_owned()),
        Err(VarError::NotPresent) => None,
    }
}

/// Reads the configuration from the variables that `get` returns. An empty variable counts as
/// absent.
fn from_vars(get: impl Fn(&str) -> Option<String>) -> Result<Settings, StorageError> {
    let get = |name: &str| get(name).filter(|text| !text.is_empty());
    let prefix = get(PREFIX).unwrap_or_default();
    key::check_prefix(&prefix).map_err(|flaw| wrong(PREFIX, format!("is not a prefix: {flaw}")))?;
    let chosen = match get(URL) {
        Some(url) => cargo(url, get)?,
        None => local(get)?,
    };
    Ok(Settings { chosen, prefix })
}

/// A local directory, if no variable is about Cargo.
fn local(get: impl Fn(&str) -> Option<String>) -> Result<BackendSettings, StorageError> {
    let of_cargo = [BUCKET, API_KEY, API_KEY_FILE, TOKEN, TOKEN_FILE];
    if let Some(name) = of_cargo.into_iter().find(|name| get(name).is_some()) {
        let problem = format!(
            "is set, and {URL} is not: set {URL} as well to keep objects with Cargo, or unset \
             {name} to keep them in a local directory",
        );
        return Err(wrong(name, problem));
    }
    let directory = get(LOCAL_DIR).unwrap_or_else(|| DEFAULT_DIR.to_owned());
    Ok(BackendSettings::Local { directory: directory.into() })
}

fn cargo(
    url: String,
    get: impl Fn(&str) -> Option<String>,
) -> Result<BackendSettings, StorageError> {
    if get(LOCAL_DIR).is_some() {
        let problem = format!(
            "is set, and {URL} is too: unset {URL} to keep objects in a local directory, or unset \
             {LOCAL_DIR} to keep them with Cargo",
        );
        return Err(wrong(LOCAL_DIR, problem));
    }
    let bucket = get(BUCKET).ok_or_else(|| {
        wrong(BUCKET, format!("is required with {URL}: the bucket to keep objects in"))
    })?;
    let credentials = secrets::credentials(get)?.ok_or_else(|| {
        let problem = format!(
            "is required with {URL} (or {API_KEY_FILE}); or {TOKEN} or {TOKEN_FILE}, to act as a \
             user",
        );
        wrong(API_KEY, problem)
    })?;
    Ok(BackendSettings::Cargo { url, credentials, bucket })
}

/// The error for values that Cargo's client refuses.
pub(super) fn wrong_client(error: &sail_cargo_client::Error) -> StorageError {
    wrong(URL, format!("cannot make a client of Cargo: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Settings, String> {
        let get = |name: &str| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, text)| (*text).to_owned())
        };
        from_vars(get).map_err(|error| error.to_string())
    }

    #[test]
    fn without_cargo_there_is_a_local_directory() {
        for (variables, expected) in [
            (&[][..], DEFAULT_DIR),
            (&[(URL, ""), (BUCKET, ""), (TOKEN, "")], DEFAULT_DIR),
            (&[(LOCAL_DIR, "/srv/files")], "/srv/files"),
            (&[(PREFIX, "app/")], DEFAULT_DIR),
        ] {
            let settings = read(variables).unwrap();
            let BackendSettings::Local { directory } = settings.chosen else {
                panic!("{variables:?}")
            };
            assert_eq!(directory, PathBuf::from(expected));
        }
        assert_eq!(read(&[(PREFIX, "app/")]).unwrap().prefix, "app/");
    }

    #[test]
    fn with_cargo_there_is_a_bucket() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "the-key\n").unwrap();
        let file = file.path().to_str().unwrap();
        for (secrets, user, key) in [
            (&[(API_KEY, "k")][..], false, true),
            (&[(API_KEY_FILE, file)], false, true),
            (&[(TOKEN, "t")], true, false),
            (&[(TOKEN_FILE, "/not/there/yet")], true, false),
            (&[(TOKEN_FILE, file), (API_KEY, "k")], true, true),
            (&[(TOKEN, "t"), (API_KEY_FILE, file)], true, true),
        ] {
            let chosen = [(URL, "http://cargo.test"), (BUCKET, "photos")];
            let settings = read(&[&chosen, secrets].concat()).unwrap();
            let BackendSettings::Cargo { url, credentials, bucket } = settings.chosen else {
                panic!()
            };
            assert_eq!((&*url, &*bucket), ("http://cargo.test", "photos"));
            let kinds = format!("Credentials {{ user: {user}, api_key: {key} }}");
            assert_eq!(format!("{credentials:?}"), kinds);
        }
    }

    #[test]
    fn half_a_configuration_is_an_error_that_names_a_variable() {
        let (url, bucket, key) = ((URL, "http://cargo.test"), (BUCKET, "photos"), (API_KEY, "k"));
        let (file, empty) = ((API_KEY_FILE, "/not/there"), tempfile::NamedTempFile::new().unwrap());
        let empty = (API_KEY_FILE, empty.path().to_str().unwrap());
        for (variables, variable, what) in [
            (&[bucket][..], BUCKET, "set SAIL_CARGO_URL as well"),
            (&[(URL, ""), bucket, key], BUCKET, "SAIL_CARGO_URL is not"),
            (&[key], API_KEY, "SAIL_CARGO_URL is not"),
            (&[file], API_KEY_FILE, "SAIL_CARGO_URL is not"),
            (&[(TOKEN, "t")], TOKEN, "SAIL_CARGO_URL is not"),
            (&[(TOKEN_FILE, "/t"), (LOCAL_DIR, "x")], TOKEN_FILE, "SAIL_CARGO_URL is not"),
            (&[url, bucket, key, (LOCAL_DIR, "x")], LOCAL_DIR, "unset SAIL_CARGO_URL"),
            (&[url], BUCKET, "is required"),
            (&[url, key], BUCKET, "is required"),
            (&[url, bucket], API_KEY, "is required"),
            (&[url, bucket, key, file], API_KEY, "is given twice"),
            (&[url, bucket, (TOKEN, "t"), (TOKEN_FILE, "/t")], TOKEN, "is given twice"),
            (&[url, bucket, file], API_KEY_FILE, "/not/there"),
            (&[url, bucket, empty], API_KEY_FILE, "it is empty"),
            (&[(PREFIX, "app")], PREFIX, "must end in `/`"),
            (&[(PREFIX, "../")], PREFIX, "`..`"),
        ] {
            let error = read(variables).unwrap_err();
            assert!(error.starts_with(variable), "{variables:?}: {error}");
            assert!(error.contains(what), "{variables:?}: {error}");
        }
    }
}
