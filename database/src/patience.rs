//! How long one statement may take.

/// How long one statement may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StatementPatience {
    /// For a statement that reads or writes little: its caller gets an error soon if no answer
    /// comes.
    Short,
    /// For a statement that reads or writes much. Such statements use at most half of the
    /// connections.
    Long,
}
