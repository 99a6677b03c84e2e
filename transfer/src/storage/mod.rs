//! A simple storage: upload, download, list, delete.
//!
//! If Cargo is configured, objects are in an S3 bucket; otherwise in a local directory, so that
//! development needs no server. Calls and keys are the same, and URLs are always absolute. The
//! [crate's documentation](crate) has an example of each call.
//!
//! # The environment
//!
//! | variable | with Cargo | locally |
//! |---|---|---|
//! | `SAIL_CARGO_URL` | Cargo's address | unset |
//! | `SAIL_CARGO_BUCKET` | the bucket | unset |
//! | `SAIL_CARGO_API_KEY`, or `SAIL_CARGO_API_KEY_FILE` | credentials of the application itself | unset |
//! | `SAIL_CARGO_TOKEN`, or `SAIL_CARGO_TOKEN_FILE` | credentials of a user; with an API key as well, the application acts on behalf of the user. The file is read for every request | unset |
//! | `SAIL_CARGO_PREFIX` | optional: the prefix of every key, ends in `/` | as with Cargo |
//! | `SAIL_CARGO_LOCAL_DIR` | unset | optional: the directory; default: `.sail-cargo/files` below the current one |
//!
//! An incomplete configuration is an error. It never means a local directory: a service with a
//! missing URL must not seem to work. The address and region of S3 are not configured, because
//! Cargo reports them.
//!
//! # The local directory
//!
//! Stores objects with any key that Cargo accepts, as files that are easy to find:
//! `reports/2026/cat.png` is `reports%2F/2026%2F/cat.png`. Uploads replace an object atomically. If
//! the file system is case-insensitive, as on Windows and macOS, so are the keys. If it limits the
//! length of paths (1024 bytes on macOS), the limit applies to keys as well. Media types are not
//! stored.
//!
//! A local directory does not check permissions: what needs a grant with Cargo works without one.
//! To test denials, `sail-cargo-client` has a fake authority in `testing`.

mod bucket;
mod bucket_client;
mod calls;
mod content;
mod environment;
mod error;
mod key;
mod local;
mod object;
mod path;
mod secrets;
mod walk;

use std::path::Path;
use std::sync::{Arc, Once};

use sail_cargo_client::Client;
use sail_cargo_middleware::RemoteSigner;

pub use self::content::Content;
pub use self::error::StorageError;
pub use self::key::KeyFlaw;
pub use self::object::{Object, Objects};

use self::bucket::Bucket;
use self::local::Local;

/// Objects by key, in a bucket or a local directory. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Storage {
    backend: Backend,
    /// The prefix of all keys: empty, or ends in `/`.
    prefix: String,
}

#[derive(Debug, Clone)]
enum Backend {
    Bucket(Arc<Bucket>),
    Local(Local),
}

impl Storage {
    /// The storage in the [environment](self#the-environment). Without Cargo, it is a local
    /// directory, and a warning is logged once. Sends no request.
    ///
    /// # Errors
    /// [`StorageError::Configuration`] if the environment is incomplete or contradictory, and
    /// [`StorageError::Io`] if the directory cannot be created.
    pub fn from_env() -> Result<Self, StorageError> {
        let environment::Settings { chosen, prefix } = environment::read()?;
        let storage = match chosen {
            environment::BackendSettings::Local { directory } => {
                Self::local_by_default(&directory)?
            }
            environment::BackendSettings::Cargo { url, credentials, bucket } => {
                let client = Client::builder(url).credentials(credentials).build();
                let client = client.map_err(|error| environment::wrong_client(&error))?;
                Self::cargo(RemoteSigner::new(client), bucket)
            }
        };
        storage.below(&prefix)
    }

    /// A bucket, for the caller of `signer`. Asks Cargo for the address of S3 at the first use.
    pub fn cargo(signer: RemoteSigner, bucket: impl Into<String>) -> Self {
        let bucket = Bucket::new(signer, bucket.into());
        Self { backend: Backend::Bucket(Arc::new(bucket)), prefix: String::new() }
    }

    /// A local directory, which is created unless it exists.
    ///
    /// # Errors
    /// [`StorageError::Io`] if it cannot be created.
    pub fn local(directory: impl AsRef<Path>) -> Result<Self, StorageError> {
        let local = Local::open(directory.as_ref())?;
        Ok(Self { backend: Backend::Local(local), prefix: String::new() })
    }

    fn local_by_default(directory: &Path) -> Result<Self, StorageError> {
        static WARNED: Once = Once::new();
        let local = Local::open(directory)?;
        WARNED.call_once(|| {
            let root = local.root().display();
            log::warn!("SAIL_CARGO_URL is not set: objects are stored in {root}");
        });
        Ok(Self { backend: Backend::Local(local), prefix: String::new() })
    }

    /// This storage with `prefix` before every key. The prefix ends in `/`, and listings do not
    /// show it.
    ///
    /// # Errors
    /// [`StorageError::Key`] if the prefix is invalid.
    pub fn below(&self, prefix: &str) -> Result<Self, StorageError> {
        let longer = format!("{}{prefix}", self.prefix);
        key::check_prefix(prefix)
            .and_then(|()| key::check_prefix(&longer))
            .map_err(wrong(prefix))?;
        Ok(Self { backend: self.backend.clone(), prefix: longer })
    }

    /// Whether this is a local directory.
    pub fn is_local(&self) -> bool {
        matches!(self.backend, Backend::Local(_))
    }
}

fn wrong(key: &str) -> impl FnOnce(KeyFlaw) -> StorageError {
    move |flaw| StorageError::Key { key: key.to_owned(), flaw }
}
