//! Connects to the project's storage with only Cargo's address.

use aws_sdk_s3::Client;
use aws_sdk_s3::config::{BehaviorVersion, Builder, Region};
use sail_cargo_client::protocol::{AddressingStyle, Storage};

use crate::{RemoteSigner, RemoteSigningError, RemoteSigningExt as _};

impl RemoteSigner {
    /// Creates an S3 client for the project's storage, whose address comes from Cargo (`GET
    /// /v1/whoami`). Cargo signs every request. For other settings, use a
    /// [`Config::builder`](aws_sdk_s3::Config::builder) and
    /// [`remote_signing`](crate::RemoteSigningExt::remote_signing).
    ///
    /// ```no_run
    /// use sail_cargo_client::StaticToken;
    /// use sail_cargo_middleware::RemoteSigner;
    ///
    /// # async fn example(token: String) -> Result<(), Box<dyn std::error::Error>> {
    /// let signer = RemoteSigner::user("https://cargo.example.com", StaticToken::new(token))?;
    /// let s3 = signer.connect().await?;
    /// let cat = s3.get_object().bucket("photos").key("cat.png").send().await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`RemoteSigningError`] if Cargo does not answer, does not authenticate the caller, or names
    /// no storage.
    pub async fn connect(&self) -> Result<Client, RemoteSigningError> {
        self.connect_to(&self.storage().await?)
    }

    /// Creates an S3 client for `storage`, which comes from [`storage`](Self::storage).
    ///
    /// # Errors
    /// [`RemoteSigningError::NoStorage`] if `storage` has no endpoint.
    pub fn connect_to(&self, storage: &Storage) -> Result<Client, RemoteSigningError> {
        Ok(Client::from_conf(builder(storage)?.remote_signing(self.clone()).build()))
    }

    /// Reads the address of the project's storage from Cargo (`GET /v1/whoami`).
    ///
    /// # Errors
    /// [`RemoteSigningError`] if Cargo does not answer, does not authenticate the caller, or names
    /// no storage.
    pub async fn storage(&self) -> Result<Storage, RemoteSigningError> {
        let nobody = "operators have no project: use a project's API key, or a user's token";
        let whoami = self.client().whoami().await?;
        whoami.storage.ok_or_else(|| RemoteSigningError::no_storage(nobody))
    }
}

/// Settings for a storage. Uses its first endpoint.
fn builder(storage: &Storage) -> Result<Builder, RemoteSigningError> {
    let endpoint = storage.endpoints.first();
    let endpoint = endpoint.ok_or_else(|| RemoteSigningError::no_storage("it has no endpoint"))?;
    Ok(aws_sdk_s3::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(storage.region.clone()))
        .endpoint_url(&endpoint.url)
        .force_path_style(endpoint.style == AddressingStyle::Path))
}
