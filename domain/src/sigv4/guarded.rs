//! The keys of a store, behind the proof that a request was approved.

use std::fmt;
use std::sync::Arc;

use super::credentials::StoreCredentials;
use crate::decide::Approved;

/// Keys that come out for a request that was approved, and for nothing else. Cheap to clone.
///
/// ```compile_fail,E0061
/// fn take(guarded: &sail_cargo_domain::sigv4::GuardedCredentials) { guarded.for_approved(); }
/// ```
#[derive(Clone)]
pub struct GuardedCredentials(Arc<StoreCredentials>);

impl GuardedCredentials {
    /// Puts keys behind the proof.
    pub fn new(credentials: StoreCredentials) -> Self {
        Self(Arc::new(credentials))
    }

    /// The keys, to sign the request with that was approved.
    pub fn for_approved(&self, _proof: &Approved<'_>) -> Arc<StoreCredentials> {
        Arc::clone(&self.0)
    }
}

/// Shows nothing of the keys.
impl fmt::Debug for GuardedCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GuardedCredentials").finish_non_exhaustive()
    }
}
