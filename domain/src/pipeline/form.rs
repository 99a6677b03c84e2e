//! Where a signature stands.

/// Where a signature stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// In headers.
    Headers,
    /// In the URL.
    Url {
        /// Seconds until the URL ends.
        expires_in: u64,
    },
}
