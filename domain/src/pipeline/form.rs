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
    /// Headers, for what the gateway was asked by a URL that the caller presigned with an access key.
    OfUrl {
        /// How long the URL lives, in seconds.
        lifetime: u32,
    },
    /// Headers, for what the gateway was asked without a proof.
    Unproven,
}
