//! A signature that was verified: the one that the first chunk's is made from.

use std::sync::Arc;

use super::super::key::SigningKey;

/// Comes of [`Claim::verify`](super::Claim::verify), and of nothing else: where one is asked for,
/// the request's signature was right.
#[derive(Debug, Clone)]
pub struct Seed {
    pub(in super::super) key: Arc<SigningKey>,
    pub(in super::super) stamp: String,
    pub(in super::super) signature: [u8; 32],
}
