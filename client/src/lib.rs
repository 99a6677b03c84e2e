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
//! to fetch a new one and the request is sent once more. Nothing else is ever repeated: what a
//! repetition would mean is for the caller to know, and [`Error::is_unavailable`] says when it
//! could help.

mod answer;
mod api_keys;
mod audit;
mod buckets;
mod client;
mod credentials;
mod error;
mod exchange;
mod explain;
mod grants;
mod key;
mod permissions;
mod projects;
mod sign;
mod status;
mod stores;
mod token;
mod url;
mod user;
mod whoami;

pub use client::{Client, ClientBuilder};
pub use credentials::Credentials;
pub use error::Error;
pub use key::Key;
pub use sail_cargo_protocol as protocol;
pub use token::{Refresh, StaticToken, Token, TokenError, TokenFuture, TokenProvider};
