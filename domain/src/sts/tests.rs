//! Requests read, answers written.
