#![doc = include_str!("../README.md")]
//!
//! A user authenticates with a token from a [`TokenProvider`]. If Cargo answers 401, the client
//! asks the provider for a new token and repeats the request once.
//!
//! If Cargo answers 429 or 503, cannot be reached or closes the connection, the client repeats a
//! request after a pause, up to three attempts in total ([`ClientBuilder::attempts`]). This applies
//! to reads, checks and idempotent changes. Requests that create an object carry an
//! `Idempotency-Key`, so that Cargo runs them once. Signing requests and imports are sent once;
//! [`Error::is_unavailable`] tells whether another attempt could help.
//!
//! Listings come page by page, or as streams:
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
//! A backend that decides for its users many times a second can cache their permissions in a
//! [`Decider`].

mod access_keys;
mod accounts;
mod answer;
mod api_keys;
mod audit;
mod auth;
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
mod issuers;
mod kept;
mod key;
mod live;
mod pages;
mod permissions;
mod projects;
mod retry;
mod sessions;
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
