//! The server from outside: the domain by its corpus, the service by real HTTP.
#![allow(missing_docs, clippy::unwrap_used)]

mod corpus;
mod table;
