//! Tests of the signer against `aws-sigv4` and the published examples, and of its key cache.
#![allow(missing_docs, clippy::match_bool, clippy::unwrap_used)]

mod equal;
mod generate;
mod key_cache;
mod oracle;
mod published;
mod test_project;
