//! Signing keys for accounts. Making them takes seconds, so that all servers of a test run begin with the same.

use std::sync::LazyLock;

use sail_cargo_server::auth::make_key_pair;
use sail_cargo_server::service::KeyPair;

static PAIRS: LazyLock<[KeyPair; 2]> =
    LazyLock::new(|| [(), ()].map(|()| make_key_pair().unwrap()));

/// Two pairs: for the key that signs, and the next.
pub(crate) fn signing_pairs() -> Vec<KeyPair> {
    PAIRS.to_vec()
}
