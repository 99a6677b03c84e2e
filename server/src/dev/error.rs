//! Why `dev` does not start, or breaks down.

/// Why the stack does not start.
pub type DevStackError = Box<dyn std::error::Error + Send + Sync>;
