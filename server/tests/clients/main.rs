//! What real S3 clients send in everyday life, held against the judge: none is over-blocked.
//!
//! `data/clients/*.jsonl` is recorded by `scripts/capture-clients`, which also says what a line
//! holds.
#![allow(missing_docs, clippy::unwrap_used)]

mod everyday;
mod judge;
mod recording;
