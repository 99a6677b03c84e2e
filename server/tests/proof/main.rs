//! Proof by quantity: properties, an independent reading, an independent signer, and mutations.
#![allow(missing_docs, clippy::match_bool, clippy::print_stdout, clippy::unwrap_used)]

mod careless;
mod choices;
mod delete_body;
mod fuzz;
mod generate;
mod grants;
mod independent;
mod invariants;
mod mutate;
mod properties;
mod reports;
mod reviewed;
mod sent;
mod signatures;
mod signer;
mod targets;
mod vectors;
mod volume;
mod world;
