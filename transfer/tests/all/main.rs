//! Tests of transfers and `Storage` with the interceptor, an authority, and a storage that verifies
//! signatures.
#![allow(clippy::disallowed_methods, clippy::unwrap_used)]

#[path = "../../../middleware/tests/all/harness/mod.rs"]
#[allow(dead_code, unused_imports, reason = "what the middleware's tests need of it")]
mod harness;
#[cfg(feature = "storage")]
mod storage;
mod transfers;
