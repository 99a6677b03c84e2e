//! The payload declaration of a request. The auth scheme makes it, and the connector signs with it.

use crate::deletion::list::KeyList;

/// The payload declaration of a request. If a request has none, another auth scheme replaced ours.
#[derive(Debug, Clone)]
pub(crate) struct DeclaredRequest {
    /// The value of `x-amz-content-sha256`.
    pub(crate) payload: String,
    /// The body in base64, if it names the objects that the operation touches.
    pub(crate) body: Option<String>,
    /// The keys in the body of a DeleteObjects.
    pub(crate) keys: Option<KeyList>,
}

impl DeclaredRequest {
    /// The declaration for a request whose URL names everything that it touches.
    pub(crate) fn of(payload: String) -> Self {
        Self { payload, body: None, keys: None }
    }
}
