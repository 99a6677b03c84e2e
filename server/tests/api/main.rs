//! The server from outside: the domain by its corpus, the service by real HTTP.
#![allow(missing_docs, clippy::unwrap_used)]

mod api_keys;
mod audit;
mod bad_input;
mod broken_world;
mod buckets;
mod corpus;
mod every_route;
mod grants;
mod harness;
mod health;
mod permissions;
mod policy;
mod projects;
mod revisions;
mod secrets;
mod sign;
mod signature;
mod table;
mod tokens;
