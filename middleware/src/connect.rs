//! Connects to the project's storage with only Cargo's address.

use aws_sdk_s3::Client;
use aws_sdk_s3::config::{BehaviorVersion, Builder, Region};
use sail_cargo_client::protocol::{AddressingStyle, Endpoint, Storage};

use crate::{RemoteSigner, RemoteSigningError, RemoteSigningExt, Way};

impl RemoteSigner {
    /// Creates an S3 client for the project's storage. Cargo says where that is, and [which
    /// way](Way) leads there (`GET /v1/whoami`): Cargo signs every request to the storage, or gives
    /// the caller sessions at its gateway. Operations, refusals and
    /// [`presign`](RemoteSigner::presign) are the same. A client follows when the operator switches
    /// the store: to the gateway with the first request that Cargo refuses for it, to the storage
    /// within five minutes. For other settings, use a
    /// [`Config::builder`](aws_sdk_s3::Config::builder) and
    /// [`remote_signing`](RemoteSigningExt::remote_signing), or
    /// [`gateway_sessions`](RemoteSigningExt::gateway_sessions).
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
    /// [`RemoteSigningError::NoStorage`] if `storage` has no endpoint, or if it is reached through
    /// a gateway that Cargo does not know.
    pub fn connect_to(&self, storage: &Storage) -> Result<Client, RemoteSigningError> {
        let way = Way::to(storage)?;
        self.route().note(storage);
        // Requests are addressed to the storage, also where they go through the gateway, so that a
        // client can take either way.
        let config = match storage.endpoints.first() {
            Some(endpoint) => {
                builder(endpoint.clone(), &storage.region).remote_signing(self.clone())
            }
            None => builder(way.endpoint(), way.region()).gateway_sessions(self.clone()),
        };
        Ok(Client::from_conf(config.build()))
    }

    /// The way that requests of this signer's clients take now, as far as Cargo said it: `None`
    /// before it was asked.
    pub fn way(&self) -> Option<Way> {
        Way::to(&*self.route().storage()?).ok()
    }

    /// Reads the address of the project's storage from Cargo (`GET /v1/whoami`).
    ///
    /// # Errors
    /// [`RemoteSigningError`] if Cargo does not answer, does not authenticate the caller, or names
    /// no storage.
    pub async fn storage(&self) -> Result<Storage, RemoteSigningError> {
        self.route().ask().await
    }
}

/// Settings for an endpoint.
fn builder(Endpoint { url, style }: Endpoint, region: &str) -> Builder {
    aws_sdk_s3::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(region.to_owned()))
        .endpoint_url(url)
        .force_path_style(style == AddressingStyle::Path)
}
