//! Store credentials that only an approved request can use.

use std::fmt;
use std::sync::Arc;

use super::credentials::StoreCredentials;
use crate::decide::Approved;

/// Store credentials that are accessible only with proof of an approval. Cheap to clone.
///
/// ```compile_fail,E0061
/// fn take(guarded: &sail_cargo_domain::sigv4::GuardedCredentials) { guarded.for_approved(); }
/// ```
#[derive(Clone)]
pub struct GuardedCredentials(Arc<StoreCredentials>);

impl GuardedCredentials {
    /// Wraps the credentials.
    pub fn new(credentials: StoreCredentials) -> Self {
        Self(Arc::new(credentials))
    }

    /// The credentials, to sign the approved request.
    pub fn for_approved(&self, _proof: &Approved<'_>) -> Arc<StoreCredentials> {
        Arc::clone(&self.0)
    }
}

/// Prints nothing of the credentials.
impl fmt::Debug for GuardedCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GuardedCredentials").finish_non_exhaustive()
    }
}
