//! Async client of Cargo, the permission authority and signing oracle for S3.
//!
//! One [`Client`] per server and caller: cheap to clone, keeps its connections alive, and has a
//! method for every endpoint of the REST API. The words on the wire are in [`protocol`].
//!
//! ```no_run
//! use sail_cargo_client::protocol::{GrantQuery, Permission, PutBucket, PutGrant};
//! use sail_cargo_client::{Client, Credentials};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! // The application itself: root of its project, by its API key.
//! let key = std::env::var("CARGO_API_KEY")?;
//! let cargo = Client::builder("https://cargo.example.com")
//!     .credentials(Credentials::api_key(key))
//!     .build()?;
//!
//! cargo.put_bucket("photos", &PutBucket::default()).await?;
//! let grant = PutGrant { permissions: [Permission::Read].into(), ..PutGrant::default() };
//! cargo.put_grant("photos", "ada", &GrantQuery::default(), &grant).await?;
//!
//! match cargo.delete_bucket("letters").await {
//!     Err(error) if error.is_not_found() => println!("there was none"),
//!     other => other?,
//! }
//! # Ok(())
//! # }
//! ```
//!
//! A user asks with a token from a [`TokenProvider`]; when Cargo answers 401 the provider is made
//! to fetch a new one and the request is sent once more. When Cargo answers 429 or 503, cannot be
//! reached or hangs up, a request is sent again after a pause, up to three times in all
//! ([`ClientBuilder::attempts`]): reading, checking, and changes that say what shall be. What
//! creates carries an `Idempotency-Key` made for the call, so that it is carried out once. Signing
//! and imports are sent once; [`Error::is_unavailable`] says when another attempt could help.
//!
//! Listings come by the page, or whole as streams:
//!
//! ```no_run
//! use futures_util::TryStreamExt as _;
//! use sail_cargo_client::Client;
//! use sail_cargo_client::protocol::GrantsQuery;
//!
//! # async fn example(cargo: &Client) -> Result<(), Box<dyn std::error::Error>> {
//! let mut grants = std::pin::pin!(cargo.grants_stream("photos", &GrantsQuery::default()));
//! while let Some(grant) = grants.try_next().await? {
//!     println!("{} may {:?} on {}", grant.subject, grant.permissions, grant.prefix);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! A backend that decides for its users many times a second keeps their permissions for a moment
//! in a [`Decider`].
//!
//! Feature `testing` has an authority for the tests of applications, which needs no server:
//! `testing::FakeAuthority`.

mod answer;
mod api_keys;
mod audit;
mod auth_keys;
mod buckets;
mod ceilings;
mod changes;
mod check;
mod client;
mod consistency;
mod credentials;
mod decider;
mod error;
mod exchange;
mod explain;
mod grants;
mod groups;
mod import;
mod kept;
mod key;
mod live;
mod pages;
mod permissions;
mod projects;
mod retry;
mod sign;
mod status;
mod stores;
mod stranger;
#[cfg(feature = "testing")]
pub mod testing;
mod token;
mod token_file;
mod transport;
mod url;
mod user;
mod users;
mod whoami;

pub use client::{Client, ClientBuilder};
pub use credentials::Credentials;
pub use decider::{Decider, DeciderBuilder};
pub use error::Error;
pub use grants::Precondition;
pub use key::Key;
pub use sail_cargo_protocol as protocol;
pub use token::{Refresh, StaticToken, Token, TokenError, TokenFuture, TokenProvider};
pub use token_file::TokenFile;
