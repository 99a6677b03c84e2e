#![doc = include_str!("../README.md")]
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

mod access_keys;
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
