//! What is to be signed, from the place of the SDK's signer to where an answer can be waited for.

use crate::deletion::list::KeyList;

/// What was declared of a request. Its presence says that no other scheme took our place.
#[derive(Debug, Clone)]
pub(crate) struct DeclaredRequest {
    /// The value of `x-amz-content-sha256`.
    pub(crate) payload: String,
    /// The body in base64, where the keys an operation touches are in it.
    pub(crate) body: Option<String>,
    /// These keys.
    pub(crate) keys: Option<KeyList>,
}

impl DeclaredRequest {
    /// Of a request whose URL says what it touches.
    pub(crate) fn of(payload: String) -> Self {
        Self { payload, body: None, keys: None }
    }
}
