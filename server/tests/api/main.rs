//! The server from outside: the domain by its corpus, the service by real HTTP.
#![allow(missing_docs, clippy::unwrap_used)]

mod admins;
mod api_keys;
mod audit;
mod auth_keys;
mod bad_input;
mod broken_world;
mod buckets;
mod corpus;
mod credentials;
mod every_route;
mod grants;
mod harness;
mod health;
mod permissions;
mod policy;
mod projects;
mod refusals;
mod revisions;
mod secrets;
mod sign;
mod signature;
mod table;
mod tokens;
