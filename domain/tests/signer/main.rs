//! The signer: held to `aws-sigv4`, to the published examples, and to itself when it remembers a key.
#![allow(missing_docs, clippy::match_bool, clippy::unwrap_used)]

mod equal;
mod generate;
mod key_cache;
mod oracle;
mod published;
mod test_project;
