#![doc = include_str!("../README.md")]
//!
//! # As the application itself
//!
//! ```no_run
//! use aws_sdk_s3::config::{BehaviorVersion, Region};
//! use sail_cargo_middleware::{RemoteSigner, RemoteSigningExt};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let key = std::env::var("CARGO_API_KEY")?;
//! let config = aws_sdk_s3::Config::builder()
//!     .behavior_version(BehaviorVersion::latest())
//!     .region(Region::new("us-east-1"))
//!     .endpoint_url("https://s3.example.com")
//!     .remote_signing(RemoteSigner::root("https://cargo.example.com", key)?)
//!     .build();
//! aws_sdk_s3::Client::from_conf(config).create_bucket().bucket("photos").send().await?;
//! # Ok(())
//! # }
//! ```
//!
//! Cargo holds the new bucket's name until the interceptor has told it how S3 answered: the bucket is
//! the project's then, or the name is free again. A deletion is confirmed in the same way.
//!
//! For other timeouts, a Unix domain socket, or a user an application acts for, build a
//! [`sail_cargo_client::Client`] and give it to [`RemoteSigner::new`]. Where the application has an
//! `SdkConfig`, [`Builder::from`](aws_sdk_s3::config::Builder) it; credentials in it are not used.
//! And an application that wants nothing but the project's storage asks Cargo where that is:
//! [`RemoteSigner::connect`].
//!
//! Needs Rust 1.94.1, which is raised with a minor version only.
//!
//! # What a denial looks like
//!
//! The operation fails with `SdkError::DispatchFailure`, is not retried, and S3 was not
//! contacted. [`RemoteSigningError::find`] finds the typed error in it. Where Cargo signed and the
//! storage gave no answer, [`Unanswered`] is in it, which says where the storage was looked for.
//! [`explain`] says any of it in words for a person.
//!
//! | what happened | error | retried by the SDK |
//! |---|---|---|
//! | the caller may not | [`Denied`](RemoteSigningError::Denied) | no |
//! | no or bad credentials, also after a new token | [`Unauthenticated`](RemoteSigningError::Unauthenticated) | no |
//! | Cargo will not sign such a request for anybody | [`Invalid`](RemoteSigningError::Invalid) | no |
//! | Cargo's answer is for something else, or its project has no storage | [`Protocol`](RemoteSigningError::Protocol), [`NoStorage`](RemoteSigningError::NoStorage) | no |
//! | Cargo is busy, failing, slow or away | [`Throttled`](RemoteSigningError::Throttled), [`Unavailable`](RemoteSigningError::Unavailable), [`Timeout`](RemoteSigningError::Timeout), [`Unreachable`](RemoteSigningError::Unreachable) | yes |
//!
//! # Lists of keys
//!
//! A signature of `delete_objects` says nothing of the keys where the storage does not compare the
//! body with its signed hash (SeaweedFS, rclone, any that was not probed). There Cargo signs it only
//! for who may delete in the whole bucket. And nowhere does it sign a list with one key that the
//! caller may not delete, or that it signs for nobody. In either case the interceptor deletes key by
//! key, 16 at a time, each with a signature of its own, and answers as S3 does: with
//! `DeleteObjectsOutput`, versions, delete markers and `quiet` included. A key that the caller may
//! not delete is in `errors` with the code `AccessDenied` and Cargo's reason, one that Cargo signs
//! for nobody with `InvalidArgument`; what the storage said of another is there with the storage's
//! code.
//!
//! * Each key costs a request to S3, and 16 of them one to Cargo. All of it counts into the SDK's
//!   operation and attempt timeouts; an attempt after one that failed goes on with the keys that are
//!   left.
//! * Interceptors of the application see one `DeleteObjects`, and its answer.
//! * Who may delete none of the keys is denied, as where lists are signed.
//!
//! # Listings
//!
//! A key that holds control characters makes a listing unreadable as a whole, unless it asks for
//! `encoding-type=url`. [`listing::pages`] does, and gives back the keys as they are.
//!
//! # What must be called last
//!
//! [`remote_signing`](RemoteSigningExt::remote_signing) wraps the HTTP client the builder has so
//! far and takes the place of the SDK's auth schemes. Call it after `http_client` and
//! `push_auth_scheme`; what comes after it, or in `config_override`, makes every operation fail
//! with [`Bypassed`](RemoteSigningError::Bypassed). Credentials in the configuration or the
//! environment are never used, wherever they come from.
//!
//! # Limits
//!
//! * `.presigned()` by itself fails with
//!   [`PresignNotWrapped`](RemoteSigningError::PresignNotWrapped), and never returns a URL that is
//!   not signed: await [`signer.presign(operation.presigned(config))`](RemoteSigner::presign).
//! * A streamed body is not part of the signature: it goes as
//!   `STREAMING-UNSIGNED-PAYLOAD-TRAILER`, over http as well, where the SDK alone would sign each
//!   chunk and need the secret for it. Use https, or `RequestChecksumCalculation::WhenRequired`
//!   where a storage does not take that form.
//! * S3 Express sessions are off: they would hand credentials to the application.
//! * Each attempt costs one request to Cargo, which counts into the SDK's operation and attempt
//!   timeouts and not into its connect and read timeouts.

mod answer;
mod ask;
mod bypass_check;
mod config;
mod connect;
mod connector;
mod declared;
mod deletion;
mod error;
mod headers;
mod http_client;
pub mod listing;
mod payload;
mod percent;
mod presign;
mod reservation;
mod scheme;
mod scheme_override;
mod signer;
mod unanswered;
mod unsigned_auth;
mod uri;
mod words;

pub use config::RemoteSigningExt;
pub use error::RemoteSigningError;
pub use sail_cargo_client as client;
pub use signer::RemoteSigner;
pub use unanswered::Unanswered;
pub use words::explain;
