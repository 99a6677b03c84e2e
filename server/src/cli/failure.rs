//! What a command ends in that does not do what it should.

/// Exit code of what the grants do not allow.
pub(super) const DENIED: u8 = 3;

/// Why a command did not do what it should.
pub(super) type Failure = Box<dyn std::error::Error>;
