//! The smallest helper of all: upload, download, list, delete.
//!
//! With Cargo configured this goes to a bucket of S3; without, to a local directory, so that
//! development needs nothing: the same calls, the same keys, and always an absolute URL. The
//! [crate's documentation](crate) has an example of each call.
//!
//! # The environment
//!
//! | variable | with Cargo | locally |
//! |---|---|---|
//! | `SAIL_CARGO_URL` | where Cargo is | unset |
//! | `SAIL_CARGO_BUCKET` | the bucket | unset |
//! | `SAIL_CARGO_API_KEY`, or `SAIL_CARGO_API_KEY_FILE` | asks for the application itself | unset |
//! | `SAIL_CARGO_TOKEN`, or `SAIL_CARGO_TOKEN_FILE` | asks for a user; with a key as well, the application does so on their behalf. The file is read for every request | unset |
//! | `SAIL_CARGO_PREFIX` | optional: put before every key, ends in `/` | the same |
//! | `SAIL_CARGO_LOCAL_DIR` | unset | optional: the directory; `.sail-cargo/files` below the current one when left out |
//!
//! Half a configuration is an error, never a local directory: a service whose URL was forgotten
//! must not seem to work. Where S3 is, its region included, is not configured: Cargo says so.
//!
//! # The local directory
//!
//! Holds every key that Cargo signs for, as a file that one finds: `reports/2026/cat.png` is
//! `reports%2F/2026%2F/cat.png`. An object is replaced at once and as a whole, or not at all. On
//! file systems that take `A` for `a`, as those of Windows and macOS do, so does the directory;
//! and where paths are short (1024 bytes on macOS), so are keys. Media types are not kept.
//!
//! There is nobody to say no: what needs a grant with Cargo works without. `sail-cargo-client` has
//! an authority for tests of that, in `testing`.

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
    /// Before every key: empty, or ends in `/`.
    prefix: String,
}

#[derive(Debug, Clone)]
enum Backend {
    Bucket(Arc<Bucket>),
    Local(Local),
}

impl Storage {
    /// The storage that the [environment](self#the-environment) names; a local directory, of
    /// which a warning is logged once, when it says nothing of Cargo. Contacts nobody.
    ///
    /// # Errors
    /// [`StorageError::Configuration`] when the environment makes no whole, and
    /// [`StorageError::Io`] when the directory cannot be made.
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

    /// A bucket, in the name of whoever `signer` is. Where S3 is, Cargo is asked when it is
    /// needed first.
    pub fn cargo(signer: RemoteSigner, bucket: impl Into<String>) -> Self {
        let bucket = Bucket::new(signer, bucket.into());
        Self { backend: Backend::Bucket(Arc::new(bucket)), prefix: String::new() }
    }

    /// A directory, which is made if it is not there.
    ///
    /// # Errors
    /// [`StorageError::Io`] when it cannot be made.
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

    /// The same storage, with `prefix` put before every key. It ends in `/`, and is not in what
    /// listings show.
    ///
    /// # Errors
    /// [`StorageError::Key`] when it is no prefix.
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
