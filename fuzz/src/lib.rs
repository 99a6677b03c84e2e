//! The fuzz targets' functions. They run the modules of the signing properties
//! (`server/tests/signing_properties`).
#![allow(clippy::unwrap_used)]
#![allow(dead_code, reason = "the signing properties use more of them")]

#[path = "../../server/tests/signing_properties/caller_request.rs"]
mod caller_request;
#[path = "../../server/tests/signing_properties/delete_body.rs"]
mod delete_body;
#[path = "../../server/tests/signing_properties/inbound.rs"]
mod inbound;
#[path = "../../server/tests/signing_properties/independent.rs"]
mod independent;
#[path = "../../server/tests/signing_properties/invariants.rs"]
mod invariants;
#[path = "../../server/tests/signing_properties/policy_fixture.rs"]
mod policy_fixture;
#[path = "../../server/tests/signing_properties/reviewed.rs"]
mod reviewed;
#[path = "../../server/tests/signing_properties/stays_in_bucket.rs"]
mod stays_in_bucket;
#[path = "../../server/tests/signing_properties/targets.rs"]
mod targets;

/// Fuzzes a request to sign, as text.
pub fn request(data: &[u8]) {
    targets::request(data);
}

/// Fuzzes the body of a DeleteObjects request.
pub fn delete_body(data: &[u8]) {
    targets::delete_body(data);
}

/// Fuzzes the body of a RestoreObject request.
pub fn restore_body(data: &[u8]) {
    targets::restore_body(data);
}

/// Fuzzes the source of a copy.
pub fn copy_source(data: &[u8]) {
    targets::copy_source(data);
}

/// Fuzzes a document of public keys.
pub fn key_set(data: &[u8]) {
    targets::key_set(data);
}

/// The head of a request that comes in.
pub fn inbound_head(data: &[u8]) {
    targets::inbound_head(data);
}

/// A body in chunks.
pub fn chunked(data: &[u8]) {
    targets::chunked(data);
}
