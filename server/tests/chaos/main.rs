//! Replicas on one PostgreSQL while the network between them and their processes fail at random.
#![allow(missing_docs, clippy::unwrap_used)]

#[path = "../faults/mod.rs"]
mod faults;
mod proxy;
