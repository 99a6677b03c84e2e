//! Properties of every signature, tested in quantity: an independent interpretation, an independent
//! signer, and mutations.
#![allow(missing_docs, clippy::match_bool, clippy::print_stdout, clippy::unwrap_used)]

mod byte_source;
mod caller_request;
mod delete_body;
mod fuzz;
mod generate;
mod grants;
mod inbound;
mod independent;
mod invariants;
mod mutate;
mod policy_fixture;
mod properties;
mod reports;
mod reviewed;
mod signatures;
mod signer;
mod stays_in_bucket;
mod targets;
mod vectors;
mod volume;
