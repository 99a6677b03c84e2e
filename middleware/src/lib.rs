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
//! Cargo reserves the new bucket's name until the interceptor reports S3's response: then the
//! bucket belongs to the project, or the name is free again. Deletions are confirmed in the same
//! way.
//!
//! For other timeouts, a Unix domain socket, or an application that acts on behalf of a user, build
//! a [`sail_cargo_client::Client`] and pass it to [`RemoteSigner::new`]. If the application has an
//! `SdkConfig`, start with [`Builder::from`](aws_sdk_s3::config::Builder); credentials in it are
//! not used. An application that needs only the project's storage can get its address from Cargo:
//! [`RemoteSigner::connect`].
//! The operation fails with `SdkError::DispatchFailure`, is not retried, and does not contact S3.
//! [`RemoteSigningError::find`] finds the typed error in it. If Cargo signed but the storage did
//! not respond, the error contains [`Unanswered`], which names the storage's address. [`explain`]
//! turns any of these into a sentence for people.
//! | Cargo will not sign such a request for anybody | [`Invalid`](RemoteSigningError::Invalid) | no |
//! | Cargo's answer is for something else, or its project has no storage | [`Protocol`](RemoteSigningError::Protocol), [`NoStorage`](RemoteSigningError::NoStorage) | no |
//! | Cargo is busy, failing, slow or away | [`Throttled`](RemoteSigningError::Throttled), [`Unavailable`](RemoteSigningError::Unavailable), [`Timeout`](RemoteSigningError::Timeout), [`Unreachable`](RemoteSigningError::Unreachable) | yes |
//!
//! # Lists of keys
//!
//! If a storage does not compare a body with its signed hash (SeaweedFS, rclone, any storage
//! without a probe), the signature of `delete_objects` works for any keys. There Cargo signs it
//! only for callers who may delete in the whole bucket. On any storage, Cargo refuses a list with a
//! key that the caller may not delete, or that it signs for nobody. In either case the interceptor
//! deletes key by key, 16 at a time, each with its own signature. The response is like S3's:
//! `DeleteObjectsOutput`, with versions, delete markers and `quiet`.
//!
//! A key that the caller may not delete is in `errors` with the code `AccessDenied` and Cargo's
//! reason. A key that Cargo signs for nobody has the code `InvalidArgument`. For other errors, the
//! code is the storage's.
//!
//! * Each key costs a request to S3, and 16 keys cost one to Cargo. These count towards the SDK's
//!   operation and attempt timeouts. After a failed attempt, the next one continues with the
//!   remaining keys.
//! * Interceptors of the application see one `DeleteObjects`, and its response.
//! * A caller who may delete none of the keys is denied, as for signed lists.
//!
//! # Listings
//!
//! A key with control characters makes a whole listing unreadable, unless the request has
//! `encoding-type=url`. [`listing::pages`] sets it, and returns the original keys.
//!
//! # What must be called last
//!
//! [`remote_signing`](RemoteSigningExt::remote_signing) wraps the HTTP client that the builder has
//! at this point, and replaces the SDK's auth schemes. Call it after `http_client` and
//! `push_auth_scheme`. If one of these comes later, or in `config_override`, every operation fails
//! with [`Bypassed`](RemoteSigningError::Bypassed). Credentials in the configuration or the
//! environment are never used.
//!
//! # Limits
//!
//! * `.presigned()` on its own fails with
//!   [`PresignNotWrapped`](RemoteSigningError::PresignNotWrapped), and never returns an unsigned
//!   URL. Await [`signer.presign(operation.presigned(config))`](RemoteSigner::presign) instead.
//! * The signature does not cover a streamed body. It is sent as
//!   `STREAMING-UNSIGNED-PAYLOAD-TRAILER`, even over http, where the stock SDK would sign each
//!   chunk, which needs the secret. Use https, or `RequestChecksumCalculation::WhenRequired` if a
//!   storage does not accept that form.
//! * S3 Express sessions are off, because they would give credentials to the application.
//! * Each attempt costs one request to Cargo. It counts towards the SDK's operation and attempt
//!   timeouts, but not towards its connect and read timeouts.

mod answer;
mod ask;
mod bypass_check;
mod config;
mod connect;
mod connector;
mod declared;
mod deletion;
mod error;
mod gateway;
mod headers;
mod http_client;
pub mod listing;
mod payload;
mod percent;
mod presign;
mod presigned;
mod reservation;
mod route;
mod scheme;
mod scheme_override;
mod signer;
mod unanswered;
mod unsigned_auth;
mod uri;
mod way;
mod words;

pub use config::RemoteSigningExt;
pub use error::RemoteSigningError;
pub use sail_cargo_client as client;
pub use signer::RemoteSigner;
pub use unanswered::Unanswered;
pub use way::Way;
pub use words::explain;
