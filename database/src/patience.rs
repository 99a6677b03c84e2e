//! How long one statement may take.

/// How long one statement may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StatementPatience {
    /// It reads or writes little: whoever waits for it is told soon when nothing comes.
    Short,
    /// It reads or writes much. Such statements have half of the connections at most.
    Long,
}
