//! The form of a signature.

/// The form of a signature: in headers, or in the URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Headers that carry the signature.
    Headers,
    /// A presigned URL.
    Url {
        /// The requested lifetime of the URL, in seconds.
        expires_in: u64,
    },
}
