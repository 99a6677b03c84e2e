//! What the fuzz targets run: the very modules that the proof tests run.
#![allow(clippy::unwrap_used)]
#![allow(dead_code, reason = "the proof tests use more of them")]

#[path = "../../server/tests/proof/careless.rs"]
mod careless;
#[path = "../../server/tests/proof/delete_body.rs"]
mod delete_body;
#[path = "../../server/tests/proof/independent.rs"]
mod independent;
#[path = "../../server/tests/proof/invariants.rs"]
mod invariants;
#[path = "../../server/tests/proof/reviewed.rs"]
mod reviewed;
#[path = "../../server/tests/proof/sent.rs"]
mod sent;
#[path = "../../server/tests/proof/targets.rs"]
mod targets;
#[path = "../../server/tests/proof/world.rs"]
mod world;

/// A request to be signed, as text.
pub fn request(data: &[u8]) {
    targets::request(data);
}

/// The body of a DeleteObjects request.
pub fn delete_body(data: &[u8]) {
    targets::delete_body(data);
}

/// The body of a RestoreObject request.
pub fn restore_body(data: &[u8]) {
    targets::restore_body(data);
}

/// The source of a copy.
pub fn copy_source(data: &[u8]) {
    targets::copy_source(data);
}

/// A document of public keys.
pub fn key_set(data: &[u8]) {
    targets::key_set(data);
}
